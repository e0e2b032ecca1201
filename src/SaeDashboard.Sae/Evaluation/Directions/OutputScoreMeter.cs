using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Directions;

/// <summary>
/// The output score of features. Our definition, after "SAEs Are Good for Steering – If You Select the Right Features" (arXiv 2505.20063,
/// which asks how a feature's tokens rank in the logits): the residual stream x at one column becomes x + p99_j·d_j, all columns before it being as they
/// were, and the score is the KL divergence of the logits there from those without it, in nats a code, mean over codebooks and columns. Beside it the
/// mean |Δlogit|, and both for a random direction of the same norm, one of its own a feature.
/// </summary>
/// <param name="features">The features scored.</param>
/// <param name="codebooks">The model's codebooks.</param>
public sealed class OutputScoreMeter(IReadOnlyList<int> features, int codebooks)
{
    private readonly OutputSums injected = new(features.Count);
    private readonly OutputSums control = new(features.Count);

    /// <summary>Columns finished.</summary>
    public int Columns { get; private set; }

    /// <summary>Adds what some features did at a column.</summary>
    /// <param name="original"><c>[codebooks, vocabulary]</c>, float32 on the CPU: the logits as they are.</param>
    /// <param name="changed"><c>[n, codebooks, vocabulary]</c>: with each injection.</param>
    /// <param name="first">Place among the features of the first of the n.</param>
    /// <param name="random">Whether these were random directions.</param>
    /// <exception cref="UserException">A logit is not finite.</exception>
    public void Add(Tensor original, Tensor changed, int first, bool random)
    {
        using var scope = NewDisposeScope();
        if (original.dim() != 2 || original.shape[0] != codebooks || !changed.shape.AsSpan(1).SequenceEqual(original.shape) || first + changed.shape[0] > features.Count)
            throw new ArgumentException($"Logits [{string.Join(", ", changed.shape)}] do not fit [{string.Join(", ", original.shape)}].", nameof(changed));
        var comparison = new OutputComparison(original.contiguous(), changed.contiguous());
        var rows = (int)changed.shape[0];
        WorkerPool.Run(comparison, rows);
        var sums = random ? control : injected;
        for (var row = 0; row < rows; row++)
        {
            if (!double.IsFinite(comparison.Divergence[row]))
                throw new UserException($"The logits are not finite when feature {features[first + row]} is injected: the checkpoint or the SAE is damaged.");
            sums.Divergence[first + row] += comparison.Divergence[row];
            sums.Change[first + row] += comparison.Change[row];
        }
    }

    /// <summary>Says that all features were added for one more column.</summary>
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

        double? Median(double[] sums) => Medians.Of(sums.Select(sum => sum / Columns));
    }

    private sealed class OutputSums(int count)
    {
        public double[] Divergence { get; } = new double[count];

        public double[] Change { get; } = new double[count];
    }
}
