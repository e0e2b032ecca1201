using System.Runtime.CompilerServices;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Annotation;

/// <summary>
/// What a label that is typed can be completed from: the labels that features of the SAE have, and the words of the captions. Sent as a whole, once, so that
/// completing waits for no server.
/// </summary>
internal static class LabelWords
{
    /// <summary>The most labels, and the most words.</summary>
    public const int Most = 2000;

    // Shorter ones are typed quicker than chosen.
    private const int ShortestWord = 3;

    private static readonly ConditionalWeakTable<FeatureSet, IReadOnlyList<ApiWord>> CaptionWords = [];

    public static void MapLabelWords(this IEndpointRouteBuilder app) =>
        app.MapGet(ApiSetup.Root + "/saes/{sae}/words", (string sae, FeatureCatalog features, ICatalog catalog) => FeatureResource.With(features, catalog, sae, set =>
                Results.Ok(new ApiLabelWords(Labels(features.Labels(set)), CaptionWords.GetValue(set, Words)))))
            .Says("listWords", "What a label that is typed can be completed from", "The labels of the SAE's features and the words of the captions, the most frequent first, at most 2,000 of each.").Takes().Produces<ApiLabelWords>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");

    /// <summary>The labels, each text once, the most frequent first.</summary>
    public static IReadOnlyList<ApiWord> Labels(IReadOnlyDictionary<int, CurrentLabel> labels) => Counted(labels.Values.Select(label => label.Text));

    private static IReadOnlyList<ApiWord> Words(FeatureSet set) => Counted((set.Clips?.Clips ?? []).SelectMany(clip => Words(clip.Caption)));

    /// <summary>The words of a caption, each once: letters and digits, with signs inside a word.</summary>
    private static IEnumerable<string> Words(string caption) => caption.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.Trim([.. word.Where(letter => !char.IsLetterOrDigit(letter)).Distinct()])).Where(word => word.Length >= ShortestWord && word.Any(char.IsLetter)).Distinct(StringComparer.Ordinal);

    private static IReadOnlyList<ApiWord> Counted(IEnumerable<string> texts) =>
    [
        .. texts.CountBy(text => text, StringComparer.OrdinalIgnoreCase).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Take(Most)
            .Select(pair => new ApiWord(pair.Key, pair.Value)),
    ];
}

/// <summary>What a label that is typed can be completed from.</summary>
/// <param name="Labels">The labels of the SAE's features, each text once, the most frequent first.</param>
/// <param name="Words">The words of the captions, the most frequent first.</param>
public sealed record ApiLabelWords(IReadOnlyList<ApiWord> Labels, IReadOnlyList<ApiWord> Words);

/// <summary>A label, or a word of captions.</summary>
/// <param name="Text">The label or the word. <example>taiko drums</example></param>
/// <param name="Count">How many features have the label, or how many clips' captions the word. <example>3</example></param>
public sealed record ApiWord(string Text, int Count);
