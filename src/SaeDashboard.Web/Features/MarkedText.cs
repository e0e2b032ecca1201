namespace SaeDashboard.Web.Features;

/// <summary>Where what was searched occurs in a text.</summary>
public static class MarkedText
{
    /// <summary>The text in parts, in order: those that are marked and those between them. Together they are the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="marks">What to mark, capitals and small letters alike; where two overlap, they are one mark.</param>
    public static IReadOnlyList<(string Part, bool IsMark)> Split(string text, IReadOnlyList<string> marks)
    {
        if (text.Length == 0) return [];
        var marked = new bool[text.Length];
        foreach (var mark in marks)
        {
            if (mark.Length == 0) continue;
            for (var at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(mark, at + 1, StringComparison.OrdinalIgnoreCase)) marked.AsSpan(at, mark.Length).Fill(true);
        }
        var parts = new List<(string, bool)>();
        for (var from = 0; from < text.Length;)
        {
            var to = from + 1;
            while (to < text.Length && marked[to] == marked[from]) to++;
            parts.Add((text[from..to], marked[from]));
            from = to;
        }
        return parts;
    }
}
