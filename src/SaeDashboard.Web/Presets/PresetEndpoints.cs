using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>Presets over HTTP: to hear, to draw, to take away and to bring.</summary>
internal static class PresetEndpoints
{
    internal const int MaxBuckets = 4096;

    public static void MapPresets(this IEndpointRouteBuilder app)
    {
        var presets = app.MapGroup("/api/v1/presets");
        presets.MapGet("", (PresetService repository, HttpContext context) => ApiPaging.Of(context, repository.For(context.User.ToActor()), ApiPreset.Of))
            .Says("listPresets", "The presets, newest first", "Those of others that are unlisted or private are not among them.").Lists<ApiPreset>();
        presets.MapGet("{id}", (string id, PresetService repository, HttpContext context) => With(repository, id, context, stored => Results.Ok(ApiPreset.Of(repository.List.First(row => row.Id == stored.Id)))))
            .Says("getPreset", "One preset, without its codes").Takes().Produces<ApiPreset>().Fails(404, "There is no such preset.");
        presets.MapPost("", (NewPreset? asked, PresetMaker maker, HttpContext context) => Try(() =>
            {
                var (take, name) = (asked ?? new NewPreset(null, null, null)).Required();
                return Created(maker.FromTake(take, name, asked!.Description, context.User.ToActor(), asked.More()));
            }))
            .Says("createPreset", "Saves a finished take as a preset, or as a new revision of one").Takes().Produces<PresetMade>(201);
        presets.MapPut("{id}", (string id, PresetEdit? edit, PresetService repository, HttpContext context) => With(repository, id, context, stored =>
            {
                if (edit is null) return ApiProblems.Refused("The body is missing: it is JSON such as {\"name\": \"Loud taiko\"}.");
                repository.Revise(id, edit.On, edit.Note, edit.BasedOn, context.User.ToActor());
                if (edit.Visibility is { } visibility) repository.SetVisibility(id, NewPreset.VisibilityOf(visibility), context.User.ToActor());
                return Results.Ok(ApiPreset.Of(repository.List.First(row => row.Id == id)));
            }))
            .Says("editPreset", "Changes a preset's name, description, author, licence or visibility", "A field that is missing stays as it is; an empty author or licence is taken away. Each change but that of the visibility is a revision.")
            .Takes().Produces<ApiPreset>().Fails(404, "There is no such preset.");
        presets.MapPost("import", ImportAsync)
            .Says("importPreset", "Imports a preset's file, or a WAV file of a take or preset with the codes of both arms")
            .Takes(ApiParameter.Text("file", "The file's name, for messages.", 400), ApiParameter.Flag("again", "Whether it is kept although a preset with the same sound is here."))
            .Reads<Stream>(MediaTypeNames.Application.Json).Produces<PresetMade>(201).Produces<PresetMade>().Fails(413, "The file is too long.");
        presets.MapGet("{id}.json", (string id, PresetService repository, HttpContext context) => With(repository, id, context, stored =>
                Results.File(PresetFile.ToBytes(stored.Preset), MediaTypeNames.Application.Json, FileName(stored.Preset.Name, "json"))))
            .Says("downloadPreset", "A preset as its file, with the codes of both arms", "docs/presets.md describes the file.").Takes().Produces<Dictionary<string, object>>().Fails(404, "There is no such preset.");
        presets.MapGet("{id}.html", PageAsync)
            .Says("downloadPresetPage", "A preset as one HTML file that plays without a server", "Both arms, their waves, the settings and a player. It loads nothing.").Takes()
            .Sends(200, MediaTypeNames.Text.Html, "The file.").Fails(404, "There is no such preset.").Fails(503, "No model here can play it now.");
        presets.MapGet("{id}/{arm}.wav", SoundAsync)
            .Says("getPresetSound", "An arm of a preset as a WAV file, with ranges").Takes(ApiParameter.Flag("download", "Whether the file is given a name to be saved under, and carries the settings and codes in a chunk (docs/takes.md).")).SendsSound()
            .Fails(404, "There is no such preset or arm.").Fails(503, "No model here can play it now.");
        presets.MapGet("{id}/{arm}/peaks", PeaksAsync)
            .Says("getPresetPeaks", "The peaks of an arm's wave, to draw it").Takes(ApiParameter.Whole("buckets", "How many pairs of peaks.", 1, MaxBuckets, Peaks.DefaultBuckets)).Produces<Peaks>()
            .Fails(404, "There is no such preset or arm.").Fails(503, "No model here can play it now.");
        presets.MapDelete("{id}", (string id, PresetService repository, HttpContext context) => With(repository, id, context, _ =>
            {
                repository.Delete(id, context.User.ToActor());
                return Results.NoContent();
            }))
            .Says("deletePreset", "Deletes a preset", "It can be restored on the Data page.").Takes().Produces(204).Fails(404, "There is no such preset.");
        presets.MapPost("{id}/takes", StartAsync)
            .Says("reproducePreset", "Generates a preset's take again on this machine").Takes().Produces<TakeStarted>(202).Fails(404, "There is no such preset.").Fails(409, "It cannot be generated here; the problem says why.");
        presets.MapGet("{id}/takes/{take}", Progress)
            .Says("getReproduction", "How far such a take is, and whether its codes are the preset's").Takes().Produces<Dictionary<string, object>>().Fails(404, "There is no such preset or take.");
        presets.MapPresetHistory();
        presets.MapPresetTalk();
        app.MapSharedPresets();
    }

    private static async Task<IResult> ImportAsync(string? file, HttpContext context, PresetMaker maker)
    {
        // A file's name comes from outside: without folders, and short.
        var name = PresetNames.File(file);
        var again = ApiParameter.FlagOf(context.Request.Query["again"].ToString()) == true;
        var actor = context.User.ToActor();
        SteeringPreset preset;
        try
        {
            if (IsWav(context.Request, name)) preset = PresetOfTake.Make(await SetUpEndpoints.SheetAsync(context, name), name);
            else if (await BoundedBody.ReadAsync(context.Request, PresetLimits.MaxBytes, context.RequestAborted) is { } bytes) preset = PresetFile.Parse(bytes, name);
            else return TooLarge(name);
        }
        catch (UserException error)
        {
            return ApiProblems.Refused(error.Message);
        }
        return Try(() =>
        {
            var (id, isNew, called) = maker.Import(preset, again, actor);
            return isNew ? Created(id) : Results.Json(new PresetMade(id, $"presets/{id}", Known: true, Name: called));
        });
    }

    // What the browser says of a file, or else its name.
    private static bool IsWav(HttpRequest request, string file) =>
        request.ContentType?.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) == true || file.EndsWith(".wav", StringComparison.OrdinalIgnoreCase);

    private static async Task<IResult> PageAsync(string id, PresetService repository, PresetPageFile pages, HttpContext context)
    {
        if (Find(repository, id, context) is not { } stored) return NoSuchPreset(id);
        try
        {
            return Results.File(await pages.MakeAsync(stored.Preset, context.RequestAborted), MediaTypeNames.Text.Html, FileName(stored.Preset.Name, "html"));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static Task<IResult> SoundAsync(string id, string arm, PresetService repository, PresetSound sound, HttpContext context) =>
        WithArmAsync(Playable(repository, id, context), arm, () => NoSuchPreset(id), stored => SendAsync(stored, arm, sound, context));

    /// <summary>An arm's WAV file; one to be kept carries the preset's settings.</summary>
    internal static async Task<IResult> SendAsync(StoredPreset stored, string arm, PresetSound sound, HttpContext context)
    {
        var preset = stored.Preset;
        var file = await sound.OpenAsync(preset, arm, context.RequestAborted);
        context.Response.Headers.CacheControl = "private, no-cache";
        if (ApiParameter.FlagOf(context.Request.Query["download"].ToString()) != true) return SoundFile.Send(file, tag: Tag(preset, arm));
        // Without a tag: the settings carry names, which change without the sound.
        return Results.File(WithSettings(stored, arm, file), "audio/wav", $"{PresetNames.Slug(preset.Name)}-{arm}.wav", enableRangeProcessing: true);
    }

    private static Stream WithSettings(StoredPreset stored, string arm, FileStream file)
    {
        try
        {
            return WavChunkStream.Open(file, TakeSheetLimits.Chunk, TakeSheetFile.ToBytes(PresetSheet.Of(stored.Preset, arm, stored.CreatedUtc))) ?? (Stream)file;
        }
        catch (UserException)
        {
            // The sound is worth more than its settings.
            return file;
        }
    }

    private static Task<IResult> PeaksAsync(string id, string arm, int? buckets, PresetService repository, PresetSound sound, HttpContext context) =>
        WithArmAsync(Playable(repository, id, context), arm, () => NoSuchPreset(id), stored => DrawAsync(stored.Preset, arm, buckets, sound, context));

    /// <summary>The peaks of an arm's wave.</summary>
    internal static async Task<IResult> DrawAsync(SteeringPreset preset, string arm, int? buckets, PresetSound sound, HttpContext context)
    {
        if (buckets is < 1 or > MaxBuckets) return Results.Problem($"buckets is {buckets}; expected 1 to {MaxBuckets}.", statusCode: StatusCodes.Status400BadRequest);
        return Results.Json(SoundFile.PeaksOf($"“{preset.Name}”", await sound.OpenAsync(preset, arm, context.RequestAborted), buckets ?? Peaks.DefaultBuckets));
    }

    private static async Task<IResult> StartAsync(string id, PresetService repository, PresetReplay replay, HttpContext context)
    {
        if (Find(repository, id, context) is not { } stored) return NoSuchPreset(id);
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

    private static IResult Progress(string id, string take, PresetService repository, PresetReplay replay, IServeClient serve, HttpContext context) => With(repository, id, context, stored =>
        Ids.IsValid("take", take) && serve.Progress(take) is { } progress
            ? Results.Json(new { progress, arms = replay.Compare(stored.Preset, take) })
            : Results.Problem($"The take “{take}” does not exist.", statusCode: StatusCodes.Status404NotFound));

    // A deleted preset still plays: its Undo may still be shown.
    private static StoredPreset? Playable(PresetService repository, string id, HttpContext context) => repository.Find(id, context.User.ToActor());

    internal static async Task<IResult> WithArmAsync(StoredPreset? stored, string arm, Func<IResult> missing, Func<StoredPreset, Task<IResult>> answer)
    {
        if (stored is null) return missing();
        if (!stored.Preset.Arms.ContainsKey(arm)) return Results.Problem($"A preset has the arms {PresetArms.Baseline} and {PresetArms.Steered}.", statusCode: StatusCodes.Status404NotFound);
        try
        {
            return await answer(stored);
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    internal static IResult With(PresetService repository, string id, HttpContext context, Func<StoredPreset, IResult> answer) =>
        Find(repository, id, context) is { } stored ? Try(() => answer(stored)) : NoSuchPreset(id);

    internal static StoredPreset? Find(PresetService repository, string id, HttpContext context) =>
        repository.Find(id, context.User.ToActor()) is { DeletedUtc: null } stored ? stored : null;

    internal static IResult Try(Func<IResult> answer)
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

    internal static IResult Created(string id) => Results.Created($"/api/v1/presets/{id}.json", new PresetMade(id, $"presets/{id}", Known: null, Name: null));

    internal static IResult NoSuchPreset(string id) => Results.Problem($"The preset “{PresetNames.File(id)}” does not exist.", statusCode: StatusCodes.Status404NotFound);

    private static IResult TooLarge(string file) => Results.Problem(
        FormattableString.Invariant($"{file} is larger than {PresetLimits.MaxBytes / 1024:N0} KiB, the limit for a preset."), statusCode: StatusCodes.Status413PayloadTooLarge);

    private static EntityTagHeaderValue Tag(SteeringPreset preset, string arm) => new($"\"{PresetSound.Key(preset, arm)}\"");

    private static string FileName(string name, string kind) => $"{PresetNames.Slug(name)}.{kind}";
}
