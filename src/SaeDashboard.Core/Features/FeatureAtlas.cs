using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>How the map of an atlas was made, and how true it is: part of atlas.safetensors.</summary>
public sealed record FeatureAtlasInfo
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>SHA-256 of the weights whose decoder directions are mapped.</summary>
    public required string SaeHash { get; init; }

    /// <summary>The method: "umap".</summary>
    public string Method { get; init; } = "umap";

    /// <summary>Nearest directions of each feature that the map keeps together, the feature itself included.</summary>
    public required int Neighbours { get; init; }

    /// <summary>Distance on the map at which close features are left alone.</summary>
    public required double MinDistance { get; init; }

    /// <summary>Scale of the map's distances.</summary>
    public required double Spread { get; init; }

    /// <summary>Passes over the edges of the neighbour graph.</summary>
    public required int Epochs { get; init; }

    /// <summary>Features that are pushed away for each one that is pulled closer.</summary>
    public required int NegativeSamples { get; init; }

    /// <summary>Decides all random choices.</summary>
    public required int Seed { get; init; }

    /// <summary>Of each feature's nearest directions, the share that is among as many nearest on the map: 0 to 1.</summary>
    public required double NeighboursKept { get; init; }

    /// <summary>The same share for the first two principal components: what a map without UMAP would keep.</summary>
    public required double NeighboursKeptByComponents { get; init; }
}

/// <summary>
/// Where each feature is on the two-dimensional map of decoder directions: atlas.safetensors of a feature index, a file of its own, so that
/// an index can be without one and earlier programs can read an index with one. All in memory, eight bytes per feature. Immutable.
/// </summary>
public sealed class FeatureAtlas
{
    public const string FileName = "atlas.safetensors";

    private const string Position = "position", Settings = "atlas";
    private const int MostSettings = 4096;

    // Coordinates of a map are tens: anything beyond cannot be drawn.
    private const float MostCoordinate = 1e6f;

    private readonly float[] positions;

    private FeatureAtlas(FeatureAtlasInfo info, float[] positions) => (Info, this.positions) = (info, positions);

    public FeatureAtlasInfo Info { get; }

    /// <summary>Number of features, F.</summary>
    public int Count => positions.Length / 2;

    /// <summary>x and y of each feature <c>[F, 2]</c>, in the map's own unit.</summary>
    public ReadOnlySpan<float> Positions => positions;

    /// <summary>Opens the atlas of an index folder; null when the index has none.</summary>
    /// <param name="folder">The index's folder.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <exception cref="UserException">The atlas is damaged, of a newer program, or of other weights.</exception>
    public static FeatureAtlas? Open(string folder, FeatureIndexInfo index)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        using var file = SafetensorsFile.Open(path);
        var info = Read(file);
        if (info.Version != FeatureAtlasInfo.CurrentVersion)
            throw new UserException($"{path} has version {info.Version}; this program reads {FeatureAtlasInfo.CurrentVersion}: update the program or make the atlas again with the verb 'atlas'.");
        if (info.SaeHash != index.SaeHash)
            throw new UserException($"{path} was made for other weights than the index next to it: make it again with the verb 'atlas'.");
        var entry = file.Entry(Position);
        if (entry.DType != TensorDType.Float32 || !entry.Shape.SequenceEqual([index.Features, 2L]))
            throw new UserException($"{path}: '{Position}' is {entry.Describe()}, which does not fit {index.Features} features: make the atlas again with the verb 'atlas'.");
        var positions = file.ReadFloat32(Position);
        if (Array.FindIndex(positions, value => !(Math.Abs(value) <= MostCoordinate)) is >= 0 and var at)
            throw new UserException($"{path}: the position of feature {at / 2} is {positions[at]}, which cannot be drawn: make the atlas again with the verb 'atlas'.");
        return new FeatureAtlas(info, positions);
    }

    /// <summary>Writes the atlas into the folder of an index, whole or not at all.</summary>
    /// <param name="folder">The index's folder.</param>
    /// <param name="info">How it was made.</param>
    /// <param name="positions">x and y of each feature <c>[F, 2]</c>.</param>
    /// <exception cref="ArgumentException">A position is not finite, or there is half a one.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string folder, FeatureAtlasInfo info, ReadOnlySpan<float> positions)
    {
        if (positions.Length % 2 != 0) throw new ArgumentException($"{positions.Length} numbers are not positions of two each.", nameof(positions));
        foreach (var value in positions)
        {
            if (!(Math.Abs(value) <= MostCoordinate)) throw new ArgumentException($"A position is {value}.", nameof(positions));
        }
        var writer = new SafetensorsWriter();
        writer.Metadata[Settings] = JsonSerializer.Serialize(info, JsonDefaults.Lines);
        writer.Add(Position, positions, positions.Length / 2, 2);
        writer.Save(Path.Combine(folder, FileName));
    }

    private static FeatureAtlasInfo Read(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(Settings, out var text) || text.Length > MostSettings)
            throw new UserException($"{file.Path} does not say how it was made: make the atlas again with the verb 'atlas'.");
        try
        {
            return JsonSerializer.Deserialize<FeatureAtlasInfo>(text, JsonDefaults.Lines)
                ?? throw new UserException($"{file.Path}: its settings are null: make the atlas again with the verb 'atlas'.");
        }
        catch (JsonException error)
        {
            throw new UserException($"{file.Path}: its settings: {JsonFile.Reason(error, typeof(FeatureAtlasInfo))}. Make the atlas again with the verb 'atlas'.", error);
        }
    }
}
