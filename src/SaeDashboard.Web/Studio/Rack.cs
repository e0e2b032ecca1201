using SaeDashboard.Core;

namespace SaeDashboard.Web.Studio;

/// <summary>The rules of the rack: how far faders go, what mute and solo leave, and what a take is steered with.</summary>
public static class Rack
{
    /// <summary>Most features at once.</summary>
    public const int MaxFeatures = 16;

    /// <summary>A new strip's strength: that of the bundled presets, at which a change is clearly audible.</summary>
    public const double FirstStrength = 3;

    /// <summary>How far a fader goes, and where it changes nothing (for clamp: switches off).</summary>
    public static (double Min, double Max, double Neutral) Limits(string mode) => mode == RackModes.Scale ? (0, 6, 1) : (-6, 6, 0);

    /// <summary>The strip with its fader where it can stand, to a hundredth.</summary>
    public static RackStrip Set(RackStrip strip, double strength)
    {
        var (min, max, neutral) = Limits(strip.Mode);
        return strip with { Strength = double.IsFinite(strength) ? Math.Round(Math.Clamp(strength, min, max), 2) : neutral };
    }

    /// <summary>The strip with another mode; its fader stays where that mode has such a place.</summary>
    public static RackStrip Switch(RackStrip strip, string mode)
    {
        if (!RackModes.All.Any(each => each.Mode == mode)) throw new UserException($"Unknown mode '{mode}'; expected add, clamp, scale or ablate.");
        return Set(strip with { Mode = mode }, strip.Strength);
    }

    /// <summary>The rack with a feature more, at the end; as it was when the feature is in it.</summary>
    /// <exception cref="UserException">The rack is full.</exception>
    public static IReadOnlyList<RackStrip> Add(IReadOnlyList<RackStrip> rack, int feature)
    {
        if (rack.Any(strip => strip.Feature == feature)) return rack;
        if (rack.Count >= MaxFeatures) throw new UserException($"The rack is full ({MaxFeatures} features). Remove one first.");
        return [.. rack, new RackStrip(feature, FirstStrength)];
    }

    /// <summary>The rack without one earlier change: features that it added go, those that it removed are in their places again, faders that it moved go back. What was changed since then stays.</summary>
    /// <param name="rack">The rack now.</param>
    /// <param name="before">The rack before that change.</param>
    /// <param name="after">The rack after it.</param>
    public static IReadOnlyList<RackStrip> Undo(IReadOnlyList<RackStrip> rack, IReadOnlyList<RackStrip> before, IReadOnlyList<RackStrip> after)
    {
        var was = before.ToDictionary(strip => strip.Feature);
        var became = after.ToDictionary(strip => strip.Feature);
        var undone = rack.Where(strip => was.ContainsKey(strip.Feature) || !became.ContainsKey(strip.Feature))
            .Select(strip => became.GetValueOrDefault(strip.Feature) == strip && was.TryGetValue(strip.Feature, out var old) ? old : strip).ToList();
        for (var place = 0; place < before.Count; place++)
        {
            var removed = before[place];
            if (!became.ContainsKey(removed.Feature) && undone.All(strip => strip.Feature != removed.Feature)) undone.Insert(Math.Min(place, undone.Count), removed);
        }
        return [.. undone.Take(MaxFeatures)];
    }

    /// <summary>The strips that are heard: not muted, and the soloed ones alone when there are any.</summary>
    public static IEnumerable<RackStrip> Heard(IReadOnlyList<RackStrip> rack)
    {
        var solo = rack.Any(strip => strip.Solo);
        return rack.Where(strip => !strip.Muted && (!solo || strip.Solo));
    }

    /// <summary>What a take is steered with.</summary>
    /// <param name="rack">The rack.</param>
    /// <param name="p99">The unit of each feature's strength.</param>
    public static IReadOnlyList<TakeSteer> Steers(IReadOnlyList<RackStrip> rack, Func<int, double> p99) =>
        [.. Heard(rack).Select(strip => new TakeSteer(strip.Feature, strip.Mode == RackModes.Ablate ? 0 : Set(strip, strip.Strength).Strength, strip.Mode, p99(strip.Feature)))];

    /// <summary>A rack that steers as a take did.</summary>
    public static IReadOnlyList<RackStrip> From(IReadOnlyList<TakeSteer> steers) =>
        [.. steers.Select(steer => Set(new RackStrip(steer.Feature, 0, RackModes.All.Any(each => each.Mode == steer.Mode) ? steer.Mode : RackModes.Add), steer.Strength)).Take(MaxFeatures)];
}

/// <summary>What a strip does to its feature.</summary>
public static class RackModes
{
    /// <summary>Adds strength × p99; 0 changes nothing.</summary>
    public const string Add = "add";

    /// <summary>Holds the feature at strength × p99; 0 switches it off.</summary>
    public const string Clamp = "clamp";

    /// <summary>Multiplies it; 1 changes nothing.</summary>
    public const string Scale = "scale";

    /// <summary>Switches it off; has no strength.</summary>
    public const string Ablate = "ablate";

    /// <summary>All of them, in the order a person is offered them, with a line on each.</summary>
    public static IReadOnlyList<(string Mode, string Meaning)> All { get; } =
    [
        (Add, "Adds a constant to the activation"),
        (Clamp, "Sets the activation to a constant"),
        (Scale, "Multiplies the activation by a factor"),
        (Ablate, "Sets the activation to 0"),
    ];
}

/// <summary>A feature in the rack.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">Multiples of its p99, or a factor (scale).</param>
/// <param name="Mode">One of <see cref="RackModes"/>.</param>
/// <param name="Muted">Whether it is left out.</param>
/// <param name="Solo">Whether only it, and others so marked, are heard.</param>
public sealed record RackStrip(int Feature, double Strength, string Mode = RackModes.Add, bool Muted = false, bool Solo = false);
