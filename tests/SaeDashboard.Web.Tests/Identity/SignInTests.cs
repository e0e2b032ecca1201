using System.Net;
using System.Net.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using static SaeDashboard.Web.Tests.Identity.AccountsSite;

namespace SaeDashboard.Web.Tests.Identity;

/// <summary>How people come in and out: the first admin, invites, passwords, sessions.</summary>
public sealed class SignInTests
{
    private static readonly FeatureKey Key = new(new string('a', 64), 7);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_link_makes_the_first_admin_once_and_they_are_the_person_who_was_here()
    {
        await using var site = await StartAsync(before: database => new LabelRepository(database).Add(Key, "Taiko", null, new UserRepository(database).Local("Ann")));
        var stranger = site.Client();
        // Nothing is given before; a page leads to the sign-in, which says what is missing.
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(stranger, "/api/v1/me"));
        Assert.Contains("There is no admin yet", await ReadAsync(stranger, "/sign-in"), StringComparison.Ordinal);
        Assert.Contains("not the one that the site printed", await ReadAsync(stranger, "/setup?word=guessed"), StringComparison.Ordinal);
        var word = site.Get<AccessMode>().SetupWord;
        Assert.StartsWith("/setup?", await SendAsync(stranger, $"/setup?word={word}", "/setup/account", ("word", "guessed"), ("name", "Eve"), ("password", Password)), StringComparison.Ordinal);
        Assert.Contains("Ann, since", await ReadAsync(stranger, $"/setup?word={word}"), StringComparison.Ordinal);
        var ada = await site.AdminAsync("Ada", UserRepository.LocalId);
        Assert.Equal("Ada", site.Get<LabelRepository>().History(Key)[0].Author);
        Assert.Equal(UserRepository.LocalId, (await ada.GetFromJsonAsync<Web.Api.ApiPerson>("/api/v1/me", Stop))!.Id);
        // The link is used up, for the same word too.
        Assert.Contains("needs no first admin", await ReadAsync(stranger, $"/setup?word={word}"), StringComparison.Ordinal);
        Assert.StartsWith("/setup?", await SendAsync(stranger, "/sign-in", "/setup/account", ("word", word), ("name", "Eve"), ("password", Password)), StringComparison.Ordinal);
        Assert.Single(site.Get<AccountRepository>().List());
    }

    [Fact]
    public async Task An_invite_makes_one_account_and_a_password_signs_in()
    {
        await using var site = await StartAsync();
        await site.AdminAsync();
        var word = Secrets.New();
        site.Get<InviteRepository>().Add(Secrets.Hash(word), AccountRole.Annotator, null, TimeSpan.FromDays(1), UserRepository.Site);
        var bob = site.Client();
        Assert.Contains("invites you as annotator", await ReadAsync(bob, $"/invite/{word}"), StringComparison.Ordinal);
        var refused = await SendAsync(bob, $"/invite/{word}", "/invite/account", ("word", word), ("name", "Bob"), ("password", "short"));
        Assert.Contains("at least 10 characters", await ReadAsync(bob, refused), StringComparison.Ordinal);
        Assert.Equal("/", await SendAsync(bob, $"/invite/{word}", "/invite/account", ("word", word), ("name", "Bob"), ("password", Password)));
        Assert.Equal("Bob", (await bob.GetFromJsonAsync<Web.Api.ApiPerson>("/api/v1/me", Stop))!.Name);
        Assert.Contains("This link opens nothing", await ReadAsync(site.Client(), $"/invite/{word}"), StringComparison.Ordinal);
        Assert.StartsWith("/invite/", await SendAsync(site.Client(), "/sign-in", "/invite/account", ("word", word), ("name", "Eve"), ("password", Password)), StringComparison.Ordinal);

        var again = site.Client();
        // One text for an unknown name and a wrong password, and a foreign address is not one to be led to.
        var wrong = await ReadAsync(again, await TryAsync(again, "bob", "wrong password"));
        Assert.Contains("The name or the password is wrong", wrong, StringComparison.Ordinal);
        Assert.Contains("The name or the password is wrong", await ReadAsync(again, await TryAsync(again, "Zoe", "wrong password")), StringComparison.Ordinal);
        Assert.Equal("/", await TryAsync(again, "bob", Password, "//evil.example/"));
        Assert.Equal("/runs?sort=name", await TryAsync(site.Client(), "BOB", Password, "/runs?sort=name"));
        // A form from elsewhere has no token.
        using var forged = await again.PostAsync(new Uri("/sign-out", UriKind.Relative), new FormUrlEncodedContent([]), Stop);
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        // No one puts words onto a page by a link.
        Assert.DoesNotContain("call this number", await ReadAsync(site.Client(), "/sign-in?problem=call+this+number"), StringComparison.OrdinalIgnoreCase);
        // The cookie is not for scripts, and not for other sites' forms.
        var cookies = (await CookiesAsync(site)).Where(cookie => cookie.StartsWith("saedashboard=", StringComparison.Ordinal)).ToArray();
        Assert.Contains("httponly", Assert.Single(cookies), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookies[0], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_session_ends_by_signing_out_by_signing_out_everywhere_by_another_password_and_by_an_admin()
    {
        await using var site = await StartAsync();
        await site.AdminAsync();
        var one = await site.InvitedAsync("Bob", AccountRole.Viewer);
        var two = await site.SignInAsync("Bob");
        Assert.Equal("/sign-in", await SendAsync(two, "/account", "/sign-out"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync(one, "/api/v1/me"), await StatusAsync(two, "/api/v1/me")));

        var three = await site.SignInAsync("Bob");
        Assert.StartsWith("/account?", await SendAsync(one, "/account", "/account/password", ("current", "not this one"), ("next", "another long password")), StringComparison.Ordinal);
        Assert.Equal("/account?done=password", await SendAsync(one, "/account", "/account/password", ("current", Password), ("next", "another long password")));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (await StatusAsync(one, "/api/v1/me"), await StatusAsync(three, "/api/v1/me")));
        Assert.NotEqual("/", await TryAsync(site.Client(), "Bob", Password));

        var four = await site.SignInAsync("Bob", "another long password");
        Assert.Equal("/sign-in?done=everywhere", await SendAsync(one, "/account", "/account/sign-out-everywhere"));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (await StatusAsync(one, "/api/v1/me"), await StatusAsync(four, "/api/v1/me")));

        var five = await site.SignInAsync("Bob", "another long password");
        var (accounts, bob) = (site.Get<AccountRepository>(), site.Get<AccountRepository>().ByName("Bob")!);
        accounts.Change(bob, bob with { DisabledUtc = DateTimeOffset.UtcNow }, null, UserRepository.Site);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(five, "/api/v1/me"));
        var refused = site.Client();
        Assert.Contains("This account is closed", await ReadAsync(refused, await TryAsync(refused, "Bob", "another long password")), StringComparison.Ordinal);
        // A link from an admin sets a new password.
        bob = accounts.ByName("Bob")!;
        accounts.Change(bob, bob with { DisabledUtc = null }, null, UserRepository.Site);
        var word = Secrets.New();
        site.Get<InviteRepository>().Add(Secrets.Hash(word), AccountRole.Viewer, bob.Id, TimeSpan.FromDays(1), UserRepository.Site);
        Assert.Equal("/", await SendAsync(refused, $"/invite/{word}", "/invite/account", ("word", word), ("password", "a third long password")));
        Assert.Equal("/", await TryAsync(site.Client(), "Bob", "a third long password"));
    }

    [Fact]
    public async Task Attempts_are_limited_by_name_and_by_address()
    {
        await using var site = await StartAsync(["--accounts", "on", "--Accounts:AttemptsPerName", "3", "--Accounts:AttemptsPerMinute", "8"]);
        await site.AdminAsync();
        for (var attempt = 0; attempt < 3; attempt++) await TryAsync(site.Client(), "Ada", "wrong password");
        var client = site.Client();
        // The right one too: it would say that it is right.
        Assert.Contains("tried too often", await ReadAsync(client, await TryAsync(client, "ada", Password)), StringComparison.Ordinal);
        Assert.Contains("The name or the password is wrong", await ReadAsync(client, await TryAsync(client, "Bob", Password)), StringComparison.Ordinal);
        for (var attempt = 0; attempt < 3; attempt++) await TryAsync(client, "Carl", Password);
        Assert.Equal("429", await TryAsync(client, "Dora", Password));
    }

    private static async Task<string[]> CookiesAsync(AccountsSite site)
    {
        var client = site.Client();
        var html = await client.GetStringAsync(new Uri("/sign-in", UriKind.Relative), Stop);
        var token = html.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        using var form = new FormUrlEncodedContent([new("name", "Bob"), new("password", Password), new("__RequestVerificationToken", token)]);
        using var answer = await client.PostAsync(new Uri("/sign-in/password", UriKind.Relative), form, Stop);
        return [.. answer.Headers.GetValues("Set-Cookie")];
    }
}
