using System.Runtime.CompilerServices;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// JumpReLU's ∂L/∂θ by the straight-through formulas of <see cref="Architectures.JumpReluArchitecture"/>, from the latents near their
/// threshold: −(θ/ε)·Σ δ − n/(ε·B)·2c(L0/k − 1)/k over the n columns in which |p − θ| &lt; ε/2.
/// </summary>
internal sealed unsafe class ThresholdGradient(int latents, double bandwidth, int k)
{
    private readonly float[] gradient = GC.AllocateArray<float>(latents, pinned: true);
    private readonly float[] sums = new float[latents];
    private readonly int[] counts = new int[latents];

    /// <summary>c·(L0/k − 1)².</summary>
    public double Penalty(StepOutcome outcome, double sparsity) => sparsity * (outcome.L0 / k - 1) * (outcome.L0 / k - 1);

    /// <summary>Moves the thresholds; returns the sum of their gradients' squares.</summary>
    public double Run(TrainedTensor thresholds, SparseBatch batch, StepOutcome outcome, double sparsity, AdamStep adam)
    {
        Array.Clear(sums);
        Array.Clear(counts);
        var theta = thresholds.ValueStart;
        var half = (float)(bandwidth / 2);
        foreach (var list in batch.Lists.AsSpan(0, batch.Blocks))
        {
            for (var i = 0; i < list.Count; i++)
            {
                var j = list.Numbers[i];
                if (!JumpReluSelection.IsNear(list.Values[i], theta[j], half))
                    continue;
                sums[j] += list.Deltas[i];
                counts[j]++;
            }
        }
        var byActive = 2 * sparsity * (outcome.L0 / k - 1) / k;
        var squares = 0.0;
        for (var j = 0; j < latents; j++)
        {
            gradient[j] = (float)(-(theta[j] / bandwidth) * sums[j] - byActive * counts[j] / (bandwidth * batch.Columns));
            squares += (double)gradient[j] * gradient[j];
        }
        AdamOptimizer.StepExtra(thresholds, (float*)Unsafe.AsPointer(ref gradient[0]), latents, adam);
        return squares;
    }
}
