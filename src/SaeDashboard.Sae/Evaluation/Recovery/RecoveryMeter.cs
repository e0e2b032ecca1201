using SaeDashboard.Core;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>
/// How much of the model's performance is preserved when its residual stream is replaced, from the logits of four passes over each clip:
/// original, with the SAE's reconstruction, with zero, with the mean (SAEBench's "CE loss score" and its KL counterpart, arXiv:2503.09532),
/// and optionally of a fifth, with the reconstruction by PCA. Float64 sums.
/// </summary>
/// <param name="codebooks">The model's codebooks.</param>
/// <param name="pcaRank">How many principal components the fifth pass keeps; null: there is none.</param>
public sealed class RecoveryMeter(int codebooks, int? pcaRank = null)
{
    private const int Draws = 1000;
    private const ulong Seed = 0xC11B5;

    private readonly int arms = pcaRank is null ? LossSums.Pca : LossSums.Pca + 1;

    // Each clip's sums, one per codebook.
    private readonly List<LossSums[]> clips = [];

    /// <summary>Adds a clip.</summary>
    /// <param name="logits">
    /// <c>[4 or 5, columns, codebooks, vocabulary]</c>, float32 on the CPU: original, then with the stream replaced by x̂, by zero, by the mean and,
    /// where there is a rank, by PCA.
    /// </param>
    /// <param name="targets"><c>[columns, codebooks]</c>: the next code, or −1 for a cell that does not count.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="UserException">A logit is not finite.</exception>
    public void Add(Tensor logits, int[] targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        if (logits.dim() != 4 || logits.shape[0] != arms || logits.shape[2] != codebooks
            || logits.shape[1] * codebooks != targets.Length || logits.dtype != ScalarType.Float32
            || logits.device_type != TorchSharp.DeviceType.CPU || targets.Any(target => target >= logits.shape[3]))
        {
            var shape = string.Join(", ", logits.shape);
            throw new ArgumentException($"Logits [{shape}] do not fit {targets.Length} cells of {codebooks} codebooks.", nameof(logits));
        }
        var losses = new ArmLosses(logits.contiguous(), targets);
        WorkerPool.Run(losses, targets.Length / codebooks);
        var sums = Enumerable.Range(0, codebooks).Select(_ => new LossSums(arms)).ToArray();
        for (var cell = 0; cell < targets.Length; cell++)
        {
            if (targets[cell] >= 0)
                sums[cell % codebooks].AddCell(losses, cell);
        }

        for (var arm = 0; arm < arms; arm++)
        {
            if (sums.Any(sum => sum.Cells > 0 && !double.IsFinite(sum.CrossEntropy(arm) + sum.Divergence(arm))))
            {
                throw new UserException("The model's logits are not finite" + (arm == LossSums.Sae ? " with the SAE's reconstruction: train the SAE again." :
                    ": the checkpoint is damaged, or it needs another --dtype."));
            }
        }

        clips.Add(sums);
    }

    /// <summary>The figures of all added clips. Intervals are percentiles of 1,000 bootstrap samples of the clips.</summary>
    /// <param name="condition">"none" or "caption".</param>
    /// <param name="firstColumn">First column whose logits counted.</param>
    /// <param name="meanOf">A description of what the mean ablation's mean was taken over.</param>
    /// <exception cref="UserException">No cell was added.</exception>
    public RecoveryReport Finish(string condition, int firstColumn, string meanOf)
    {
        var sums = Sums(_ => 1);
        if (sums[codebooks].Cells == 0)
            throw new UserException($"Nothing to measure: no clip has a code after column {firstColumn}. Check the dataset's split.");
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
            PcaRank = pcaRank,
            Overall = Row(codebooks, null),
            Codebooks = [.. Enumerable.Range(0, codebooks).Where(codebook => sums[codebook].Cells > 0).Select(codebook => Row(codebook, codebook))],
        };

        RecoveryRow Row(int place, int? codebook) => RecoveryRow.Of(codebook, sums[place], [.. drawn.Select(draw => draw[place])]);
    }

    /// <summary>One per codebook, followed by the sum over all.</summary>
    private LossSums[] Sums(Func<int, int> times)
    {
        var sums = Enumerable.Range(0, codebooks + 1).Select(_ => new LossSums(arms)).ToArray();
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

/// <summary>
/// Cross-entropies and divergences of every cell of one clip, one column per part of the loop. A cell's figures depend only on its own
/// rows, not on the thread that computes them.
/// </summary>
/// <param name="logits"><c>[arms, columns, codebooks, vocabulary]</c>, contiguous; arm 0 is the original model.</param>
/// <param name="targets"><c>[columns, codebooks]</c>: the correct code, or −1 for a cell that does not count.</param>
internal sealed unsafe class ArmLosses(Tensor logits, int[] targets) : PoolWork
{
    private readonly float* rows = (float*)TensorData.UncheckedAddress(logits);
    private readonly int arms = (int)logits.shape[0];
    private readonly int codebooks = (int)logits.shape[2];
    private readonly int vocabulary = (int)logits.shape[3];

    // [cells, arms]
    private readonly double[] entropies = new double[targets.Length * logits.shape[0]];
    private readonly double[] divergences = new double[targets.Length * logits.shape[0]];

    /// <summary>−ln p(target), nats, under an arm.</summary>
    public double CrossEntropy(int cell, int arm) => entropies[cell * arms + arm];

    /// <summary>KL(arm 0 ‖ arm), nats; 0 for arm 0.</summary>
    public double Divergence(int cell, int arm) => divergences[cell * arms + arm];

    protected override void Part(int column)
    {
        var original = new double[vocabulary];
        var scratch = new double[vocabulary];
        for (var codebook = 0; codebook < codebooks; codebook++)
        {
            var cell = column * codebooks + codebook;
            if (targets[cell] < 0)
                continue;
            var first = Row(0, cell);
            var logSum = LogitRow.Softmax(first, original);
            entropies[cell * arms] = logSum - first[targets[cell]];
            for (var arm = 1; arm < arms; arm++)
            {
                var row = Row(arm, cell);
                var armLogSum = LogitRow.LogSum(row, scratch);
                entropies[cell * arms + arm] = armLogSum - row[targets[cell]];
                divergences[cell * arms + arm] = LogitRow.Divergence(original, first, logSum, row, armLogSum);
            }
        }
    }

    private ReadOnlySpan<float> Row(int arm, int cell) => new(rows + ((long)arm * targets.Length + cell) * vocabulary, vocabulary);
}

/// <summary>Sums over cells, of a clip, a codebook or all.</summary>
/// <param name="arms">The original model and its replacements: without <see cref="Pca"/> or with it.</param>
internal sealed class LossSums(int arms)
{
    public const int Original = 0;
    public const int Sae = 1;
    public const int Zero = 2;
    public const int Mean = 3;
    public const int Pca = 4;

    private readonly double[] entropies = new double[arms];
    private readonly double[] divergences = new double[arms];

    /// <summary>Whether there is an arm of PCA.</summary>
    public bool HasPca => arms > Pca;

    /// <summary>Added cells; a clip that was drawn twice counts twice.</summary>
    public long Cells { get; private set; }

    public double CrossEntropy(int arm) => entropies[arm] / Cells;

    public double Divergence(int arm) => divergences[arm] / Cells;

    /// <summary>(CE_ablation − CE_by) / (CE_ablation − CE_original); null if the ablation costs nothing.</summary>
    public double? CrossEntropyRecovered(int ablation, int by = Sae)
    {
        var cost = entropies[ablation] - entropies[Original];
        // Below this, the difference is rounding error.
        return cost > 1e-12 * Math.Abs(entropies[Original]) ? (entropies[ablation] - entropies[by]) / cost : null;
    }

    /// <summary>1 − KL_by / KL_ablation; null if the ablation changes nothing.</summary>
    public double? DivergenceRecovered(int ablation, int by = Sae) =>
        divergences[ablation] > 1e-12 * Cells ? 1 - divergences[by] / divergences[ablation] : null;

    public void AddCell(ArmLosses losses, int cell)
    {
        Cells++;
        for (var arm = 0; arm < arms; arm++)
        {
            entropies[arm] += losses.CrossEntropy(cell, arm);
            divergences[arm] += losses.Divergence(cell, arm);
        }
    }

    public void Add(LossSums other, int times = 1)
    {
        Cells += times * other.Cells;
        for (var arm = 0; arm < arms; arm++)
        {
            entropies[arm] += times * other.entropies[arm];
            divergences[arm] += times * other.divergences[arm];
        }
    }
}

/// <summary>The mean of columns in float64, with which the mean ablation replaces them.</summary>
/// <param name="width">d.</param>
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

    /// <summary>The mean [d] in float32, owned by the caller's scope.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public Tensor Mean() => Count == 0
        ? throw new InvalidOperationException("No column was added.")
        : TensorData.FromFloats([.. sums.Select(sum => (float)(sum / Count))], width);
}
