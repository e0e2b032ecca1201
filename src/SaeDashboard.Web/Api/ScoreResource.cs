using SaeDashboard.Core.Features;
using SaeDashboard.Core.Labels;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Scores;

namespace SaeDashboard.Web.Api;

/// <summary>What people and programs say of labels: how far to trust them.</summary>
internal static class ScoreResource
{
    public static void MapScores(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes/{sae}/scores", (string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, LabelScores scores) => FeatureResource.With(features, catalog, sae, set =>
            {
                var labels = features.Labels(set);
                int[] named = [.. Enumerable.Range(0, set.Index.Count).Where(feature => labels.ContainsKey(feature) || set.Suggestion(feature) is not null)];
                return Results.Ok(ApiPaging.Of(context, named, feature => ApiFeatureScores.Of(feature, scores.Of(set, feature, labels.GetValueOrDefault(feature)))));
            }))
            .Says("listScores", "The scores of an SAE's labels, by feature", "Of each feature that has a label or a suggested one: what people who voted on clips, the captions judge, language models, CLAP and the concepts say of it.")
            .Lists<ApiFeatureScores>().Fails(404, "There is no such SAE, or its features are not indexed.").Fails(503, "The index is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}/scores", (string sae, int index, HttpContext context, FeatureCatalog features, ICatalog catalog, FeatureLabels labels, LabelScores scores) =>
                FeatureResource.WithFeature(features, catalog, sae, index, set =>
                {
                    var label = features.Labels(set).GetValueOrDefault(index);
                    var found = scores.Of(set, index, label, labels.History(new FeatureKey(set.SaeHash, index), context.User.ToActor()));
                    return Results.Ok(new ApiScores(ApiFeatureScores.Of(index, found), [.. scores.ClipsOf(set, index, label).Select(clip => ApiScoredClip.Of(set, clip))]));
                }))
            .Says("getScores", "The scores of one feature's label, and clip by clip", "others has scores of earlier labels and of suggestions: a score belongs to exactly one text. clips has what each judge says of the clips that the label is tested on.")
            .Takes().Produces<ApiScores>().Fails(404, "There is no such SAE or feature.").Fails(503, "The index is being read, or cannot be read.");
        app.MapPut(ApiSetup.Root + "/saes/{sae}/scores/clap", PutClapAsync)
            .Needs(Access.Research).Says("setClapScores", "Takes CLAP scores of an SAE's labels, in place of those there are", "The body is what the verb clap-score prints with --json.")
            .Takes().Reads<System.Text.Json.JsonElement>().Produces<ApiClapScores>()
            .Fails(404, "There is no such SAE, or its features are not indexed.").Fails(413, "The body is too long.").Fails(503, "The index is being read, or cannot be read.");
    }

    private static async Task<IResult> PutClapAsync(string sae, HttpContext context, FeatureCatalog features, ICatalog catalog, ClapScoreFiles files)
    {
        if (await BoundedBody.ReadAsync(context.Request, ClapScores.MostBytes, context.RequestAborted) is not { } bytes) return ApiProblems.TooLarge($"The body is longer than {ClapScores.MostBytes >> 20} MiB, the most for scores.");
        return FeatureResource.With(features, catalog, sae, set => ApiProblems.Try(() =>
        {
            var kept = files.Put(set.SaeHash, bytes.Span);
            return Results.Ok(new ApiClapScores(kept.Model, kept.ModelHash, kept.Count));
        }, StatusCodes.Status400BadRequest));
    }
}

/// <summary>CLAP scores that were taken.</summary>
/// <param name="Model">The CLAP model's folder.</param>
/// <param name="ModelHash">SHA-256 of its weights.</param>
/// <param name="Scores">How many scores.</param>
public sealed record ApiClapScores(string Model, string ModelHash, int Scores);

/// <summary>The scores of one feature's label, with the clips.</summary>
/// <param name="Scores">The scores.</param>
/// <param name="Clips">The clips that its labels are tested on.</param>
public sealed record ApiScores(ApiFeatureScores Scores, IReadOnlyList<ApiScoredClip> Clips);

/// <summary>How far to trust what a feature is called.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Text">What it is called: its label, or while it has none the suggested one. <example>taiko drums</example></param>
/// <param name="IsSuggestion">Whether that is a suggestion.</param>
/// <param name="Current">Scores of that text, people's first.</param>
/// <param name="Others">Scores of earlier labels and of suggestions.</param>
public sealed record ApiFeatureScores(int Feature, string? Text, bool IsSuggestion, IReadOnlyList<ApiLabelScore> Current, IReadOnlyList<ApiLabelScore> Others)
{
    internal static ApiFeatureScores Of(int feature, FeatureScores scores) =>
        new(feature, scores.Text, scores.IsSuggestion, [.. scores.Current.Select(ApiLabelScore.From)], [.. scores.Others.Select(ApiLabelScore.From)]);
}

/// <summary>What one judge says of one text.</summary>
/// <param name="Judge">Who.</param>
/// <param name="Text">The text: the score is of exactly this one. <example>taiko drums</example></param>
/// <param name="Of">Which text of the feature that is.</param>
/// <param name="Revision">The label's newest revision of this text; null: no revision has it, or the list does not say.</param>
/// <param name="By">The judge's version; null: people.</param>
/// <param name="People">How many people voted; 0: the judge is a program.</param>
/// <param name="AtUtc">When it was made, of people the last vote; null: it was computed for this answer, or is as old as the suggestion.</param>
/// <param name="OnPeoplesClips">Whether it is on the clips that people voted on alone.</param>
/// <param name="Detection">AUROC against random clips and near misses, each null with fewer than 5 clips on a side; null: of CLAP and concepts.</param>
/// <param name="Floor">The mean of the same for labels that were exchanged between features; null: not known. Its counts are of features.</param>
/// <param name="Value">Of CLAP: the mean cosine, −1 to 1. Of a concept: the AUROC.</param>
/// <param name="ValueFloor">Of CLAP: the same with other features' sound. Of a concept: chance.</param>
/// <param name="Concept">The annotated concept that the label names.</param>
public sealed record ApiLabelScore(
    LabelJudge Judge, string Text, ScoredText Of, long? Revision, string? By, int People, DateTimeOffset? AtUtc, bool OnPeoplesClips, ApiDetection? Detection, ApiDetection? Floor, double? Value, double? ValueFloor, string? Concept)
{
    internal static ApiLabelScore From(LabelScore score) => new(
        score.Judge, score.Text, score.Of, score.Revision, score.By, score.People, score.AtUtc, score.OnPeoplesClips, ApiDetection.Of(score.Detection), ApiDetection.Of(score.Floor), score.Value, score.ValueFloor, score.Concept);
}

/// <summary>A clip that labels of a feature are tested on.</summary>
/// <param name="Row">Its row in the dataset. <example>12</example></param>
/// <param name="Kind">positive: the feature fires in it; random and nearMiss: it never does.</param>
/// <param name="Sound">Address of the WAV file; null: the dataset is not here.</param>
/// <param name="AtSeconds">When the feature is strongest in it, or nearest to firing, in seconds.</param>
/// <param name="Fits">People who say that the label fits.</param>
/// <param name="DoesNotFit">People who say that it does not.</param>
/// <param name="Unsure">People who cannot say.</param>
/// <param name="Caption">The captions judge's score, larger fits better; null: it cannot judge this label.</param>
/// <param name="LanguageModel">The language model's score, 0 to 1; null: not kept.</param>
/// <param name="Wrong">The judges that are wrong about it.</param>
public sealed record ApiScoredClip(
    int Row, DetectionKind Kind, string? Sound, double AtSeconds, int Fits, int DoesNotFit, int Unsure, double? Caption, double? LanguageModel, IReadOnlyList<LabelJudge> Wrong)
{
    internal static ApiScoredClip Of(FeatureSet set, ScoredClip clip) => new(
        clip.Row, clip.Kind, set.DatasetId is { } dataset ? "/" + FeatureEndpoints.SoundAddress(dataset, clip.Row) : null, Math.Round(set.Seconds(clip.Column), 2), clip.Votes?.Fits ?? 0, clip.Votes?.DoesNotFit ?? 0, clip.Votes?.Unsure ?? 0,
        clip.Caption, clip.LanguageModel, clip.Wrong);
}
