using SaeDashboard.Storage;
using SaeDashboard.Web.Scores;

namespace SaeDashboard.Web.Features;

/// <summary>Finds and orders the features that a query asks for.</summary>
public static class FeatureFilter
{
    private const double Percent = 100;

    /// <summary>The features, in order, on all pages.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="labels">The current label of each feature that has one. It never changes: its order and its words are kept for the next query.</param>
    /// <param name="query">What is asked for; its page plays no part.</param>
    /// <param name="always">A feature that is included even if the query excludes it; null: none.</param>
    /// <param name="lists">The lists of this SAE that the reader may see; a query that names another one finds nothing.</param>
    /// <param name="comments">How many comments each feature has that has any; null: none has.</param>
    /// <param name="trust">How far people trust what features are called, of those that they voted on; null: of none.</param>
    public static int[] Apply(FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query, int? always = null, IReadOnlyList<FeatureListRow>? lists = null,
        IReadOnlyDictionary<int, int>? comments = null, IReadOnlyDictionary<int, LabelTrust>? trust = null) => Find(set, labels, query, lists, comments, always, trust).Order;

    /// <summary>The features in order, and by which facets each of the others is left out.</summary>
    /// <inheritdoc cref="Apply"/>
    internal static FeatureFinding Find(
        FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query, IReadOnlyList<FeatureListRow>? lists = null, IReadOnlyDictionary<int, int>? comments = null, int? always = null,
        IReadOnlyDictionary<int, LabelTrust>? trust = null)
    {
        var index = set.Index;
        var search = set.TextsOf(labels).Search(query.Text);
        var (least, most) = Range(query.MinDensity, query.MaxDensity);
        var (leastColumns, mostColumns) = Range(query.LeastColumns, query.MostColumns);
        var measures = index.Measures;
        var members = query.List.Length > 0 ? Members(index.Count, lists?.FirstOrDefault(list => list.Id == query.List)) : null;
        var misses = new Facets[index.Count];
        var found = new List<int>(index.Count);
        for (var feature = 0; feature < index.Count; feature++)
        {
            misses[feature] = Misses(feature);
            if (feature == always || misses[feature] == Facets.None) found.Add(feature);
        }
        var order = found.ToArray();
        FeatureOrder.Sort(order, set, labels, query, trust);
        return new FeatureFinding(order, misses, search);

        Facets Misses(int feature)
        {
            if (!query.All && index.Kept[feature] == 0) return Facets.Others;
            var density = index.ClipDensity[feature] * Percent;
            if (density < least || density > most || set.Largest(feature) < query.MinMaximum) return Facets.Others;
            if (search?.Finds(set, feature) == false) return Facets.Others;
            var missed = Facets.None;
            var columns = index.ColumnDensity[feature] * Percent;
            if (columns < leastColumns || columns > mostColumns) missed |= Facets.Columns;
            var label = query.Label != LabelFilter.Any || query.Stars is not null ? labels.GetValueOrDefault(feature) : null;
            if (!Fits(query.Label, label, set, feature)) missed |= Facets.Label;
            if (query.Stars is { } stars && (stars == 0 ? label?.Stars is not null : !(label?.Stars >= stars))) missed |= Facets.Stars;
            if (query.Concept.Length > 0 && ConceptOf(measures, feature) != query.Concept) missed |= Facets.Concept;
            if (query.MinStability is { } stability && !(measures is { Stability.IsEmpty: false } && measures.Stability[feature] >= stability)) missed |= Facets.Stability;
            if (query.Guests && index.GuestRank(feature) is null) missed |= Facets.Guests;
            if (query.MinPeople is not null || query.MinDisagreement is not null)
            {
                var judged = trust?.GetValueOrDefault(feature);
                if (query.MinPeople is { } people && !(judged?.Mean >= people)) missed |= Facets.People;
                if (query.MinDisagreement is { } apart && !(judged?.Disagreement >= apart)) missed |= Facets.Disagreement;
            }
            if (query.Commented && comments?.ContainsKey(feature) != true) missed |= Facets.Comments;
            if (members is not null && !members[feature]) missed |= Facets.List;
            return missed;
        }
    }

    /// <summary>The name of a feature's best concept; null: it has none, or none was measured.</summary>
    internal static string? ConceptOf(Core.Features.FeatureMeasures? measures, int feature) =>
        measures is { HasConcepts: true } && (uint)measures.Concept[feature] < (uint)measures.Info.Concepts.Count ? measures.Info.Concepts[measures.Concept[feature]] : null;

    private static bool Fits(LabelFilter filter, CurrentLabel? label, FeatureSet set, int feature) => filter switch
    {
        LabelFilter.Labelled => label is not null,
        LabelFilter.Unlabelled => label is null,
        LabelFilter.Suggested => label is null && set.Suggestion(feature) is not null,
        LabelFilter.Sure => label is null && set.Suggestion(feature) is { IsSure: true },
        _ => true,
    };

    /// <summary>"50 to 10" is the range from 10 to 50.</summary>
    private static (double? Least, double? Most) Range(double? least, double? most) => least > most ? (most, least) : (least, most);

    private static bool[] Members(int features, FeatureListRow? list)
    {
        var members = new bool[features];
        foreach (var feature in list?.Features ?? [])
            if ((uint)feature < (uint)features) members[feature] = true;
        return members;
    }
}

/// <summary>The filters that have facets, and all the others together.</summary>
[Flags]
internal enum Facets : ushort
{
    None = 0,
    Others = 1,
    Columns = 2,
    Label = 4,
    Stars = 8,
    Concept = 16,
    Stability = 32,
    Guests = 64,
    List = 128,
    Comments = 256,
    People = 512,
    Disagreement = 1024,
}

/// <summary>What a query finds.</summary>
/// <param name="Order">The features in order.</param>
/// <param name="Misses">The filters that each feature of the dictionary does not pass <c>[F]</c>.</param>
/// <param name="Search">The search, if there is one.</param>
internal sealed record FeatureFinding(int[] Order, Facets[] Misses, TextSearch? Search);

/// <summary>The order of a list of features.</summary>
internal static class FeatureOrder
{
    public static void Sort(int[] order, FeatureSet set, IReadOnlyDictionary<int, CurrentLabel> labels, FeatureQuery query, IReadOnlyDictionary<int, LabelTrust>? trust)
    {
        var index = set.Index;
        if (query.Sort == FeatureSort.Label)
        {
            SortByLabel(order, set.OrderOf(labels).Ranks, query.Ascending);
            return;
        }
        // What has no figure comes last in either direction.
        var missing = query.Ascending ? double.PositiveInfinity : double.NegativeInfinity;
        var keys = new double[index.Count];
        foreach (var feature in order)
        {
            keys[feature] = query.Sort switch
            {
                FeatureSort.Agreement => set.Agreement(feature),
                FeatureSort.Density => index.ClipDensity[feature],
                FeatureSort.Maximum => set.Largest(feature),
                FeatureSort.P99 => index.P99[feature],
                FeatureSort.Stars => labels.GetValueOrDefault(feature)?.Stars ?? 0,
                FeatureSort.Index => feature,
                FeatureSort.Stability => index.Measures is { Stability.IsEmpty: false } measured ? Known(measured.Stability[feature]) : missing,
                FeatureSort.Concept => index.Measures is { ConceptAuroc.IsEmpty: false } measured ? Known(measured.ConceptAuroc[feature]) : missing,
                FeatureSort.Guests => index.GuestRank(feature) ?? missing,
                FeatureSort.Suggestion => set.Suggestion(feature)?.Score ?? missing,
                FeatureSort.People => trust?.GetValueOrDefault(feature)?.Mean ?? missing,
                FeatureSort.Disagreement => trust?.GetValueOrDefault(feature)?.Disagreement ?? missing,
                _ => throw new ArgumentOutOfRangeException(nameof(query), query.Sort, "No such order."),
            };
        }
        var direction = query.Ascending ? 1 : -1;
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? direction * keys[a].CompareTo(keys[b]) : a.CompareTo(b));

        double Known(float value) => float.IsNaN(value) ? missing : value;
    }

    private static void SortByLabel(int[] order, int[] ranks, bool ascending)
    {
        // Features without a label come last in either direction, equal labels by the feature's number.
        var keys = Array.ConvertAll(order, feature => (long)(ranks[feature] < 0 ? int.MaxValue : ascending ? ranks[feature] : int.MaxValue - 1 - ranks[feature]) << 32 | (uint)feature);
        Array.Sort(keys, order);
    }
}
