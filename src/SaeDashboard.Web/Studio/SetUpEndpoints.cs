using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Api;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Presets;

namespace SaeDashboard.Web.Studio;

/// <summary>WAV files of takes that come back: what they carry, and the way into the Studio.</summary>
internal static class SetUpEndpoints
{
    /// <summary>Bytes of the longest WAV file whose settings are looked for. It is read in passing and not kept.</summary>
    public const long LongestWav = 1L << 30;

    public static void MapSetUps(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/takes/settings", ReadAsync)
        .Says("readTakeSettings", "Reads the settings that a downloaded WAV file of a take carries", "docs/takes.md describes the chunk. A file without one is an error.")
        .Takes(ApiParameter.Text("file", "The file's name, for messages.", 400)).Reads<Stream>("audio/wav").Produces<ApiSetUp>();

    private static async Task<IResult> ReadAsync(string? file, HttpContext context, ICatalog catalog, SetUpInbox inbox)
    {
        var name = PresetNames.File(file);
        try
        {
            var sheet = await SheetAsync(context, name);
            var setUp = SetUp.Of(sheet);
            return Results.Json(ApiSetUp.Of(sheet, inbox.Keep(setUp), setUp.Missing(catalog)));
        }
        catch (UserException error)
        {
            return ApiProblems.Refused(error.Message);
        }
    }

    /// <summary>What the WAV file in a request's body carries. The samples are read in passing.</summary>
    /// <exception cref="UserException">It is not a WAV file, carries no settings, or they are not valid.</exception>
    public static async Task<TakeSheet> SheetAsync(HttpContext context, string file)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LongestWav;
        return await TakeSheetFile.ReadAsync(context.Request.Body, file, context.RequestAborted)
            ?? throw new UserException($"{file} carries no settings: it was not downloaded from a take, or another program wrote it again without them.");
    }
}

/// <summary>What a WAV file of a take carries.</summary>
/// <param name="Name">What the take was called.</param>
/// <param name="Take">The take's id where it was made.</param>
/// <param name="Arm">The arm that the file holds: A, the baseline, C, the steered one, or D, the reversed one.</param>
/// <param name="Author">Who made it; null: not said.</param>
/// <param name="Prompt">The prompt; null: the null condition.</param>
/// <param name="Seed">The number that decides all random choices, as text.</param>
/// <param name="Seconds">Its length in seconds; 0: not known.</param>
/// <param name="ModelHash">SHA-256 of the model's weights; null: not said.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights; null: not steered.</param>
/// <param name="Steers">The steered features.</param>
/// <param name="Continue">The sound that every arm begins with; null: none.</param>
/// <param name="Melody">The sound whose melody is followed; null: none.</param>
/// <param name="Codes">The arms whose codes it carries.</param>
/// <param name="Missing">What of it is not here, and what the Studio cannot set: a sentence each.</param>
/// <param name="Page">The page that restores it, from the site's root. It works for a while, until the site restarts.</param>
public sealed record ApiSetUp(
    string Name, string Take, string Arm, string? Author, string? Prompt, string Seed, double Seconds, string? ModelHash, string? SaeHash, IReadOnlyList<ApiSteer> Steers, ApiGivenSound? Continue, ApiGivenSound? Melody, IReadOnlyList<string> Codes,
    IReadOnlyList<string> Missing, string Page)
{
    internal static ApiSetUp Of(TakeSheet sheet, string page, IReadOnlyList<string> missing)
    {
        var (take, settings) = (sheet.Take, sheet.Take.Settings);
        return new ApiSetUp(
            sheet.Name, take.Id, sheet.Arm, sheet.Author, settings.Prompt, settings.Seed.ToString(CultureInfo.InvariantCulture), take.FrameRate > 0 ? settings.Frames / take.FrameRate : 0, take.ModelHash, take.SaeHash,
            [.. settings.Steers.Select(steer => new ApiSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))], ApiGivenSound.Of(settings.Continue), ApiGivenSound.Of(settings.Melody), [.. sheet.Codes.Keys.Order(StringComparer.Ordinal)], missing, "/" + page);
    }
}
