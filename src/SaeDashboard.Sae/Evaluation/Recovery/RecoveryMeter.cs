using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// How much of the model's work survives when its residual stream is replaced, from the logits of four passes over each clip: as it is, with the
/// SAE's reconstruction, with zero, with the mean (SAEBench's "CE loss score" and its KL counterpart, arXiv 2503.09532). Float64 sums.
/// </summary>
/// <param name="codebooks">The model's codebooks.</param>
public sealed class RecoveryMeter(int codebooks)
{
    private const int Draws = 1000;
    private const ulong Seed = 0xC11B5;

    // Sums of every clip, one a codebook.
    private readonly List<LossSums[]> clips = [];

    /// <summary>Adds a clip.</summary>
    /// <param name="logits">
    /// <c>[4, columns, codebooks, vocabulary]</c>, float32 on the CPU: the model as it is, then the stream replaced by x̂, by zero, by the mean.
    /// </param>
    /// <param name="targets"><c>[columns, codebooks]</c>: the code that follows, or −1 for a cell that does not count.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="UserException">A logit is not finite.</exception>
    public void Add(Tensor logits, int[] targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        if (logits.dim() != 4 || logits.shape[0] != LossSums.Arms || logits.shape[2] != codebooks || logits.shape[1] * codebooks != targets.Length
            || logits.dtype != ScalarType.Float32 || logits.device_type != TorchSharp.DeviceType.CPU || targets.Any(target => target >= logits.shape[3]))
            throw new ArgumentException($"Logits [{string.Join(", ", logits.shape)}] do not fit {targets.Length} cells of {codebooks} codebooks.", nameof(logits));
        var losses = new ArmLosses(logits.contiguous(), targets);
        WorkerPool.Run(losses, targets.Length / codebooks);
        var sums = Enumerable.Range(0, codebooks).Select(_ => new LossSums()).ToArray();
        for (var cell = 0; cell < targets.Length; cell++)
        {
            if (targets[cell] >= 0)
                sums[cell % codebooks].AddCell(losses, cell);
        }

        for (var arm = 0; arm < LossSums.Arms; arm++)
        {
            if (sums.Any(sum => sum.Cells > 0 && !double.IsFinite(sum.CrossEntropy(arm) + sum.Divergence(arm))))
            {
                throw new UserException("The model's logits are not finite" + (arm == LossSums.Sae ? " with the SAE's reconstruction in the stream's place: train the SAE again." :
                    ": the checkpoint is damaged, or it needs another --dtype."));
            }
        }

        clips.Add(sums);
    }

    /// <summary>The figures of what was added; intervals are percentiles of 1,000 draws of as many clips with replacement.</summary>
    /// <param name="condition">"none" or "caption".</param>
    /// <param name="firstColumn">First column whose logits counted.</param>
    /// <param name="meanOf">What the mean ablation's mean was taken over, in words.</param>
    /// <exception cref="UserException">No cell was added.</exception>
    public RecoveryReport Finish(string condition, int firstColumn, string meanOf)
    {
        var sums = Sums(_ => 1);
        if (sums[codebooks].Cells == 0)
            throw new UserException($"Nothing to measure: no clip has a code after column {firstColumn}. Check the data set's split.");
        var drawn = Enumerable.Range(0, clips.Count < 2 ? 0 : Draws).Select(draw =>
        {
            var times = new int[clips.Count];
            for (var i = 0; i < times.Length; i++)
                times[(int)(CounterRandom.Bits(Seed, (ulong)draw, (ulong)i) % (ulong)times.Length)]++;
            return Sums(clip => times[clip]);
        }).ToArray();
        return new RecoveryReport
        {
            Condition = condition,
            Clips = clips.Count,
            FirstColumn = firstColumn,
            MeanOf = meanOf,
            Overall = Row(codebooks, null),
            Codebooks = [.. Enumerable.Range(0, codebooks).Where(codebook => sums[codebook].Cells > 0).Select(codebook => Row(codebook, codebook))],
        };

        RecoveryRow Row(int place, int? codebook) => RecoveryRow.Of(codebook, sums[place], [.. drawn.Select(draw => draw[place])]);
    }

    /// <summary>One a codebook, and behind them that of all.</summary>
    private LossSums[] Sums(Func<int, int> times)
    {
        var sums = Enumerable.Range(0, codebooks + 1).Select(_ => new LossSums()).ToArray();
        for (var clip = 0; clip < clips.Count; clip++)
        {
            for (var codebook = 0; codebook < codebooks && times(clip) > 0; codebook++)
                sums[codebook].Add(clips[clip][codebook], times(clip));
        }

        for (var codebook = 0; codebook < codebooks; codebook++)
            sums[codebooks].Add(sums[codebook]);
        return sums;
    }
}
