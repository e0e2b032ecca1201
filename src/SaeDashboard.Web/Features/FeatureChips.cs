using System.Globalization;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

/// <summary>One active filter.</summary>
/// <param name="Words">What it says, for people.</param>
/// <param name="Without">The query without it.</param>
public sealed record FeatureChip(string Words, FeatureQuery Without);

/// <summary>The active filters of a list, as chips that can be removed.</summary>
public static class FeatureChips
{
    /// <summary>The active filters, in a fixed order. The index's own filter is one of them.</summary>
    /// <param name="query">The query.</param>
    /// <param name="lists">The lists that the reader may see.</param>
    public static IReadOnlyList<FeatureChip> Of(FeatureQuery query, IReadOnlyList<FeatureListRow> lists)
    {
        query = query with { Page = 1 };
        var chips = new List<FeatureChip>();
        var ranged = query.MinDensity is not null || query.MaxDensity is not null;
        if (!query.All) chips.Add(new FeatureChip("kept by the feature filter", query with { All = true }));
        if (ranged) chips.Add(new FeatureChip($"fires in {Range(query.MinDensity, query.MaxDensity)} of clips", query with { MinDensity = null, MaxDensity = null }));
        if (query.MostColumns == 0 && query.LeastColumns is null or 0) chips.Add(new FeatureChip("never fires", query with { LeastColumns = null, MostColumns = null }));
        else if (query.LeastColumns is not null || query.MostColumns is not null)
            chips.Add(new FeatureChip($"fires in {Range(query.LeastColumns, query.MostColumns)} of columns", query with { LeastColumns = null, MostColumns = null }));
        if (query.MinMaximum is { } least) chips.Add(new FeatureChip($"max ≥ {Text(least)}", query with { MinMaximum = null }));
        if (query.Label != LabelFilter.Any) chips.Add(new FeatureChip(Words(query.Label), query with { Label = LabelFilter.Any }));
        if (query.Stars is { } stars) chips.Add(new FeatureChip(Stars(stars), query with { Stars = null }));
        if (query.Concept.Length > 0) chips.Add(new FeatureChip($"best concept: {query.Concept}", query with { Concept = "" }));
        if (query.MinStability is { } stability) chips.Add(new FeatureChip($"stability ≥ {Text(stability)}", query with { MinStability = null }));
        if (query.Guests) chips.Add(new FeatureChip("mystery guests", query with { Guests = false }));
        if (query.MinPeople is { } people) chips.Add(new FeatureChip(People(people), query with { MinPeople = null }));
        if (query.MinDisagreement is { } apart) chips.Add(new FeatureChip($"judges apart by {Text(apart)}", query with { MinDisagreement = null }));
        if (query.Commented) chips.Add(new FeatureChip("has comments", query with { Commented = false }));
        if (query.List.Length > 0) chips.Add(new FeatureChip(lists.FirstOrDefault(list => list.Id == query.List) is { } list ? $"list: {list.Name}" : "a list that is not here", query with { List = "" }));
        return chips;
    }

    /// <summary>Whether the query is the default, apart from its order and its search.</summary>
    public static bool IsPlain(FeatureQuery query) => !query.All && !(query with { Text = "" }).Narrows;

    /// <summary>What a choice of labels is called.</summary>
    internal static string Words(LabelFilter label) => label switch
    {
        LabelFilter.Labelled => "labelled",
        LabelFilter.Unlabelled => "unlabelled",
        LabelFilter.Suggested => "unlabelled, with a suggestion",
        LabelFilter.Sure => "unlabelled, with a sure suggestion",
        _ => "any label",
    };

    /// <summary>What a choice of ratings is called.</summary>
    internal static string Stars(int stars) => stars switch { 0 => "not rated", 5 => "5 stars", 1 => "rated", _ => $"{stars} stars or more" };

    /// <summary>What a choice of people's scores is called.</summary>
    internal static string People(double least) => least == 0 ? "judged by people" : $"people’s AUROC ≥ {Text(least)}";

    private static string Range(double? least, double? most) => (least, most) switch
    {
        (null or 0, { } to) => $"up to {Text(to)}%",
        ({ } from, null) => $"at least {Text(from)}%",
        var (from, to) => $"{Text(from ?? 0)}–{Text(to ?? 100)}%",
    };

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
