using System.Globalization;

namespace SaeDashboard.Web.Studio;

/// <summary>Envelopes and moves as the page's elements write them: "0:0 50:0.75" (column:level), "120:2.5 200:m" (column:strength, m for muted).</summary>
public static class EnvelopeText
{
    /// <summary>The points as text; none: "".</summary>
    public static string Of(IReadOnlyList<EnvelopePoint>? points) =>
        points is null ? "" : string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.Column}:{point.Level:0.######}")));

    /// <summary>The moves of a strip as text; null: it has none to show.</summary>
    public static string? Of(IReadOnlyList<StripMove>? moves) =>
        moves is null ? null : string.Join(' ', moves.Select(move => string.Create(CultureInfo.InvariantCulture, $"{move.Column}:{(move.Muted ? "m" : move.Strength.ToString("0.######", CultureInfo.InvariantCulture))}")));

    /// <summary>The points of a text; false: it is not an envelope.</summary>
    /// <param name="text">The text.</param>
    /// <param name="points">The points; null: none.</param>
    public static bool TryParse(string? text, out IReadOnlyList<EnvelopePoint>? points)
    {
        points = null;
        var parts = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > TakeLimits.MaxEnvelope) return false;
        var found = new List<EnvelopePoint>(parts.Length);
        foreach (var part in parts)
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !int.TryParse(part[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var column)
                || !double.TryParse(part[(colon + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var level)) return false;
            found.Add(new EnvelopePoint(column, level));
        }
        if (TakeRules.EnvelopeProblem(found, "The envelope") is not null) return false;
        points = found.Count == 0 ? null : found;
        return true;
    }
}
