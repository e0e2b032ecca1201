using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>What Runs adds to the site: its services and its endpoints.</summary>
internal static class RunsTopic
{
    public static void AddRunsTopic(this IServiceCollection services)
    {
        services.AddSingleton<ActivationLibrary>();
        services.AddSingleton<RunDesk>();
        services.AddSingleton<SaeRuns>();
        services.AddScoped<RunActions>();
    }

    public static void MapRunsTopic(this WebApplication app) => app.MapRunEndpoints();
}
