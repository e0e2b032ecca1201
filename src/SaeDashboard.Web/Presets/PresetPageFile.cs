using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>A preset as one HTML file: both arms, their waves, the settings and a player. It needs no server and no network, and loads nothing.</summary>
public sealed class PresetPageFile(PresetSound sound, ICatalog catalog)
{
    /// <summary>Bytes of sound of each arm: 3 minutes of a mono model at 32 kHz. A longer preset is cut there, and says so.</summary>
    public const int MostBytes = 12 << 20;

    private const int Bars = 400;
    private const int MostMoves = 24;

    // Reads like this in the page's own language: everything that a person wrote is escaped, also for a script.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { Encoder = JavaScriptEncoder.Default };

    private static readonly Lazy<(string Style, string Script)> Parts = new(() => (Resource("preset-page.css"), Resource("preset-page.js")));

    /// <summary>The file.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="ct">Ends the waiting for the sound.</param>
    /// <exception cref="UserException">No model here has the codec, or the worker cannot decode now.</exception>
    public async Task<byte[]> MakeAsync(SteeringPreset preset, CancellationToken ct)
    {
        var arms = new List<Arm>();
        foreach (var (name, word) in new[] { (PresetArms.Baseline, "Baseline"), (PresetArms.Steered, "Steered") })
        {
            await using var file = await sound.OpenAsync(preset, name, ct);
            arms.Add(ArmOf(word, preset, name, file));
        }
        return Encoding.UTF8.GetBytes(Page(preset, arms));
    }

    private static Arm ArmOf(string word, SteeringPreset preset, string name, FileStream file)
    {
        using var reader = SoundReader.OpenWav($"“{preset.Name}”, {name}", file);
        var whole = reader.ReadRest();
        var most = MostBytes / (sizeof(short) * whole.Channels.Length);
        var kept = whole.SampleCount <= most ? whole : new Waveform([.. whole.Channels.Select(channel => channel[..most])], whole.SampleRate);
        return new Arm(word, Convert.ToBase64String(WavFile.ToBytes(kept, WavEncoding.Pcm16)), Peaks.Of(kept, Bars).Values, (double)kept.SampleCount / kept.SampleRate, whole.SampleCount > kept.SampleCount);
    }

    private string Page(SteeringPreset preset, IReadOnlyList<Arm> arms)
    {
        var (style, script) = Parts.Value;
        var title = Text(preset.Name);
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        // Nothing is loaded, and of scripts only this one runs, whatever a name or a prompt holds.
        page.Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{Sha256(style)}'; script-src 'sha256-{Sha256(script)}'\">\n");
        page.Append(CultureInfo.InvariantCulture, $"<title>{title} · SaeDashboard preset</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n");
        page.Append("<div class=\"bar\"><button type=\"button\" id=\"play\" aria-pressed=\"false\">Play</button><div role=\"group\" aria-label=\"Which arm sounds\">");
        for (var i = 0; i < arms.Count; i++)
            page.Append(CultureInfo.InvariantCulture, $"<button type=\"button\" data-arm=\"{i}\" aria-pressed=\"{(i == 1 ? "true" : "false")}\">{arms[i].Word}</button>");
        page.Append("</div><output id=\"time\">0:00.0</output></div>\n<p id=\"problem\" role=\"status\"></p>\n");
        for (var i = 0; i < arms.Count; i++)
        {
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"row\" data-row=\"{i}\"><span>{arms[i].Word}</span><div class=\"wave\"><svg viewBox=\"0 0 {Bars} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Wave of the {arms[i].Word.ToLowerInvariant()} arm\"><path d=\"{Wave(arms[i].Peaks)}\"/></svg><i></i></div></div>\n");
        }
        if (arms.Any(arm => arm.Cut)) page.Append(CultureInfo.InvariantCulture, $"<p>The sound is cut after {arms[0].Seconds:0} s; the preset's file has all of it.</p>\n");
        if (preset.Description.Length > 0) page.Append(CultureInfo.InvariantCulture, $"<p class=\"lines\">{Text(preset.Description)}</p>\n");
        page.Append("<dl>\n");
        foreach (var (term, value) in Facts(preset)) page.Append(CultureInfo.InvariantCulture, $"<dt>{Text(term)}</dt><dd>{Text(value)}</dd>\n");
        page.Append("</dl>\n");
        // The file that the preset is made again from elsewhere: what it continues or follows is in it.
        page.Append(CultureInfo.InvariantCulture, $"<p><a id=\"preset\" download=\"{PresetNames.Slug(preset.Name)}.json\" href=\"data:application/json;base64,{Convert.ToBase64String(PresetFile.ToBytes(preset))}\">Save the preset's file</a>, to import it on another SaeDashboard.</p>\n</main>\n");
        page.Append(CultureInfo.InvariantCulture, $"<script type=\"application/json\" id=\"sound\">{JsonSerializer.Serialize(arms.Select(arm => arm.Wav), Json)}</script>\n");
        page.Append(CultureInfo.InvariantCulture, $"<script>{script}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private IEnumerable<(string Term, string Value)> Facts(SteeringPreset preset)
    {
        if (preset.Author is { Length: > 0 } author) yield return ("Author", author);
        yield return ("Licence", preset.Licence is { } licence ? $"{licence} ({PresetLicences.All.First(each => each.Id == licence).Name})" : "none given");
        yield return ("Prompt", preset.Prompt ?? "none");
        foreach (var steer in preset.Steers)
            yield return ($"Feature {steer.Feature.ToString(CultureInfo.InvariantCulture)}", $"{steer.Label ?? "unlabelled"}: {SettingsDiff.Amount(new TakeSteer(steer.Feature, steer.Strength, steer.Mode, steer.P99))}{(SteerViews.How(steer) is { } how ? $", {how}" : "")}");
        if (preset.Moves is { Count: > 0 } moves)
            yield return ("Knob moves", string.Join("; ", moves.Take(MostMoves).Select(move => Move(preset, move))) + (moves.Count > MostMoves ? string.Create(CultureInfo.InvariantCulture, $" and {moves.Count - MostMoves:N0} more") : ""));
        yield return ("Seed", preset.Seed.ToString(CultureInfo.InvariantCulture));
        yield return ("Length", string.Create(CultureInfo.InvariantCulture, $"{preset.Frames / preset.Model.FrameRate:0.##} s, {preset.Frames} frames"));
        if (preset.Continue is { } given) yield return ("Continues", TakeSoundSources.Words(given));
        if (preset.Melody is { } melody) yield return ("Melody of", TakeSoundSources.Words(melody));
        yield return ("Guidance", string.Create(CultureInfo.InvariantCulture, $"{preset.Guidance:0.##}, applied to {preset.Rows}"));
        yield return ("Sampling", preset.Greedy ? "greedy" : string.Create(CultureInfo.InvariantCulture, $"temperature {preset.Temperature:0.##}, top-k {preset.TopK}, top-p {preset.TopP:0.##}"));
        if (preset.Parent is { } parent) yield return ("Made from", parent.Author is { Length: > 0 } by ? $"“{parent.Name}” by {by}" : $"“{parent.Name}”");
        yield return ("Model", $"{catalog.ModelByHash(preset.Model.WeightsHash)?.Name ?? preset.Model.Name} ({preset.Model.WeightsHash})");
        foreach (var sae in (preset.Saes ?? []).Prepend(preset.Sae)) yield return ("SAE", $"{catalog.SaeByHash(sae.WeightsHash)?.Name ?? sae.Name}, {sae.Hook} ({sae.WeightsHash})");
    }

    /// <summary>“1.5 s: feature 526 −2 × p99”.</summary>
    private static string Move(SteeringPreset preset, KnobMove move)
    {
        var steer = preset.Steers[move.Strip];
        var amount = move.Muted ? "off" : SettingsDiff.Amount(new TakeSteer(steer.Feature, move.Strength, steer.Mode, steer.P99));
        return string.Create(CultureInfo.InvariantCulture, $"{move.Column / preset.Model.FrameRate:0.##} s: feature {steer.Feature} {amount}");
    }

    /// <summary>A closed line along the upper and the lower edge of a wave. A quiet one fills the row.</summary>
    private static string Wave(IReadOnlyList<int> peaks)
    {
        var loudest = Math.Max(12.0, peaks.Max(value => Math.Abs(value)));
        var path = new StringBuilder();
        for (var bar = 0; bar < Bars; bar++)
        {
            var tall = Math.Max(0.5, 48 * Math.Max(Math.Abs(peaks[2 * bar]), Math.Abs(peaks[2 * bar + 1])) / loudest);
            path.Append(CultureInfo.InvariantCulture, $"M{bar} {50 - tall:0.#}V{50 + tall:0.#}");
        }
        return path.ToString();
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);

    private static string Sha256(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Resource(string name)
    {
        using var stream = typeof(PresetPageFile).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private sealed record Arm(string Word, string Wav, IReadOnlyList<int> Peaks, double Seconds, bool Cut);
}
