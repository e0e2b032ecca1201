namespace SaeDashboard.Web.Jobs;

/// <summary>What Jobs adds to the site: its services and its endpoints.</summary>
internal static class JobsTopic
{
    public static void AddJobsTopic(this IServiceCollection services)
    {
    }

    public static void MapJobsTopic(this WebApplication app)
    {
    }
}
