using SaeDashboard.Core.Steering;

namespace SaeDashboard.Sae.Steering.Ladders;

/// <summary>The rules of docs/decisions/0055 that need no clips of other strengths.</summary>
public static class LadderRules
{
    /// <summary>Level of all intervals that are kept.</summary>
    public const double Level = 0.95;

    /// <summary>A strength breaks the music where at least this share of its clips does.</summary>
    public const double BreakingShare = 0.5;

    /// <summary>Two takes of one distribution differ by √2 standard deviations: what is strong moves as far as another take is.</summary>
    public const double StrongDeviations = 1.4142135623730951;

    /// <summary>The largest |cosine| with the steered feature's direction of a side effect: the project's rule for all that is read from finished codes.</summary>
    public const double NearDirection = 0.3;

    /// <summary>The false discovery rate of side effects.</summary>
    public const double SideLevel = 0.05;

    /// <summary>Side effects that are listed.</summary>
    public const int MostSides = 8;

    /// <summary>A mean activation below this share of p99 is not kept.</summary>
    public const double LeastMean = 0.001;

    private const int LeastBroken = 3;

    private const double LowShare = 0.05;

    // One sample in a thousand beyond full scale is heard as distortion; the codec's own overshoots are rarer.
    private const double LeastClipped = 0.001;

    /// <summary>What clips of a dataset are like. A dataset may have silence in it, so the low ends are 5th percentiles, and the entropy's is that of clips that sound.</summary>
    /// <param name="levels">Levels, dB; as many as clips.</param>
    /// <param name="entropies">Entropies of the codes, bits a code.</param>
    /// <param name="clipped">Shares of samples beyond full scale.</param>
    public static LadderReference Reference(IReadOnlyCollection<float> levels, IReadOnlyCollection<float> entropies, IReadOnlyCollection<float> clipped)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(entropies);
        var quiet = Low(levels);
        return new LadderReference(levels.Count, quiet, Low(levels.Zip(entropies).Where(clip => clip.First >= quiet).Select(clip => clip.Second)), entropies.Max(), clipped.Max());

        static double Low(IEnumerable<float> values) => Short(Evaluation.OrderStatistics.Percentile([.. values.Select(value => (double)value).Order()], LowShare));
    }

    /// <summary>Whether this number of broken pairs breaks the music: a half, and at least three, since about one clip of the dataset in ten is outside of its own limits.</summary>
    /// <param name="broken">Pairs whose steered clip is broken, while the unsteered one is not.</param>
    /// <param name="pairs">All pairs.</param>
    public static bool Breaks(int broken, int pairs) => broken >= Math.Max(LeastBroken, BreakingShare * pairs);

    /// <summary>Why a clip is broken; null: it is not.</summary>
    public static LadderFault? FaultOf(LadderLine line, LadderReference reference)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(reference);
        return line.Ended ? LadderFault.NotFinite
            : line.Level < reference.LevelLow ? LadderFault.Silent
            : line.Clipped > Math.Max(LeastClipped, reference.Clipped) ? LadderFault.Clipped
            : line.Entropy < reference.EntropyLow ? LadderFault.Repetitive
            : line.Entropy > reference.EntropyHigh ? LadderFault.Disordered
            : null;
    }

    /// <summary>Root mean square difference of two spectra, dB.</summary>
    public static double Distance(IReadOnlyList<float> one, IReadOnlyList<float> other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (one.Count != other.Count || one.Count == 0) throw new ArgumentException($"Spectra of {one.Count} and {other.Count} bands.", nameof(other));
        var sum = 0.0;
        for (var band = 0; band < one.Count; band++) sum += Math.Pow(one[band] - other[band], 2);
        return Math.Sqrt(sum / one.Count);
    }

    /// <summary>Entropy of the codes of a clip, bits a code: of each codebook's own histogram, mean of the codebooks.</summary>
    /// <param name="codes"><c>[codebooks][frames]</c></param>
    public static double Entropy(IReadOnlyList<int[]> codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        return codes.Average(book => -book.GroupBy(code => code).Sum(group => (double)group.Count() / book.Length * Math.Log2((double)group.Count() / book.Length)));
    }

    /// <summary>Four significant digits: what a file keeps of a figure.</summary>
    public static double Short(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value;
        var digits = 3 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        if (digits is < 0 or > 15) return digits < 0 ? Math.Round(value) : value;
        return Math.Round(value, digits);
    }
}
