using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>What measures.safetensors holds and how it was measured: the member "measures" of index.json.</summary>
public sealed record FeatureMeasuresInfo
{
    public const int CurrentVersion = 1;

    private const int MostBins = 4096, MostPlaces = 64, MostLag = 10_000, MostNames = 4096;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Clips of the statistics' split that co-firing, positions and concepts were measured on: all of them while their activations fit in memory.</summary>
    public required int Clips { get; init; }

    /// <summary>Their measured columns.</summary>
    public required long Columns { get; init; }

    /// <summary>Equal parts of a clip in the position histogram.</summary>
    public int PositionBins { get; init; } = 32;

    /// <summary>Co-firing features kept for each feature.</summary>
    public int CoFiring { get; init; } = 8;

    /// <summary>Lags tried: −reach … reach columns.</summary>
    public int LagReach { get; init; } = 25;

    /// <summary>Names of the descriptors of the sound: <see cref="SoundDescriptors"/>; none: not measured.</summary>
    public IReadOnlyList<string> Descriptors { get; init; } = [];

    /// <summary>Columns whose sound was described: an excerpt of each clip.</summary>
    public long DescribedColumns { get; init; }

    /// <summary>Names of the annotated concepts that could be measured; none: not measured.</summary>
    public IReadOnlyList<string> Concepts { get; init; } = [];

    /// <summary>The split that concept, level and lag were chosen on.</summary>
    public string ConceptsChosenOn { get; init; } = "";

    /// <summary>Clips of it.</summary>
    public int ConceptsChosenOnClips { get; init; }

    /// <summary>SHA-256 of the second SAE's weights; null: none was given.</summary>
    public string? SecondSae { get; init; }

    /// <summary>The second SAE's folder, by name.</summary>
    public string? SecondSaeName { get; init; }

    /// <summary>Columns at which each kept feature was injected for its output score; 0: not measured.</summary>
    public int OutputScoreColumns { get; init; }

    internal bool MakesSense => PositionBins is > 0 and <= MostBins && CoFiring is >= 0 and <= MostPlaces && LagReach is >= 0 and <= MostLag && Clips >= 0 && Columns >= 0 && OutputScoreColumns >= 0
        && Descriptors is { Count: <= MostNames } && Concepts is { Count: <= MostNames } && Descriptors.All(name => name is not null) && Concepts.All(name => name is not null);
}

/// <summary>The measures of F features as plain arrays. <see cref="FeatureMeasures"/> describes them; null: not measured.</summary>
public sealed record FeatureMeasuresData
{
    /// <summary>What was measured and how.</summary>
    public required FeatureMeasuresInfo Info { get; init; }

    /// <summary><c>[F, bins]</c></summary>
    public required int[] PositionHistogram { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] PositionR2 { get; init; }

    /// <summary><c>[F, C]</c>; −1: none</summary>
    public required int[] CoFiring { get; init; }

    /// <summary><c>[F, C]</c></summary>
    public required float[] CoFiringPhi { get; init; }

    /// <summary><c>[F, C]</c>, columns</summary>
    public required int[] CoFiringLag { get; init; }

    /// <summary><c>[F, C]</c></summary>
    public required float[] CoFiringPhiAtLag { get; init; }

    /// <summary><c>[F, descriptors]</c></summary>
    public float[]? Correlation { get; init; }

    /// <summary><c>[F]</c>; −1: none</summary>
    public int[]? Concept { get; init; }

    /// <summary><c>[F]</c>: <see cref="ConceptLevel"/></summary>
    public byte[]? ConceptLevel { get; init; }

    /// <summary><c>[F]</c>, columns</summary>
    public int[]? ConceptLag { get; init; }

    /// <summary><c>[F]</c></summary>
    public float[]? ConceptAuroc { get; init; }

    /// <summary><c>[F]</c></summary>
    public float[]? ConceptChosenAuroc { get; init; }

    /// <summary><c>[F]</c></summary>
    public float[]? Stability { get; init; }

    /// <summary><c>[F]</c></summary>
    public float[]? OutputScore { get; init; }

    /// <summary><c>[F]</c></summary>
    public float[]? OutputScoreRandom { get; init; }

    /// <summary>The same with output scores <c>[F]</c>, measured at this many columns.</summary>
    public FeatureMeasuresData With(float[] scores, float[] random, int columns) => this with { Info = Info with { OutputScoreColumns = columns }, OutputScore = scores, OutputScoreRandom = random };
}

/// <summary>measures.safetensors: names, types and shapes. The writer and the reader both use this table.</summary>
internal static class MeasureTensors
{
    public const string FileName = "measures.safetensors";

    public const string PositionHistogram = "position_histogram", PositionR2 = "position_r2";
    public const string CoFiring = "co_firing", CoFiringPhi = "co_firing_phi", CoFiringLag = "co_firing_lag", CoFiringPhiAtLag = "co_firing_phi_at_lag";
    public const string Correlation = "descriptor_correlation", Stability = "stability";
    public const string Concept = "concept", ConceptLevel = "concept_level", ConceptLag = "concept_lag", ConceptAuroc = "concept_auroc", ConceptChosenAuroc = "concept_chosen_auroc";
    public const string OutputScore = "output_score", OutputScoreRandom = "output_score_random";

    /// <summary>Name, type and shape of each that was measured.</summary>
    public static IEnumerable<(string Name, TensorDType DType, long[] Shape)> Layout(FeatureMeasuresInfo info, long features)
    {
        yield return (PositionHistogram, TensorDType.Int32, [features, info.PositionBins]);
        yield return (PositionR2, TensorDType.Float32, [features]);
        yield return (CoFiring, TensorDType.Int32, [features, info.CoFiring]);
        yield return (CoFiringPhi, TensorDType.Float32, [features, info.CoFiring]);
        yield return (CoFiringLag, TensorDType.Int32, [features, info.CoFiring]);
        yield return (CoFiringPhiAtLag, TensorDType.Float32, [features, info.CoFiring]);
        if (info.Descriptors.Count > 0) yield return (Correlation, TensorDType.Float32, [features, info.Descriptors.Count]);
        if (info.SecondSae is not null) yield return (Stability, TensorDType.Float32, [features]);
        if (info.OutputScoreColumns > 0)
        {
            yield return (OutputScore, TensorDType.Float32, [features]);
            yield return (OutputScoreRandom, TensorDType.Float32, [features]);
        }
        if (info.Concepts.Count == 0) yield break;
        yield return (Concept, TensorDType.Int32, [features]);
        yield return (ConceptLevel, TensorDType.UInt8, [features]);
        yield return (ConceptLag, TensorDType.Int32, [features]);
        yield return (ConceptAuroc, TensorDType.Float32, [features]);
        yield return (ConceptChosenAuroc, TensorDType.Float32, [features]);
    }

    /// <summary>Writes the file into a folder that is being made.</summary>
    /// <exception cref="ArgumentException">The size of an array differs from the data's <see cref="FeatureMeasuresInfo"/>.</exception>
    public static void Write(string folder, int features, FeatureMeasuresData data)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, dtype, shape) in Layout(data.Info, features))
        {
            var array = ArrayOf(data, name);
            var expected = shape.Aggregate(1L, (product, size) => product * size);
            if (array?.Length != expected) throw new ArgumentException($"{name} has {array?.Length ?? 0} values; expected {expected}.", nameof(data));
            writer.AddStreamed(name, dtype, stream => FeatureIndexWriter.Write(stream, array), shape);
        }
        writer.Save(Path.Combine(folder, FileName));
    }

    private static Array? ArrayOf(FeatureMeasuresData data, string name) => name switch
    {
        PositionHistogram => data.PositionHistogram,
        PositionR2 => data.PositionR2,
        CoFiring => data.CoFiring,
        CoFiringPhi => data.CoFiringPhi,
        CoFiringLag => data.CoFiringLag,
        CoFiringPhiAtLag => data.CoFiringPhiAtLag,
        Correlation => data.Correlation,
        Stability => data.Stability,
        OutputScore => data.OutputScore,
        OutputScoreRandom => data.OutputScoreRandom,
        Concept => data.Concept,
        ConceptLevel => data.ConceptLevel,
        ConceptLag => data.ConceptLag,
        ConceptAuroc => data.ConceptAuroc,
        ConceptChosenAuroc => data.ConceptChosenAuroc,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}
