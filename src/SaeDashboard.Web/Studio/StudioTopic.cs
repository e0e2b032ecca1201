namespace SaeDashboard.Web.Studio;

/// <summary>What Studio adds to the site: its services and its endpoints.</summary>
internal static class StudioTopic
{
    public static void AddStudioTopic(this IServiceCollection services)
    {
    }

    public static void MapStudioTopic(this WebApplication app)
    {
    }
}
