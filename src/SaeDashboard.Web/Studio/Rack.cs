using System.Text.Json.Serialization;
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
    public static (double Min, double Max, double Neutral) Limits(string mode) => mode switch
    {
        RackModes.Scale => (0, 6, 1),
        // A latent is never negative: to raise it to less than 0 changes nothing.
        RackModes.AtLeast => (0, 6, 0),
        _ => (-6, 6, 0),
    };

    /// <summary>The strip with its fader where it can stand, to a hundredth.</summary>
    public static RackStrip Set(RackStrip strip, double strength)
    {
        var (min, max, neutral) = Limits(strip.Mode);
        return strip with { Strength = double.IsFinite(strength) ? Math.Round(Math.Clamp(strength, min, max), 2) : neutral };
    }

    /// <summary>The strip with another mode; its fader stays where that mode has such a place.</summary>
    public static RackStrip Switch(RackStrip strip, string mode)
    {
        if (!RackModes.All.Any(each => each.Mode == mode)) throw new UserException($"Unknown mode '{mode}'; expected add, clamp, at-least, scale or ablate.");
        return Set(strip with { Mode = mode }, strip.Strength);
    }

    /// <summary>Whether a method has two directions, so that a strip can be inverted.</summary>
    public static bool CanInvert(string mode) => mode is RackModes.Add or RackModes.Clamp;

    /// <summary>The strip turned the other way; as it was where its method has one direction.</summary>
    public static RackStrip Invert(RackStrip strip) => CanInvert(strip.Mode) ? Set(strip, -strip.Strength) : strip;

    /// <summary>The rack with a feature more, at the end; as it was when the feature is in it.</summary>
    /// <param name="rack">The rack.</param>
    /// <param name="feature">The feature's index.</param>
    /// <param name="sae">Its SAE's id; null: that of the draft.</param>
    /// <exception cref="UserException">The rack is full.</exception>
    public static IReadOnlyList<RackStrip> Add(IReadOnlyList<RackStrip> rack, int feature, string? sae = null)
    {
        if (rack.Any(strip => strip.Key == new StripKey(sae, feature))) return rack;
        if (rack.Count >= MaxFeatures) throw new UserException($"The rack is full ({MaxFeatures} features). Remove one first.");
        return [.. rack, new RackStrip(feature, FirstStrength) { Sae = sae }];
    }

    /// <summary>The rack of a draft whose SAE changes: its strips stay those of the SAEs that they were of.</summary>
    /// <param name="rack">The rack.</param>
    /// <param name="from">The draft's SAE before.</param>
    /// <param name="to">The draft's SAE after; null: every strip names its SAE.</param>
    public static IReadOnlyList<RackStrip> Rebase(IReadOnlyList<RackStrip> rack, string? from, string? to) =>
        [.. rack.Select(strip => (strip.Sae ?? from) is var sae && sae == to ? strip with { Sae = null } : strip with { Sae = sae })];

    /// <summary>The rack without one earlier change: features that it added go, those that it removed are in their places again, faders that it moved go back. What was changed since then stays.</summary>
    /// <param name="rack">The rack now.</param>
    /// <param name="before">The rack before that change.</param>
    /// <param name="after">The rack after it.</param>
    public static IReadOnlyList<RackStrip> Undo(IReadOnlyList<RackStrip> rack, IReadOnlyList<RackStrip> before, IReadOnlyList<RackStrip> after)
    {
        var was = before.ToDictionary(strip => strip.Key);
        var became = after.ToDictionary(strip => strip.Key);
        var undone = rack.Where(strip => was.ContainsKey(strip.Key) || !became.ContainsKey(strip.Key))
            .Select(strip => became.GetValueOrDefault(strip.Key) == strip && was.TryGetValue(strip.Key, out var old) ? old : strip).ToList();
        for (var place = 0; place < before.Count; place++)
        {
            var removed = before[place];
            if (!became.ContainsKey(removed.Key) && undone.All(strip => strip.Key != removed.Key)) undone.Insert(Math.Min(place, undone.Count), removed);
        }
        return [.. undone.Take(MaxFeatures)];
    }

    /// <summary>A random setting near the rack's: every fader moves by a few tenths up to about two units, and stays on its scale. What each strip does stays.</summary>
    /// <param name="rack">The rack.</param>
    /// <param name="random">Where the moves come from; the same seed gives the same setting.</param>
    public static IReadOnlyList<RackStrip> Nearby(IReadOnlyList<RackStrip> rack, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return
        [
            .. rack.Select(strip =>
            {
                // The sum of three is near enough to a bell: most moves are small.
                var move = random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5;
                var range = Limits(strip.Mode);
                return strip.Mode == RackModes.Ablate ? strip : Set(strip, Math.Round(strip.Strength + move * (range.Max - range.Min) / 8, 1));
            }),
        ];
    }

    /// <summary>The strips that are heard: not muted, and the soloed ones alone when there are any.</summary>
    public static IEnumerable<RackStrip> Heard(IReadOnlyList<RackStrip> rack)
    {
        var solo = rack.Any(strip => strip.Solo);
        return rack.Where(strip => !strip.Muted && (!solo || strip.Solo));
    }

    /// <summary>What a take is steered with.</summary>
    /// <param name="rack">The rack.</param>
    /// <param name="p99">The unit of each strip's strength.</param>
    /// <param name="pathOf">The folder of a strip's SAE; null: the take's.</param>
    /// <param name="live">Whether strips that are not heard are in it, muted: they can be heard before it ends.</param>
    public static IReadOnlyList<TakeSteer> Steers(IReadOnlyList<RackStrip> rack, Func<RackStrip, double> p99, Func<RackStrip, string?> pathOf, bool live = false) =>
    [
        .. (live ? rack : Heard(rack)).Select(strip => new TakeSteer(strip.Feature, strip.Mode == RackModes.Ablate ? 0 : Set(strip, strip.Strength).Strength, strip.Mode, p99(strip))
        {
            SaePath = pathOf(strip),
            Onset = strip.Onset,
            Envelope = strip.Envelope,
            Condition = strip.Condition,
            Muted = live && !Heard(rack).Contains(strip),
        }),
    ];

    /// <summary>A rack that steers as a take did.</summary>
    /// <param name="steers">The take's steers.</param>
    /// <param name="saeOf">The id of a steer's SAE; null: the draft's.</param>
    public static IReadOnlyList<RackStrip> From(IReadOnlyList<TakeSteer> steers, Func<TakeSteer, string?> saeOf) =>
    [
        .. steers.Select(steer => Set(new RackStrip(steer.Feature, 0, RackModes.All.Any(each => each.Mode == steer.Mode) ? steer.Mode : RackModes.Add)
        {
            Sae = saeOf(steer),
            Onset = steer.Onset,
            Envelope = steer.Envelope,
            // The Studio's conditions are on features of the strip's own SAE.
            Condition = steer.Condition is { Sae: null } ? steer.Condition : null,
            Muted = steer.Muted,
        }, steer.Strength)).DistinctBy(strip => strip.Key).Take(MaxFeatures),
    ];
}

/// <summary>What a strip does to its feature.</summary>
public static class RackModes
{
    /// <summary>Adds strength × p99; 0 changes nothing.</summary>
    public const string Add = "add";

    /// <summary>Holds the feature at strength × p99; 0 switches it off.</summary>
    public const string Clamp = "clamp";

    /// <summary>Raises it to strength × p99 where it is lower; 0 changes nothing.</summary>
    public const string AtLeast = "at-least";

    /// <summary>Multiplies it; 1 changes nothing.</summary>
    public const string Scale = "scale";

    /// <summary>Switches it off; has no strength.</summary>
    public const string Ablate = "ablate";

    /// <summary>All of them, in the order a person is offered them, with a line on each.</summary>
    public static IReadOnlyList<(string Mode, string Meaning)> All { get; } =
    [
        (Add, "Adds a constant to the activation"),
        (Clamp, "Sets the activation to a constant"),
        (AtLeast, "Raises the activation to a constant where it is lower"),
        (Scale, "Multiplies the activation by a factor"),
        (Ablate, "Sets the activation to 0"),
    ];

    /// <summary>"at least": what a method is called on a page.</summary>
    public static string Word(string mode) => mode.Replace('-', ' ');
}

/// <summary>Which strip: one SAE's feature is in the rack once.</summary>
/// <param name="Sae">The SAE's id; null: that of the draft.</param>
/// <param name="Feature">The feature's index.</param>
public readonly record struct StripKey(string? Sae, int Feature)
{
    /// <summary>For the page: "sae:7", or ":7" for the draft's SAE.</summary>
    public override string ToString() => FormattableString.Invariant($"{Sae}:{Feature}");
}

/// <summary>A feature in the rack.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">Multiples of its p99, or a factor (scale).</param>
/// <param name="Mode">One of <see cref="RackModes"/>.</param>
/// <param name="Muted">Whether it is left out.</param>
/// <param name="Solo">Whether only it, and others so marked, are heard.</param>
public sealed record RackStrip(int Feature, double Strength, string Mode = RackModes.Add, bool Muted = false, bool Solo = false)
{
    /// <summary>The id of its SAE; null: that of the draft.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sae { get; init; }

    /// <summary>The first column (codec frame) at which it acts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Onset { get; init; }

    /// <summary>How much of it acts at which column; null: all of it everywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EnvelopePoint>? Envelope { get; init; }

    /// <summary>It acts only where this holds; its feature is of the strip's SAE. Null: everywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SteerCondition? Condition { get; init; }

    /// <summary>Which strip it is.</summary>
    [JsonIgnore]
    public StripKey Key => new(Sae, Feature);

    /// <summary>Equal values are equal, those of the envelope too.</summary>
    public bool Equals(RackStrip? other) => other is not null && (Key, Strength, Mode, Muted, Solo, Onset, Condition) == (other.Key, other.Strength, other.Mode, other.Muted, other.Solo, other.Onset, other.Condition)
        && (ReferenceEquals(Envelope, other.Envelope) || (Envelope is not null && other.Envelope is not null && Envelope.SequenceEqual(other.Envelope)));

    public override int GetHashCode() => HashCode.Combine(Key, Strength, Mode, Muted, Solo, Onset, Condition);
}
