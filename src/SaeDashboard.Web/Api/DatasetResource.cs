using SaeDashboard.Core.Data;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Api;

/// <summary>The datasets and their clips.</summary>
internal static class DatasetResource
{
    private static readonly ApiParameter Split = ApiParameter.Text("split", "Only clips of this split: sae-train, select or test.", 40, "test");
    private static readonly ApiParameter Text = ApiParameter.Text("q", "Words that the caption contains, all of them.", 200, "drum");

    public static void MapDatasets(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/datasets", (HttpContext context, ICatalog catalog) => ApiPaging.Of(context, catalog.Datasets, ApiDataset.Of))
            .Says("listDatasets", "The datasets, those that are bundled first", "One that cannot be used is listed with the reason.").Lists<ApiDataset>();
        app.MapGet(ApiSetup.Root + "/datasets/{dataset}", (string dataset, ICatalog catalog) =>
                catalog.Dataset(dataset) is { } found ? Results.Ok(ApiDataset.Of(found)) : ApiProblems.MissingOrLoading(catalog, NoDataset(dataset)))
            .Says("getDataset", "One dataset").Takes().Produces<ApiDataset>().Fails(404, "There is no such dataset.").Fails(503, "The data folder is still being read.");
        app.MapGet(ApiSetup.Root + "/datasets/{dataset}/clips", (string dataset, HttpContext context, ICatalog catalog, ClipLibrary library) => With(dataset, catalog, library, set =>
                Results.Ok(ApiPaging.Of(context, Chosen(set.Clips, new ApiQuery(context.Request)), clip => ApiClip.Of(dataset, clip)))))
            .Says("listClips", "The clips of a dataset, in the order of their rows").Lists<ApiClip>(Split, Text)
            .Fails(404, "There is no such dataset.").Fails(503, "The dataset is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/datasets/{dataset}/clips/{row:int}", (string dataset, int row, ICatalog catalog, ClipLibrary library) => With(dataset, catalog, library, set =>
                (uint)row < (uint)set.Clips.Count ? Results.Ok(ApiClip.Of(dataset, set.Clips[row])) : ApiProblems.NotFound($"The dataset '{dataset}' has no clip {row}: it has clips 0 to {set.Clips.Count - 1}.")))
            .Says("getClip", "One clip of a dataset").Takes().Produces<ApiClip>().Fails(404, "There is no such dataset or clip.").Fails(503, "The dataset is being read, or cannot be read.");
        app.MapGet(ApiSetup.Root + "/datasets/{dataset}/refused", (string dataset, ICatalog catalog, DataRoot root) => ApiProblems.Try(() => Refused(dataset, catalog, root)))
            .Says("getRefused", "What the import of a dataset refused, as JSON Lines", "A line for each file or row that did not become clips: file, line, reason and detail.").Takes()
            .Sends(200, ExchangeEndpoints.MediaType, "One JSON object a line.").Fails(404, "There is no such dataset, or it was not imported.").Fails(503, "The data folder is still being read.");
    }

    private static IResult Refused(string dataset, ICatalog catalog, DataRoot root)
    {
        if (catalog.Dataset(dataset) is not { } set) return ApiProblems.MissingOrLoading(catalog, NoDataset(dataset));
        if (root.Roots.TryOpenFile(Path.Combine(set.Path, ImportReport.RefusedName)) is not { } file) return ApiProblems.NotFound($"The dataset '{dataset}' was not imported from a folder of sounds: it has no list of refused files.");
        return Results.File(new FileStream(file, FileAccess.Read), ExchangeEndpoints.MediaType, $"{dataset}-{ImportReport.RefusedName}");
    }

    private static IReadOnlyList<Clip> Chosen(IReadOnlyList<Clip> clips, ApiQuery query)
    {
        var (split, words) = (query.Text(Split), query.Text(Text)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []);
        return split is null && words.Length == 0 ? clips
            : [.. clips.Where(clip => (split is null || clip.Split == split) && words.All(word => clip.Caption.Contains(word, StringComparison.OrdinalIgnoreCase)))];
    }

    private static IResult With(string dataset, ICatalog catalog, ClipLibrary library, Func<ClipDataset, IResult> answer) => ApiProblems.Try(() =>
        library.Open(dataset) is { } set ? answer(set)
        : catalog.Dataset(dataset) is { Problem: { } problem } ? ApiProblems.NotFound(problem)
        : ApiProblems.MissingOrLoading(catalog, NoDataset(dataset)));

    private static string NoDataset(string id) => $"There is no dataset '{id}'. {ApiSetup.Root}/datasets lists what there is.";
}

/// <summary>A dataset of clips.</summary>
/// <param name="Id">Its name in addresses. <example>demo</example></param>
/// <param name="Name">What people call it.</param>
/// <param name="Hash">SHA-256 of its metadata and codes; null until it is known.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Problem">Why it cannot; null: it can.</param>
/// <param name="Clips">How many clips it has. <example>4000</example></param>
/// <param name="Hours">How long all clips are together, in hours.</param>
/// <param name="Splits">Clips of each split.</param>
/// <param name="Codebooks">Codebooks of its codes.</param>
/// <param name="Frames">Codec frames of a clip.</param>
/// <param name="Bytes">Size of its files.</param>
/// <param name="ModifiedUtc">When its newest file was written.</param>
/// <param name="Bundled">Whether it came with the program.</param>
public sealed record ApiDataset(
    string Id, string Name, string? Hash, CatalogState State, string? Problem, int Clips, double Hours, IReadOnlyDictionary<string, int> Splits, int Codebooks, int Frames, long Bytes, DateTimeOffset ModifiedUtc,
    bool Bundled)
{
    internal static ApiDataset Of(CatalogDataset set) => new(
        set.Id, set.Name, set.Hash, set.State, set.Problem, set.Clips, set.Hours, set.Splits, set.Codebooks, set.Frames, set.Bytes, set.ModifiedUtc, set.Shipped);
}

/// <summary>A clip of a dataset.</summary>
/// <param name="Row">Its row in the dataset. <example>12</example></param>
/// <param name="Id">Its id in the dataset.</param>
/// <param name="Split">sae-train, select or test.</param>
/// <param name="Caption">What it is.</param>
/// <param name="Seconds">Its length in seconds.</param>
/// <param name="Bpm">Its tempo in beats a minute; null: not known.</param>
/// <param name="Key">Its key, 0 (C) to 11 (B); null: not known.</param>
/// <param name="Mode">major or minor; null: not known.</param>
/// <param name="Sound">Address of the WAV file, from the site's root.</param>
public sealed record ApiClip(int Row, string Id, string Split, string Caption, double Seconds, double? Bpm, int? Key, string? Mode, string Sound)
{
    internal static ApiClip Of(string dataset, Clip clip) => new(clip.Row, clip.Id, clip.Split, clip.Caption, clip.Seconds, clip.Bpm, clip.Key, clip.Mode, "/" + FeatureEndpoints.SoundAddress(dataset, clip.Row));
}

/// <summary>The music models.</summary>
internal static class ModelResource
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/models", (HttpContext context, ICatalog catalog) => ApiPaging.Of(context, catalog.Models, ApiModel.Of))
            .Says("listModels", "The music models, those that are bundled first", "One that cannot be used is listed with the reason.").Lists<ApiModel>();
        app.MapGet(ApiSetup.Root + "/models/{model}", (string model, ICatalog catalog) => catalog.Model(model) is { } found ? Results.Ok(ApiModel.Of(found))
                : ApiProblems.MissingOrLoading(catalog, $"There is no model '{model}'. {ApiSetup.Root}/models lists what there is."))
            .Says("getModel", "One music model").Takes().Produces<ApiModel>().Fails(404, "There is no such model.").Fails(503, "The data folder is still being read.");
    }
}

/// <summary>A music model.</summary>
/// <param name="Id">Its name in addresses. <example>demo</example></param>
/// <param name="Name">What people call it.</param>
/// <param name="Hash">SHA-256 of its weights; null until it is known.</param>
/// <param name="CodecHash">SHA-256 of its codec, which decides whether codes play on it; null until it is known.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Problem">Why it cannot; null: it can.</param>
/// <param name="Layers">Layers of the decoder.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Codebooks">Codebooks of a column.</param>
/// <param name="SampleRate">Samples a second, Hz.</param>
/// <param name="FrameRate">Codec frames a second, Hz.</param>
/// <param name="Parameters">Numbers in its tensors.</param>
/// <param name="Bytes">Size of its files.</param>
/// <param name="Bundled">Whether it came with the program.</param>
public sealed record ApiModel(
    string Id, string Name, string? Hash, string? CodecHash, CatalogState State, string? Problem, int Layers, int Width, int Codebooks, int SampleRate, double FrameRate, long Parameters, long Bytes, bool Bundled)
{
    internal static ApiModel Of(CatalogModel model) => new(
        model.Id, model.Name, model.Hash, model.CodecHash, model.State, model.Problem, model.Layers, model.Width, model.Codebooks, model.SampleRate, model.FrameRate, model.Parameters, model.Bytes, model.Shipped);
}
