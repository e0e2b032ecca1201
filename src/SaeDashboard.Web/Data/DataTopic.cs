using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Data;

/// <summary>What Data adds to the site: its services and its endpoints.</summary>
internal static class DataTopic
{
    public static void AddDataTopic(this IServiceCollection services, DataRoot root)
    {
    }

    public static void MapDataTopic(this WebApplication app)
    {
    }
}
