namespace SaeDashboard.Web.Presets;

/// <summary>What Presets adds to the site: its services and its endpoints.</summary>
internal static class PresetsTopic
{
    public static void AddPresetsTopic(this IServiceCollection services)
    {
    }

    public static void MapPresetsTopic(this WebApplication app)
    {
    }
}
