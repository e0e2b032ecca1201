using System.Text.Json.Serialization;

namespace SaeDashboard.Core.Steering;

/// <summary>What a strength does to the sound (docs/decisions/0055).</summary>
public enum LadderLevel
{
    /// <summary>Nothing that another seed would not do as well.</summary>
    Unsure,

    /// <summary>A descriptor or the spectrum moves in the same way over the seeds.</summary>
    Audible,

    /// <summary>It moves at least as far as two unsteered clips are apart.</summary>
    Strong,

    /// <summary>Half of the clips, and at least three, are broken.</summary>
    Breaks,
}

/// <summary>Why a clip counts as broken.</summary>
public enum LadderFault
{
    /// <summary>The model's output is not finite, or the residual stream runs away.</summary>
    NotFinite,

    /// <summary>It is quieter than 95 % of the dataset's clips.</summary>
    Silent,

    /// <summary>Samples beyond full scale, more of them than in the dataset's clips.</summary>
    Clipped,

    /// <summary>Its codes repeat more than those of 95 % of the clips that are not silent: the entropy is lower.</summary>
    Repetitive,

    /// <summary>Its codes repeat less than those of all clips: the entropy is higher, as of noise.</summary>
    Disordered,
}

/// <summary>A mean over pairs of a steered and an unsteered clip of the same prompt and seed, with Student's 95 % interval.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record LadderInterval(double Mean, double Low, double High);

/// <summary>What was measured at one strength.</summary>
public sealed record LadderRung
{
    /// <summary>In multiples of the feature's p99; never 0.</summary>
    public required double Strength { get; init; }

    /// <summary>Pairs of clips.</summary>
    public required int Pairs { get; init; }

    /// <summary>Pairs whose steered clip is broken, while the unsteered one is not.</summary>
    public required int Broken { get; init; }

    /// <summary>The most frequent reason; null: none is broken.</summary>
    public LadderFault? Fault { get; init; }

    public required LadderLevel Level { get; init; }

    /// <summary>Steered less unsteered, by descriptor, in the descriptor's unit; null: too few clips have a value, as the pitch of silence.</summary>
    public required IReadOnlyList<LadderInterval?> Deltas { get; init; }

    /// <summary>How much farther the spectrum is from the unsteered clip's than those of two unsteered clips are from each other, dB; null: too few clips.</summary>
    public LadderInterval? Spectrum { get; init; }

    /// <summary>Steered less unsteered, of the feature's own mean activation, read from the finished codes, in multiples of its p99. A look, no judge.</summary>
    public LadderInterval? Own { get; init; }
}

/// <summary>Another feature that moved.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Mean">Steered less unsteered, of its mean activation read from the finished codes, in multiples of its p99.</param>
/// <param name="Low">Lower end of Student's 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record LadderMove(int Feature, double Mean, double Low, double High);

/// <summary>Which other features moved at one strength.</summary>
public sealed record LadderSides
{
    /// <summary>In multiples of p99.</summary>
    public required double Strength { get; init; }

    /// <summary>How many moved surely: false discovery rate .05.</summary>
    public required int Moved { get; init; }

    /// <summary>Kept features that were looked at: those with a decoder cosine of at most 0.3 in size.</summary>
    public required int Of { get; init; }

    /// <summary>Those of them that moved most, the farthest first.</summary>
    public required IReadOnlyList<LadderMove> Features { get; init; }
}

/// <summary>What the unsteered clips are like: the measure of every effect.</summary>
public sealed record LadderNoise
{
    /// <summary>Standard deviation between seeds of one prompt, by descriptor; null: not measurable.</summary>
    public required IReadOnlyList<double?> Deviations { get; init; }

    /// <summary>Mean size of the change that the codec alone makes to a clip that is coded once more, by descriptor.</summary>
    public required IReadOnlyList<double?> Coding { get; init; }

    /// <summary>Mean distance between the spectra of two unsteered clips, dB.</summary>
    public required double Spectrum { get; init; }
}

/// <summary>How the clips of a ladder were made.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="Seeds">Seeds of each, from 0.</param>
/// <param name="Seconds">Length of a clip, seconds.</param>
/// <param name="Guidance">Guidance.</param>
public sealed record LadderConditions(IReadOnlyList<string> Prompts, int Seeds, double Seconds, double Guidance);

/// <summary>The strength ladder of a feature: what each strength does, over the same seeds.</summary>
public sealed record FeatureLadder
{
    public required int Feature { get; init; }

    /// <summary>The p99 that strengths are multiples of. Where the index has another, the ladder is stale.</summary>
    public required double P99 { get; init; }

    /// <summary>p99 · ‖d‖: the length of what is added at strength 1.</summary>
    public required double UnitLength { get; init; }

    public required LadderConditions Conditions { get; init; }

    public required LadderNoise Noise { get; init; }

    /// <summary>The strengths, ascending.</summary>
    public required IReadOnlyList<LadderRung> Rungs { get; init; }

    /// <summary>Side effects at one strength of each direction: where it is strong, or else the largest that does not break.</summary>
    public required IReadOnlyList<LadderSides> Sides { get; init; }

    /// <summary>What turning it up does.</summary>
    [JsonIgnore]
    public LadderReach Up => LadderReach.Of(Rungs, 1);

    /// <summary>What turning it down does.</summary>
    [JsonIgnore]
    public LadderReach Down => LadderReach.Of(Rungs, -1);

    /// <summary>The rung of a strength; null: it was not measured.</summary>
    public LadderRung? At(double strength) => Rungs.FirstOrDefault(rung => rung.Strength == strength);
}

/// <summary>The band of one direction, in multiples of p99 with the direction's sign; null: not within what was tested.</summary>
/// <param name="Audible">The least strength from which on every tested one is surely heard, up to the break.</param>
/// <param name="Strong">The least from which on every one is strong.</param>
/// <param name="Breaks">The least that breaks the music.</param>
/// <param name="Tested">The largest that was tested and does not break it.</param>
public sealed record LadderReach(double? Audible, double? Strong, double? Breaks, double? Tested)
{
    /// <summary>The band of a direction.</summary>
    /// <param name="rungs">All rungs.</param>
    /// <param name="sign">1: turned up, −1: turned down.</param>
    public static LadderReach Of(IReadOnlyList<LadderRung> rungs, int sign)
    {
        ArgumentNullException.ThrowIfNull(rungs);
        var outward = rungs.Where(rung => Math.Sign(rung.Strength) == sign).OrderBy(rung => Math.Abs(rung.Strength)).ToArray();
        var whole = outward.TakeWhile(rung => rung.Level != LadderLevel.Breaks).ToArray();
        return new LadderReach(From(LadderLevel.Audible), From(LadderLevel.Strong), outward.Length > whole.Length ? outward[whole.Length].Strength : null, whole.LastOrDefault()?.Strength);

        // From the far end inwards, while every rung is at least that: one lucky rung among others does not make a band.
        double? From(LadderLevel least)
        {
            double? found = null;
            for (var at = whole.Length - 1; at >= 0 && whole[at].Level >= least; at--) found = whole[at].Strength;
            return found;
        }
    }
}
