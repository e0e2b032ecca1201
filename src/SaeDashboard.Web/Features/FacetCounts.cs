using System.Globalization;
using SaeDashboard.Storage;
using SaeDashboard.Web.Scores;

namespace SaeDashboard.Web.Features;

/// <summary>
/// How many features each facet would leave. A facet counts what passes all other filters, so that its numbers say what a choice in it would show.
/// </summary>
public sealed record FacetCounts
{
    /// <summary>Most concepts that are offered.</summary>
    private const int MaxConcepts = 12;

    public static FacetCounts None { get; } = new();

    public int Labelled { get; init; }

    /// <summary>Without a label, whether or not one is suggested.</summary>
    public int Unlabelled { get; init; }

    /// <summary>Without a label; one is suggested.</summary>
    public int Suggested { get; init; }

    /// <summary>Without a label; the suggested one passed its test.</summary>
    public int Sure { get; init; }

    /// <summary>Features whose label's mean rating is at least as many stars as the place says; at 0 those without a rating <c>[6]</c>.</summary>
    public IReadOnlyList<int> Stars { get; init; } = new int[6];

    /// <summary>Features by the share of columns in which they fire: <see cref="DensityBins"/>.</summary>
    public IReadOnlyList<int> Density { get; init; } = new int[DensityBins.Count];

    /// <summary>The best concepts, the most frequent first, with how many features have each; empty: not measured.</summary>
    public IReadOnlyList<(string Concept, int Features)> Concepts { get; init; } = [];

    /// <summary>Features at least this stable: <see cref="StabilitySteps"/>; null: not measured.</summary>
    public IReadOnlyList<int>? Stability { get; init; }

    /// <summary>Mystery guests; null: not measured.</summary>
    public int? Guests { get; init; }

    /// <summary>Features whose name people trust at least so far: <see cref="PeopleSteps"/>; null: people voted on none.</summary>
    public IReadOnlyList<int>? People { get; init; }

    /// <summary>Features on whose name people and another judge differ by <see cref="Apart"/> or more.</summary>
    public int Disagreement { get; init; }

    /// <summary>Features with comments.</summary>
    public int Commented { get; init; }

    /// <summary>Features of each list, in the lists' order.</summary>
    public IReadOnlyList<(FeatureListRow List, int Features)> Lists { get; init; } = [];

    /// <summary>The least stabilities that are offered.</summary>
    public static IReadOnlyList<double> StabilitySteps { get; } = [0.9, 0.7, 0.5];

    /// <summary>The least means of people's AUROCs that are offered; 0: any.</summary>
    public static IReadOnlyList<double> PeopleSteps { get; } = [0.9, 0.75, 0.6, 0];

    /// <summary>From which difference in mean AUROC judges disagree.</summary>
    public const double Apart = 0.2;

    /// <summary>Counts them.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="misses">The filters that each feature does not pass.</param>
    /// <param name="lists">The lists that the reader may see.</param>
    /// <param name="comments">How many comments each feature has that has any.</param>
    /// <param name="trust">How far people trust what features are called, of those that they voted on.</param>
    internal static FacetCounts Of(
        FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, Facets[] misses, IReadOnlyList<FeatureListRow> lists, IReadOnlyDictionary<int, int> comments, IReadOnlyDictionary<int, LabelTrust> trust)
    {
        var index = set.Index;
        var (labelled, unlabelled, suggested, sure, guests) = (0, 0, 0, 0, 0);
        var stars = new int[6];
        var density = new int[DensityBins.Count];
        var measures = index.Measures;
        var concepts = measures is { HasConcepts: true } ? new int[measures.Info.Concepts.Count] : [];
        var stability = measures is { Stability.IsEmpty: false } ? new int[StabilitySteps.Count] : null;
        for (var feature = 0; feature < misses.Length; feature++)
        {
            var missed = misses[feature];
            if ((missed & Facets.Others) != Facets.None) continue;
            if (Only(missed, Facets.Columns)) density[DensityBins.Of(index.ColumnDensity[feature])]++;
            if (Only(missed, Facets.Label) || Only(missed, Facets.Stars))
            {
                var label = labels.GetValueOrDefault(feature);
                if (Only(missed, Facets.Label))
                {
                    if (label is not null) labelled++;
                    else unlabelled++;
                    if (label is null && set.Suggestion(feature) is { } suggestion)
                    {
                        suggested++;
                        if (suggestion.IsSure) sure++;
                    }
                }
                if (Only(missed, Facets.Stars))
                {
                    if (label?.Stars is not { } mean) stars[0]++;
                    else for (var least = 1; least <= mean; least++) stars[least]++;
                }
            }
            if (concepts.Length > 0 && Only(missed, Facets.Concept) && (uint)measures!.Concept[feature] < (uint)concepts.Length) concepts[measures.Concept[feature]]++;
            if (stability is not null && Only(missed, Facets.Stability))
            {
                for (var step = 0; step < stability.Length; step++)
                    if (measures!.Stability[feature] >= StabilitySteps[step]) stability[step]++;
            }
            if (Only(missed, Facets.Guests) && index.GuestRank(feature) is not null) guests++;
        }
        return new FacetCounts
        {
            Labelled = labelled, Unlabelled = unlabelled, Suggested = suggested, Sure = sure, Stars = stars, Density = density, Stability = stability,
            Guests = index.Guests is null ? null : guests,
            Concepts = [.. concepts.Select((count, concept) => (measures!.Info.Concepts[concept], count)).Where(each => each.count > 0).OrderByDescending(each => each.count).ThenBy(each => each.Item1, StringComparer.Ordinal).Take(MaxConcepts)],
            People = trust.Values.All(each => each.Mean is null) ? null : [.. PeopleSteps.Select(step => trust.Count(each => each.Value.Mean >= step && Passes(each.Key, Facets.People)))],
            Disagreement = trust.Count(each => each.Value.Disagreement >= Apart && Passes(each.Key, Facets.Disagreement)),
            Commented = comments.Keys.Count(feature => Passes(feature, Facets.Comments)),
            Lists = [.. lists.Select(list => (list, list.Features.Count(feature => Passes(feature, Facets.List))))],
        };

        // What people wrote may name a feature that this dictionary lacks.
        bool Passes(int feature, Facets facet) => (uint)feature < (uint)misses.Length && Only(misses[feature], facet);
    }

    /// <summary>Whether a feature passes every filter but perhaps this one.</summary>
    private static bool Only(Facets missed, Facets facet) => (missed & ~facet) == Facets.None;
}

/// <summary>The bins of the share of columns in which a feature fires: two a decade, and one for those that never fire.</summary>
public static class DensityBins
{
    // Percent of the columns: where the bins of those that fire end.
    private static readonly double[] Ends = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

    /// <summary>Bins there are.</summary>
    public static int Count { get; } = 1 + Ends.Length;

    /// <summary>The bin of a share, 0 to 1.</summary>
    public static int Of(double share)
    {
        if (share <= 0) return 0;
        var at = Array.FindIndex(Ends, end => share * 100 <= end);
        return at < 0 ? Ends.Length : at + 1;
    }

    /// <summary>Where a bin begins and ends, in percent of the columns; its end belongs to it.</summary>
    public static (double From, double To) Range(int bin) => bin == 0 ? (0, 0) : (bin == 1 ? 0 : Ends[bin - 2], Ends[bin - 1]);

    /// <summary>"0.03–0.1%", for people.</summary>
    public static string Words(int bin) => Range(bin) switch
    {
        (0, 0) => "never",
        (0, var to) => string.Create(CultureInfo.InvariantCulture, $"up to {to:0.###}%"),
        var (from, to) => string.Create(CultureInfo.InvariantCulture, $"{from:0.###}–{to:0.###}%"),
    };
}
