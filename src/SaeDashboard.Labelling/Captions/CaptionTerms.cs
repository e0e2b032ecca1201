using SaeDashboard.Core.Data;

namespace SaeDashboard.Labelling.Captions;

/// <summary>
/// The words and short phrases of captions: up to four words in a row, without small words at their ends, singular and plural as one. Words such
/// as "and" and "with", numbers and punctuation end a phrase.
/// </summary>
public static class CaptionTerms
{
    private const int MostWords = 4, MostMeaning = 3, ShortestWord = 3;

    // A caption of a dataset is some dozen words; a stranger's may be a book.
    private const int MostLetters = 4000;

    private static readonly HashSet<string> Ends =
    [
        "and", "or", "with", "without", "then", "over", "into", "for", "by", "as", "is", "are", "was", "no", "not", "bpm", "from", "but", "while", "which", "that", "there",
    ];

    private static readonly HashSet<string> Small =
    [
        "a", "an", "the", "in", "on", "at", "of", "to", "it", "its", "this", "these", "those", "some", "very", "only", "also", "can", "be", "has", "have", "i", "we", "you", "he", "she", "they",
    ];

    /// <summary>The terms of a text: their normal form, and how the text writes them. Each once.</summary>
    public static IReadOnlyDictionary<string, string> Of(string text)
    {
        var found = new Dictionary<string, string>();
        foreach (var phrase in Phrases(text.Length > MostLetters ? text[..MostLetters] : text))
        {
            for (var from = 0; from < phrase.Count; from++)
            {
                if (Small.Contains(phrase[from])) continue;
                var meaning = 0;
                for (var to = from; to < Math.Min(phrase.Count, from + MostWords); to++)
                {
                    if (Small.Contains(phrase[to])) continue;
                    if (++meaning > MostMeaning) break;
                    if (to == from && phrase[from].Length < ShortestWord) continue;
                    var words = phrase.GetRange(from, to + 1 - from);
                    found.TryAdd(string.Join(' ', words.Select(Singular)), string.Join(' ', words));
                }
            }
        }
        return found;
    }

    /// <summary>Whether one term's words are a part of the other's.</summary>
    public static bool Overlap(string one, string other) => Within(one, other) || Within(other, one);

    /// <summary>The singular of an English word, as far as its end shows it: "drums" and "drum" are one, "brass" stays.</summary>
    internal static string Singular(string word)
    {
        if (word.Length > 4 && word.EndsWith("ies", StringComparison.Ordinal)) return word[..^3] + "y";
        if (word.Length > 4 && (word.EndsWith("ches", StringComparison.Ordinal) || word.EndsWith("shes", StringComparison.Ordinal) || word.EndsWith("xes", StringComparison.Ordinal) || word.EndsWith("sses", StringComparison.Ordinal))) return word[..^2];
        return word.Length > 3 && word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i') ? word[..^1] : word;
    }

    private static bool Within(string part, string whole) => $" {whole} ".Contains($" {part} ", StringComparison.Ordinal);

    private static IEnumerable<List<string>> Phrases(string text)
    {
        var phrase = new List<string>();
        for (int at = 0, start = 0; at <= text.Length; at++)
        {
            if (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '-' or '\'')) continue;
            var word = text[start..at].Trim('-', '\'').ToLowerInvariant();
            start = at + 1;
            var breaks = word.Length > 0 && (Ends.Contains(word) || word.Any(char.IsDigit));
            if (word.Length > 0 && !breaks) phrase.Add(word);
            if (phrase.Count > 0 && (breaks || at == text.Length || !char.IsWhiteSpace(text[at])))
            {
                yield return phrase;
                phrase = [];
            }
        }
    }
}

/// <summary>The terms of a dataset's captions by number, and how many captions have each.</summary>
public sealed class CaptionVocabulary
{
    private readonly Dictionary<string, int> numbers = [];
    private readonly List<string> names = [];
    private readonly List<Dictionary<string, int>> writings = [];
    private readonly List<int> captions = [];
    private readonly Dictionary<int, int[]> ofRow = [];

    /// <param name="clips">The dataset's clips, by row.</param>
    /// <param name="background">Rows whose captions say how common a term is. Those that a label is tested on are not among them.</param>
    public CaptionVocabulary(IReadOnlyList<Clip> clips, IReadOnlyCollection<int> background)
    {
        Clips = clips;
        Background = background.Count;
        foreach (var row in background.Order())
        {
            foreach (var (term, written) in CaptionTerms.Of(clips[row].Caption))
            {
                if (!numbers.TryGetValue(term, out var number))
                {
                    numbers[term] = number = names.Count;
                    names.Add(term);
                    writings.Add([]);
                    captions.Add(0);
                }
                captions[number]++;
                writings[number][written] = writings[number].GetValueOrDefault(written) + 1;
            }
        }
    }

    public IReadOnlyList<Clip> Clips { get; }

    /// <summary>Captions that were counted.</summary>
    public int Background { get; }

    /// <summary>The numbers of a caption's terms, ascending; terms that no counted caption has are left out.</summary>
    public ReadOnlySpan<int> Of(int row)
    {
        if (!ofRow.TryGetValue(row, out var terms))
            ofRow[row] = terms = [.. CaptionTerms.Of(Clips[row].Caption).Keys.Select(term => numbers.GetValueOrDefault(term, -1)).Where(number => number >= 0).Order()];
        return terms;
    }

    public bool Has(int row, int term) => Of(row).BinarySearch(term) >= 0;

    /// <summary>The term's normal form.</summary>
    public string Name(int term) => names[term];

    /// <summary>The term as most captions write it.</summary>
    public string Written(int term) => writings[term].OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).First().Key;

    /// <summary>The share of the counted captions that have the term.</summary>
    public double Share(int term) => (double)captions[term] / Background;
}
