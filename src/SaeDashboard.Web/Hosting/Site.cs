using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.DataProtection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Live;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Shell;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Hosting;

/// <summary>Puts the site together: its services (<see cref="SiteServices"/>), the pipeline of a request, and the endpoints.</summary>
public static partial class Site
{
    private static readonly TimeSpan MaxStop = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--port"] = "Web:Port",
        ["--listen"] = "Web:Listen",
        ["--accounts"] = "Web:Accounts",
        ["--access-token"] = "Web:AccessToken",
        ["--data"] = "Storage:Root",
    };

    /// <summary>Builds the application; nothing listens yet.</summary>
    /// <exception cref="UserException">Settings, the data folder or the database cannot be used.</exception>
    public static WebApplication Build(string[] args)
    {
        var clone = CloneRoot.Find();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(Site).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory, WebRootPath = Path.Combine(clone, "wwwroot") });
        builder.Configuration.AddCommandLine(args, Switches);
        builder.WebHost.UseStaticWebAssets();

        var options = builder.Configuration.GetSection(SiteOptions.Section).Get<SiteOptions>() ?? new SiteOptions();
        var root = DataRoot.Open(
            DataFolder(builder.Configuration),
            options.Demo.Length > 0 ? options.Demo : Path.Combine(clone, "demo"));
        Listening.Configure(builder, options);

        builder.Services.Configure<SiteOptions>(builder.Configuration.GetSection(SiteOptions.Section));
        builder.Services.AddSingleton(root);
        builder.Services.AddSingleton(TimeProvider.System);
        // Ctrl+C ends the site soon, whatever a browser holds open: pages come back by themselves, and nothing here is lost by a cut.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = MaxStop);
        builder.Services.AddDataProtection().SetApplicationName("SaeDashboard").PersistKeysToFileSystem(new DirectoryInfo(root.Keys));
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices(mud => mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight);
        builder.Services.AddIdentity();
        builder.Services.AddData(root);
        builder.Services.AddServing();
        builder.Services.AddJobs();
        builder.Services.AddLive();
        builder.Services.AddRuns();
        builder.Services.AddFeatures();
        builder.Services.AddAnnotation();
        builder.Services.AddModelLabels();
        builder.Services.AddScores();
        builder.Services.AddAtlas();
        builder.Services.AddStudio();
        builder.Services.AddPresets();
        builder.Services.AddListening();
        builder.Services.AddApi();

        var app = builder.Build();
        app.UseApiProblems();
        app.UseReferenceGuard();
        app.UseRoutingWithHead();
        app.UseMiddleware<OriginGuard>();
        app.UseRateLimiter();
        app.UseAuthentication();
        app.UseMiddleware<WhoIsThere>();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapHealth();
        // Opened before anything listens: a database that is refused ends the start with its message.
        foreach (var notice in app.Services.GetRequiredService<Database>().Notices) LogNotice(app.Logger, notice);
        // Created now, so that it receives the progress of takes that a site before this one asked for.
        app.Services.GetRequiredService<IServeClient>();
        app.MapHub<DashboardHub>("/hubs/dashboard").RequireAuthorization(Access.Read);
        app.MapHub<AudioHub>("/hubs/audio").RequireAuthorization(Access.Read);
        app.MapApi();
        app.MapAccounts();
        // Pages are read; what is done on one is checked where it is done. Those that say more have an attribute.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().Writes(Access.Read);
        return app;
    }

    /// <summary>The data folder that the settings name; the clone's otherwise.</summary>
    internal static string DataFolder(IConfiguration settings) => settings["Storage:Root"] is { Length: > 0 } data ? data : Path.Combine(CloneRoot.Find(), "data");

    /// <summary>Serves until Ctrl+C or SIGTERM.</summary>
    /// <exception cref="UserException">The port is in use or not permitted, or the address is not one of this machine.</exception>
    public static async Task RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            // The music worker and other services start before the port is opened: without this they would stay.
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
            if (CannotListen(error) is { } reason) throw reason;
            throw;
        }
        var mode = app.Services.GetRequiredService<AccessMode>();
        foreach (var url in app.Urls) Console.WriteLine($"SaeDashboard is at {url}  (data in {app.Services.GetRequiredService<DataRoot>().Path}; Ctrl+C stops it)");
        if (mode.NeedsAdmin && app.Urls.FirstOrDefault() is { } first) Console.WriteLine($"There is no admin yet. This link makes the first one, once: {Listening.Reachable(first)}/setup?word={Uri.EscapeDataString(mode.SetupWord)}");
        await app.WaitForShutdownAsync(CancellationToken.None);
        // What is open is closed: LiteDB's log goes into its file, the journal's lock is given back.
        await app.DisposeAsync();
    }

    /// <summary>Why the server could not open its port, in words; null: it failed for another reason.</summary>
    internal static UserException? CannotListen(Exception error) => error switch
    {
        IOException { InnerException: AddressInUseException } =>
            new($"The port is in use: {error.Message} Stop the program that uses it, or start with --port and another number.", error),
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            new("The port is not permitted: this account may not open ports with low numbers. Start with --port and a number from 1024 to 65535.", error),
        SocketException => new($"The site cannot listen on its port: {error.Message}. Start with --port and another number.", error),
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice}")]
    private static partial void LogNotice(ILogger logger, string notice);
}

/// <summary>Where Kestrel listens: on loopback, or where other machines reach it and people sign in.</summary>
internal static class Listening
{
    public static void Configure(WebApplicationBuilder builder, SiteOptions options)
    {
        var address = Address(options.Listen);
        AccessMode.Check(options);
        if (options.Port is < 0 or > 65535) throw new UserException($"--port {options.Port}: a port is a number from 1 to 65535 (0: any free port).");
        // Addresses from ASPNETCORE_URLS and the like would open other doors: this one is the only one.
        builder.WebHost.UseUrls();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, options.Port);
        });
    }

    /// <summary>Whether only this machine reaches an address.</summary>
    public static bool IsLoopback(string listen) => IPAddress.IsLoopback(Address(listen));

    /// <summary>A site's address as a browser can open it: 0.0.0.0 means every address of this machine.</summary>
    public static string Reachable(string url) => url.Replace("//0.0.0.0:", $"//{Dns.GetHostName()}:", StringComparison.Ordinal).Replace("//[::]:", $"//{Dns.GetHostName()}:", StringComparison.Ordinal);

    private static IPAddress Address(string listen)
    {
        if (listen == "localhost") return IPAddress.Loopback;
        return IPAddress.TryParse(listen, out var address) ? address
            : throw new UserException($"--listen {listen}: name an address of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for every other one that reaches it.");
    }
}
