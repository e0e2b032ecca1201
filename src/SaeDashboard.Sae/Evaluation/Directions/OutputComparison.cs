using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>Logits of several injections beside those without: a part of the loop is one injection.</summary>
internal sealed unsafe class OutputComparison : PoolWork
{
    private readonly float* before;
    private readonly float* after;
    private readonly int codebooks;
    private readonly int vocabulary;
    private readonly double[] probabilities;
    private readonly double[] logSums;

    /// <param name="original"><c>[codebooks, vocabulary]</c>, contiguous.</param>
    /// <param name="changed"><c>[n, codebooks, vocabulary]</c>, contiguous. Both must outlive the loop.</param>
    public OutputComparison(Tensor original, Tensor changed)
    {
        before = (float*)TensorData.UncheckedAddress(original);
        after = (float*)TensorData.UncheckedAddress(changed);
        (codebooks, vocabulary) = ((int)original.shape[0], (int)original.shape[1]);
        probabilities = new double[codebooks * vocabulary];
        logSums = new double[codebooks];
        for (var codebook = 0; codebook < codebooks; codebook++)
            logSums[codebook] = LogitRow.Softmax(Row(before, codebook), probabilities.AsSpan(codebook * vocabulary));
        Divergence = new double[changed.shape[0]];
        Change = new double[changed.shape[0]];
    }

    /// <summary>KL of each injection, nats a code, mean over codebooks.</summary>
    public double[] Divergence { get; }

    /// <summary>Mean |Δlogit| of each injection.</summary>
    public double[] Change { get; }

    protected override void Part(int part)
    {
        var scratch = new double[vocabulary];
        for (var codebook = 0; codebook < codebooks; codebook++)
        {
            var was = Row(before, codebook);
            var now = Row(after, (long)part * codebooks + codebook);
            var own = probabilities.AsSpan(codebook * vocabulary, vocabulary);
            Divergence[part] += LogitRow.Divergence(own, was, logSums[codebook], now, LogitRow.LogSum(now, scratch)) / codebooks;
            Change[part] += LogitRow.MeanAbsoluteChange(was, now) / codebooks;
        }
    }

    private ReadOnlySpan<float> Row(float* from, long row) => new(from + row * vocabulary, vocabulary);
}
