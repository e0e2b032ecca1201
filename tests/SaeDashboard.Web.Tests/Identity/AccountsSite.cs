using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;

namespace SaeDashboard.Web.Tests.Identity;

/// <summary>The whole site with accounts, over HTTP: an admin who was made by the link that it prints, and people whom they invited.</summary>
internal sealed partial class AccountsSite : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly TemporaryFolder folder = new();
    private readonly List<HttpClient> clients = [];

    public WebApplication App { get; private set; } = null!;

    public Uri Address => new(App.Urls.First());

    public string Data => folder["data"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts it without any account.</summary>
    /// <param name="arguments">More arguments; null: <c>--accounts on</c>.</param>
    /// <param name="before">Writes something before there are accounts.</param>
    public static async Task<AccountsSite> StartAsync(string[]? arguments = null, Action<Database>? before = null)
    {
        var site = new AccountsSite();
        if (before is not null)
        {
            Directory.CreateDirectory(site.Data);
            using var database = Database.Open(site.Data);
            before(database);
        }
        await site.RunAsync(arguments ?? ["--accounts", "on"]);
        return site;
    }

    /// <summary>Starts the site again on the same data.</summary>
    public async Task RestartAsync(params string[] arguments)
    {
        await App.StopAsync(Stop);
        await App.DisposeAsync();
        await RunAsync(arguments);
    }

    public T Get<T>() where T : notnull => App.Services.GetRequiredService<T>();

    /// <summary>A browser, or a program with a key, that is not signed in.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Address };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        clients.Add(client);
        return client;
    }

    /// <summary>Makes the first admin.</summary>
    public async Task<HttpClient> AdminAsync(string name = "Ada", string? person = null)
    {
        var client = Client();
        var word = Get<AccessMode>().SetupWord;
        Assert.Equal("/admin/users", await SendAsync(client, $"/setup?word={word}", "/setup/account", ("word", word), ("name", name), ("password", Password), ("person", person ?? "")));
        return client;
    }

    /// <summary>Invites a person, who takes the invite.</summary>
    public async Task<HttpClient> InvitedAsync(string name, AccountRole role)
    {
        var (client, word) = (Client(), Secrets.New());
        Get<InviteRepository>().Add(Secrets.Hash(word), role, null, TimeSpan.FromDays(1), UserRepository.Site);
        Assert.Equal("/", await SendAsync(client, $"/invite/{word}", "/invite/account", ("word", word), ("name", name), ("password", Password)));
        return client;
    }

    /// <summary>Signs a person in at a new browser.</summary>
    public async Task<HttpClient> SignInAsync(string name, string password = Password)
    {
        var client = Client();
        Assert.Equal("/", await TryAsync(client, name, password));
        return client;
    }

    /// <summary>Tries to sign in; gives where it led.</summary>
    public static Task<string> TryAsync(HttpClient client, string name, string password, string? to = null) =>
        SendAsync(client, "/sign-in", "/sign-in/password", ("name", name), ("password", password), ("to", to ?? ""));

    /// <summary>Opens a page, sends its form, and gives the address that the answer leads to, or its status.</summary>
    public static async Task<string> SendAsync(HttpClient client, string page, string address, params (string Name, string Value)[] fields)
    {
        var html = await client.GetStringAsync(new Uri(page, UriKind.Relative), Stop);
        var token = WebUtility.HtmlDecode(Token().Match(html) is { Success: true } match ? match.Groups["token"].Value : "");
        using var form = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", token)).Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        using var answer = await client.PostAsync(new Uri(address, UriKind.Relative), form, Stop);
        return answer.Headers.Location?.OriginalString ?? ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What a page says that a form's answer led to.</summary>
    public static async Task<string> ReadAsync(HttpClient client, string address) => WebUtility.HtmlDecode(await client.GetStringAsync(new Uri(address, UriKind.Relative), Stop));

    public static async Task<HttpStatusCode> StatusAsync(HttpClient client, string address)
    {
        using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Stop);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients) client.Dispose();
        await App.StopAsync(Stop);
        await App.DisposeAsync();
        folder.Dispose();
    }

    private async Task RunAsync(string[] arguments)
    {
        App = Site.Build(["--data", Data, "--port", "0", "--Web:Worker", "/bin/true", "--Web:Demo", folder["demo"], "--Logging:LogLevel:Default", "None", .. arguments]);
        await App.StartAsync(Stop);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex Token();
}
