using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Api;

/// <summary>A feature as lists show it.</summary>
/// <param name="Index">Its place in the dictionary. <example>1337</example></param>
/// <param name="Label">Its label; null: it has none. <example>taiko drums</example></param>
/// <param name="LabelRevision">The label's revision; null: it has none.</param>
/// <param name="Stars">Mean rating of the label, 1 to 5; null: not rated.</param>
/// <param name="Ratings">How many people rated it.</param>
/// <param name="Suggestion">The suggested label that it is called by without a label; null: none. <example>taiko drums</example></param>
/// <param name="Kept">Whether it fires in 1 to 25 % of the clips.</param>
/// <param name="Dead">Whether it fired in no clip that was measured or searched.</param>
/// <param name="ClipDensity">Share of the clips in which it exceeds a tenth of its p99, 0 to 1.</param>
/// <param name="ColumnDensity">Share of the columns on which it fires, 0 to 1.</param>
/// <param name="Largest">Its largest activation, in the SAE's own unit.</param>
/// <param name="P99">99th percentile of its positive activations: the unit of steering strength.</param>
/// <param name="Hue">Its hue on every page, in degrees.</param>
/// <param name="Comments">How many comments it has.</param>
/// <param name="Address">This feature with all that is known of it.</param>
/// <param name="Page">The page that shows it, from the site's root.</param>
public sealed record ApiFeature(
    int Index, string? Label, long? LabelRevision, double? Stars, int Ratings, string? Suggestion, bool Kept, bool Dead, double? ClipDensity, double? ColumnDensity, double? Largest, double? P99, int Hue,
    int Comments, string Address, string Page)
{
    internal static ApiFeature Of(string sae, FeatureRow row, int comments) => new(
        row.Index, row.Label, row.RevisionId, row.Stars, row.Ratings, row.Suggestion?.Words, row.Statistics.Kept, row.Dead, Finite.Of(row.Statistics.ClipDensity), Finite.Of(row.Statistics.ColumnDensity),
        Finite.Of(row.Largest), Finite.Of(row.Statistics.P99), row.HueDegrees, comments, FormattableString.Invariant($"{ApiSetup.Root}/saes/{sae}/features/{row.Index}"),
        FormattableString.Invariant($"/features/{sae}/{row.Index}"));
}

/// <summary>A feature with all that is known of it.</summary>
/// <param name="Feature">What lists show.</param>
/// <param name="Statistics">Its figures over the measured columns.</param>
/// <param name="Measures">What was measured beyond its activations; null: not in this index.</param>
/// <param name="Histogram">Its positive activations.</param>
/// <param name="Similar">Features with the largest cosine between decoder directions, largest first.</param>
/// <param name="TopClips">The clips in which it fires most strongly, strongest first.</param>
/// <param name="Examples">Weaker, random and silent clips, by group; none in an index of an earlier program.</param>
/// <param name="Suggestions">The labels that programs suggest for it, the one that it is called by first.</param>
/// <param name="Revisions">Every revision of its label, newest first.</param>
/// <param name="Comments">Its comments, oldest first.</param>
public sealed record ApiFeatureDetails(
    ApiFeature Feature, ApiStatistics Statistics, ApiMeasures? Measures, ApiHistogram Histogram, IReadOnlyList<ApiSimilarFeature> Similar, IReadOnlyList<ApiFeatureClip> TopClips, IReadOnlyList<ApiClipGroup> Examples,
    IReadOnlyList<ApiSuggestion> Suggestions, IReadOnlyList<ApiRevision> Revisions, IReadOnlyList<ApiComment> Comments);

/// <summary>Statistics of a feature's activations, in the SAE's own unit. Moments are over the columns on which it is positive.</summary>
/// <param name="ColumnDensity">Share of the columns on which it fires, 0 to 1.</param>
/// <param name="ClipDensity">Share of the clips in which it exceeds a tenth of its p99, 0 to 1.</param>
/// <param name="ClipDensityAny">Share of the clips in which it fires at all, 0 to 1.</param>
/// <param name="P99">99th percentile of its positive activations: the unit of steering strength.</param>
/// <param name="P99Thin">Whether that is from too few positive activations to be trusted.</param>
/// <param name="Maximum">Its largest activation in the measured split.</param>
/// <param name="Mean">Mean of the positive activations.</param>
/// <param name="Variance">Their variance.</param>
/// <param name="Skewness">Their skewness; no unit.</param>
/// <param name="Kurtosis">Their kurtosis; no unit.</param>
/// <param name="Positives">Columns on which it fires.</param>
/// <param name="Kept">Whether it fires in 1 to 25 % of the clips.</param>
/// <param name="KeptAny">The same, where any frame counts.</param>
/// <param name="DecoderNorm">Length of its decoder direction per unit of activation.</param>
public sealed record ApiStatistics(
    double? ColumnDensity, double? ClipDensity, double? ClipDensityAny, double? P99, bool P99Thin, double? Maximum, double? Mean, double? Variance, double? Skewness, double? Kurtosis, long Positives, bool Kept,
    bool KeptAny, double? DecoderNorm)
{
    internal static ApiStatistics Of(FeatureStatistics figures) => new(
        Finite.Of(figures.ColumnDensity), Finite.Of(figures.ClipDensity), Finite.Of(figures.ClipDensityAny), Finite.Of(figures.P99), figures.P99Thin, Finite.Of(figures.Maximum), Finite.Of(figures.Mean),
        Finite.Of(figures.Variance), Finite.Of(figures.Skewness), Finite.Of(figures.Kurtosis), figures.Positives, figures.Kept, figures.KeptAny, Finite.Of(figures.DecoderNorm));
}

/// <summary>Counts of a feature's positive activations. Bin i is from i × width to (i + 1) × width.</summary>
/// <param name="Width">Width of a bin, in the SAE's own unit.</param>
/// <param name="Counts">Columns of each bin.</param>
public sealed record ApiHistogram(double? Width, IReadOnlyList<int> Counts)
{
    internal static ApiHistogram Of(FeatureSet set, int feature)
    {
        var counts = set.Index.Histogram(feature);
        return new ApiHistogram(counts.Length == 0 ? null : Finite.Of(set.Index.Maximum[feature] / counts.Length), counts);
    }
}

/// <summary>A feature with a similar decoder direction.</summary>
/// <param name="Index">The feature.</param>
/// <param name="Cosine">Cosine of the two directions, −1 to 1.</param>
/// <param name="Label">Its label; null: it has none.</param>
public sealed record ApiSimilarFeature(int Index, double? Cosine, string? Label);

/// <summary>A clip of a feature.</summary>
/// <param name="Number">Its number among the feature's clips.</param>
/// <param name="Row">Its row in the dataset.</param>
/// <param name="Clip">Its id in the dataset; null: the dataset is not here.</param>
/// <param name="Caption">What it is; null: the dataset is not here.</param>
/// <param name="Split">sae-train, select or test.</param>
/// <param name="Seconds">Its length in seconds.</param>
/// <param name="Value">The feature's largest activation in it; 0: it does not fire.</param>
/// <param name="Column">The column of that activation.</param>
/// <param name="AtSeconds">When that column sounds: the beginning of its frame, in seconds.</param>
/// <param name="Sound">Address of the WAV file, from the site's root; null: the dataset is not here.</param>
/// <param name="Address">Address of what it takes to draw it: the wave's peaks, and the activation by frame.</param>
/// <param name="Strip">The feature's activation along it; null where none was asked for.</param>
public sealed record ApiFeatureClip(
    int Number, int Row, string? Clip, string? Caption, string? Split, double? Seconds, double Value, int Column, double AtSeconds, string? Sound, string Address, ApiStrip? Strip);

/// <summary>A feature's activation along a clip, where it is above 0.</summary>
/// <param name="Columns">The columns, ascending; column c sounds as frame c − 1.</param>
/// <param name="Values">Its activation on each, in the SAE's own unit, to a 255th of the clip's largest.</param>
public sealed record ApiStrip(IReadOnlyList<int> Columns, IReadOnlyList<float> Values);

/// <summary>Example clips of one kind.</summary>
/// <param name="Kind">interval: drawn from an interval of its largest activation; random: drawn from all clips; nearMiss: it nearly fires, and never does.</param>
/// <param name="Above">Of an interval: above this share of its largest activation.</param>
/// <param name="UpTo">Of an interval: up to this share.</param>
/// <param name="Clips">The clips.</param>
public sealed record ApiClipGroup(ExampleKind Kind, double? Above, double? UpTo, IReadOnlyList<ApiFeatureClip> Clips);

/// <summary>A label that a program suggests. It becomes one when a person accepts it.</summary>
/// <param name="Text">The label. <example>taiko drums</example></param>
/// <param name="Kind">How it was made: topCaptions, words that the captions of its top clips share; captionContrast, words of captions that tell its clips from others; descriptorContrast, descriptors of the sound; languageModel.</param>
/// <param name="Version">The method's version, or the prompt and the model; null: of topCaptions.</param>
/// <param name="Evidence">What supports it; null: nothing is said.</param>
/// <param name="Confidence">How sure the method itself is. captionContrast: AUROC on the clips that it was made from; descriptorContrast: the shift in standard deviations; languageModel: what it says of itself, 0 to 1; null: of topCaptions.</param>
/// <param name="Detection">How well it tells the feature's clips from others, on clips that it was not made from; null: not tested.</param>
/// <param name="Floor">The mean of the same for labels that were exchanged between features: what a label that means nothing scores; null: not known. Its counts are of features.</param>
public sealed record ApiSuggestion(string Text, SuggestionKind Kind, string? Version, string? Evidence, double? Confidence, ApiDetection? Detection, ApiDetection? Floor)
{
    internal static ApiSuggestion Of(FeatureSuggestion suggestion) => new(
        suggestion.Words, suggestion.Kind, suggestion.Version, suggestion.Evidence, suggestion.Confidence, ApiDetection.Of(suggestion.Detection), ApiDetection.Of(suggestion.Floor));
}

/// <summary>A detection score.</summary>
/// <param name="Random">AUROC against random clips in which the feature is silent; ½ is chance; null: too few clips.</param>
/// <param name="NearMiss">AUROC against near misses; null: too few clips.</param>
/// <param name="Positives">Clips in which the feature fires.</param>
/// <param name="Randoms">Random clips.</param>
/// <param name="NearMisses">Near misses.</param>
public sealed record ApiDetection(double? Random, double? NearMiss, int Positives, int Randoms, int NearMisses)
{
    internal static ApiDetection? Of(DetectionScore? score) => score is null ? null : new(score.Random, score.NearMiss, score.Positives, score.Randoms, score.NearMisses);
}

/// <summary>A revision of a feature's label.</summary>
/// <param name="Revision">Its number. <example>12</example></param>
/// <param name="Text">The label; empty: the label was removed. <example>taiko drums</example></param>
/// <param name="Note">The author's note; null: none.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="RestoredFrom">The revision whose text it uses again; null: none.</param>
/// <param name="Stars">Mean of its ratings, 1 to 5; null: not rated.</param>
/// <param name="Ratings">How many people rated it.</param>
/// <param name="MyStars">Your own rating; null: none.</param>
public sealed record ApiRevision(long Revision, string Text, string? Note, string Author, DateTimeOffset CreatedUtc, long? RestoredFrom, double? Stars, int Ratings, int? MyStars)
{
    internal static ApiRevision Of(LabelRevision revision) => new(
        revision.Id, revision.Text, revision.Note, revision.Author, revision.CreatedUtc, revision.RestoredFrom, revision.Stars, revision.Ratings, revision.Mine);
}
