using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering;

/// <summary>One steered feature.</summary>
/// <param name="Feature">The latent's index j.</param>
/// <param name="Strength">α, in multiples of the feature's p99 (a factor in <see cref="SteerMode.Scale"/>).</param>
/// <param name="Mode">How the latent is changed.</param>
/// <param name="Columns">The columns; all by default.</param>
public sealed record Steer(int Feature, double Strength, SteerMode Mode = SteerMode.Add, SteerRange Columns = default)
{
    /// <summary>How much of its effect acts at which column (<see cref="Contracts.Envelope"/>); null: all of it.</summary>
    public IReadOnlyList<EnvelopePoint>? Envelope { get; init; }

    /// <summary>Strengths by column, which may change while a piece is generated; null: <see cref="Strength"/> everywhere.</summary>
    public KnobTrack? Knob { get; init; }

    /// <summary>It acts only where this is open; null: everywhere.</summary>
    public ConditionGate? Gate { get; init; }

    /// <summary>What it does at a column: its strength, and the part of its effect that acts (0: nothing).</summary>
    internal (double Strength, double Level) At(int column)
    {
        if (!Columns.Contains(column)) return (0, 0);
        var (strength, muted) = Knob?.At(column) ?? (Strength, false);
        if (muted || Gate?.IsOpen(column) == false) return (0, 0);
        return (strength, Contracts.Envelope.At(Envelope, column));
    }
}

/// <summary>A strip's strength by column. The moves may be replaced between two steps of a generation; not thread-safe.</summary>
/// <param name="strip">The strip's number in the moves.</param>
/// <param name="strength">Before the first move.</param>
/// <param name="muted">Whether it is muted before the first move.</param>
/// <param name="sign">−1 for the reversed arm: every strength has the other sign.</param>
public sealed class KnobTrack(int strip, double strength, bool muted, int sign = 1)
{
    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<KnobMove> Moves { get; set; } = [];

    /// <summary>The strength at a column, and whether the strip is muted there.</summary>
    public (double Strength, bool Muted) At(int column)
    {
        var (now, silent) = Automation.At(Moves, strip, column, strength, muted);
        return (sign * now, silent);
    }
}

/// <summary>
/// Whether a feature is above a threshold, by absolute column. Every column is read before a steer asks for it; a column that is computed again is read again. Not thread-safe.
/// </summary>
/// <param name="feature">The feature.</param>
/// <param name="threshold">In units of the latent; the gate is open strictly above it.</param>
public sealed class ConditionGate(int feature, double threshold)
{
    private readonly Dictionary<int, bool> open = [];

    /// <summary>The feature.</summary>
    public int Feature => feature;

    /// <summary>Reads the unsteered latents <c>[columns, F]</c> of consecutive columns.</summary>
    public void Read(Tensor latents, int firstColumn)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var mine = latents.select(1, feature).contiguous();
        var values = TensorData.AsSpan(mine);
        for (var i = 0; i < values.Length; i++) open[firstColumn + i] = values[i] > threshold;
    }

    /// <summary>Whether the feature was above the threshold.</summary>
    /// <exception cref="InvalidOperationException">The column was not read.</exception>
    public bool IsOpen(int column) =>
        open.TryGetValue(column, out var isOpen) ? isOpen : throw new InvalidOperationException($"Column {column} of feature {feature} was not read before it was asked for.");
}

/// <summary>
/// The columns a steer acts on, by absolute index. Column p sounds from p / frame rate on. What the model cached at earlier columns stays
/// steered after the range ends.
/// </summary>
/// <param name="From">First column.</param>
/// <param name="To">First column after the range; null: no end.</param>
public readonly record struct SteerRange(int From, int? To = null)
{
    /// <summary>Every column.</summary>
    public static SteerRange All => default;

    /// <summary>Whether <paramref name="column"/> is in the range.</summary>
    public bool Contains(int column) => column >= From && (To is null || column < To);
}

/// <summary>Extensions of <see cref="SteerRows"/>.</summary>
public static class SteerRowsExtensions
{
    /// <summary>Refuses a choice that steers nothing.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="guided">Whether there are two halves: a prompt, and a guidance above 1.</param>
    /// <exception cref="UserException">The half that is to be steered is not computed.</exception>
    public static void RequireSteered(this SteerRows rows, bool guided)
    {
        if (rows == SteerRows.Unconditional && !guided)
        {
            throw new UserException("Nothing would be steered: the unconditional half is computed only with a prompt and a guidance above 1. " +
                "Raise the guidance, or steer both halves.");
        }
    }

    /// <summary>Whether a pass of the conditional or the unconditional half is steered.</summary>
    /// <param name="rows">The choice.</param>
    /// <param name="conditional">Whether the pass is that of the conditional half.</param>
    /// <param name="guided">Whether there are two halves (guidance above 1).</param>
    public static bool Steers(this SteerRows rows, bool conditional, bool guided) => rows switch
    {
        SteerRows.Both => true,
        SteerRows.Conditional => conditional || !guided,
        SteerRows.Unconditional => guided && !conditional,
        _ => throw new ArgumentOutOfRangeException(nameof(rows), rows, "Unknown value."),
    };
}
