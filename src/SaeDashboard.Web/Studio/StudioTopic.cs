namespace SaeDashboard.Web.Studio;

/// <summary>What Studio adds to the site: its services and its endpoints.</summary>
internal static class StudioTopic
{
    public static void AddStudioTopic(this IServiceCollection services)
    {
        services.AddSingleton<TakeListener>();
        services.AddSingleton<TakeFolders>();
        services.AddHostedService(provider => provider.GetRequiredService<TakeFolders>());
        services.AddSingleton<TakeShelf>();
        services.AddSingleton<Drafts>();
        services.AddScoped<StudioDesk>();
    }

    public static void MapStudioTopic(this WebApplication app)
    {
        app.MapHub<AudioHub>("/hubs/audio");
        app.MapTakes();
    }
}
