using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Features;

/// <summary>What Features adds to the site: its services and its endpoints.</summary>
internal static class FeaturesTopic
{
    // Decoded clips: about 1,600 of ten seconds at 16 kHz.
    private const long CacheBytes = 512L << 20;

    public static void AddFeaturesTopic(this IServiceCollection services)
    {
        services.AddSingleton(provider => new WavCache(Path.Combine(provider.GetRequiredService<DataRoot>().Cache, "clips"), CacheBytes));
        services.AddSingleton<ClipLibrary>();
        services.AddSingleton<FeatureCatalog>();
        services.AddSingleton<FeatureLabels>();
    }

    public static void MapFeaturesTopic(this WebApplication app)
    {
        app.MapClips();
        app.MapFeatures();
    }
}
