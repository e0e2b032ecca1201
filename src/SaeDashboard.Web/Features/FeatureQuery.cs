using System.Globalization;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Api;

namespace SaeDashboard.Web.Features;

/// <summary>Which features a list shows and in which order. Its whole state is in the URL: <see cref="Parse"/> and <see cref="ToParameters"/> are each other's inverse.</summary>
public sealed record FeatureQuery
{
    public static FeatureQuery Default { get; } = new();

    /// <summary>The names of the URL's parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = 
        ["q", "sort", "reverse", "min", "max", "least", "most", "strength", "all", "label", "stars", "concept", "stability", "guests", "people", "disagreement", "commented", "list", "clips", "page"];

    /// <summary>Words that the label, a suggestion, the best concept, the top clip's caption, or the captions of at least half of its top clips contain; empty: no condition.</summary>
    public string Text { get; init; } = "";

    public FeatureSort Sort { get; init; }

    /// <summary>Against the order that is natural for <see cref="Sort"/>: see <see cref="Ascending"/>.</summary>
    public bool Reversed { get; init; }

    /// <summary>Least share of the clips it fires in, in percent.</summary>
    public double? MinDensity { get; init; }

    /// <summary>Largest share of the clips it fires in, in percent.</summary>
    public double? MaxDensity { get; init; }

    /// <summary>Least share of the columns it fires in, in percent.</summary>
    public double? LeastColumns { get; init; }

    /// <summary>Largest share of the columns it fires in, in percent.</summary>
    public double? MostColumns { get; init; }

    /// <summary>Least largest activation.</summary>
    public double? MinMaximum { get; init; }

    /// <summary>Whether features that the index's filter leaves out are shown too.</summary>
    public bool All { get; init; }

    public LabelFilter Label { get; init; }

    /// <summary>Least mean rating of the label, 1 to 5 stars; 0: labels that are not rated, and features without one.</summary>
    public int? Stars { get; init; }

    /// <summary>The best concept, by its name in the annotations; empty: no condition.</summary>
    public string Concept { get; init; } = "";

    /// <summary>Least stability, 0 to 1: the largest cosine with a direction of the second SAE.</summary>
    public double? MinStability { get; init; }

    /// <summary>Whether mystery guests alone are shown.</summary>
    public bool Guests { get; init; }

    /// <summary>Least mean AUROC of people's votes on what it is called, 0 to 1; 0: people voted on enough clips, whatever they said.</summary>
    public double? MinPeople { get; init; }

    /// <summary>Least difference between people and another judge on the same clips, in mean AUROC, 0 to 1.</summary>
    public double? MinDisagreement { get; init; }

    /// <summary>Whether only features with comments are shown.</summary>
    public bool Commented { get; init; }

    /// <summary>The id of the list whose features alone are shown; empty: no condition.</summary>
    public string List { get; init; } = "";

    /// <summary>Which clips of the open feature are shown: going from feature to feature keeps it.</summary>
    public ClipView Clips { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether small values, or early letters, come first.</summary>
    public bool Ascending => (Sort is FeatureSort.Index or FeatureSort.Label or FeatureSort.Guests) != Reversed;

    /// <summary>Whether anything but the order leaves features out that the default shows.</summary>
    public bool Narrows => Text.Length > 0 || MinDensity is not null || MaxDensity is not null || LeastColumns is not null || MostColumns is not null || MinMaximum is not null || Label != LabelFilter.Any
        || Stars is not null || Concept.Length > 0 || MinStability is not null || Guests || MinPeople is not null || MinDisagreement is not null || Commented || List.Length > 0;

    /// <summary>Reads the URL's parameters. What <see cref="FeatureParameters"/> refuses is left at its default: a mistyped address still shows features, and the page says what was left out.</summary>
    /// <param name="parameter">The value of a parameter, or null.</param>
    public static FeatureQuery Parse(Func<string, string?> parameter)
    {
        return new FeatureQuery
        {
            Text = Of(FeatureParameters.Text)?.Trim() ?? "",
            Sort = EnumJson.Parse<FeatureSort>(Of(FeatureParameters.Sort)) ?? default,
            Reversed = Flag(FeatureParameters.Reverse),
            MinDensity = Number(FeatureParameters.Min),
            MaxDensity = Number(FeatureParameters.Max),
            LeastColumns = Number(FeatureParameters.Least),
            MostColumns = Number(FeatureParameters.Most),
            MinMaximum = Number(FeatureParameters.Strength),
            All = Flag(FeatureParameters.All),
            Label = EnumJson.Parse<LabelFilter>(Of(FeatureParameters.Label)) ?? default,
            Stars = Of(FeatureParameters.Stars) is { } stars ? int.Parse(stars, CultureInfo.InvariantCulture) : null,
            Concept = Of(FeatureParameters.Concept)?.Trim() ?? "",
            MinStability = Number(FeatureParameters.Stability),
            Guests = Flag(FeatureParameters.Guests),
            MinPeople = Number(FeatureParameters.People),
            MinDisagreement = Number(FeatureParameters.Disagreement),
            Commented = Flag(FeatureParameters.Commented),
            List = Of(FeatureParameters.InList)?.Trim() ?? "",
            Clips = EnumJson.Parse<ClipView>(Of(FeatureParameters.Clips)) ?? default,
            Page = Of(FeatureParameters.Page) is { } page ? int.Parse(page, CultureInfo.InvariantCulture) : 1,
        };

        string? Of(ApiParameter known) => parameter(known.Name) is { } value && known.Refuse(value) is null ? value : null;

        bool Flag(ApiParameter known) => Of(known) is { } value && ApiParameter.FlagOf(value) == true;

        double? Number(ApiParameter known) => Of(known) is { } value ? double.Parse(value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The URL's parameters; null for what is at its default, so that a plain list has a plain address.</summary>
    public IReadOnlyDictionary<string, object?> ToParameters() => new Dictionary<string, object?>
    {
        ["q"] = Text.Length > 0 ? Text : null,
        ["sort"] = Sort == default ? null : Word(Sort),
        ["reverse"] = Reversed ? "1" : null,
        ["min"] = Plain(MinDensity),
        ["max"] = Plain(MaxDensity),
        ["least"] = Plain(LeastColumns),
        ["most"] = Plain(MostColumns),
        ["strength"] = Plain(MinMaximum),
        ["all"] = All ? "1" : null,
        ["label"] = Label == default ? null : Word(Label),
        ["stars"] = Stars?.ToString(CultureInfo.InvariantCulture),
        ["concept"] = Concept.Length > 0 ? Concept : null,
        ["stability"] = Plain(MinStability),
        ["guests"] = Guests ? "1" : null,
        ["people"] = Plain(MinPeople),
        ["disagreement"] = Plain(MinDisagreement),
        ["commented"] = Commented ? "1" : null,
        ["list"] = List.Length > 0 ? List : null,
        ["clips"] = Clips == default ? null : Word(Clips),
        ["page"] = Page > 1 ? Page.ToString(CultureInfo.InvariantCulture) : null,
    };

    /// <summary>The same as a query string, with its question mark; empty when all is at its default.</summary>
    public string ToQueryString()
    {
        var pairs = ToParameters().Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString((string)pair.Value!)}").ToList();
        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }

    /// <summary>Reads the query of an address, with or without its question mark.</summary>
    public static FeatureQuery OfText(string text)
    {
        var values = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(text);
        return Parse(name => values.TryGetValue(name, out var value) ? value.ToString() : null);
    }

    /// <summary>The order and the filters, without what is open and which page is shown: what a saved view keeps.</summary>
    public FeatureQuery View => this with { Clips = default, Page = 1 };

    private static string? Plain(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>Which of a feature's clips its page shows.</summary>
public enum ClipView
{
    /// <summary>Those in which it fires most strongly.</summary>
    Top,

    /// <summary>Some of each interval of strength.</summary>
    Strength,

    /// <summary>Some of all clips.</summary>
    Random,

    /// <summary>Clips in which it nearly fires and never does.</summary>
    Near,
}

/// <summary>What a list of features is ordered by. Ties go by index.</summary>
public enum FeatureSort
{
    /// <summary>How well the captions of its strongest clips agree, different sounds first: what can be named at once.</summary>
    Agreement,

    /// <summary>Share of the clips it fires in.</summary>
    Density,

    /// <summary>Largest activation.</summary>
    Maximum,

    /// <summary>99th percentile of its positive activations.</summary>
    P99,

    /// <summary>Its place in the dictionary.</summary>
    Index,

    /// <summary>Mean rating of its label.</summary>
    Stars,

    /// <summary>The label's text; features without one come last.</summary>
    Label,

    /// <summary>Largest cosine with a direction of the second SAE; features without the figure come last.</summary>
    Stability,

    /// <summary>AUROC for the best concept; features without the figure come last.</summary>
    Concept,

    /// <summary>Rank among the mystery guests; others come last.</summary>
    Guests,

    /// <summary>Detection score of the suggested label; features whose suggestion was not tested come last.</summary>
    Suggestion,

    /// <summary>Mean AUROC of people's votes on what it is called; features with too few votes come last.</summary>
    People,

    /// <summary>By how much people and another judge differ on the same clips; features without the figure come last.</summary>
    Disagreement,
}

/// <summary>Which features a list shows, by whether they are labelled.</summary>
public enum LabelFilter
{
    Any,

    Labelled,

    /// <summary>Those without a label, whether or not one is suggested.</summary>
    Unlabelled,

    /// <summary>Those without a label for which one is suggested.</summary>
    Suggested,

    /// <summary>Those without a label whose suggested one passed its test.</summary>
    Sure,
}

/// <summary>One page of a list of features.</summary>
/// <param name="Rows">At most <see cref="Size"/>.</param>
/// <param name="Page">Which, from 1: the one asked for, or the last there is.</param>
/// <param name="Total">Features on all pages.</param>
/// <param name="All">Features of the dictionary.</param>
public sealed record FeaturePage(IReadOnlyList<FeatureRow> Rows, int Page, int Total, int All)
{
    /// <summary>Rows a page: with all else, less than 100 kB of a circuit's message.</summary>
    public const int Size = 30;

    /// <summary>Whether the open feature, if there is one, is in the list.</summary>
    public bool Contains { get; init; } = true;

    /// <summary>The feature before which the open feature would be, if the query excludes it; null: it would be last.</summary>
    public int? Gap { get; init; }

    /// <summary>How many features there are by each facet.</summary>
    public FacetCounts Facets { get; init; } = FacetCounts.None;

    /// <summary>How far people trust what features are called, of those that they voted on.</summary>
    public IReadOnlyDictionary<int, Scores.LabelTrust> Trust { get; init; } = new Dictionary<int, Scores.LabelTrust>();

    /// <summary>The search, if there is one: what to mark, and what a misspelled word was read as.</summary>
    public TextSearch? Search { get; init; }

    /// <summary>Pages there are, at least 1.</summary>
    public int Pages => Math.Max(1, (Total + Size - 1) / Size);
}

/// <summary>One feature as lists show it.</summary>
/// <param name="Index">Its place in the dictionary.</param>
/// <param name="Label">Its label; null: unlabelled.</param>
/// <param name="Stars">Mean rating of that label; null: not rated.</param>
/// <param name="Ratings">How many have.</param>
/// <param name="Suggestion">The suggested label that it is called by without a label; null: there is none.</param>
/// <param name="Statistics">Its figures.</param>
/// <param name="Top">The clip in which it fires most strongly; null for a dead feature.</param>
/// <param name="RevisionId">The label's revision; null: unlabelled.</param>
public sealed record FeatureRow(int Index, string? Label, double? Stars, int Ratings, FeatureSuggestion? Suggestion, FeatureStatistics Statistics, TopClip? Top, long? RevisionId)
{
    /// <summary>Its strength ladder; null: none was measured.</summary>
    public LadderView? Ladder { get; init; }

    /// <summary>It never fired, neither where it was measured nor in any clip that was looked through for the strongest.</summary>
    public bool Dead => Top is null;

    /// <summary>It never fired where it was measured: its figures are zero, whatever it does elsewhere.</summary>
    public bool Silent => Statistics.Maximum <= 0;

    /// <inheritdoc cref="FeatureSet.Largest"/>
    public float Largest => Math.Max(Statistics.Maximum, Top?.Value ?? 0);

    /// <summary>Degrees: the feature's hue, the same on every page.</summary>
    public int HueDegrees => Statistics.Hue * 15;

    /// <summary>What to call it: its label, else the suggested one, else its number.</summary>
    public string Name => Label ?? Suggestion?.Words ?? $"Feature {Index}";

    /// <summary>The label, else the suggested one, else that it has none.</summary>
    public string Shown => Label ?? Suggestion?.Words ?? Title;

    /// <summary>The label, or a text in its place.</summary>
    public string Title => Label ?? (Dead ? "dead, never fires" : "unlabelled");
}
