namespace SaeDashboard.Web.Studio;

/// <summary>What Studio adds to the site: its services and its endpoints.</summary>
internal static class StudioTopic
{
    public static void AddStudioTopic(this IServiceCollection services)
    {
        services.AddSignalR();
        services.AddSingleton<TakeListener>();
        services.AddSingleton<TakeShelf>();
        services.AddScoped<StudioDesk>();
    }

    public static void MapStudioTopic(this WebApplication app)
    {
        app.MapHub<AudioHub>("/hubs/audio");
        app.MapTakes();
    }
}
