using System.Globalization;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Features;

/// <summary>How a suggested label was made.</summary>
public enum SuggestionKind
{
    /// <summary>Words that the captions of its top clips share.</summary>
    TopCaptions,

    /// <inheritdoc cref="SuggestionMethod.CaptionContrast"/>
    CaptionContrast,

    /// <inheritdoc cref="SuggestionMethod.DescriptorContrast"/>
    DescriptorContrast,

    /// <inheritdoc cref="SuggestionMethod.LanguageModel"/>
    LanguageModel,
}

/// <summary>A label that a program suggests, with how far to trust it.</summary>
/// <param name="Words">The label.</param>
/// <param name="Kind">How it was made.</param>
/// <param name="Version">The method's version, or the prompt and the model; null: of the captions of the top clips.</param>
/// <param name="Method">How it was made, in words.</param>
/// <param name="Evidence">What supports it; null: nothing is said.</param>
/// <param name="Confidence">How sure the method itself is, in its own unit; null: it does not say.</param>
/// <param name="Detection">How well it tells the feature's clips from others; null: not tested.</param>
/// <param name="Floor">The same of labels that were exchanged between features; null: not known.</param>
public sealed record FeatureSuggestion(
    string Words, SuggestionKind Kind, string? Version, string Method, string? Evidence, double? Confidence, DetectionScore? Detection, DetectionScore? Floor)
{
    /// <summary>What the judge of the test says of each clip; null: not kept.</summary>
    public IReadOnlyList<ClipScore>? Judged { get; init; }

    /// <summary>The dataset that those clips are of, by its SHA-256; null: see <see cref="Judged"/>.</summary>
    public string? JudgedIn { get; init; }

    /// <summary>Whether the test says that it can be trusted.</summary>
    public bool IsSure => Score >= LabelSuggestions.Sure;

    /// <summary>Mean of the two AUROCs, ½ is chance; null: not tested.</summary>
    public double? Score => Detection?.Mean();

    /// <summary>How far to trust it, in words.</summary>
    public string Trust
    {
        get
        {
            var parts = new List<string>();
            if (Detection?.NearMiss is { } nearMiss) parts.Add($"near misses {Auroc(nearMiss)}{Permuted(Floor?.NearMiss)}");
            if (Detection?.Random is { } random) parts.Add($"random clips {Auroc(random)}{Permuted(Floor?.Random)}");
            return parts.Count > 0 ? $"tells its clips from {string.Join("; from ", parts)}" : Detection is null ? "not tested" : "too few clips to test it on";
        }
    }

    /// <summary>Where the name comes from, for a feature without a label.</summary>
    public string Source => Kind == SuggestionKind.TopCaptions ? $"Suggested by the {Method}" : $"Suggested by {Method}: {Trust}";

    internal static FeatureSuggestion Of(CaptionHint hint) =>
        new(hint.Words, SuggestionKind.TopCaptions, null, $"captions of {hint.Clips} of its {hint.Of} top clips", null, null, null, null);

    internal static FeatureSuggestion Of(LabelSuggestion made, LabelSuggestionsInfo info)
    {
        var (kind, method) = made.Method switch
        {
            SuggestionMethod.CaptionContrast => (SuggestionKind.CaptionContrast, "words of captions"),
            SuggestionMethod.DescriptorContrast => (SuggestionKind.DescriptorContrast, "descriptors of the sound"),
            SuggestionMethod.LanguageModel => (SuggestionKind.LanguageModel, $"a language model ({made.Version})"),
            _ => throw new ArgumentOutOfRangeException(nameof(made), made.Method, "No such method."),
        };
        return new FeatureSuggestion(made.Text, kind, made.Version, method, made.Evidence, made.Confidence, made.Detection, info.Floor.GetValueOrDefault(made.Method.Name())) { Judged = made.Judged, JudgedIn = made.Judged is null ? null : info.DatasetHash };
    }

    private static string Auroc(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Permuted(double? floor) => floor is { } value ? $", permuted labels {Auroc(value)}" : "";
}

/// <summary>
/// What each feature of an SAE might be called. One rule, for all pages and the API: first what passed its test, then what comes from a language model and was not tested, then the
/// words that the captions of its top clips share, then what was not tested or did badly. All in memory. Immutable.
/// </summary>
internal sealed class FeatureSuggestions
{
    private readonly IReadOnlyList<LabelSuggestions> sources;
    private readonly CaptionHint?[] hints;
    private readonly FeatureSuggestion?[] first;

    /// <param name="sources">What programs made. Of two with the same method and version for a feature the later source's counts.</param>
    /// <param name="hints">What the captions of each feature's top clips share <c>[F]</c>.</param>
    public FeatureSuggestions(IReadOnlyList<LabelSuggestions> sources, CaptionHint?[] hints)
    {
        (this.sources, this.hints) = (sources, hints);
        first = new FeatureSuggestion?[hints.Length];
        for (var feature = 0; feature < first.Length; feature++) first[feature] = Ordered(feature).FirstOrDefault();
    }

    /// <summary>The mean detection score of a method's labels when they are exchanged between features; null: not known.</summary>
    public DetectionScore? Floor(SuggestionMethod method) => sources.Select(source => source.Info.Floor.GetValueOrDefault(method.Name())).LastOrDefault(floor => floor is not null);

    /// <summary>The suggestion that a feature is called by; null: there is none.</summary>
    public FeatureSuggestion? First(int feature) => first[feature];

    /// <summary>All suggestions for a feature, the one that it is called by first.</summary>
    public IReadOnlyList<FeatureSuggestion> Of(int feature) => [.. Ordered(feature)];

    private IEnumerable<FeatureSuggestion> Ordered(int feature)
    {
        var listed = Listed(feature);
        foreach (var (each, info) in listed)
            if (LabelSuggestions.IsSure(each)) yield return FeatureSuggestion.Of(each, info);
        var same = -1;
        if (hints[feature] is { } hint)
        {
            // The same words with what their test says: "not tested" beside them would be wrong.
            same = listed.FindIndex(each => each.Made.Text == hint.Words);
            if (same < 0) yield return FeatureSuggestion.Of(hint);
            else if (!LabelSuggestions.IsSure(listed[same].Made)) yield return FeatureSuggestion.Of(listed[same].Made, listed[same].Info);
        }
        for (var at = 0; at < listed.Count; at++)
            if (at != same && !LabelSuggestions.IsSure(listed[at].Made)) yield return FeatureSuggestion.Of(listed[at].Made, listed[at].Info);
    }

    private List<(LabelSuggestion Made, LabelSuggestionsInfo Info)> Listed(int feature)
    {
        var listed = new List<(LabelSuggestion Made, LabelSuggestionsInfo Info)>();
        foreach (var source in sources)
        {
            foreach (var made in source.Of(feature))
            {
                listed.RemoveAll(each => each.Made.Method == made.Method && each.Made.Version == made.Version);
                listed.Add((made, source.Info));
            }
        }
        if (sources.Count > 1) listed.Sort((one, other) => LabelSuggestions.Compare(one.Made, other.Made));
        return listed;
    }
}
