using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>A few scaled columns, drawn without replacement.</summary>
internal static class ColumnSample
{
    /// <summary>Up to <paramref name="count"/> columns [n, d].</summary>
    public static Tensor Of(ClipSubset columns, ColumnScaling scaling, int count, ulong seed)
    {
        var order = new ActivationShuffler(columns.ColumnCount, seed);
        var sample = empty([Math.Min(count, columns.ColumnCount), columns.Store.Width], ScalarType.Float32);
        var target = TensorData.AsSpan(sample);
        var width = columns.Store.Width;
        for (var i = 0; i < sample.size(0); i++)
        {
            columns.Copy(order.At(i), target.Slice(i * width, width));
            scaling.Apply(target.Slice(i * width, width));
        }
        return sample;
    }
}
