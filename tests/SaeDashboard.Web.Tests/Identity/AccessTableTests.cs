using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Identity;

/// <summary>docs/access.md says who may what; every endpoint, page and hub method is held to it.</summary>
public sealed class AccessTableTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_page_and_hub_method_is_in_the_table_and_its_policy_says_the_same()
    {
        await using var site = await AccountsSite.StartAsync();
        var real = await AccessTable.OfAsync(site.App);
        if (Environment.GetEnvironmentVariable("UPDATE_ACCESS") == "1") AccessTable.Write(real);
        var said = AccessTable.Read();
        Assert.True(real.Count > 150, $"{real.Count} rows");
        Assert.True(real.Keys.Except(said.Keys).ToArray() is [], $"docs/access.md lacks: {string.Join(", ", real.Keys.Except(said.Keys))}. UPDATE_ACCESS=1 writes the table; read what it says.");
        Assert.Empty(said.Keys.Except(real.Keys));
        Assert.Empty(real.Where(row => !row.Value.SequenceEqual(said[row.Key])).Select(row => row.Key));
        // Every endpoint names its policy; the fallback is for those that a person forgets.
        Assert.Empty(AccessTable.Endpoints(site.App).Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().All(data => data.Policy is null))
            .SelectMany(AccessTable.Names));
        // Who may more may all that who may less may; a signed-out person changes nothing but their being signed out.
        Assert.Empty(said.Where(row => !row.Key.EndsWith("/me", StringComparison.Ordinal) && row.Value.Zip(row.Value[1..]).Any(pair => pair.First && !pair.Second)).Select(row => row.Key));
        Assert.Empty(said.Where(row => row.Value[0] && !row.Key.StartsWith("page ", StringComparison.Ordinal) && !row.Key.StartsWith("GET ", StringComparison.Ordinal)).Select(row => row.Key)
            .Except(["the site's own files (styles, scripts, fonts, icons)", "POST /sign-in/password", "POST /sign-in/token", "POST /setup/account", "POST /invite/account"]));
    }

    [Fact]
    public async Task Who_is_signed_out_gets_nothing_but_the_door()
    {
        await using var site = await AccountsSite.StartAsync(["--accounts", "on", "--Accounts:AttemptsPerMinute", "1000"]);
        await AssertColumnAsync(site, site.Client(), 0);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Every_role_gets_over_HTTP_what_the_table_says()
    {
        await using var site = await AccountsSite.StartAsync(["--accounts", "on", "--Accounts:AttemptsPerMinute", "1000"]);
        var admin = await site.AdminAsync();
        for (var column = 1; column < AccessTable.Columns.Count; column++)
        {
            var role = AccessTable.Columns[column]!.Value;
            await AssertColumnAsync(site, role == AccountRole.Admin ? admin : await site.InvitedAsync($"A {role}", role), column);
        }
    }

    [Fact]
    public async Task A_hub_refuses_who_is_signed_out_and_drops_who_is_signed_out_later()
    {
        await using var site = await AccountsSite.StartAsync(["--accounts", "on", "--Accounts:RevalidateSeconds", "0.2"]);
        await site.AdminAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(site, "hubs/dashboard", null));
        var (key, account) = await WithKeyAsync(site, "Bob");
        foreach (var hub in new[] { "hubs/dashboard", "hubs/audio" })
        {
            using var socket = await ConnectAsync(site, hub, key);
            Assert.Equal(WebSocketState.Open, socket.State);
            site.Get<AccountRepository>().Change(account, account with { DisabledUtc = DateTimeOffset.UtcNow }, null, UserRepository.Site);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            patience.CancelAfter(TimeSpan.FromSeconds(20));
            await ClosedAsync(socket, patience.Token);
            account = site.Get<AccountRepository>().Find(account.Id)!;
            account = site.Get<AccountRepository>().Change(account, account with { DisabledUtc = null }, null, UserRepository.Site)!;
        }
    }

    /// <summary>Asks every endpoint as one who is signed in as the column says, or not.</summary>
    private static async Task AssertColumnAsync(AccountsSite site, HttpClient client, int column)
    {
        var said = AccessTable.Read();
        var differ = new List<string>();
        foreach (var endpoint in AccessTable.Endpoints(site.App).DistinctBy(endpoint => string.Join(' ', AccessTable.Names(endpoint))))
        {
            foreach (var what in AccessTable.Names(endpoint))
            {
                var method = what.Split(' ')[0] is "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" ? what.Split(' ')[0] : "GET";
                var address = string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
                {
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => parameter.ParameterPolicies.Any(policy => policy.Content is "int" or "long") ? "0" : "none",
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
                    _ => "",
                }))));
                using var request = new HttpRequestMessage(new HttpMethod(method), new Uri("/" + address, UriKind.Relative));
                // A form that is sent as another type is an unknown page's, not the form's.
                if (method is "POST" or "PUT") request.Content = what.Contains(" /api", StringComparison.Ordinal) ? new StringContent("{}", Encoding.UTF8, "application/json") : new FormUrlEncodedContent([]);
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
                var refused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || answer.Headers.Location?.OriginalString.Contains("/sign-in?to=", StringComparison.Ordinal) == true;
                if (refused == said[what][column]) differ.Add($"{what}: {(int)answer.StatusCode} {answer.Headers.Location}");
                if (!refused) continue;
                var isApi = what.Contains(" /api", StringComparison.Ordinal);
                if (isApi && answer.Content.Headers.ContentType?.MediaType != "application/problem+json") differ.Add($"{what}: {answer.Content.Headers.ContentType} in place of a problem");
                if (what.StartsWith("page ", StringComparison.Ordinal) != (answer.StatusCode == HttpStatusCode.Redirect)) differ.Add($"{what}: {(int)answer.StatusCode}");
                if (!what.StartsWith("page ", StringComparison.Ordinal) && answer.StatusCode != (column == 0 ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden)) differ.Add($"{what}: {(int)answer.StatusCode}");
            }
        }
        Assert.True(differ.Count == 0, $"{AccessTable.Columns[column]?.ToString() ?? "signed out"}:{Environment.NewLine}{string.Join(Environment.NewLine, differ)}");
    }

    private static async Task<(string Key, AccountRow Account)> WithKeyAsync(AccountsSite site, string name)
    {
        await site.InvitedAsync(name, AccountRole.Viewer);
        var account = site.Get<AccountRepository>().ByName(name)!;
        var (key, id, hash) = KeySignIn.New();
        site.Get<ApiKeyRepository>().Add(id, "Socket", hash, Rights.Read, null, new Actor(account.Id, account.Name));
        return (key, account);
    }

    private static async Task<ClientWebSocket> ConnectAsync(AccountsSite site, string hub, string? key)
    {
        var socket = new ClientWebSocket();
        if (key is not null) socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await socket.ConnectAsync(new UriBuilder(site.Address) { Scheme = "ws", Path = hub }.Uri, Stop);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, Stop);
        var buffer = new byte[256];
        await socket.ReceiveAsync(buffer, Stop);
        return socket;
    }

    private static async Task ClosedAsync(ClientWebSocket socket, CancellationToken patience)
    {
        var buffer = new byte[4096];
        try
        {
            while ((await socket.ReceiveAsync(buffer, patience)).MessageType != WebSocketMessageType.Close)
            {
                // Pings, until it closes.
            }
        }
        catch (WebSocketException)
        {
            // It ended without a word.
        }
    }
}
