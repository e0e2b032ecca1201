using System.Net;
using System.Net.Http.Json;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using static SaeDashboard.Web.Tests.Identity.AccountsSite;

namespace SaeDashboard.Web.Tests.Identity;

/// <summary>How a site knows who is there: without a question, by a token, by accounts; and keys for programs.</summary>
public sealed class AccessModeTests
{
    private static readonly FeatureKey Key = new(new string('a', 64), 7);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "auto", "", false, AccessKind.Single)]
    [InlineData("localhost", "auto", "", true, AccessKind.Accounts)]
    [InlineData("127.0.0.1", "off", "", true, AccessKind.Single)]
    [InlineData("127.0.0.1", "on", "", false, AccessKind.Accounts)]
    [InlineData("0.0.0.0", "auto", "", false, AccessKind.Accounts)]
    [InlineData("0.0.0.0", "auto", "0123456789abcdef", false, AccessKind.Token)]
    [InlineData("0.0.0.0", "auto", "0123456789abcdef", true, AccessKind.Accounts)]
    [InlineData("0.0.0.0", "off", "0123456789abcdef", true, AccessKind.Token)]
    [InlineData("::1", "auto", "0123456789abcdef", false, AccessKind.Token)]
    public void The_address_the_settings_and_what_is_there_decide(string listen, string accounts, string token, bool some, AccessKind expected)
    {
        using var folder = new TemporaryFolder();
        using var database = Database.Open(Directory.CreateDirectory(folder["data"]).FullName);
        var rows = new AccountRepository(database);
        if (some) rows.Add(new AccountRow("ada", "Ada", AccountRole.Admin, "hash", "stamp", default), null, UserRepository.Site);
        var mode = new AccessMode(new SiteOptions { Listen = listen, Accounts = accounts, AccessToken = token }, rows);
        Assert.Equal(expected, mode.Kind);
        Assert.Equal(expected == AccessKind.Accounts && !some, mode.NeedsAdmin);
        Assert.Equal(mode.NeedsAdmin, mode.IsSetup(mode.SetupWord));
        Assert.False(mode.IsSetup("") || mode.IsToken("") || mode.IsToken(null) || mode.IsSetup(null));
        Assert.Equal(token.Length > 0, mode.IsToken(token));
    }

    [Theory]
    [InlineData("0.0.0.0", "off", "", "--accounts off")]
    [InlineData("127.0.0.1", "auto", "short", "at least 16")]
    [InlineData("127.0.0.1", "perhaps", "", "on, off or auto")]
    [InlineData("example.org", "auto", "", "an address of this machine")]
    public void What_contradicts_itself_is_refused_before_anything_is_opened(string listen, string accounts, string token, string says)
    {
        using var folder = new TemporaryFolder();
        var refused = Assert.Throws<UserException>(() => Site.Build(["--data", folder["data"], "--port", "0", "--listen", listen, "--accounts", accounts, "--access-token", token, "--Logging:LogLevel:Default", "None"]));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_opens_the_site_for_browsers_and_programs_and_another_token_closes_it()
    {
        const string token = "0123456789abcdef0123";
        await using var site = await StartAsync(["--access-token", token]);
        var browser = site.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(browser, "/api/v1/me"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(browser, "/api/v1/me?token=0123456789abcdef9999"));
        Assert.StartsWith("/sign-in?", await SendAsync(browser, "/sign-in", "/sign-in/token", ("token", "wrong")), StringComparison.Ordinal);
        Assert.Equal("/", await SendAsync(browser, "/sign-in", "/sign-in/token", ("token", token)));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/api/v1/me"));
        // By the address, once; it does not stay there.
        var other = site.Client();
        using var opened = await other.GetAsync(new Uri($"/runs?token={token}&sort=name", UriKind.Relative), Stop);
        Assert.Equal("/runs?sort=name", opened.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other, "/api/v1/me"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(site.Client(token), "/api/v1/me"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(site.Client(token + "0"), "/api/v1/me"));
        // Who has it says who they are, as on loopback.
        using var me = await browser.PutAsync(new Uri("/api/v1/me", UriKind.Relative), JsonContent.Create(new { name = "Ann" }), Stop);
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        var cookie = browser;
        await site.RestartAsync("--access-token", "another token of 30 characters");
        using var moved = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Address, "/api/v1/me"));
        using var answer = await cookie.SendAsync(moved, Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task On_loopback_no_one_is_asked_and_a_cookie_of_that_time_opens_nothing_when_there_are_accounts()
    {
        await using var site = await StartAsync([]);
        var browser = site.Client();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/jobs"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(browser, "/api/v1/me"));
        Assert.Contains("has no accounts", await ReadAsync(browser, "/account"), StringComparison.Ordinal);
        // A key that opens nothing is not made good by where it comes from.
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(site.Client("sae_key-1_secret"), "/api/v1/me"));
        var jar = browser;
        await site.RestartAsync("--accounts", "on");
        using var page = await jar.GetAsync(new Uri(site.Address, "/jobs"), Stop);
        Assert.Equal("/sign-in?to=%2Fjobs", page.Headers.Location!.OriginalString);
        jar.DefaultRequestHeaders.Accept.Clear();
        using var data = await jar.GetAsync(new Uri(site.Address, "/api/v1/me"), Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, data.StatusCode);
        Assert.Equal("application/problem+json", data.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_key_is_kept_as_a_hash_does_what_its_scopes_say_and_ends_with_its_owner()
    {
        await using var site = await StartAsync();
        await site.AdminAsync();
        await site.InvitedAsync("Bob", AccountRole.Annotator);
        var (accounts, keys, bob) = (site.Get<AccountRepository>(), site.Get<ApiKeyRepository>(), site.Get<AccountRepository>().ByName("Bob")!);
        var actor = new Actor(bob.Id, bob.Name) { May = bob.May };
        var (key, id, hash) = KeySignIn.New();
        // More than its owner may is not more than its owner may.
        keys.Add(id, "Notebook", hash, Rights.Annotate | Rights.Research, null, actor);
        var secret = key[(key.IndexOf(id, StringComparison.Ordinal) + id.Length + 1)..];
        Assert.DoesNotContain(Directory.EnumerateFiles(site.Data, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/keys/", StringComparison.Ordinal) && !file.EndsWith(".lock", StringComparison.Ordinal)),
            file => Bytes(file).AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) >= 0);
        var program = site.Client(key);
        Assert.Equal("Bob", (await program.GetFromJsonAsync<Web.Api.ApiPerson>("/api/v1/me", Stop))!.Name);
        Assert.Equal(HttpStatusCode.NotFound, await PutAsync(program, "/api/v1/saes/none/features/1/label"));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(program, "/api/v1/takes/none"));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(program, "/api/v1/queues/none"));
        // A key does not do what belongs to a person at a browser.
        using var signOut = await program.PostAsync(new Uri("/account/sign-out-everywhere", UriKind.Relative), new FormUrlEncodedContent([]), Stop);
        Assert.Equal(HttpStatusCode.Forbidden, signOut.StatusCode);
        Assert.NotNull(keys.Find(id)!.UsedUtc);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(site.Client(key[..^1] + (key[^1] == 'A' ? 'B' : 'A')), "/api/v1/me"));
        accounts.Change(bob, bob with { DisabledUtc = DateTimeOffset.UtcNow }, null, UserRepository.Site);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(program, "/api/v1/me"));
        bob = accounts.Find(bob.Id)!;
        accounts.Change(bob, bob with { DisabledUtc = null }, null, UserRepository.Site);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(program, "/api/v1/me"));
        keys.Revoke(id, actor);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(program, "/api/v1/me"));
    }

    private static byte[] Bytes(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string address)
    {
        using var answer = await client.PutAsync(new Uri(address, UriKind.Relative), JsonContent.Create(new { text = "x" }), Stop);
        return answer.StatusCode;
    }
}
