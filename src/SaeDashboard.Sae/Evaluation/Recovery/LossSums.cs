namespace SaeDashboard.Sae.Evaluation.Recovery;

/// <summary>Sums over cells, which add up: of a clip, of a codebook, of everything.</summary>
internal sealed class LossSums
{
    /// <summary>The model as it is, and the three replacements.</summary>
    public const int Arms = 4;
    public const int Original = 0;
    public const int Sae = 1;
    public const int Zero = 2;
    public const int Mean = 3;

    private readonly double[] entropies = new double[Arms];
    private readonly double[] divergences = new double[Arms];

    /// <summary>Cells added; a clip drawn twice counts twice.</summary>
    public long Cells { get; private set; }

    public double CrossEntropy(int arm) => entropies[arm] / Cells;

    public double Divergence(int arm) => divergences[arm] / Cells;

    /// <summary>(CE_ablation − CE_sae) / (CE_ablation − CE_original); null where the ablation costs nothing.</summary>
    public double? CrossEntropyRecovered(int ablation)
    {
        var cost = entropies[ablation] - entropies[Original];
        // Below this it is the rounding of the sums.
        return cost > 1e-12 * Math.Abs(entropies[Original]) ? (entropies[ablation] - entropies[Sae]) / cost : null;
    }

    /// <summary>1 − KL_sae / KL_ablation; null where the ablation changes nothing.</summary>
    public double? DivergenceRecovered(int ablation) =>
        divergences[ablation] > 1e-12 * Cells ? 1 - divergences[Sae] / divergences[ablation] : null;

    public void AddCell(ArmLosses losses, int cell)
    {
        Cells++;
        for (var arm = 0; arm < Arms; arm++)
        {
            entropies[arm] += losses.CrossEntropy(cell, arm);
            divergences[arm] += losses.Divergence(cell, arm);
        }
    }

    public void Add(LossSums other, int times = 1)
    {
        Cells += times * other.Cells;
        for (var arm = 0; arm < Arms; arm++)
        {
            entropies[arm] += times * other.entropies[arm];
            divergences[arm] += times * other.divergences[arm];
        }
    }
}
