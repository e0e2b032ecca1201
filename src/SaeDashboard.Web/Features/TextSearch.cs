using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

/// <summary>
/// What can be searched of an SAE's features: the words of their labels, of what is suggested and shown for them (suggestions, best concept, the top clip's
/// caption), and of the clips' captions. Kept with the features, and made from the one before when labels change.
/// </summary>
internal sealed class FeatureTexts
{
    private readonly CurrentLabel?[] known;
    private readonly WordTable labelWords, shownWords, captionWords;

    private FeatureTexts(IReadOnlyDictionary<int, CurrentLabel> labels, CurrentLabel?[] known, WordTable labelWords, WordTable shownWords, WordTable captionWords) =>
        (Labels, this.known, this.labelWords, this.shownWords, this.captionWords) = (labels, known, labelWords, shownWords, captionWords);

    /// <summary>The labels whose words these are.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Labels { get; }

    /// <summary>Of an SAE's features.</summary>
    /// <param name="shown">What is suggested and shown for each feature, by the feature. Labels of others, which a file may bring, are not searched.</param>
    /// <param name="captions">The captions of the clips by row.</param>
    public static FeatureTexts Of(IReadOnlyList<string?> shown, IReadOnlyList<string?> captions) =>
        new(new Dictionary<int, CurrentLabel>(), new CurrentLabel?[shown.Count], WordTable.Of(new string?[shown.Count]), WordTable.Of(shown), WordTable.Of(captions));

    /// <summary>With these labels.</summary>
    public FeatureTexts With(IReadOnlyDictionary<int, CurrentLabel> labels)
    {
        if (ReferenceEquals(labels, Labels)) return this;
        var now = new CurrentLabel?[known.Length];
        foreach (var (feature, label) in labels)
            if ((uint)feature < (uint)now.Length) now[feature] = label;
        var changes = new List<(int, string?)>();
        for (var feature = 0; feature < now.Length; feature++)
        {
            if (!ReferenceEquals(now[feature], known[feature]) && now[feature]?.Text != known[feature]?.Text) changes.Add((feature, now[feature]?.Text));
        }
        return new FeatureTexts(labels, now, labelWords.With(changes), shownWords, captionWords);
    }

    /// <summary>With other suggestions; the captions are shared.</summary>
    /// <param name="shown">What is suggested and shown for each feature.</param>
    public FeatureTexts Showing(IReadOnlyList<string?> shown) => new(Labels, known, labelWords, WordTable.Of(shown), captionWords);

    /// <summary>Reads what was typed; null: nothing was.</summary>
    public TextSearch? Search(string typed) => TypedWords.Read(typed, labelWords, shownWords, captionWords) is { } words ? new TextSearch(labelWords, shownWords, captionWords, words, Number(typed)) : null;

    /// <summary>Reads what was typed, for clips by their captions alone; null: nothing was.</summary>
    public CaptionSearch? SearchCaptions(string typed) => TypedWords.Read(typed, captionWords) is { } words ? new CaptionSearch(captionWords, words) : null;

    /// <summary>"1337" and "#1337" find the feature of that number.</summary>
    private static int? Number(string text) =>
        int.TryParse(text.AsSpan().Trim().TrimStart('#'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The words that were typed, and which words of some tables they are.</summary>
/// <param name="In">For each table, for each typed word, its marked words.</param>
/// <param name="Marks">What to mark in texts.</param>
/// <param name="Readings">The words that no table has, and what they were read as.</param>
/// <param name="Ways">For each typed word the texts of which one has to be there.</param>
internal sealed record TypedWords(bool[][][] In, IReadOnlyList<string> Marks, IReadOnlyList<WordReading> Readings, IReadOnlyList<IReadOnlyList<string>> Ways)
{
    /// <summary>Reads what was typed; null: nothing was. Only a word that no table has is read as another: who spells right gets what they typed and no more.</summary>
    public static TypedWords? Read(string typed, params WordTable[] tables)
    {
        var words = typed.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return null;
        var marked = tables.Select(_ => new bool[words.Length][]).ToArray();
        var (marks, readings, ways) = (new List<string>(), new List<WordReading>(), new List<IReadOnlyList<string>>());
        for (var at = 0; at < words.Length; at++)
        {
            var word = words[at];
            var isThere = false;
            for (var table = 0; table < tables.Length; table++) isThere |= tables[table].Containing(word, out marked[table][at]);
            if (isThere || !word.Any(char.IsLetter) || WordDistance.Allowed(word) is not (> 0 and var most))
            {
                marks.Add(word);
                ways.Add([word]);
                continue;
            }
            var distance = new WordDistance(word);
            var mistakes = tables.Min(table => table.Nearest(distance, most));
            if (mistakes > most)
            {
                marks.Add(word);
                ways.Add([word]);
                continue;
            }
            var found = new SortedSet<string>(StringComparer.Ordinal);
            for (var table = 0; table < tables.Length; table++) marked[table][at] = tables[table].Near(distance, mistakes, found);
            marks.AddRange(found.Take(TextSearch.MaxMarks));
            ways.Add([.. found]);
            readings.Add(new WordReading(word, [.. found]));
        }
        return new TypedWords(marked, [.. marks.Take(TextSearch.MaxMarks)], readings, ways);
    }

    /// <summary>Whether a text of one table has all words.</summary>
    public bool AllIn(int table, ReadOnlySpan<int> words)
    {
        foreach (var marked in In[table])
            if (!Has(words, marked)) return false;
        return true;
    }

    /// <summary>Whether each word is in one text or in another of the next table.</summary>
    public bool AllInEither(int table, ReadOnlySpan<int> words, ReadOnlySpan<int> next)
    {
        for (var at = 0; at < In[table].Length; at++)
            if (!Has(words, In[table][at]) && !Has(next, In[table + 1][at])) return false;
        return true;
    }

    /// <summary>Whether a text has all words, as they were read.</summary>
    public bool AllInText(string? text) => text is not null && Ways.All(ways => ways.Any(way => text.Contains(way, StringComparison.OrdinalIgnoreCase)));

    private static bool Has(ReadOnlySpan<int> words, bool[] marked)
    {
        foreach (var word in words)
            if (marked[word]) return true;
        return false;
    }
}

/// <summary>A search: which words were typed, how they were read, and what has them.</summary>
public sealed class TextSearch
{
    /// <summary>The most texts that are marked in a row.</summary>
    internal const int MaxMarks = 20;

    private readonly WordTable labels, shown;
    private readonly TypedWords words;
    private readonly bool[] captioned;
    private readonly int? number;

    internal TextSearch(WordTable labels, WordTable shown, WordTable captions, TypedWords words, int? number)
    {
        (this.labels, this.shown, this.words, this.number) = (labels, shown, words, number);
        captioned = new bool[captions.Count];
        for (var clip = 0; clip < captioned.Length; clip++) captioned[clip] = words.AllIn(2, captions.WordsOf(clip));
    }

    /// <summary>What to mark where it occurs in a text, capitals and small letters alike.</summary>
    public IReadOnlyList<string> Marks => words.Marks;

    /// <summary>The words that nothing has, and what they were read as. Empty: the search is exact.</summary>
    public IReadOnlyList<WordReading> Readings => words.Readings;

    /// <summary>
    /// Whether a feature has all words: in its label and what its row shows or suggests, or in the captions of at least half of its top clips (one caption in twelve
    /// names nearly anything), or as its number.
    /// </summary>
    internal bool Finds(FeatureSet set, int feature)
    {
        if (feature == number || words.AllInEither(0, labels.WordsOf(feature), shown.WordsOf(feature))) return true;
        var (with, of) = Captioned(set, feature);
        return of > 0 && 2 * with >= of;
    }

    /// <summary>Why a feature that is found is, where neither its label nor the name in its place says so: "also suggested: harpsichord"; null: the name, or its number, says it.</summary>
    internal string? Why(FeatureSet set, FeatureRow row)
    {
        if (row.Index == number || words.AllInText(row.Shown)) return null;
        if (set.Suggestions(row.Index).FirstOrDefault(each => words.AllInText(each.Words)) is { } suggestion) return $"{(row.Label is null ? "also suggested" : "suggested")}: {suggestion.Words}";
        if (FeatureFilter.ConceptOf(set.Index.Measures, row.Index) is { } concept && words.AllInText(concept)) return $"best concept: {concept}";
        var (with, of) = Captioned(set, row.Index);
        return with > 0 ? $"in the captions of {with} of its {of} top clips" : "in what is suggested and shown for it";
    }

    private (int With, int Of) Captioned(FeatureSet set, int feature)
    {
        var (with, of) = (0, 0);
        foreach (var row in set.Index.TopRows(feature))
        {
            if (row < 0) continue;
            of++;
            if ((uint)row < (uint)captioned.Length && captioned[row]) with++;
        }
        return (with, of);
    }
}

/// <summary>A search for clips by their captions.</summary>
public sealed class CaptionSearch
{
    private readonly WordTable captions;
    private readonly TypedWords words;

    internal CaptionSearch(WordTable captions, TypedWords words) => (this.captions, this.words) = (captions, words);

    /// <inheritdoc cref="TextSearch.Readings"/>
    public IReadOnlyList<WordReading> Readings => words.Readings;

    /// <summary>Whether a clip's caption has all words.</summary>
    /// <param name="row">Its row in the dataset.</param>
    public bool Finds(int row) => (uint)row < (uint)captions.Count && words.AllIn(0, captions.WordsOf(row));
}

/// <summary>A typed word that is nowhere, and the words it was read as.</summary>
/// <param name="Typed">As typed, in lower case.</param>
/// <param name="As">The words with the fewest mistakes, in the order of letters.</param>
public sealed record WordReading(string Typed, IReadOnlyList<string> As);
