namespace SaeDashboard.Labelling.Captions;

/// <summary>Whether a label names an annotated concept.</summary>
public static class ConceptNames
{
    /// <summary>Whether the label has the words of the concept's name in a row, and not after "without": "taiko drums" names inst.taiko. What is before the first point of the name is its group, and no word of it.</summary>
    /// <param name="label">The label.</param>
    /// <param name="concept">The concept's name in the annotations.</param>
    public static bool Names(string label, string concept)
    {
        var words = concept[(concept.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace('_', ' ').Replace('.', ' ');
        if (CaptionTerms.Of(words).Keys.MaxBy(term => term.Length) is not { } name) return false;
        return label.ToLowerInvariant().Split([',', ';', '/'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.IndexOf("without ", StringComparison.Ordinal) is >= 0 and var at ? part[..at] : part)
            .Any(part => CaptionTerms.Of(part).ContainsKey(name));
    }
}
