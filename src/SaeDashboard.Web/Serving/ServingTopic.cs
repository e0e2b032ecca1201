namespace SaeDashboard.Web.Serving;

/// <summary>What Serving adds to the site: its services and its endpoints.</summary>
internal static class ServingTopic
{
    public static void AddServingTopic(this IServiceCollection services)
    {
        services.AddSingleton<IServeClient, ServeClient>();
    }

    public static void MapServingTopic(this WebApplication app)
    {
    }
}
