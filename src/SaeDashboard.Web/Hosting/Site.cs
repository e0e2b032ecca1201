using Microsoft.AspNetCore.DataProtection;
using MudBlazor;
using MudBlazor.Services;
using SaeDashboard.Core;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Home;
using SaeDashboard.Web.Http;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Live;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Shell;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Hosting;

/// <summary>Puts the site together: every topic adds its services and its endpoints here, once.</summary>
public static class Site
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--port"] = "Web:Port",
        ["--listen"] = "Web:Listen",
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
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = LongestStop);
        builder.Services.AddDataProtection().SetApplicationName("SaeDashboard").PersistKeysToFileSystem(new DirectoryInfo(root.Keys));
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddMudServices(mud => mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomRight);
        builder.Services.AddIdentityTopic();
        builder.Services.AddDataTopic(root);
        builder.Services.AddServingTopic();
        builder.Services.AddJobsTopic();
        builder.Services.AddLiveTopic();
        builder.Services.AddRunsTopic();
        builder.Services.AddFeaturesTopic();
        builder.Services.AddStudioTopic();
        builder.Services.AddPresetsTopic();
        builder.Services.AddHomeTopic();

        var app = builder.Build();
        app.UseRoutingWithHead();
        app.UseMiddleware<OriginGuard>();
        app.UseAuthentication();
        app.UseMiddleware<LocalSignIn>();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapHealth();
        app.MapDataTopic();
        app.MapServingTopic();
        app.MapJobsTopic();
        app.MapLiveTopic();
        app.MapRunsTopic();
        app.MapFeaturesTopic();
        app.MapStudioTopic();
        app.MapPresetsTopic();
        app.MapHomeTopic();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }

    /// <summary>The data folder that the settings name; the clone's otherwise.</summary>
    internal static string DataFolder(IConfiguration settings) => settings["Storage:Root"] is { Length: > 0 } data ? data : Path.Combine(CloneRoot.Find(), "data");

    /// <summary>Serves until Ctrl+C or SIGTERM.</summary>
    /// <exception cref="UserException">The port is in use.</exception>
    public static async Task RunAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception error)
        {
            // The music worker and other services start before the port is opened: without this they would stay.
            await app.StopAsync();
            await app.DisposeAsync();
            if (error is IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
                throw new UserException($"The port is in use: {error.Message} Stop the program that uses it, or start with --port and another number.", error);
            throw;
        }
        foreach (var url in app.Urls) Console.WriteLine($"SaeDashboard is at {url}  (data in {app.Services.GetRequiredService<DataRoot>().Path}; Ctrl+C stops it)");
        await app.WaitForShutdownAsync();
        // What is open is closed: LiteDB's log goes into its file, the journal's lock is given back.
        await app.DisposeAsync();
    }
}
