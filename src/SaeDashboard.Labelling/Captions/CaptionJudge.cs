namespace SaeDashboard.Labelling.Captions;

/// <summary>
/// Judges by a clip's caption how well a label fits it: what a label is worth as far as captions can tell. It takes any label, a person's too. A label
/// is a list of phrases, separated by commas, semicolons, "or" and "and"; "without" before a phrase turns it round.
/// </summary>
public sealed class CaptionJudge
{
    private readonly List<(string Term, string[] Words, bool Absent)> phrases = [];

    /// <param name="label">The label.</param>
    public CaptionJudge(string label)
    {
        foreach (var part in label.ToLowerInvariant().Replace(" or ", ",", StringComparison.Ordinal).Replace(" and ", ",", StringComparison.Ordinal).Split([',', ';', '/'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf("without ", StringComparison.Ordinal);
            if (at < 0) Add(part, false);
            else
            {
                Add(part[..at], false);
                Add(part[(at + "without ".Length)..], true);
            }
        }
    }

    /// <summary>Whether the label has a word that a caption could have.</summary>
    public bool SaysSomething => phrases.Count > 0;

    /// <summary>The score of a caption: 1 for each phrase that it has whole; for a part of a phrase half of the share of its words. "Without" subtracts.</summary>
    public double Score(string caption) => Score(CaptionTerms.Of(caption));

    /// <summary>As <see cref="Score(string)"/>, for a caption whose terms are known.</summary>
    public double Score(IReadOnlyDictionary<string, string> terms)
    {
        var score = 0.0;
        foreach (var (term, words, absent) in phrases)
        {
            var fits = terms.ContainsKey(term) ? 1 : 0.5 * words.Count(terms.ContainsKey) / words.Length;
            score += absent ? -fits : fits;
        }
        return score;
    }

    private void Add(string phrase, bool absent)
    {
        var terms = CaptionTerms.Of(phrase);
        if (terms.Count == 0) return;
        // The longest term is the phrase itself, unless it has more words than a term.
        var whole = terms.Keys.MaxBy(term => term.Length)!;
        var words = terms.Keys.Where(term => !term.Contains(' ', StringComparison.Ordinal)).ToArray();
        phrases.Add((whole, words.Length > 0 ? words : [whole], absent));
    }
}
