using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>A point of a steer's envelope: how much of its effect acts at a column. Takes and presets share it.</summary>
/// <param name="Column">Absolute column; column c sounds from c / frame rate on.</param>
/// <param name="Level">0 (the residual is untouched) to 1 (the method's full effect).</param>
public sealed record EnvelopePoint(int Column, double Level);

/// <summary>
/// The envelope of a steer: points in ascending order of their columns, straight lines between them, and the first and last level before and
/// after them. The level multiplies the change: f′ = f + level·(m(f) − f), where m is the method at its full strength. For adding, this is
/// the same as multiplying the strength; for a clamp or an ablation, level 0 leaves the feature alone.
/// </summary>
public static class Envelope
{
    /// <summary>The level at a column; 1 without points.</summary>
    public static double At(IReadOnlyList<EnvelopePoint>? points, int column)
    {
        if (points is null or []) return 1;
        if (column <= points[0].Column) return points[0].Level;
        for (var i = 1; i < points.Count; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            if (column > to.Column) continue;
            return column == to.Column ? to.Level : from.Level + (to.Level - from.Level) * (column - from.Column) / (to.Column - from.Column);
        }
        return points[^1].Level;
    }
}

/// <summary>
/// "Only when feature F is above x": a steer with a condition acts at the columns where it holds. F is read at the same column of the same
/// arm, in its conditional half, before any edit at that layer; the result counts for both halves. Takes and presets share it.
/// </summary>
/// <param name="Feature">F, an index in the dictionary.</param>
/// <param name="Threshold">x in multiples of <paramref name="P99"/>; the condition holds strictly above it.</param>
/// <param name="P99">The 99th percentile of F's positive activations, when the condition was made.</param>
public sealed record SteerCondition(int Feature, double Threshold, double P99)
{
    /// <summary>The SAE of F: in a take its folder, in a preset the hash of its weights. Null: the steer's own. Its layer is that of the steer's
    /// SAE or an earlier one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sae { get; init; }
}

/// <summary>A knob that was moved: from a column on, a strip has another strength. Takes and presets share it.</summary>
/// <param name="Column">The first column with this strength.</param>
/// <param name="Strip">Which steer, counted from 0.</param>
/// <param name="Strength">In multiples of the feature's p99 (a factor for scaling).</param>
public sealed record KnobMove(int Column, int Strip, double Strength)
{
    /// <summary>From this column on the strip changes nothing, whatever its method.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Muted { get; init; }
}

/// <summary>
/// Recorded moves. The last move of a strip wins from its column on: a move made later at an earlier column replaces those after it, as a knob
/// that is turned again does.
/// </summary>
public static class Automation
{
    /// <summary>A strip's strength at a column, and whether it is muted.</summary>
    /// <param name="moves">In the order in which they were made.</param>
    /// <param name="strip">The strip.</param>
    /// <param name="column">The column.</param>
    /// <param name="strength">Its strength before the first move.</param>
    /// <param name="muted">Whether it is muted before the first move.</param>
    public static (double Strength, bool Muted) At(IReadOnlyList<KnobMove> moves, int strip, int column, double strength, bool muted)
    {
        ArgumentNullException.ThrowIfNull(moves);
        for (var i = moves.Count - 1; i >= 0; i--)
        {
            if (moves[i].Strip == strip && moves[i].Column <= column) return (moves[i].Strength, moves[i].Muted);
        }
        return (strength, muted);
    }

    /// <summary>The moves with more of them; those that no longer have an effect are left out, and the rest is in order of columns.</summary>
    public static IReadOnlyList<KnobMove> With(IReadOnlyList<KnobMove> moves, IReadOnlyList<KnobMove> more)
    {
        ArgumentNullException.ThrowIfNull(moves);
        ArgumentNullException.ThrowIfNull(more);
        var all = moves.ToList();
        foreach (var move in more)
        {
            all.RemoveAll(earlier => earlier.Strip == move.Strip && earlier.Column >= move.Column);
            all.Add(move);
        }
        return [.. all.OrderBy(move => move.Column)];
    }
}
