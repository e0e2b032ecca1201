using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Steering;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Api;

/// <summary>The SAEs there are, with their settings and figures.</summary>
internal static class SaeResource
{
    public static void MapSaes(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/saes", (HttpContext context, SaeViews views) => ApiPaging.Of(context, views.All, views.Summary))
            .Says("listSaes", "The SAEs, the one labelled last first", "Those with an index of their features first, then the others. An SAE that cannot be used is listed with the reason.")
            .Lists<ApiSae>();
        app.MapGet(ApiSetup.Root + "/saes/{sae}", (string sae, ICatalog catalog, SaeViews views) =>
                catalog.Sae(sae) is { } found ? ApiProblems.Try(() => Results.Ok(views.Details(found))) : ApiProblems.MissingOrLoading(catalog, NoSae(sae)))
            .Says("getSae", "One SAE with its settings, its index and the run that made it")
            .Takes().Produces<ApiSaeDetails>().Fails(404, "There is no SAE of that id.").Fails(503, "The data folder is still being read.");
        app.MapGet(ApiSetup.Root + "/saes/{sae}/steering", (string sae, FeatureCatalog features, ICatalog catalog) => FeatureResource.With(features, catalog, sae, set =>
                set.Steering is { } table ? Results.Ok(table) : ApiProblems.NotFound($"No steering table is kept with the SAE '{sae}'. Make one: evaluate-steering with --keep.")))
            .Says("getSteering", "Which features of an SAE steer, against controls of the same length", "As evaluate-steering --keep wrote it: the rules are in decision 0054.")
            .Takes().Produces<SteeringTable>().Fails(404, "There is no such SAE, its features are not indexed, or it has no steering table.").Fails(503, "The index is being read, or cannot be read.");
    }

    public static string NoSae(string id) => $"There is no SAE '{id}'. {ApiSetup.Root}/saes lists what there is.";
}

/// <summary>SAEs as the API shows them.</summary>
internal sealed class SaeViews(ICatalog catalog, FeatureCatalog features, CommentService comments, IRunRegistry runs)
{
    /// <summary>Those with features first, in the order of the pages.</summary>
    public IReadOnlyList<CatalogSae> All
    {
        get
        {
            var first = features.Saes;
            return [.. first, .. catalog.Saes.Where(sae => !first.Contains(sae))];
        }
    }

    public ApiSae Summary(CatalogSae sae) => new(
        sae.Id, sae.Name, sae.Hash, sae.State, sae.Problem ?? sae.IndexProblem, sae.Architecture, sae.Format, sae.Hook.Length > 0 ? sae.Hook : null, sae.Latents, sae.Width, sae.K > 0 ? sae.K : null,
        sae.ModelId, sae.ModelHash, sae.DatasetId, sae.DatasetHash, sae.HasIndex, sae.Hash is { } hash ? features.LabelCount(hash) : 0, sae.Hash is { } key ? comments.Counts(key).Values.Sum() : 0,
        sae.Bytes, sae.ModifiedUtc, sae.Shipped, $"/features/{sae.Id}");

    /// <exception cref="UserException">Its index cannot be read.</exception>
    public ApiSaeDetails Details(CatalogSae sae)
    {
        var set = features.Open(sae.Id);
        var run = runs.Runs.FirstOrDefault(each => each.Plan.SaePath.Length > 0 && each.Plan.Kind is RunKind.Train or RunKind.Export && Path.TrimEndingDirectorySeparator(each.Plan.SaePath) == sae.Path);
        return new ApiSaeDetails(Summary(sae), sae.Notes, set is null ? null : Index(set), run is null ? null : Run(run), Settings(sae));
    }

    private static ApiIndex Index(FeatureSet set)
    {
        var info = set.Index.Info;
        var kept = 0;
        foreach (var each in set.Index.Kept) kept += each;
        return new ApiIndex(set.Index.Count, kept, info.Dataset, info.DatasetHash, info.StatisticsSplit, info.ClipsMeasured, info.ColumnsMeasured, info.FrameRate, info.TopClipSplits, info.TopClips, info.HistogramBins, info.Neighbours);
    }

    private static ApiSaeRun Run(RunView run) => new(
        run.Id, run.Name, run.Status.State, RunFormatting.ExplainedVariance(run).Value, RunFormatting.ExplainedVariance(run).IsHeldOut, RunFormatting.Metric(run, "l0"), RunFormatting.Metric(run, "deadShare"));

    /// <summary>What its folder says of its training; null: nothing, or the folder cannot be read just now.</summary>
    private static Dictionary<string, JsonElement>? Settings(CatalogSae sae)
    {
        if (sae.State == CatalogState.Refused) return null;
        try
        {
            return SaeFolders.Inspect(sae.Path).Config.Metadata.Training is JsonObject settings ? settings.Deserialize<Dictionary<string, JsonElement>>() : null;
        }
        catch (UserException)
        {
            // Changed since the catalog's look; the next one says what is wrong.
            return null;
        }
    }
}

/// <summary>A sparse autoencoder.</summary>
/// <param name="Id">Its name in addresses. <example>demo</example></param>
/// <param name="Name">What people call it. <example>Demo SAE</example></param>
/// <param name="Hash">SHA-256 of its weights, which labels and presets name it by; null until it is known.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Problem">Why it, or its index, cannot be used; null: it can.</param>
/// <param name="Architecture">How its activations are selected. <example>topk</example></param>
/// <param name="Format">Whose layout its folder has: SAELens, sparsify or dictionary_learning.</param>
/// <param name="Hook">Where in the model it reads and writes. <example>layers.4.resid_post</example></param>
/// <param name="Latents">Size of its dictionary: its features are 0 to this less one. <example>2048</example></param>
/// <param name="Width">Width of the vectors it reads. <example>256</example></param>
/// <param name="K">Active features of a column (topk), or groups (groupmax); null for other architectures.</param>
/// <param name="Model">Id of the model it was trained on; null: the model is not here.</param>
/// <param name="ModelHash">SHA-256 of that model's weights; null: its folder does not say.</param>
/// <param name="Dataset">Id of the dataset its index was measured on; null: the dataset is not here.</param>
/// <param name="DatasetHash">SHA-256 of that dataset; null: its folder does not say.</param>
/// <param name="HasFeatures">Whether its features are indexed, and so can be listed.</param>
/// <param name="Labels">Features that have a label.</param>
/// <param name="Comments">Comments on its features.</param>
/// <param name="Bytes">Size of its files.</param>
/// <param name="ModifiedUtc">When its newest file was written.</param>
/// <param name="Bundled">Whether it came with the program.</param>
/// <param name="Page">The page that shows it, from the site's root.</param>
public sealed record ApiSae(
    string Id, string Name, string? Hash, CatalogState State, string? Problem, string Architecture, string Format, string? Hook, int Latents, int Width, int? K, string? Model, string? ModelHash,
    string? Dataset, string? DatasetHash, bool HasFeatures, int Labels, int Comments, long Bytes, DateTimeOffset ModifiedUtc, bool Bundled, string Page);

/// <summary>An SAE with everything that is known of it.</summary>
/// <param name="Sae">What lists show.</param>
/// <param name="Notes">What a person should know of how its folder was read.</param>
/// <param name="Index">What its features were measured on; null: they are not indexed.</param>
/// <param name="Run">The run of this site that made it; null: there is none.</param>
/// <param name="Training">The settings of its training as its folder has them; null: it has none.</param>
public sealed record ApiSaeDetails(ApiSae Sae, IReadOnlyList<string> Notes, ApiIndex? Index, ApiSaeRun? Run, IReadOnlyDictionary<string, JsonElement>? Training);

/// <summary>What the features of an SAE were measured on.</summary>
/// <param name="Features">Features of the dictionary. <example>2048</example></param>
/// <param name="Kept">Features that fire in 1 to 25 % of the clips. <example>1404</example></param>
/// <param name="Dataset">The dataset's name.</param>
/// <param name="DatasetHash">SHA-256 of the dataset.</param>
/// <param name="Split">The split the statistics are of.</param>
/// <param name="Clips">Clips the statistics were measured on.</param>
/// <param name="Columns">Columns the statistics were measured on.</param>
/// <param name="FrameRate">Codec frames, and so columns, a second.</param>
/// <param name="TopClipSplits">The splits the top clips come from.</param>
/// <param name="TopClips">Top clips of a feature, at most.</param>
/// <param name="HistogramBins">Bins of a feature's histogram.</param>
/// <param name="Similar">Similar features that are given of a feature, at most.</param>
public sealed record ApiIndex(
    int Features, int Kept, string Dataset, string DatasetHash, string Split, int Clips, long Columns, double FrameRate, IReadOnlyList<string> TopClipSplits, int TopClips, int HistogramBins, int Similar);

/// <summary>The run that made an SAE, with its newest figures.</summary>
/// <param name="Id">The run's id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="State">Its state.</param>
/// <param name="ExplainedVariance">Share of the variance that the SAE explains, at most 1; null: not known.</param>
/// <param name="HeldOut">Whether that is of clips it was not trained on.</param>
/// <param name="L0">Mean number of active features in a column; null: not known.</param>
/// <param name="DeadShare">Share of the features that did not fire lately, 0 to 1; null: not known.</param>
public sealed record ApiSaeRun(string Id, string Name, RunState State, double? ExplainedVariance, bool HeldOut, double? L0, double? DeadShare);
