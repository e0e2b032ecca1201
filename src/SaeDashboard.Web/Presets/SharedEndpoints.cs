using System.Net.Mime;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Api;

namespace SaeDashboard.Web.Presets;

/// <summary>What a link to a preset opens: its sound, its settings, its file. A link that is unknown, revoked, or leads to a private preset is answered in one way.</summary>
internal static class SharedEndpoints
{
    public static void MapSharedPresets(this IEndpointRouteBuilder app)
    {
        var shared = app.MapGroup("/api/v1/shared");
        shared.MapGet("{word}", (string word, PresetTalk talk, PresetService presets) => talk.Open(word) is { } stored ? Results.Ok(ApiPreset.Of(presets.List.First(row => row.Id == stored.Id)).Through(word)) : Closed())
            .Says("openPresetLink", "The preset that a link opens, without its codes").Takes().Produces<ApiPreset>().Fails(404, "The link opens nothing.");
        shared.MapGet("{word}/preset.json", (string word, PresetTalk talk) => talk.Open(word) is { } stored
                ? Results.File(PresetFile.ToBytes(stored.Preset), MediaTypeNames.Application.Json, PresetNames.Slug(stored.Preset.Name) + ".json") : Closed())
            .Says("downloadSharedPreset", "The preset that a link opens, as its file").Takes().Produces<Dictionary<string, object>>().Fails(404, "The link opens nothing.");
        shared.MapGet("{word}/{arm}.wav", (string word, string arm, PresetTalk talk, PresetSound sound, HttpContext context) =>
                PresetEndpoints.WithArmAsync(talk.Open(word), arm, Closed, stored => PresetEndpoints.SendAsync(stored, arm, sound, context)))
            .Says("getSharedSound", "An arm of the preset that a link opens, as a WAV file with ranges").Takes(ApiParameter.Flag("download", "Whether the file is given a name to be saved under, and carries the settings and codes in a chunk (docs/takes.md).")).SendsSound()
            .Fails(404, "The link opens nothing, or there is no such arm.").Fails(503, "No model here can play it now.");
        shared.MapGet("{word}/{arm}/peaks", (string word, string arm, int? buckets, PresetTalk talk, PresetSound sound, HttpContext context) =>
                PresetEndpoints.WithArmAsync(talk.Open(word), arm, Closed, stored => PresetEndpoints.DrawAsync(stored.Preset, arm, buckets, sound, context)))
            .Says("getSharedPeaks", "The peaks of such an arm's wave, to draw it").Takes(ApiParameter.Whole("buckets", "How many pairs of peaks.", 1, PresetEndpoints.MaxBuckets, Peaks.DefaultBuckets)).Produces<Peaks>()
            .Fails(404, "The link opens nothing, or there is no such arm.").Fails(503, "No model here can play it now.");
    }

    private static IResult Closed() => ApiProblems.NotFound("This link opens nothing: it was revoked, the preset is private now, or the address is not complete.");
}
