namespace SaeDashboard.Web.Serving;

/// <summary>What Serving adds to the site: its services and its endpoints.</summary>
internal static class ServingTopic
{
    public static void AddServingTopic(this IServiceCollection services)
    {
        services.AddSingleton<ServeProcess>();
        services.AddSingleton<ServeSupervisor>();
        services.AddHostedService(provider => provider.GetRequiredService<ServeSupervisor>());
        services.AddSingleton<IServeClient, ServeClient>();
    }

    public static void MapServingTopic(this WebApplication app)
    {
        // Made now, so that it hears of takes that a site before this one asked for.
        app.Services.GetRequiredService<IServeClient>();
    }
}
