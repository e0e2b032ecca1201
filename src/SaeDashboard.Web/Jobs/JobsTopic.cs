using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>What Jobs adds to the site: its services and its endpoints.</summary>
internal static class JobsTopic
{
    public static void AddJobsTopic(this IServiceCollection services)
    {
        services.AddOptions<ComputeOptions>().BindConfiguration(ComputeOptions.Section);
        services.AddSingleton<WorkerDevices>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<WorkerLauncher>();
        services.AddSingleton<MemoryCheck>();
        services.AddSingleton<RunRegistry>();
        services.AddSingleton<IRunRegistry>(provider => provider.GetRequiredService<RunRegistry>());
        services.AddSingleton<JobExecutor>();
        services.AddHostedService(provider => provider.GetRequiredService<JobExecutor>());
    }

    public static void MapJobsTopic(this WebApplication app)
    {
    }
}
