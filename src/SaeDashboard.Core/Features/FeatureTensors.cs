using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>The tensors of features.safetensors: names, types and shapes. Both the writer and the reader go by this table.</summary>
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

    /// <summary>Name, type and shape of each; null stands for the number of strip entries, which only the file knows.</summary>
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
