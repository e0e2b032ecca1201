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
        if (!RackModes.All.Any(each => each.Mode == mode)) throw new UserException($"Unknown mode '{mode}'; expected add, clamp, atLeast, scale or ablate.");
        var (min, max, _) = Limits(mode);
        return Set(strip with { Mode = mode, Moves = strip.Moves is { } moves ? [.. moves.Select(move => move with { Strength = Math.Clamp(move.Strength, min, max) })] : null }, strip.Strength);
    }

    /// <summary>Whether a method has two directions, so that a strip can be inverted.</summary>
    public static bool CanInvert(string mode) => mode is RackModes.Add or RackModes.Clamp;

    /// <summary>The strip turned the other way, with its recorded moves; as it was where its method has one direction.</summary>
    public static RackStrip Invert(RackStrip strip) => !CanInvert(strip.Mode) ? strip
        : Set(strip with { Moves = strip.Moves is { } moves ? [.. moves.Select(move => move with { Strength = -move.Strength })] : null }, -strip.Strength);

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
    /// <param name="pathOfSae">The folder of the SAE that a condition names; null: conditions name none.</param>
    public static IReadOnlyList<TakeSteer> Steers(
        IReadOnlyList<RackStrip> rack, Func<RackStrip, double> p99, Func<RackStrip, string?> pathOf, bool live = false, Func<string, string>? pathOfSae = null) =>
    [
        .. In(rack, live).Select(strip => new TakeSteer(strip.Feature, strip.Mode == RackModes.Ablate ? 0 : Set(strip, strip.Strength).Strength, strip.Mode, p99(strip))
        {
            SaePath = pathOf(strip),
            Onset = strip.Onset,
            Envelope = strip.Envelope,
            Condition = strip.Condition is { Sae: { } sae } condition && pathOfSae is not null ? condition with { Sae = pathOfSae(sae) } : strip.Condition,
            Muted = live && !Heard(rack).Contains(strip),
        }),
    ];

    /// <summary>The recorded moves of a take that is steered with <see cref="Steers"/>; null: there are none. Those of strips that are not heard are left out.</summary>
    public static IReadOnlyList<KnobMove>? Moves(IReadOnlyList<RackStrip> rack, bool live = false)
    {
        HashSet<StripKey> heard = [.. Heard(rack).Select(strip => strip.Key)];
        KnobMove[] moves =
        [
            .. In(rack, live).SelectMany((strip, place) => heard.Contains(strip.Key) ? (strip.Moves ?? []).Select(move => new KnobMove(move.Column, place, move.Strength) { Muted = move.Muted }) : [])
                .OrderBy(move => move.Column),
        ];
        return moves.Length > 0 ? moves : null;
    }

    private static IEnumerable<RackStrip> In(IReadOnlyList<RackStrip> rack, bool live) => live ? rack : Heard(rack);

    /// <summary>A rack that steers as a take did.</summary>
    /// <param name="steers">The take's steers.</param>
    /// <param name="saeOf">The id of a steer's SAE; null: the draft's.</param>
    /// <param name="moves">The take's recorded moves; null: none.</param>
    /// <param name="idOf">The id of the SAE that a condition names; null: conditions that name one are left out.</param>
    /// <param name="p99">The unit that a strip's strength has here: the take's is kept where it is another. Null: it is not compared.</param>
    public static IReadOnlyList<RackStrip> From(
        IReadOnlyList<TakeSteer> steers, Func<TakeSteer, string?> saeOf, IReadOnlyList<KnobMove>? moves = null, Func<string, string?>? idOf = null, Func<RackStrip, double>? p99 = null)
    {
        var recorded = Automation.With([], moves ?? []);
        return [.. steers.Select(Strip).DistinctBy(strip => strip.Key).Take(MaxFeatures)];

        RackStrip Strip(TakeSteer steer, int place)
        {
            var own = recorded.Where(move => move.Strip == place).Select(move => new StripMove(move.Column, move.Strength, move.Muted)).ToList();
            // A strip that begins muted and is heard later: muted by a move, since the strip's own button would leave its moves out.
            if (steer.Muted && own.Count > 0 && own[0].Column > 0) own.Insert(0, new StripMove(0, steer.Strength, true));
            var strip = Set(new RackStrip(steer.Feature, 0, RackModes.All.Any(each => each.Mode == steer.Mode) ? steer.Mode : RackModes.Add)
            {
                Sae = saeOf(steer),
                Onset = steer.Onset,
                Envelope = steer.Envelope,
                Condition = steer.Condition is not { Sae: { } sae } condition ? steer.Condition : idOf?.Invoke(sae) is { } id ? condition with { Sae = id } : null,
                Muted = steer.Muted && own.Count == 0,
                Moves = own.Count > 0 ? own : null,
            }, steer.Strength);
            return p99 is not null && steer.P99 > 0 && steer.P99 != p99(strip) ? strip with { Unit = steer.P99 } : strip;
        }
    }
}

/// <summary>What a strip does to its feature.</summary>
public static class RackModes
{
    /// <summary>Adds strength × p99; 0 changes nothing.</summary>
    public const string Add = "add";

    /// <summary>Holds the feature at strength × p99; 0 switches it off.</summary>
    public const string Clamp = "clamp";

    /// <summary>Raises it to strength × p99 where it is lower; 0 changes nothing.</summary>
    public const string AtLeast = "atLeast";

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
    public static string Word(string mode) => mode == AtLeast ? "at least" : mode;
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

    /// <summary>It acts only where this holds; its feature is of the strip's SAE, or of that whose id it names. Null: everywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SteerCondition? Condition { get; init; }

    /// <summary>Moves that were recorded in a live take, in order of their columns: each wins from its column on. Null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<StripMove>? Moves { get; init; }

    /// <summary>The p99 that its strength is a multiple of, where a restored take has another than the index has now. Null: the index's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Unit { get; init; }

    /// <summary>Which strip it is.</summary>
    [JsonIgnore]
    public StripKey Key => new(Sae, Feature);

    /// <summary>Equal values are equal, those of the envelope and the moves too.</summary>
    public bool Equals(RackStrip? other) => other is not null && (Key, Strength, Mode, Muted, Solo, Onset, Condition, Unit) == (other.Key, other.Strength, other.Mode, other.Muted, other.Solo, other.Onset, other.Condition, other.Unit)
        && Same(Envelope, other.Envelope) && Same(Moves, other.Moves);

    public override int GetHashCode() => HashCode.Combine(Key, Strength, Mode, Muted, Solo, Onset, Condition);

    private static bool Same<T>(IReadOnlyList<T>? one, IReadOnlyList<T>? other) => ReferenceEquals(one, other) || (one is not null && other is not null && one.SequenceEqual(other));
}

/// <summary>A recorded move of a strip.</summary>
/// <param name="Column">The first column with this strength.</param>
/// <param name="Strength">In multiples of p99, or a factor (scale).</param>
/// <param name="Muted">From this column on the strip changes nothing.</param>
public sealed record StripMove(int Column, double Strength, bool Muted = false);
