using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Presets;

/// <summary>What differs between two takes or two presets, in words: a line for each difference.</summary>
public static class SettingsDiff
{
    // How a setting is called on the pages. One that is not here is called by its name in the files.
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["prompt"] = "Prompt", ["seed"] = "Seed", ["guidance"] = "Guidance", ["temperature"] = "Temperature", ["topK"] = "Top-k", ["topP"] = "Top-p", ["greedy"] = "Greedy",
        ["window"] = "Window", ["stride"] = "Stride", ["piece"] = "Piece", ["rows"] = "Apply to (CFG)", ["modelPath"] = "Model", ["saePath"] = "SAE", ["arms"] = "Arms",
        ["moves"] = "Knob moves", ["controls"] = "Control arms", ["live"] = "Live", ["continue"] = "Continued sound", ["melody"] = "Melody",
    };

    // Said in another way, or not at all.
    private static readonly string[] Apart = ["frames", "steers", "preview"];

    /// <summary>The differences; empty: there are none.</summary>
    /// <param name="before">The one.</param>
    /// <param name="after">The other.</param>
    /// <param name="name">What a feature is called.</param>
    /// <param name="frameRate">Frames a second, Hz, for the length; 0: not known.</param>
    public static IReadOnlyList<string> Of(TakeSettings before, TakeSettings after, Func<int, string> name, double frameRate)
    {
        var lines = new List<string>();
        if (before.Frames != after.Frames) lines.Add($"Length: {Length(before.Frames, frameRate)} → {Length(after.Frames, frameRate)}");
        var (was, now) = (Json(before), Json(after));
        foreach (var field in was.Select(each => each.Key).Union(now.Select(each => each.Key)).Except(Apart))
        {
            if (JsonNode.DeepEquals(was[field], now[field])) continue;
            lines.Add($"{Words.GetValueOrDefault(field, field)}: {Shown(field, was[field])} → {Shown(field, now[field])}");
        }
        lines.AddRange(Steers(before.Steers, after.Steers, name));
        return lines;
    }

    /// <summary>"+3 × p99", "× 2", "off": how far a feature is steered.</summary>
    public static string Amount(TakeSteer steer) => steer.Mode switch
    {
        "ablate" => "off",
        "scale" => $"× {Number(steer.Strength)}",
        "add" => $"{Signed(steer.Strength)} × p99",
        var mode => $"{(mode == "atLeast" ? "at least" : mode)} {Signed(steer.Strength)} × p99",
    };

    private static IEnumerable<string> Steers(IReadOnlyList<TakeSteer> before, IReadOnlyList<TakeSteer> after, Func<int, string> name)
    {
        foreach (var feature in before.Concat(after).Select(steer => steer.Feature).Distinct())
        {
            var (was, now) = (Of(before, feature), Of(after, feature));
            if (was.SequenceEqual(now)) continue;
            if (was.Length == 0) yield return $"Added {name(feature)}: {Amounts(now)}";
            else if (now.Length == 0) yield return $"Removed {name(feature)}: it was {Amounts(was)}";
            else if (Amounts(was) != Amounts(now)) yield return $"{name(feature)}: {Amounts(was)} → {Amounts(now)}";
            else if (was.Select(steer => steer.P99).SequenceEqual(now.Select(steer => steer.P99))) yield return $"{name(feature)}: {Ways(was, now)}";
            else yield return $"{name(feature)}: its p99 was {Number(was[0].P99)} and is {Number(now[0].P99)}";
        }
    }

    /// <summary>What differs of steers of the same strength, besides it.</summary>
    private static string Ways(TakeSteer[] was, TakeSteer[] now)
    {
        if (was.Length != 1 || now.Length != 1) return "steered in another way";
        var (a, b) = (was[0], now[0]);
        string?[] ways =
        [
            a.SaePath != b.SaePath ? "of another SAE" : null,
            a.Onset != b.Onset ? string.Create(CultureInfo.InvariantCulture, $"from column {b.Onset} on, not {a.Onset}") : null,
            !(a.Envelope ?? []).SequenceEqual(b.Envelope ?? []) ? "another envelope" : null,
            a.Condition != b.Condition ? b.Condition is { } when ? string.Create(CultureInfo.InvariantCulture, $"only when feature {when.Feature} is above {Number(when.Threshold)} × p99") : "without its condition" : null,
            a.Muted != b.Muted ? b.Muted ? "muted" : "not muted" : null,
        ];
        return string.Join(", ", ways.OfType<string>());
    }

    private static TakeSteer[] Of(IReadOnlyList<TakeSteer> steers, int feature) => [.. steers.Where(steer => steer.Feature == feature)];

    private static string Amounts(TakeSteer[] steers) => string.Join(" and ", steers.Select(Amount));

    private static JsonObject Json(TakeSettings settings) => JsonSerializer.SerializeToNode(settings, JsonDefaults.Lines)!.AsObject();

    private static string Length(int frames, double frameRate) =>
        frameRate > 0 ? string.Create(CultureInfo.InvariantCulture, $"{frames / frameRate:0.##} s") : string.Create(CultureInfo.InvariantCulture, $"{frames} frames");

    private static string Shown(string field, JsonNode? value) => (field, value?.GetValueKind()) switch
    {
        ("prompt", null) => "none",
        ("window", JsonValueKind.Number) when value!.GetValue<int>() == int.MaxValue => "the longest",
        ("continue" or "melody", null) => "none",
        ("continue" or "melody", JsonValueKind.Object) => Sound(value!.AsObject()),
        (_, null or JsonValueKind.Null) => "default",
        ("modelPath" or "saePath", JsonValueKind.String) => Path.GetFileName(Path.TrimEndingDirectorySeparator(value!.GetValue<string>())),
        (_, JsonValueKind.String) => $"“{Short(value!.GetValue<string>())}”",
        (_, JsonValueKind.True) => "on",
        (_, JsonValueKind.False) => "off",
        (_, JsonValueKind.Array) when value!.AsArray().All(item => item?.GetValueKind() == JsonValueKind.String) => string.Join(", ", value.AsArray().Select(item => item!.GetValue<string>())),
        (_, JsonValueKind.Number) => value!.ToJsonString(),
        _ => "other values",
    };

    private static string Sound(JsonObject sound) => string.Create(CultureInfo.InvariantCulture,
        $"“{Short((sound["name"] ?? sound["source"])!.GetValue<string>())}” ({sound["start"]?.GetValue<double>() ?? 0:0.##} s and {sound["seconds"]!.GetValue<double>():0.##} s on{(sound["hash"]?.GetValue<string>() is { Length: >= 12 } hash ? $", {hash[..12]}…" : "")})");

    private static string Short(string text) => text.Length <= 120 ? text : text[..120] + "…";

    private static string Signed(double value) => (value < 0 ? "−" : "+") + Number(Math.Abs(value));

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
