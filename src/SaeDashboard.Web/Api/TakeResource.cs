using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Identity;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Api;

/// <summary>The takes. Their sound is in <see cref="TakeEndpoints"/>.</summary>
internal static class TakeResource
{
    private const int MaxRating = 4 << 10;

    public static void MapTakeResource(this IEndpointRouteBuilder app)
    {
        app.MapGet(ApiSetup.Root + "/takes", (HttpContext context, TakeService takes) => ApiPaging.Of(context, takes.List(), take => ApiTake.Of(take, context.User.ToActor())))
            .Says("listTakes", "The takes, newest first").Lists<ApiTake>();
        app.MapGet(ApiSetup.Root + "/takes/{take}", (string take, HttpContext context, TakeService takes) => Answer(take, context, takes))
            .Says("getTake", "One take with its settings, as it is now").Takes().Produces<ApiTake>().Fails(404, "There is no such take.");
        app.MapPut(ApiSetup.Root + "/takes/{take}/rating", RateAsync)
            .Needs(Access.Annotate).Says("rateTake", "Sets your stars of a take", "They replace those that you gave it before; others' stay.").Takes().Reads<ApiRating>().Produces<ApiTake>()
            .Fails(404, "There is no such take.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapDelete(ApiSetup.Root + "/takes/{take}/rating", (string take, HttpContext context, TakeService takes) => Rate(take, null, context, takes))
            .Needs(Access.Annotate).Says("clearTakeRating", "Removes your stars of a take").Takes().Produces<ApiTake>().Fails(404, "There is no such take.");
        app.MapPut(ApiSetup.Root + "/takes/{take}", EditAsync)
            .Says("editTake", "Changes a take's name or star", "A field that is missing stays as it is.").Takes().Reads<TakeEdit>().Produces<ApiTake>()
            .Fails(404, "There is no such take.").Fails(413, "The body is too long.").Fails(415, "The body is not JSON.");
        app.MapGet(ApiSetup.Root + "/takes/{take}/differences", async (string take, string? with, TakeService takes, TakeComparison comparison) =>
                Find(takes, take) is { } a && Find(takes, with ?? "") is { } b ? Results.Ok(new ApiTakeDifferences(await comparison.OfAsync(a, b))) : ApiProblems.NotFound("One of the two takes is not here."))
            .Says("compareTakes", "What differs between two takes, in words").Takes(ApiParameter.Text("with", "The other take's id.", 100)).Produces<ApiTakeDifferences>().Fails(404, "There is no such take.");
    }

    private static async Task<IResult> EditAsync(string take, HttpContext context, TakeService takes)
    {
        var (edit, problem) = await ApiBody.ReadAsync<TakeEdit>(context, 8 << 10, "a change of a take", """{"name": "Loud taiko", "starred": true}""");
        if (problem is not null) return problem;
        if (Find(takes, take) is null) return NoSuch(take);
        return ApiProblems.Try(() =>
        {
            var actor = context.User.ToActor();
            if (edit!.Name is { } name) takes.Rename(take, name, actor);
            if (edit.Starred is { } starred) takes.Star(take, starred, actor);
            return Results.Ok(ApiTake.Of(Find(takes, take)!, actor));
        }, StatusCodes.Status400BadRequest);
    }

    private static TakeView? Find(TakeService takes, string id) => Ids.IsValid("take", id) ? takes.Refresh(id)?.View : null;

    private static async Task<IResult> RateAsync(string take, HttpContext context, TakeService takes)
    {
        var (rating, problem) = await ApiBody.ReadAsync<ApiRating>(context, MaxRating, "a rating", "{\"stars\": 4}");
        return problem ?? Rate(take, rating!.Stars, context, takes);
    }

    private static IResult Rate(string take, int? stars, HttpContext context, TakeService takes) => Find(takes, take) is null ? NoSuch(take) : ApiProblems.Try(() =>
    {
        takes.Rate(take, stars, context.User.ToActor());
        return Answer(take, context, takes);
    }, StatusCodes.Status400BadRequest);

    private static IResult Answer(string take, HttpContext context, TakeService takes) =>
        Find(takes, take) is { } view ? Results.Ok(ApiTake.Of(view, context.User.ToActor())) : NoSuch(take);

    private static IResult NoSuch(string take) => ApiProblems.NotFound($"There is no take '{take}'. {ApiSetup.Root}/takes lists what there is.");
}

/// <summary>What is changed of a take: a field that is missing stays as it is.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Starred">Whether it is starred.</param>
public sealed record TakeEdit(string? Name = null, bool? Starred = null);

/// <summary>What differs between two takes.</summary>
/// <param name="Lines">A line for each difference; empty: nothing differs.</param>
public sealed record ApiTakeDifferences(IReadOnlyList<string> Lines);

/// <summary>A take: one generation, with or without steering.</summary>
/// <param name="Id">Its id. <example>take-20261130-101502-x7k2</example></param>
/// <param name="Name">What it is called.</param>
/// <param name="State">Its state.</param>
/// <param name="Error">What went wrong; null: nothing.</param>
/// <param name="Stars">Mean of its ratings, 1 to 5; null: not rated.</param>
/// <param name="Ratings">How many people have rated it.</param>
/// <param name="MyStars">Your own rating; null: none.</param>
/// <param name="Starred">Whether it is starred.</param>
/// <param name="Deleted">Whether it was taken out of the list.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seed">The number that decides all random choices; as text, since it may be larger than a program's numbers.</param>
/// <param name="Seconds">Its length in seconds: of what there is; while it is made, of what was asked for.</param>
/// <param name="Guidance">How strongly the prompt is followed.</param>
/// <param name="Temperature">Temperature of the draw.</param>
/// <param name="TopK">Codes kept before the draw; 0: all.</param>
/// <param name="SampleRate">Samples a second, Hz; 0: not known yet.</param>
/// <param name="ModelHash">SHA-256 of the model's weights; null: not known yet.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights; null: not steered, or not known yet.</param>
/// <param name="Steers">The steered features.</param>
/// <param name="Continue">The sound that every arm begins with; null: none.</param>
/// <param name="Melody">The sound whose melody is followed; null: none.</param>
/// <param name="Channels">Channels of its sound: 1, or 2 of a stereo model; 0: not known yet.</param>
/// <param name="Arms">The arms that can be heard, or will be while it is made.</param>
/// <param name="CreatedUtc">When it was asked for.</param>
/// <param name="FinishedUtc">When it was finished; null: not yet.</param>
/// <param name="Page">The page that shows it, from the site's root.</param>
public sealed record ApiTake(
    string Id, string Name, TakeState State, string? Error, double? Stars, int Ratings, int? MyStars, bool Starred, bool Deleted, string? Prompt, string Seed, double Seconds, double Guidance, double Temperature, int TopK, int SampleRate, string? ModelHash,
    string? SaeHash, IReadOnlyList<ApiSteer> Steers, ApiGivenSound? Continue, ApiGivenSound? Melody, int Channels, IReadOnlyList<ApiArm> Arms, DateTimeOffset CreatedUtc, DateTimeOffset? FinishedUtc, string Page)
{
    internal static ApiTake Of(TakeView take, Actor reader)
    {
        var settings = take.Manifest.Settings;
        return new ApiTake(
            take.Id, take.Name, take.Manifest.State, take.Manifest.Error, take.Rating.Mean, take.Rating.Count, take.Rating.By(reader.UserId), take.Starred, take.Deleted, settings.Prompt, settings.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture), take.Seconds,
            settings.Guidance, settings.Temperature, settings.TopK, take.Manifest.SampleRate, take.Manifest.ModelHash, take.Manifest.SaeHash,
            [.. settings.Steers.Select(steer => new ApiSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))], ApiGivenSound.Of(settings.Continue), ApiGivenSound.Of(settings.Melody),
            take.Manifest.SampleRate == 0 ? 0 : take.Manifest.Stereo ? 2 : 1,
            [.. take.Arms.Select(arm => new ApiArm(arm, "/" + TakeEndpoints.SoundAddress(take.Id, arm)))], take.Manifest.CreatedUtc, take.Manifest.FinishedUtc, $"/studio/takes/{take.Id}");
    }
}

/// <summary>A steered feature.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Strength">How far, in multiples of p99; for the mode scale the factor itself. <example>3</example></param>
/// <param name="Mode">add, clamp, atLeast, scale or ablate.</param>
/// <param name="P99">The feature's 99th percentile of positive activations, the unit of strength.</param>
public sealed record ApiSteer(int Feature, double Strength, string Mode, double P99);

/// <summary>A sound that a take continues or follows. What the model was given of it is in the take's WAV file and in presets.</summary>
/// <param name="Source">Where it was taken from: a clip, an arm of a take, a sound that was brought, or a file of the command line. <example>clip-12@demo</example></param>
/// <param name="Name">What it is called; null: not said.</param>
/// <param name="Start">Where in it the part begins that is used, seconds.</param>
/// <param name="Seconds">How long that part is, seconds.</param>
/// <param name="Frames">Frames of it that every arm begins with; 0: of a melody, or not known yet.</param>
/// <param name="Hash">SHA-256 of what the model was given; null: not known yet.</param>
public sealed record ApiGivenSound(string Source, string? Name, double Start, double Seconds, int Frames, string? Hash)
{
    internal static ApiGivenSound? Of(TakeSound? sound) => sound is null ? null : new(sound.Source, sound.Name, sound.Start, sound.Seconds, sound.Chroma is null ? sound.CountFrames() : 0, sound.Hash);
}

/// <summary>An arm of a take or a preset.</summary>
/// <param name="Name">Of a take: A, the baseline, or C, the steered one. Of a preset: baseline or steered.</param>
/// <param name="Sound">Address of the WAV file, from the site's root.</param>
public sealed record ApiArm(string Name, string Sound);
