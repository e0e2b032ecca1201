namespace SaeDashboard.Web.Presets;

/// <summary>What Presets adds to the site: its services and its endpoints.</summary>
internal static class PresetsTopic
{
    public static void AddPresetsTopic(this IServiceCollection services)
    {
        services.AddSingleton<PresetShelf>();
        services.AddSingleton<PresetSound>();
        services.AddSingleton<PresetMaker>();
        services.AddSingleton<PresetReplay>();
        services.AddSingleton<SteerViews>();
    }

    public static void MapPresetsTopic(this WebApplication app)
    {
        app.MapPresets();
    }
}
