using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>The mean of columns, in float64: what the mean ablation puts in their place.</summary>
/// <param name="width">Their width d.</param>
public sealed class ColumnMean(int width)
{
    private readonly double[] sums = new double[width];

    /// <summary>Columns added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds columns <c>[n, d]</c>.</summary>
    public void Add(Tensor columns)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var values = TensorData.AsSpan(columns.contiguous());
        for (var i = 0; i < values.Length; i++)
            sums[i % width] += values[i];
        Count += values.Length / width;
    }

    /// <summary>The mean [d], rounded to float32; the caller's scope has it.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public Tensor Mean() => Count == 0
        ? throw new InvalidOperationException("No column was added.")
        : TensorData.FromFloats([.. sums.Select(sum => (float)(sum / Count))], width);
}
