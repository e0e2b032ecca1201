namespace SaeDashboard.Web.Runs;

/// <summary>What Runs adds to the site: its services and its endpoints.</summary>
internal static class RunsTopic
{
    public static void AddRunsTopic(this IServiceCollection services)
    {
    }

    public static void MapRunsTopic(this WebApplication app)
    {
    }
}
