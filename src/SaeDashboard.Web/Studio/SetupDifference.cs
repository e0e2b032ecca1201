using System.Globalization;

namespace SaeDashboard.Web.Studio;

/// <summary>What a set-up would make differently from a take, in words.</summary>
public static class SetupDifference
{
    /// <summary>One line for each difference that would be heard; none: generated again, it sounds the same.</summary>
    /// <param name="now">The set-up.</param>
    /// <param name="then">The set-up that the take was generated with.</param>
    /// <param name="name">What a strip is called.</param>
    public static IReadOnlyList<string> Of(StudioDraft now, StudioDraft then, Func<RackStrip, string> name)
    {
        var words = new List<string>();
        if (now.Prompt.Trim() != then.Prompt.Trim()) words.Add("another prompt");
        // A length is rounded to codec frames.
        Number("length", then.Seconds, now.Seconds, " s", .0101);
        if (now.SeedLocked && now.Seed != then.Seed) words.Add($"seed {then.Seed} → {now.Seed}");
        Number("guidance", then.Guidance, now.Guidance);
        Number("temperature", then.Temperature, now.Temperature);
        Number("top k", then.TopK, now.TopK);
        Number("top p", then.TopP, now.TopP);
        if (now.Greedy != then.Greedy) words.Add(now.Greedy ? "always the likeliest code" : "codes are drawn");
        if ((now.Restored?.Piece ?? 0) != (then.Restored?.Piece ?? 0)) words.Add("another piece of its batch");
        // A take that fits in one window has none, whatever was asked for.
        if ((now.Restored, then.Restored) is ({ Window: { } window, Stride: { } stride }, { Window: { } used, Stride: { } step }) && (window, stride) != (used, step)) words.Add("other windows");
        if (!TakeSoundSources.Same(now.Continue, then.Continue)) words.Add(Sound("continues", now.Continue) ?? "continues no sound");
        if (!TakeSoundSources.Same(now.Melody, then.Melody)) words.Add(Sound("follows", now.Melody) ?? "follows no melody");
        if (now.Rows != then.Rows) words.Add($"applied to {then.Rows} → {now.Rows}");
        var here = Rack.Heard(now.Named).ToDictionary(strip => strip.Key);
        var there = Rack.Heard(then.Named).ToDictionary(strip => strip.Key);
        // Without a feature there is nothing to control for.
        if (Controls(now) is var controls && Controls(then) is var before && controls != before && here.Count > 0) words.Add($"control {before} → {controls}");
        words.AddRange(here.Values.Where(strip => !there.ContainsKey(strip.Key)).Select(strip => $"{name(strip)} added"));
        words.AddRange(there.Values.Where(strip => !here.ContainsKey(strip.Key)).Select(strip => $"{name(strip)} left out"));
        foreach (var strip in here.Values)
        {
            if (there.GetValueOrDefault(strip.Key) is not { } was) continue;
            var changes = new List<string>();
            if (was.Mode != strip.Mode) changes.Add($"{RackModes.Word(was.Mode)} → {RackModes.Word(strip.Mode)}");
            if (was.Strength != strip.Strength && strip.Mode != RackModes.Ablate) changes.Add($"{Strength(was)} → {Strength(strip)}");
            if (!(was.Envelope ?? []).SequenceEqual(strip.Envelope ?? [])) changes.Add("another envelope");
            if (was.Onset != strip.Onset) changes.Add("another start");
            if (was.Condition != strip.Condition) changes.Add("another condition");
            if (!(was.Moves ?? []).SequenceEqual(strip.Moves ?? [])) changes.Add(strip.Moves is null ? "without its recorded moves" : "other recorded moves");
            if (changes.Count > 0) words.Add($"{name(strip)}: {string.Join(", ", changes)}");
        }
        return words;

        void Number(string what, double before, double after, string unit = "", double least = 1e-9)
        {
            if (Math.Abs(before - after) > least) words.Add($"{what} {Text(before)} → {Text(after)}{unit}");
        }
    }

    private static string? Sound(string verb, TakeSound? sound) => sound is null ? null : $"{verb} {TakeSoundSources.Words(sound)}";

    private static string Controls(StudioDraft draft) => draft.Compared is { Count: > 0 } arms ? string.Join(" and ", arms.Select(TakeArms.Word)) : "none";

    private static string Strength(RackStrip strip) => strip.Mode == RackModes.Scale ? $"× {Text(strip.Strength)}" : $"{(strip.Strength < 0 ? "−" : "+")}{Text(Math.Abs(strip.Strength))} × p99";

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
