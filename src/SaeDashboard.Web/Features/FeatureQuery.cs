using System.Globalization;

namespace SaeDashboard.Web.Features;

/// <summary>Which features a list shows and in which order. Its whole state is in the URL: <see cref="Parse"/> and <see cref="ToParameters"/> are each other's inverse.</summary>
public sealed record FeatureQuery
{
    public static FeatureQuery Default { get; } = new();

    /// <summary>The names of the URL's parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = ["q", "sort", "reverse", "min", "max", "strength", "all", "label", "page"];

    /// <summary>Words that the label, or the captions of at least half of its strongest clips, contain; empty: no condition.</summary>
    public string Text { get; init; } = "";

    public FeatureSort Sort { get; init; }

    /// <summary>Against the order that is natural for <see cref="Sort"/>: see <see cref="Ascending"/>.</summary>
    public bool Reversed { get; init; }

    /// <summary>Least share of the clips it fires in, in percent.</summary>
    public double? MinDensity { get; init; }

    /// <summary>Largest share of the clips it fires in, in percent.</summary>
    public double? MaxDensity { get; init; }

    /// <summary>Least largest activation.</summary>
    public double? MinMaximum { get; init; }

    /// <summary>Whether features that the index's filter leaves out are shown too.</summary>
    public bool All { get; init; }

    public LabelFilter Label { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether small values, or early letters, come first.</summary>
    public bool Ascending => (Sort is FeatureSort.Index or FeatureSort.Label) != Reversed;

    /// <summary>Whether anything but the order leaves features out that the default shows.</summary>
    public bool Narrows => Text.Length > 0 || MinDensity is not null || MaxDensity is not null || MinMaximum is not null || Label != LabelFilter.Any;

    /// <summary>Reads the URL's parameters. What makes no sense is left at its default: a mistyped address still shows features.</summary>
    /// <param name="parameter">The value of a parameter, or null.</param>
    public static FeatureQuery Parse(Func<string, string?> parameter) => new()
    {
        Text = parameter("q")?.Trim() ?? "",
        Sort = Enum.TryParse<FeatureSort>(parameter("sort"), ignoreCase: true, out var sort) && Enum.IsDefined(sort) ? sort : default,
        Reversed = parameter("reverse") == "1",
        MinDensity = Number(parameter("min")),
        MaxDensity = Number(parameter("max")),
        MinMaximum = Number(parameter("strength")),
        All = parameter("all") == "1",
        Label = Enum.TryParse<LabelFilter>(parameter("label"), ignoreCase: true, out var label) && Enum.IsDefined(label) ? label : default,
        Page = int.TryParse(parameter("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page > 0 ? page : 1,
    };

    /// <summary>The URL's parameters; null for what is at its default, so that a plain list has a plain address.</summary>
    public IReadOnlyDictionary<string, object?> ToParameters() => new Dictionary<string, object?>
    {
        ["q"] = Text.Length > 0 ? Text : null,
        ["sort"] = Sort == default ? null : Word(Sort),
        ["reverse"] = Reversed ? "1" : null,
        ["min"] = Plain(MinDensity),
        ["max"] = Plain(MaxDensity),
        ["strength"] = Plain(MinMaximum),
        ["all"] = All ? "1" : null,
        ["label"] = Label == default ? null : Word(Label),
        ["page"] = Page > 1 ? Page.ToString(CultureInfo.InvariantCulture) : null,
    };

    /// <summary>The same as a query string, with its question mark; empty when all is at its default.</summary>
    public string ToQueryString()
    {
        var pairs = ToParameters().Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={Uri.EscapeDataString((string)pair.Value!)}").ToList();
        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static string? Plain(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
