namespace SaeDashboard.Web.Features;

/// <summary>What Features adds to the site: its services and its endpoints.</summary>
internal static class FeaturesTopic
{
    public static void AddFeaturesTopic(this IServiceCollection services)
    {
    }

    public static void MapFeaturesTopic(this WebApplication app)
    {
    }
}
