using System.Net.Mime;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Presets;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Presets;

/// <summary>Presets over HTTP: to hear, to draw, to take away and to bring.</summary>
internal static class PresetEndpoints
{
    private const int MaxBuckets = 4096;

    public static void MapPresets(this IEndpointRouteBuilder app)
    {
        var presets = app.MapGroup("/api/v1/presets");
        presets.MapGet("", (PresetService repository, HttpContext context) => ApiPaging.Of(context, repository.List, ApiPreset.Of))
            .Says("listPresets", "The presets, newest first").Lists<ApiPreset>();
        presets.MapGet("{id}", (string id, PresetService repository) => With(repository, id, stored => Results.Ok(ApiPreset.Of(stored))))
            .Says("getPreset", "One preset, without its codes").Takes().Produces<ApiPreset>().Fails(404, "There is no such preset.");
        presets.MapPost("", (NewPreset? asked, PresetMaker maker, HttpContext context) => Try(() =>
            {
                var (take, name) = (asked ?? new NewPreset(null, null, null)).Required();
                return Created(maker.FromTake(take, name, asked!.Description, context.User.ToActor()));
            }))
            .Says("createPreset", "Saves a finished take as a preset").Takes().Produces<PresetMade>(201);
        presets.MapPost("import", ImportAsync)
            .Says("importPreset", "Imports a preset's file").Takes(ApiParameter.Text("file", "The file's name, for messages.", 400)).Reads<Stream>(MediaTypeNames.Application.Json)
            .Produces<PresetMade>(201).Produces<PresetMade>().Fails(413, "The file is too long.");
        presets.MapGet("{id}.json", (string id, PresetService repository) => With(repository, id, stored =>
                Results.File(PresetFile.ToBytes(stored.Preset), MediaTypeNames.Application.Json, FileName(stored.Preset.Name))))
            .Says("downloadPreset", "A preset as its file, with the codes of both arms", "docs/presets.md describes the file.").Takes().Produces<Dictionary<string, object>>().Fails(404, "There is no such preset.");
        presets.MapGet("{id}/{arm}.wav", SoundAsync)
            .Says("getPresetSound", "An arm of a preset as a WAV file, with ranges").Takes().SendsSound().Fails(404, "There is no such preset or arm.").Fails(503, "No model here can play it now.");
        presets.MapGet("{id}/{arm}/peaks", PeaksAsync)
            .Says("getPresetPeaks", "The peaks of an arm's wave, to draw it").Takes(ApiParameter.Whole("buckets", "How many pairs of peaks.", 1, MaxBuckets, Peaks.DefaultBuckets)).Produces<Peaks>()
            .Fails(404, "There is no such preset or arm.").Fails(503, "No model here can play it now.");
        presets.MapDelete("{id}", (string id, PresetService repository, HttpContext context) => With(repository, id, _ =>
            {
                repository.Delete(id, context.User.ToActor());
                return Results.NoContent();
            }))
            .Says("deletePreset", "Deletes a preset", "It can be restored on the Data page.").Takes().Produces(204).Fails(404, "There is no such preset.");
        presets.MapPost("{id}/takes", StartAsync)
            .Says("reproducePreset", "Generates a preset's take again on this machine").Takes().Produces<TakeStarted>(202).Fails(404, "There is no such preset.").Fails(409, "It cannot be generated here; the problem says why.");
        presets.MapGet("{id}/takes/{take}", Progress)
            .Says("getReproduction", "How far such a take is, and whether its codes are the preset's").Takes().Produces<Dictionary<string, object>>().Fails(404, "There is no such preset or take.");
    }

    private static async Task<IResult> ImportAsync(string? file, HttpContext context, PresetMaker maker)
    {
        // A file's name comes from outside: without folders, and short.
        var name = PresetNames.File(file);
        if (await BoundedBody.ReadAsync(context.Request, PresetLimits.MaxBytes, context.RequestAborted) is not { } bytes) return TooLarge(name);
        return Try(() =>
        {
            var (id, isNew) = maker.Import(bytes, name, context.User.ToActor());
            return isNew ? Created(id) : Results.Json(new PresetMade(id, $"presets/{id}", Known: true));
        });
    }

    private static Task<IResult> SoundAsync(string id, string arm, PresetService repository, PresetSound sound, HttpContext context) =>
        WithArmAsync(repository, id, arm, async preset =>
        {
            var file = await sound.OpenAsync(preset, arm, context.RequestAborted);
            context.Response.Headers.CacheControl = "private, no-cache";
            return SoundFile.Send(file, tag: Tag(preset, arm));
        });

    private static Task<IResult> PeaksAsync(string id, string arm, int? buckets, PresetService repository, PresetSound sound, HttpContext context) =>
        WithArmAsync(repository, id, arm, async preset =>
        {
            if (buckets is < 1 or > MaxBuckets) return Results.Problem($"buckets is {buckets}; expected 1 to {MaxBuckets}.", statusCode: StatusCodes.Status400BadRequest);
            return Results.Json(SoundFile.PeaksOf($"“{preset.Name}”", await sound.OpenAsync(preset, arm, context.RequestAborted), buckets ?? Peaks.DefaultBuckets));
        });

    private static async Task<IResult> StartAsync(string id, PresetService repository, PresetReplay replay, HttpContext context)
    {
        if (Find(repository, id) is not { } stored) return NoSuchPreset(id);
        try
        {
            var take = await replay.StartAsync(stored.Preset, context.User.ToActor(), context.RequestAborted);
            return Results.Accepted($"/api/v1/presets/{id}/takes/{take}", new TakeStarted(take));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static IResult Progress(string id, string take, PresetService repository, PresetReplay replay, IServeClient serve) => With(repository, id, stored =>
        Ids.IsValid("take", take) && serve.Progress(take) is { } progress
            ? Results.Json(new { progress, arms = replay.Compare(stored.Preset, take) })
            : Results.Problem($"The take “{take}” does not exist.", statusCode: StatusCodes.Status404NotFound));

    private static async Task<IResult> WithArmAsync(PresetService repository, string id, string arm, Func<SteeringPreset, Task<IResult>> answer)
    {
        // A deleted preset still plays: its Undo may still be shown.
        if (!Ids.IsValid("preset", id) || repository.Find(id) is not { } stored) return NoSuchPreset(id);
        if (!stored.Preset.Arms.ContainsKey(arm)) return Results.Problem($"A preset has the arms {PresetArms.Baseline} and {PresetArms.Steered}.", statusCode: StatusCodes.Status404NotFound);
        try
        {
            return await answer(stored.Preset);
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult With(PresetService repository, string id, Func<StoredPreset, IResult> answer) =>
        Find(repository, id) is { } stored ? Try(() => answer(stored)) : NoSuchPreset(id);

    private static StoredPreset? Find(PresetService repository, string id) =>
        Ids.IsValid("preset", id) && repository.Find(id) is { DeletedUtc: null } stored ? stored : null;

    private static IResult Try(Func<IResult> answer)
    {
        try
        {
            return answer();
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static IResult Created(string id) => Results.Created($"/api/v1/presets/{id}.json", new PresetMade(id, $"presets/{id}", Known: null));

    private static IResult NoSuchPreset(string id) => Results.Problem($"The preset “{PresetNames.File(id)}” does not exist.", statusCode: StatusCodes.Status404NotFound);

    private static IResult TooLarge(string file) => Results.Problem(
        FormattableString.Invariant($"{file} is larger than {PresetLimits.MaxBytes / 1024:N0} KiB, the limit for a preset."), statusCode: StatusCodes.Status413PayloadTooLarge);

    private static EntityTagHeaderValue Tag(SteeringPreset preset, string arm) => new($"\"{PresetSound.Key(preset, arm)}\"");

    private static string FileName(string name) => PresetNames.Slug(name) + ".json";
}

/// <summary>What “Save as preset” asks for, as it came: any field may be missing.</summary>
/// <param name="TakeId">The take.</param>
/// <param name="Name">What to call the preset.</param>
/// <param name="Description">What it does; may be missing.</param>
public sealed record NewPreset(string? TakeId, string? Name, string? Description)
{
    /// <summary>The fields that must be there.</summary>
    /// <exception cref="UserException">One is missing; the message names it.</exception>
    public (string TakeId, string Name) Required() => (Given(TakeId, "takeId", "the id of a finished take"), Given(Name, "name", "what to call the preset"));

    private static string Given(string? value, string field, string what) =>
        value ?? throw new UserException($"The field \"{field}\" is missing or null: expected {what}, as text.");
}

/// <summary>A preset that was saved.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Page">Its page.</param>
/// <param name="Known">True: a preset with the same contents was here already, and this is its id.</param>
internal sealed record PresetMade(string Id, string Page, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Known);

/// <summary>A take that is being generated.</summary>
/// <param name="TakeId">Its id.</param>
internal sealed record TakeStarted(string TakeId);

/// <summary>Names that come from people, made fit for messages and files.</summary>
internal static class PresetNames
{
    private const int Longest = 80;

    /// <summary>A file's name as a message shows it: without its folders, on one line, short.</summary>
    public static string File(string? name)
    {
        var last = name?.Split('/', '\\')[^1] ?? "";
        var line = new string([.. last.Where(letter => !char.IsControl(letter))]).Trim();
        if (line.Length == 0) return "The file";
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }

    /// <summary>“Rock beat, loud!” as the beginning of a file's name: rock-beat-loud.</summary>
    public static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter)) slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }
        var text = slug.ToString().Trim('-');
        return text.Length == 0 ? "preset" : text.Length <= Longest ? text : text[..Longest].Trim('-');
    }
}
