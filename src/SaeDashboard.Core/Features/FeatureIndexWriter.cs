using System.Runtime.InteropServices;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>Writes a feature index.</summary>
public static class FeatureIndexWriter
{
    /// <summary>
    /// Writes index.json and features.safetensors as one folder that appears whole, in the place of an older index. Those who have the
    /// older one open keep it.
    /// </summary>
    /// <param name="folder">The index's own folder, usually &lt;dictionary&gt;/index.</param>
    /// <param name="info">What it was measured on, with the sizes of the arrays.</param>
    /// <param name="data">The arrays.</param>
    /// <exception cref="ArgumentException">An array does not have the size that <paramref name="info"/> says.</exception>
    /// <exception cref="UserException">The folder cannot be written.</exception>
    public static void Save(string folder, FeatureIndexInfo info, FeatureIndexData data)
    {
        if (data.StripColumn.Length != data.StripValue.Length || data.StripStart is not [0, .., var end] || end != data.StripValue.Length)
            throw new ArgumentException("The strips do not fit together: take all three arrays from one StripEncoder.", nameof(data));
        var writer = new SafetensorsWriter();
        foreach (var (name, dtype, shape) in FeatureTensors.Layout(info))
        {
            var array = ArrayOf(data, name);
            var expected = shape?.Aggregate(1L, (product, size) => product * size) ?? array.Length;
            if (array.Length != expected)
                throw new ArgumentException($"{name} has {array.Length} values; {expected} are wanted.", nameof(data));
            writer.AddStreamed(name, dtype, stream => Write(stream, array), shape ?? [array.Length]);
        }
        using var pending = AtomicFolder.Create(folder, replace: true);
        writer.Save(Path.Combine(pending.WorkPath, FeatureTensors.FileName));
        AtomicFile.WriteJson(Path.Combine(pending.WorkPath, FeatureTensors.InfoName), info);
        pending.Commit();
    }

    private static void Write(Stream stream, Array array) => stream.Write(array switch
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
