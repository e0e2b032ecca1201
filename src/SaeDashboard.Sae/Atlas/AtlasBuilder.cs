using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Atlas;

/// <summary>How a map is made. The defaults are UMAP's.</summary>
public sealed record AtlasOptions
{
    /// <summary>Nearest directions of each feature that the map keeps together, the feature itself included.</summary>
    public int Neighbours { get; init; } = 15;

    /// <summary>Distance on the map at which close features are left alone.</summary>
    public double MinDistance { get; init; } = 0.1;

    /// <summary>Scale of the map's distances.</summary>
    public double Spread { get; init; } = 1;

    /// <summary>Passes over the edges; null: 500 for up to 10,000 features, 200 for more.</summary>
    public int? Epochs { get; init; }

    /// <summary>Features that are pushed away for each one that is pulled closer.</summary>
    public int NegativeSamples { get; init; } = 5;

    /// <summary>Decides all random choices: the same seed gives the same bits on the same machine, for any number of threads.</summary>
    public int Seed { get; init; } = 42;
}

/// <summary>
/// Makes the atlas: a map of all features in two dimensions by UMAP of their decoder directions (cosine), beginning with the first two
/// principal components.
/// </summary>
public static class AtlasBuilder
{
    private const int Large = 10_000, FewEpochs = 200, ManyEpochs = 500;

    // How far the widest score of a component is from the middle when the map begins.
    private const float StartReach = 10;

    /// <summary>Maps the directions of an SAE.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="progress">Called after each block of neighbours and each pass.</param>
    /// <param name="cancellation">Checked as often.</param>
    /// <exception cref="UserException">A direction is not finite.</exception>
    public static BuiltAtlas Build(SparseAutoencoder sae, AtlasOptions? options = null, IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var directions = sae.Directions();
        return Build(TensorData.ToArray(directions), sae.Config.DIn, sae.WeightsHash, options, progress, cancellation);
    }

    /// <summary>Maps directions.</summary>
    /// <param name="directions"><c>[F, width]</c>, row-major, of any length.</param>
    /// <param name="width">Width.</param>
    /// <param name="saeHash">SHA-256 of the weights they belong to.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="progress">Called after each block of neighbours and each pass.</param>
    /// <param name="cancellation">Checked as often.</param>
    /// <exception cref="UserException">A direction is not finite.</exception>
    public static BuiltAtlas Build(float[] directions, int width, string saeHash, AtlasOptions? options = null, IProgress<ClipProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new AtlasOptions();
        var features = directions.Length / width;
        var epochs = options.Epochs ?? (features > Large ? FewEpochs : ManyEpochs);
        var units = Units(directions, width, features);
        var neighbours = Math.Min(Math.Max(2, options.Neighbours), features);
        var nearest = NearestDirections.Find(units, width, neighbours, rows => progress?.Report(new ClipProgress("nearest directions", rows, features, "features")), cancellation);
        var positions = FirstComponents.Scores(units, width, cancellation);
        var byComponents = MapQuality.NeighboursKept(nearest, positions, cancellation);
        Start(positions, options.Seed);
        MapLayout.Optimize(positions, FuzzyGraph.Of(nearest), AttractionCurve.Fit(options.MinDistance, options.Spread), epochs, options.NegativeSamples, options.Seed,
            epoch => progress?.Report(new ClipProgress("map", epoch, epochs, "passes")), cancellation);
        Centre(positions);
        return new BuiltAtlas(new FeatureAtlasInfo
        {
            SaeHash = saeHash,
            Neighbours = neighbours,
            MinDistance = options.MinDistance,
            Spread = options.Spread,
            Epochs = epochs,
            NegativeSamples = options.NegativeSamples,
            Seed = options.Seed,
            NeighboursKept = Math.Round(MapQuality.NeighboursKept(nearest, positions, cancellation), 6),
            NeighboursKeptByComponents = Math.Round(byComponents, 6),
        }, positions);
    }

    /// <summary>Directions of length 1; those of length 0 stay.</summary>
    private static float[] Units(float[] directions, int width, int features)
    {
        var units = new float[directions.Length];
        for (var feature = 0; feature < features; feature++)
        {
            var own = directions.AsSpan(feature * width, width);
            if (!TensorPrimitives.IsFiniteAll<float>(own)) throw new UserException($"The decoder direction of feature {feature} is not finite: the SAE is damaged, and no map can be made of it.");
            var norm = TensorPrimitives.Norm<float>(own);
            if (norm > 1e-30f) TensorPrimitives.Divide(own, norm, units.AsSpan(feature * width, width));
        }
        return units;
    }

    // A little noise parts what is in one place: equal directions would never be separated.
    private static void Start(float[] positions, int seed)
    {
        var widest = positions.Length == 0 ? 0 : TensorPrimitives.MaxMagnitude<float>(positions);
        var scale = MathF.Abs(widest) > 1e-12f ? StartReach / MathF.Abs(widest) : 0;
        var random = new MapRandom(~seed);
        for (var i = 0; i < positions.Length; i++) positions[i] = positions[i] * scale + (float)(random.NextUnit() - 0.5) * 1e-3f;
    }

    private static void Centre(float[] positions)
    {
        for (var axis = 0; axis < 2; axis++)
        {
            var mean = 0.0;
            for (var i = axis; i < positions.Length; i += 2) mean += positions[i];
            mean /= Math.Max(1, positions.Length / 2);
            for (var i = axis; i < positions.Length; i += 2) positions[i] -= (float)mean;
        }
    }
}

/// <summary>An atlas in memory.</summary>
/// <param name="Info">How it was made, and how true it is.</param>
/// <param name="Positions">x and y of each feature <c>[F, 2]</c>.</param>
public sealed record BuiltAtlas(FeatureAtlasInfo Info, float[] Positions)
{
    /// <summary>Writes it into the folder of a feature index.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void Save(string indexFolder) => FeatureAtlas.Write(indexFolder, Info, Positions);
}
