using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Studio;

/// <summary>Takes over HTTP: their sound (with range) and its peaks.</summary>
internal static class TakeEndpoints
{
    public static void MapTakes(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/takes/{take}/{arm}.wav", Wav)
            .Says("getTakeSound", "An arm of a finished take as a WAV file, with ranges").Takes(ApiParameter.Flag("download", "Whether the file is given a name to be saved under, and carries its settings in a chunk (docs/takes.md).")).SendsSound()
            .Fails(404, "There is no such take or arm.").Fails(409, "It is still being generated.").Fails(503, "The file cannot be read.");
        app.MapGet("/api/v1/takes/{take}/{arm}/peaks", PeaksOf)
            .Says("getTakePeaks", "The peaks of an arm's wave, to draw it").Takes().Produces<Peaks>()
            .Fails(404, "There is no such take or arm.").Fails(409, "It is still being generated.").Fails(503, "The file cannot be read.");
        app.MapGet("/api/v1/takes/{take}/{arm}/traces", Traces)
            .Says("getTakeTraces", "How active a steered feature was in every column of an arm", "While the take is generated: as far as it is made. Empty: nothing was measured.")
            .Takes(Strip, FromColumn).Produces<StripTrace>().Fails(404, "There is no such take or arm.").Fails(503, "The file cannot be read.");
    }

    private static readonly ApiParameter FromColumn = ApiParameter.Whole("from", "The first column wanted; a column is a codec frame.", 0, PresetLimits.MaxFrames, 0);

    private static readonly ApiParameter Strip = ApiParameter.Whole("strip", "Which of the take's steered features, counted from 0.", 0, TakeLimits.MaxSteers - 1, 0);

    /// <summary>URL of an arm's finished WAV.</summary>
    public static string SoundAddress(string take, string arm) => $"api/v1/takes/{take}/{arm}.wav";

    private static IResult Wav(string take, string arm, string? download, TakeService takes, TakeSheets sheets)
    {
        if (Whole(take, arm, takes, out var view, out var file) is { } problem) return problem;
        if (download is null || ApiParameter.FlagOf(download) != true) return SoundFile.Send(file);
        // Without a time of change: the settings carry names, which change without the file.
        return Results.File(sheets.With(view, takes.FolderOf(view.Id), arm, file), "audio/wav", FileName(view, arm), enableRangeProcessing: true);
    }

    private static IResult PeaksOf(string take, string arm, TakeService takes)
    {
        if (Whole(take, arm, takes, out var view, out var file) is { } problem) return problem;
        try
        {
            return Results.Json(SoundFile.PeaksOf($"{view.Name}, arm {arm}", file));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Traces(string take, string arm, string? strip, string? from, TakeService takes, LiveTraces traces)
    {
        if (!Ids.IsValid("take", take) || takes.Refresh(take) is not (_, { } folder)) return Missing($"The take '{take}' does not exist.");
        if (!TakeArms.All.Contains(arm)) return Missing($"A take has the arms {string.Join(", ", TakeArms.All)}, not '{arm}'.");
        if (!int.TryParse(strip ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var which) || !int.TryParse(from ?? "0", NumberStyles.None, CultureInfo.InvariantCulture, out var first))
            return Results.Problem("strip and from: expected whole numbers from 0.", statusCode: StatusCodes.Status400BadRequest);
        try
        {
            return Results.Json(traces.Of(folder, arm, which, first) ?? new StripTrace(first, [], []));
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>The open file of a finished arm; otherwise what is wrong.</summary>
    private static IResult? Whole(string take, string arm, TakeService takes, out TakeView view, out FileStream file)
    {
        view = null!;
        file = null!;
        if (takes.Refresh(take) is not ({ } found, { } folder)) return Missing($"The take '{take}' does not exist.");
        view = found;
        if (!TakeArms.All.Contains(arm)) return Missing($"A take has the arms {string.Join(", ", TakeArms.All)}, not '{arm}'.");
        if (TakeStates.IsLive(found.Manifest.State))
            return Results.Problem("This take is still being generated; until it is done, its sound is sent through the hub.", statusCode: StatusCodes.Status409Conflict);
        try
        {
            if (takes.OpenSound(folder, arm) is not { } sound) return Missing($"Take '{take}' has no arm {arm}.");
            file = sound;
            return null;
        }
        catch (UserException error)
        {
            return Results.Problem(error.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>The download's name: what the take is called, without what file systems do not take.</summary>
    private static string FileName(TakeView view, string arm)
    {
        var name = string.Concat(view.Name.Select(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' ? c : ' ')).Trim();
        return $"{(name.Length > 0 ? name : view.Id)} {arm} {TakeArms.Word(arm)}.wav";
    }

    private static IResult Missing(string what) => Results.Problem(what, statusCode: StatusCodes.Status404NotFound);
}
