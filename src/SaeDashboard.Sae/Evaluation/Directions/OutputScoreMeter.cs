using SaeDashboard.Core;
using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>
/// The output score of features, our variant of "SAEs Are Good for Steering – If You Select the Right Features" (arXiv:2505.20063), which
/// ranks a feature's tokens in the logits. The residual stream x at one column becomes x + p99_j·d_j, all earlier columns unchanged. The
/// score is the KL divergence of the logits there from the original ones, in nats per code, mean over codebooks and columns. Reported with
/// the mean |Δlogit|, and with both for a random direction of the same norm per feature.
/// </summary>
/// <param name="features">The scored features.</param>
/// <param name="codebooks">The model's codebooks.</param>
public sealed class OutputScoreMeter(IReadOnlyList<int> features, int codebooks)
{
    private readonly OutputSums injected = new(features.Count);
    private readonly OutputSums control = new(features.Count);

    /// <summary>Completed columns.</summary>
    public int Columns { get; private set; }

    /// <summary>Adds the effect of some features at a column.</summary>
    /// <param name="original"><c>[codebooks, vocabulary]</c>, float32 on the CPU: the original logits.</param>
    /// <param name="changed"><c>[n, codebooks, vocabulary]</c>: the logits with each injection.</param>
    /// <param name="first">The index among the features of the first of the n.</param>
    /// <param name="random">Whether these are random directions.</param>
    /// <exception cref="UserException">A logit is not finite.</exception>
    public void Add(Tensor original, Tensor changed, int first, bool random)
    {
        using var scope = NewDisposeScope();
        if (original.dim() != 2 || original.shape[0] != codebooks
            || !changed.shape.AsSpan(1).SequenceEqual(original.shape) || first + changed.shape[0] > features.Count)
        {
            var (shape, expected) = (string.Join(", ", changed.shape), string.Join(", ", original.shape));
            throw new ArgumentException($"Logits [{shape}] do not fit [{expected}].", nameof(changed));
        }
        var comparison = new OutputComparison(original.contiguous(), changed.contiguous());
        var rows = (int)changed.shape[0];
        WorkerPool.Run(comparison, rows);
        var sums = random ? control : injected;
        for (var row = 0; row < rows; row++)
        {
            if (!double.IsFinite(comparison.Divergence[row]))
            {
                throw new UserException(
                    $"The logits are not finite when feature {features[first + row]} is injected: the checkpoint or the SAE is damaged.");
            }
            sums.Divergence[first + row] += comparison.Divergence[row];
            sums.Change[first + row] += comparison.Change[row];
        }
    }

    /// <summary>Completes a column, after all features were added.</summary>
    public void NextColumn() => Columns++;

    /// <summary>The scores.</summary>
    /// <param name="total">F: features that were not scored get NaN.</param>
    /// <param name="condition">"none" or "caption".</param>
    /// <exception cref="InvalidOperationException">No column was added.</exception>
    public OutputScores Finish(int total, string condition)
    {
        if (Columns == 0)
            throw new InvalidOperationException("No column was added.");
        var scores = new OutputScores(total);
        var higher = 0;
        for (var place = 0; place < features.Count; place++)
        {
            var feature = features[place];
            scores.Score[feature] = (float)(injected.Divergence[place] / Columns);
            scores.RandomScore[feature] = (float)(control.Divergence[place] / Columns);
            scores.LogitChange[feature] = (float)(injected.Change[place] / Columns);
            scores.RandomLogitChange[feature] = (float)(control.Change[place] / Columns);
            if (injected.Divergence[place] > control.Divergence[place])
                higher++;
        }

        scores.Report = new OutputScoreReport
        {
            Condition = condition,
            Features = features.Count,
            Columns = Columns,
            MedianScore = Median(injected.Divergence),
            MedianRandomScore = Median(control.Divergence),
            MedianLogitChange = Median(injected.Change),
            MedianRandomLogitChange = Median(control.Change),
            AboveRandom = features.Count == 0 ? null : higher / (double)features.Count,
        };
        return scores;

        double? Median(double[] sums) => OrderStatistics.Median(sums.Select(sum => sum / Columns));
    }

    private sealed class OutputSums(int count)
    {
        public double[] Divergence { get; } = new double[count];

        public double[] Change { get; } = new double[count];
    }
}

/// <summary>Compares the logits of several injections with the original ones, one injection per part of the loop.</summary>
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

    /// <summary>KL divergence of each injection, nats per code, mean over codebooks.</summary>
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

/// <summary>An <see cref="OutputScoreMeter"/>'s figures, one entry per feature; NaN for features that were not scored.</summary>
public sealed class OutputScores
{
    internal OutputScores(int features)
    {
        (Score, RandomScore, LogitChange, RandomLogitChange) = (Unknown(), Unknown(), Unknown(), Unknown());

        float[] Unknown()
        {
            var values = new float[features];
            Array.Fill(values, float.NaN);
            return values;
        }
    }

    /// <summary>KL divergence of the logits, nats per code <c>[F]</c>.</summary>
    public float[] Score { get; }

    /// <summary>The same for a random direction of equal norm <c>[F]</c>.</summary>
    public float[] RandomScore { get; }

    /// <summary>Mean |Δlogit| <c>[F]</c>.</summary>
    public float[] LogitChange { get; }

    /// <summary>The same for the random direction <c>[F]</c>.</summary>
    public float[] RandomLogitChange { get; }

    /// <summary>The summary.</summary>
    public OutputScoreReport Report { get; internal set; } = null!;
}

/// <summary>
/// How much a p99 injection of the kept features changes the logits at its own column (see <see cref="OutputScoreMeter"/>).
/// </summary>
public sealed record OutputScoreReport
{
    /// <summary>The model's text condition: "none" or "caption".</summary>
    public required string Condition { get; init; }

    /// <summary>Scored features: those that the filter keeps on the measured split, with their p99 there.</summary>
    public required int Features { get; init; }

    /// <summary>Columns injected into, each from another clip if there are enough.</summary>
    public required int Columns { get; init; }

    /// <summary>Median over features of the KL divergence, nats per code; null without features.</summary>
    public required double? MedianScore { get; init; }

    /// <summary>The same for random directions of equal norms.</summary>
    public required double? MedianRandomScore { get; init; }

    /// <summary>Median over features of the mean |Δlogit|.</summary>
    public required double? MedianLogitChange { get; init; }

    /// <summary>The same for random directions.</summary>
    public required double? MedianRandomLogitChange { get; init; }

    /// <summary>Share of features whose score is above that of their random direction.</summary>
    public required double? AboveRandom { get; init; }
}
