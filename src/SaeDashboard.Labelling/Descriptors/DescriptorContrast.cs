using System.Globalization;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Labelling.Descriptors;

/// <summary>A label made of descriptors of the sound.</summary>
/// <param name="Text">"bright, many onsets"</param>
/// <param name="Confidence">The largest shift: by how many standard deviations the descriptor differs where the feature fires.</param>
/// <param name="Evidence">The shifts and correlations.</param>
public sealed record DescriptorLabel(string Text, double Confidence, string Evidence);

/// <summary>
/// Says with which descriptors of the sound a feature's activation rises and falls, from the correlations of its index: "loud, bright, many onsets".
/// A feature that fires in few columns has small correlations however clear the difference is. So what is named is the shift: for a feature that
/// fires in a share p of the columns, r / √(p (1 − p)) is the difference between the descriptor's means where it fires and where it is silent, in
/// standard deviations (exactly so if it fired with one strength). Needs no network and no captions, and knows no instruments.
/// </summary>
public static class DescriptorContrast
{
    public const string Version = "descriptor-contrast 1";

    /// <summary>The smallest shift that is named, in standard deviations: less cannot be heard in a single clip.</summary>
    public const double MinShift = 0.4;

    // Correlations of columns that have nothing to do with each other are below this many standard errors.
    private const double MinErrors = 4;

    private const int MostWords = 3;

    /// <summary>The words for a large and for a small value of each descriptor, by the index's names of them.</summary>
    private static readonly Dictionary<string, (string High, string Low)> Words = new()
    {
        ["level"] = ("loud", "quiet"),
        ["brightness"] = ("bright", "dark"),
        ["onset rate"] = ("many onsets", "few onsets"),
        ["pitch"] = ("high", "low"),
        ["inharmonicity"] = ("noisy or inharmonic", "harmonic"),
    };

    /// <summary>The label of a feature; null: its activation follows no descriptor, or the index has none.</summary>
    public static DescriptorLabel? Label(FeatureIndex index, int feature) =>
        index.Measures is not { } measures ? null : Label(measures.Info.Descriptors, measures.Correlations(feature), index.ColumnDensity[feature], measures.Info.DescribedColumns);

    /// <summary>The label for these correlations.</summary>
    /// <param name="names">The descriptors.</param>
    /// <param name="correlations">Pearson correlations with the activation, NaN where they cannot be computed.</param>
    /// <param name="density">The share of the columns in which the feature fires.</param>
    /// <param name="columns">Columns whose sound was described.</param>
    public static DescriptorLabel? Label(IReadOnlyList<string> names, ReadOnlySpan<float> correlations, double density, long columns)
    {
        if (!(density > 0 && density < 1)) return null;
        var found = new List<(string Name, string Word, double R, double Shift)>();
        for (var i = 0; i < correlations.Length; i++)
        {
            var (r, shift) = ((double)correlations[i], correlations[i] / Math.Sqrt(density * (1 - density)));
            if (Math.Abs(shift) >= MinShift && Math.Abs(r) >= MinErrors / Math.Sqrt(columns) && Words.TryGetValue(names[i], out var words)) found.Add((names[i], r > 0 ? words.High : words.Low, r, shift));
        }
        if (found.Count == 0) return null;
        found.Sort((one, other) => Math.Abs(other.Shift).CompareTo(Math.Abs(one.Shift)) is not 0 and var order ? order : string.CompareOrdinal(one.Name, other.Name));
        var named = found.Take(MostWords).ToList();
        var evidence = named.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Name}: {each.Shift:+0.0;−0.0} SD (r = {each.R:+0.00;−0.00})"));
        return new DescriptorLabel(string.Join(", ", named.Select(each => each.Word)), Math.Abs(named[0].Shift), string.Join("; ", evidence));
    }
}
