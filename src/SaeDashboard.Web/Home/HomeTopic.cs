namespace SaeDashboard.Web.Home;

/// <summary>What Home adds to the site: its services and its endpoints.</summary>
internal static class HomeTopic
{
    public static void AddHomeTopic(this IServiceCollection services) => services.AddSingleton<TeaserPicker>();

    public static void MapHomeTopic(this WebApplication app)
    {
    }
}
