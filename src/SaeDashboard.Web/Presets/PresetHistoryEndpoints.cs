using System.Net.Mime;
using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>Revisions and forks of presets, and their counterparts in other SAEs.</summary>
internal static class PresetHistoryEndpoints
{
    public static void MapPresetHistory(this IEndpointRouteBuilder presets)
    {
        presets.MapGet("{id}/revisions", (string id, PresetService repository, HttpContext context) => PresetEndpoints.With(repository, id, context, _ => Results.Ok(ApiPaging.Of(context, Of(repository.Revisions(id)), each => each))))
            .Says("listPresetRevisions", "A preset's revisions with what each changed, the newest first").Lists<ApiPresetRevision>().Fails(404, "There is no such preset.");
        presets.MapGet("{id}/revisions/{number:int}.json", (string id, int number, PresetService repository, HttpContext context) => PresetEndpoints.With(repository, id, context, _ =>
                repository.Revisions(id).FirstOrDefault(each => each.Number == number) is { } revision ? Results.File(PresetFile.ToBytes(revision.Whole()), MediaTypeNames.Application.Json) : NoSuchRevision(number)))
            .Says("downloadPresetRevision", "A revision of a preset as its file").Takes().Produces<Dictionary<string, object>>().Fails(404, "There is no such preset or revision.");
        presets.MapPost("{id}/revisions/{number:int}/restore", (string id, int number, PresetService repository, HttpContext context) => PresetEndpoints.With(repository, id, context, _ =>
            {
                if (repository.Revisions(id).All(each => each.Number != number)) return NoSuchRevision(number);
                repository.RestoreRevision(id, number, context.User.ToActor());
                return Results.Ok(ApiPreset.Of(repository.List.First(row => row.Id == id)));
            }))
            .Says("restorePresetRevision", "Takes up an earlier revision again, as a new one").Takes().Produces<ApiPreset>().Fails(404, "There is no such preset or revision.");
        presets.MapPost("{id}/fork", (string id, PresetService repository, HttpContext context) => PresetEndpoints.With(repository, id, context, stored => PresetEndpoints.Created(repository.Fork(stored, context.User.ToActor()))))
            .Says("forkPreset", "Copies a preset for yourself; the copy names its parent").Takes().Produces<PresetMade>(201).Fails(404, "There is no such preset.");
        presets.MapGet("{id}/forks", (string id, PresetService repository, HttpContext context) => PresetEndpoints.With(repository, id, context, stored => Results.Ok(ApiPresetTree.Of(repository.Tree(id, context.User.ToActor())))))
            .Says("getPresetForks", "What a preset was made from, and what was made from it").Takes().Produces<ApiPresetTree>().Fails(404, "There is no such preset.");
        presets.MapGet("{id}/remap", RemapAsync)
            .Says("remapPreset", "The counterparts of a preset's features in another SAE, by decoder cosine", "Nothing is changed. page opens the Studio with them.")
            .Takes(ApiParameter.Text("sae", "The id of the other SAE.", 200)).Produces<ApiRemap>().Fails(404, "There is no such preset or SAE.").Fails(409, "They cannot be compared; the problem says why.");
    }

    /// <summary>Revisions with what each changed.</summary>
    public static IReadOnlyList<ApiPresetRevision> Of(IReadOnlyList<PresetRevision> revisions) =>
    [
        .. revisions.Select((revision, place) => new ApiPresetRevision(
            revision.Number, revision.Name, revision.Author, revision.CreatedUtc, revision.Note, place + 1 < revisions.Count ? PresetDiff.Of(revisions[place + 1].Whole(), revision.Whole()) : [])),
    ];

    private static async Task<IResult> RemapAsync(string id, string? sae, PresetService repository, PresetRemap remap, ICatalog catalog, SetUpInbox inbox, HttpContext context)
    {
        if (PresetEndpoints.Find(repository, id, context) is not { } stored) return PresetEndpoints.NoSuchPreset(id);
        if (sae is null || catalog.Sae(sae) is not { HasIndex: true, Hash: not null } target) return ApiProblems.NotFound($"There is no SAE “{PresetNames.File(sae)}” with an index here.");
        try
        {
            var counterparts = await remap.OfAsync(stored.Preset, target, context.RequestAborted);
            return Results.Ok(ApiRemap.Of(stored.Preset, target, counterparts, "/" + inbox.Keep(PresetRemap.With(stored.Preset, target, counterparts))));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static IResult NoSuchRevision(int number) => ApiProblems.NotFound($"There is no revision {number} of this preset.");
}

/// <summary>A revision of a preset.</summary>
/// <param name="Number">Its number; the first is 1.</param>
/// <param name="Name">The preset's name in it.</param>
/// <param name="Author">Who made the revision.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="Note">What they said of it; null: nothing.</param>
/// <param name="Changes">What it changed of the one before, in words.</param>
public sealed record ApiPresetRevision(int Number, string Name, string Author, DateTimeOffset CreatedUtc, string? Note, IReadOnlyList<string> Changes);

/// <summary>Where a preset comes from and what was made of it.</summary>
/// <param name="Ancestors">The preset it was made from, that one's parent and so on, the oldest first.</param>
/// <param name="Forks">What was made of it, each before its own forks.</param>
public sealed record ApiPresetTree(IReadOnlyList<ApiPresetAncestor> Ancestors, IReadOnlyList<ApiPresetFork> Forks)
{
    internal static ApiPresetTree Of(PresetTree tree) => new(
        [.. tree.Ancestors.Select(each => new ApiPresetAncestor(each.Id, each.Name, each.Author))],
        [.. tree.Forks.Select(each => new ApiPresetFork(each.Row.Id, each.Row.Name, each.Row.Credit ?? each.Row.Author, each.Depth))]);
}

/// <summary>A preset that another was made from.</summary>
/// <param name="Id">Its id; null: it is not here.</param>
/// <param name="Name">Its name.</param>
/// <param name="Author">Who made it; null: not said.</param>
public sealed record ApiPresetAncestor(string? Id, string Name, string? Author);

/// <summary>A preset that was made from another.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Author">Who made it.</param>
/// <param name="Depth">0: made from the preset itself; 1: from one of its forks; and so on.</param>
public sealed record ApiPresetFork(string Id, string Name, string Author, int Depth);

/// <summary>The counterparts of a preset's features in another SAE.</summary>
/// <param name="Sae">The other SAE's id.</param>
/// <param name="SameHook">Whether it reads at the same place of the model as the preset's own.</param>
/// <param name="Threshold">The cosine below which a feature has no counterpart.</param>
/// <param name="Features">One for each steered feature, in the preset's order.</param>
/// <param name="Page">The page that opens the Studio with them, from the site's root; null: none has a counterpart.</param>
public sealed record ApiRemap(string Sae, bool SameHook, double Threshold, IReadOnlyList<ApiCounterpart> Features, string? Page)
{
    internal static ApiRemap Of(SteeringPreset preset, CatalogSae target, IReadOnlyList<Counterpart> counterparts, string page) => new(
        target.Id, target.Hook == preset.Sae.Hook, PresetRemap.Threshold,
        [
            .. counterparts.Select(each => new ApiCounterpart(each.From.Feature, each.From.Label, each.Feature, each.Label, each.Cosine, each.Found, each.Strength, each.Stays,
                each.Condition is { } when ? new ApiCounterpartCondition(when.From, when.Feature, when.Label, when.Cosine, when.Found, when.Threshold, when.Stays) : null)),
        ],
        counterparts.Any(each => each.Used && !each.Stays) ? page : null);
}

/// <summary>A steered feature's nearest in another SAE.</summary>
/// <param name="From">The preset's feature.</param>
/// <param name="FromLabel">What it was called; null: it had no label.</param>
/// <param name="Feature">The other SAE's feature with the largest decoder cosine.</param>
/// <param name="Label">What that one is called; null: nothing is known of it.</param>
/// <param name="Cosine">The cosine of the two directions, −1 to 1.</param>
/// <param name="Found">Whether it is large enough for a counterpart.</param>
/// <param name="Strength">How far to steer it for the same change of the residual stream, in multiples of its p99.</param>
/// <param name="Stays">Whether it is of an SAE of another layer, which stays as it is.</param>
/// <param name="Condition">The counterpart of its condition's feature; null: it has no condition.</param>
public sealed record ApiCounterpart(int From, string? FromLabel, int Feature, string? Label, double Cosine, bool Found, double Strength, bool Stays, ApiCounterpartCondition? Condition);

/// <summary>The feature that a condition could read instead.</summary>
/// <param name="From">The preset's feature.</param>
/// <param name="Feature">The other SAE's feature with the largest decoder cosine.</param>
/// <param name="Label">What that one is called; null: nothing is known of it.</param>
/// <param name="Cosine">The cosine of the two directions, −1 to 1.</param>
/// <param name="Found">Whether it is large enough for a counterpart.</param>
/// <param name="Threshold">Above what it holds, in multiples of its p99.</param>
/// <param name="Stays">Whether it is of an SAE of another layer, which stays as it is.</param>
public sealed record ApiCounterpartCondition(int From, int Feature, string? Label, double Cosine, bool Found, double Threshold, bool Stays);
