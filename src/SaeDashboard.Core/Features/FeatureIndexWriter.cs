using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>Writes a feature index.</summary>
public static class FeatureIndexWriter
{
    /// <summary>
    /// Writes index.json, features.safetensors and, where they are given, examples.safetensors, measures.safetensors and the atlas as one folder
    /// that appears whole and replaces an older index. Processes that have the older one open keep reading it.
    /// </summary>
    /// <param name="folder">The index's own folder, usually &lt;dictionary&gt;/index.</param>
    /// <param name="info">The data it was measured on, with the sizes of the arrays.</param>
    /// <param name="data">The arrays.</param>
    /// <param name="examples">Example clips; null: none.</param>
    /// <param name="measures">Measures; null: none.</param>
    /// <param name="atlas">Writes the atlas into the folder that it is given, before the folder appears; null: the index has none.</param>
    /// <returns>What was taken over of an older index, and what was dropped with it: clips that names are tested on, suggested names. Empty: it had none.</returns>
    /// <exception cref="ArgumentException">The size of an array differs from <paramref name="info"/>.</exception>
    /// <exception cref="UserException">The folder cannot be written.</exception>
    public static IReadOnlyList<string> Save(string folder, FeatureIndexInfo info, FeatureIndexData data, FeatureExampleData? examples = null, FeatureMeasuresData? measures = null, Action<string>? atlas = null)
    {
        if (data.StripColumn.Length != data.StripValue.Length || data.StripStart is not [0, .., var end] || end != data.StripValue.Length)
            throw new ArgumentException("The strips do not fit together: take all three arrays from one StripEncoder.", nameof(data));
        var writer = new SafetensorsWriter();
        foreach (var (name, dtype, shape) in FeatureTensors.Layout(info))
        {
            var array = ArrayOf(data, name);
            var expected = shape?.Aggregate(1L, (product, size) => product * size) ?? array.Length;
            if (array.Length != expected)
                throw new ArgumentException($"{name} has {array.Length} values; expected {expected}.", nameof(data));
            writer.AddStreamed(name, dtype, stream => Write(stream, array), shape ?? [array.Length]);
        }
        using var pending = AtomicFolder.Create(folder, replace: true);
        writer.Save(Path.Combine(pending.WorkPath, FeatureTensors.FileName));
        if (examples is not null) FeatureExamples.Write(pending.WorkPath, info.Features, examples);
        if (measures is not null) MeasureTensors.Write(pending.WorkPath, info.Features, measures);
        atlas?.Invoke(pending.WorkPath);
        AtomicFile.WriteJson(Path.Combine(pending.WorkPath, FeatureTensors.InfoName), info with { Examples = examples?.Groups ?? [], Measures = measures?.Info });
        var carried = CarriedFiles.Carry(folder, pending.WorkPath);
        pending.Commit();
        return carried;
    }

    internal static void Write(Stream stream, Array array) => stream.Write(array switch
    {
        float[] values => MemoryMarshal.AsBytes(values.AsSpan()),
        int[] values => MemoryMarshal.AsBytes(values.AsSpan()),
        long[] values => MemoryMarshal.AsBytes(values.AsSpan()),
        _ => (byte[])array,
    });

    private static Array ArrayOf(FeatureIndexData data, string name) => name switch
    {
        FeatureTensors.ColumnDensity => data.ColumnDensity,
        FeatureTensors.ClipDensity => data.ClipDensity,
        FeatureTensors.ClipDensityAny => data.ClipDensityAny,
        FeatureTensors.P99 => data.P99,
        FeatureTensors.P99Thin => data.P99Thin,
        FeatureTensors.Maximum => data.Maximum,
        FeatureTensors.Mean => data.Mean,
        FeatureTensors.Variance => data.Variance,
        FeatureTensors.Skewness => data.Skewness,
        FeatureTensors.Kurtosis => data.Kurtosis,
        FeatureTensors.Positives => data.Positives,
        FeatureTensors.Kept => data.Kept,
        FeatureTensors.KeptAny => data.KeptAny,
        FeatureTensors.Hue => data.Hue,
        FeatureTensors.DecoderNorm => data.DecoderNorm,
        FeatureTensors.Histogram => data.Histogram,
        FeatureTensors.Neighbour => data.Neighbour,
        FeatureTensors.NeighbourCosine => data.NeighbourCosine,
        FeatureTensors.TopClip => data.TopClip,
        FeatureTensors.TopValue => data.TopValue,
        FeatureTensors.TopColumn => data.TopColumn,
        FeatureTensors.StripStart => data.StripStart,
        FeatureTensors.StripColumn => data.StripColumn,
        FeatureTensors.StripValue => data.StripValue,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };
}

/// <summary>The data that a feature index was measured on: index.json.</summary>
public sealed record FeatureIndexInfo
{
    public const int CurrentSchemaVersion = 1;

    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>SHA-256 of the dictionary's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>SHA-256 of the dataset.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The dataset's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>The hook point of the activations: "layers.4.resid_post".</summary>
    public required string Hook { get; init; }

    public required int Layer { get; init; }

    /// <summary>Frames, and so columns, a second.</summary>
    public required double FrameRate { get; init; }

    /// <summary>Number of latents, F.</summary>
    public required int Features { get; init; }

    /// <summary>The first column that the statistics include; earlier ones are affected by the start of the sequence.</summary>
    public int FirstColumn { get; init; } = 4;

    /// <summary>Columns that the statistics were measured on.</summary>
    public required long ColumnsMeasured { get; init; }

    /// <summary>Clips that the statistics were measured on.</summary>
    public required int ClipsMeasured { get; init; }

    /// <summary>The split the statistics and the filter come from.</summary>
    public string StatisticsSplit { get; init; } = "select";

    /// <summary>The splits the top clips come from.</summary>
    public IReadOnlyList<string> TopClipSplits { get; init; } = ["sae-train", "select"];

    /// <summary>Top clips per feature, T.</summary>
    public required int TopClips { get; init; }

    /// <summary>Bins of each feature's histogram, linear over 0 … its maximum.</summary>
    public required int HistogramBins { get; init; }

    /// <summary>Decoder neighbours per feature.</summary>
    public required int Neighbours { get; init; }

    /// <summary>Features that pass the filter on the clip density with the default threshold.</summary>
    public required int KeptDefault { get; init; }

    /// <summary>Features that pass it when any frame counts.</summary>
    public required int KeptAnyFrame { get; init; }

    /// <summary>The groups of example clips in examples.safetensors; none in an index of an earlier program.</summary>
    public IReadOnlyList<ExampleGroup> Examples { get; init; } = [];

    /// <summary>What measures.safetensors holds; null in an index of an earlier program.</summary>
    public FeatureMeasuresInfo? Measures { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }
}

/// <summary>
/// The contents of a feature index as plain arrays: F features, T top clips and N neighbours per feature, row-major.
/// <see cref="FeatureStatistics"/> describes the statistics.
/// </summary>
public sealed class FeatureIndexData
{
    /// <summary><c>[F]</c></summary>
    public required float[] ColumnDensity { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] ClipDensity { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] ClipDensityAny { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] P99 { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] P99Thin { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Maximum { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Mean { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Variance { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Skewness { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] Kurtosis { get; init; }

    /// <summary><c>[F]</c></summary>
    public required long[] Positives { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] Kept { get; init; }

    /// <summary><c>[F]</c>, 0 or 1</summary>
    public required byte[] KeptAny { get; init; }

    /// <summary><c>[F]</c>, 0 … 23</summary>
    public required byte[] Hue { get; init; }

    /// <summary><c>[F]</c></summary>
    public required float[] DecoderNorm { get; init; }

    /// <summary><c>[F, bins]</c>: counts over 0 … maximum, linear</summary>
    public required int[] Histogram { get; init; }

    /// <summary><c>[F, N]</c>, nearest first; −1: none</summary>
    public required int[] Neighbour { get; init; }

    /// <summary><c>[F, N]</c></summary>
    public required float[] NeighbourCosine { get; init; }

    /// <summary><c>[F, T]</c>: rows of the dataset, strongest first; −1: none</summary>
    public required int[] TopClip { get; init; }

    /// <summary><c>[F, T]</c></summary>
    public required float[] TopValue { get; init; }

    /// <summary><c>[F, T]</c></summary>
    public required int[] TopColumn { get; init; }

    /// <summary><c>[F · T + 1]</c>: <see cref="StripEncoder.Starts"/></summary>
    public required long[] StripStart { get; init; }

    /// <summary><see cref="StripEncoder.Columns"/></summary>
    public required byte[] StripColumn { get; init; }

    /// <summary><see cref="StripEncoder.Values"/></summary>
    public required byte[] StripValue { get; init; }
}

/// <summary>The tensors of features.safetensors: names, types and shapes. The writer and the reader both use this table.</summary>
internal static class FeatureTensors
{
    public const string FileName = "features.safetensors";
    public const string InfoName = "index.json";

    public const string ColumnDensity = "column_density", ClipDensity = "clip_density", ClipDensityAny = "clip_density_any";
    public const string P99 = "p99", P99Thin = "p99_thin", Maximum = "maximum";
    public const string Mean = "mean", Variance = "variance", Skewness = "skewness", Kurtosis = "kurtosis";
    public const string Positives = "positives", Kept = "kept", KeptAny = "kept_any", Hue = "hue", DecoderNorm = "decoder_norm";
    public const string Histogram = "histogram", Neighbour = "neighbour", NeighbourCosine = "neighbour_cosine";
    public const string TopClip = "top_clip", TopValue = "top_value", TopColumn = "top_column";
    public const string StripStart = "strip_start", StripColumn = "strip_column", StripValue = "strip_value";

    /// <summary>Name, type and shape of each; null is the number of strip entries, which only the file has.</summary>
    public static IEnumerable<(string Name, TensorDType DType, long[]? Shape)> Layout(FeatureIndexInfo info)
    {
        long features = info.Features, clips = info.TopClips, neighbours = info.Neighbours;
        string[] perFeature = [ColumnDensity, ClipDensity, ClipDensityAny, P99, Maximum, Mean, Variance, Skewness, Kurtosis, DecoderNorm];
        foreach (var name in perFeature)
            yield return (name, TensorDType.Float32, [features]);
        foreach (var name in new[] { P99Thin, Kept, KeptAny, Hue }) yield return (name, TensorDType.UInt8, [features]);
        yield return (Positives, TensorDType.Int64, [features]);
        yield return (Histogram, TensorDType.Int32, [features, info.HistogramBins]);
        yield return (Neighbour, TensorDType.Int32, [features, neighbours]);
        yield return (NeighbourCosine, TensorDType.Float32, [features, neighbours]);
        yield return (TopClip, TensorDType.Int32, [features, clips]);
        yield return (TopValue, TensorDType.Float32, [features, clips]);
        yield return (TopColumn, TensorDType.Int32, [features, clips]);
        yield return (StripStart, TensorDType.Int64, [features * clips + 1]);
        yield return (StripColumn, TensorDType.UInt8, null);
        yield return (StripValue, TensorDType.UInt8, null);
    }
}
