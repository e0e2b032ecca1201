namespace SaeDashboard.Web.Live;

/// <summary>What Live adds to the site: its services and its endpoints.</summary>
internal static class LiveTopic
{
    public static void AddLiveTopic(this IServiceCollection services)
    {
        services.AddSignalR().AddJsonProtocol(options => JsonDefaults.AddEnums(options.PayloadSerializerOptions));
        services.ConfigureHttpJsonOptions(options => JsonDefaults.AddEnums(options.SerializerOptions));
        services.AddSingleton<ProgressBus>();
        services.AddSingleton<HubListeners>();
        services.AddHostedService<RunWatcher>();
    }

    public static void MapLiveTopic(this WebApplication app)
    {
        app.MapHub<DashboardHub>("/hubs/dashboard");
    }
}
