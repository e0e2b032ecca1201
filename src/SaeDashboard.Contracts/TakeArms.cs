using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>The arms of a take: rows of one batch that share the sampling noise. The letters are file names and keys; people read the words.</summary>
public static class TakeArms
{
    /// <summary>As the model would have it.</summary>
    public const string Baseline = "A";

    /// <summary>With the features turned.</summary>
    public const string Steered = "C";

    /// <summary>With the features turned the other way: every strength has the other sign.</summary>
    public const string Reversed = "D";

    /// <summary>Control: a random direction, isotropic and seeded, of the steered change's norm at every column.</summary>
    public const string Random = "R";

    /// <summary>Control: the decoder row of another feature that fires, of the steered change's norm at every column.</summary>
    public const string Other = "O";

    /// <summary>Control: a difference of means of two sets of clips, of the steered change's norm at every column.</summary>
    public const string DiffMean = "M";

    /// <summary>Control: the SAE's reconstruction without its error and without steering: what the SAE alone costs.</summary>
    public const string Reconstruction = "E";

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> All { get; } = [Baseline, Steered, Reversed, Random, Other, DiffMean, Reconstruction];

    /// <summary>The arms that a turned knob changes; the others keep their sound (but see <see cref="TakeControls.FollowMoves"/>).</summary>
    public static IReadOnlyList<string> Moved { get; } = [Steered, Reversed];

    /// <summary>The arms that add another direction of the steered change's norm.</summary>
    public static IReadOnlyList<string> Matched { get; } = [Random, Other, DiffMean];

    /// <summary>"baseline": what an arm is, in a word or two.</summary>
    public static string Word(string arm) => arm switch
    {
        Baseline => "baseline",
        Steered => "steered",
        Reversed => "reversed",
        Random => "random direction",
        Other => "other feature",
        DiffMean => "difference of means",
        Reconstruction => "reconstruction",
        _ => arm,
    };

    /// <summary>Whether moves change an arm of a take.</summary>
    public static bool IsMoved(string arm, TakeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Moved.Contains(arm) || (settings.Controls is { FollowMoves: true } && Matched.Contains(arm));
    }
}

/// <summary>One turned feature of a take.</summary>
/// <param name="Feature">Its index in the dictionary.</param>
/// <param name="Strength">How far, in multiples of <paramref name="P99"/>; a factor for scaling.</param>
/// <param name="Mode">The name of a <see cref="SteerMode"/>.</param>
/// <param name="P99">The feature's 99th percentile of positive activations, the unit of strength; 0: the index's, which the finished take
/// names.</param>
public sealed record TakeSteer(int Feature, double Strength, string Mode, double P99)
{
    /// <summary>The folder of its SAE; null: the take's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SaePath { get; init; }

    /// <summary>The first column at which it acts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Onset { get; init; }

    /// <summary>How much of it acts at which column; null: all of it everywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EnvelopePoint>? Envelope { get; init; }

    /// <summary>It acts only where this holds; null: everywhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SteerCondition? Condition { get; init; }

    /// <summary>It changes nothing until a move says otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Muted { get; init; }

    /// <summary>Equal values are equal, those of the envelope too.</summary>
    public bool Equals(TakeSteer? other) => other is not null && (Feature, Strength, Mode, P99, SaePath, Onset, Condition, Muted)
            == (other.Feature, other.Strength, other.Mode, other.P99, other.SaePath, other.Onset, other.Condition, other.Muted)
        && (ReferenceEquals(Envelope, other.Envelope) || (Envelope is not null && other.Envelope is not null && Envelope.SequenceEqual(other.Envelope)));

    public override int GetHashCode() => HashCode.Combine(Feature, Strength, Mode, P99, SaePath, Onset, Condition, Muted);
}

/// <summary>What the control arms of a take add. What is left open is chosen when the take begins, and written into its settings.</summary>
public sealed record TakeControls
{
    /// <summary>The seed of <see cref="TakeArms.Random"/> and of the choice of <see cref="Features"/>; null: a fixed one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ulong? Seed { get; init; }

    /// <summary>The feature of <see cref="TakeArms.Other"/>, one for each steering SAE in the order of their first steers; null: chosen by the
    /// seed among those that the index keeps and no steer names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Features { get; init; }

    /// <summary>The direction of <see cref="TakeArms.DiffMean"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TakeDirection? DiffMean { get; init; }

    /// <summary>Whether moves change the controls' norm too. False: their sound is that of the settings as the take began, so that a knob leaves
    /// them as they are.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FollowMoves { get; init; }
}

/// <summary>A direction of the residual stream other than a decoder row, kept with its hash so that a take can be generated again from its file.</summary>
/// <param name="Hash">SHA-256 of the values' bytes, lower-case hex.</param>
/// <param name="Values">float32 little-endian <c>[width]</c>, base64. Its length does not matter; its sign is from the negative to the positive
/// set.</param>
/// <param name="Hook">Where it was measured, <c>layers.4.resid_post</c>.</param>
public sealed record TakeDirection(string Hash, string Values, string Hook)
{
    /// <summary>What the positive set is, for a person; null: not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Positive { get; init; }

    /// <summary>What the negative set is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Negative { get; init; }
}

/// <summary>A take whose knobs can be turned while it is generated.</summary>
public sealed record TakeLive
{
    /// <summary>How far the sound may be ahead of the listener's playhead, seconds.</summary>
    public double LeadSeconds { get; init; } = 0.3;

    /// <summary>How long the generation waits for word of the playhead, at its beginning and after each word; then it continues at full speed, so
    /// that a take without a listener is finished. 0: it never waits.</summary>
    public double WaitSeconds { get; init; } = 2;

    /// <summary>Frames that the codec decodes at once. It decides the rounding of the samples, so it belongs to the take.</summary>
    public int Block { get; init; } = 4;
}
