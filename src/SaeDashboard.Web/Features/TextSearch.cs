using SaeDashboard.Storage;

namespace SaeDashboard.Web.Features;

/// <summary>
/// What can be searched of an SAE's features: the words of their labels and of the clips' captions. Kept with the features, and made from the one
/// before when labels change.
/// </summary>
internal sealed class FeatureTexts
{
    private readonly CurrentLabel?[] known;
    private readonly WordTable labelWords, captionWords;

    private FeatureTexts(IReadOnlyDictionary<int, CurrentLabel> labels, CurrentLabel?[] known, WordTable labelWords, WordTable captionWords) =>
        (Labels, this.known, this.labelWords, this.captionWords) = (labels, known, labelWords, captionWords);

    /// <summary>The labels whose words these are.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Labels { get; }

    /// <summary>Of an SAE's features.</summary>
    /// <param name="features">How many there are. Labels of others, which a file may bring, are not searched.</param>
    /// <param name="captions">The captions of the clips by row.</param>
    public static FeatureTexts Of(int features, IReadOnlyList<string?> captions) =>
        new(new Dictionary<int, CurrentLabel>(), new CurrentLabel?[features], WordTable.Of(new string?[features]), WordTable.Of(captions));

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
        return new FeatureTexts(labels, now, labelWords.With(changes), captionWords);
    }

    /// <summary>Reads what was typed; null: nothing was.</summary>
    public TextSearch? Search(string typed)
    {
        var words = typed.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return null;
        var (inLabels, inCaptions) = (new bool[words.Length][], new bool[words.Length][]);
        var marks = new List<string>();
        var readings = new List<WordReading>();
        for (var at = 0; at < words.Length; at++)
        {
            var word = words[at];
            var (label, caption) = (labelWords.Containing(word, out inLabels[at]), captionWords.Containing(word, out inCaptions[at]));
            if (label || caption || !word.Any(char.IsLetter) || WordDistance.Allowed(word) is not (> 0 and var most))
            {
                marks.Add(word);
                continue;
            }
            // Only a word that is nowhere is read as another: who spells right gets what they typed and no more.
            var distance = new WordDistance(word);
            var mistakes = Math.Min(labelWords.Nearest(distance, most), captionWords.Nearest(distance, most));
            if (mistakes > most)
            {
                marks.Add(word);
                continue;
            }
            var found = new SortedSet<string>(StringComparer.Ordinal);
            inLabels[at] = labelWords.Near(distance, mistakes, found);
            inCaptions[at] = captionWords.Near(distance, mistakes, found);
            marks.AddRange(found.Take(TextSearch.MaxMarks));
            readings.Add(new WordReading(word, [.. found]));
        }
        return new TextSearch(labelWords, captionWords, inLabels, inCaptions, Number(typed), [.. marks.Take(TextSearch.MaxMarks)], readings);
    }

    /// <summary>"1337" and "#1337" find the feature of that number.</summary>
    private static int? Number(string text) =>
        int.TryParse(text.AsSpan().Trim().TrimStart('#'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>A search: which words were typed, how they were read, and what has them.</summary>
public sealed class TextSearch
{
    /// <summary>The most texts that are marked in a row.</summary>
    internal const int MaxMarks = 20;

    private readonly WordTable labels, captions;
    private readonly bool[][] inLabels;
    private readonly bool[] captioned;
    private readonly int? number;

    internal TextSearch(
        WordTable labels, WordTable captions, bool[][] inLabels, bool[][] inCaptions, int? number, IReadOnlyList<string> marks, IReadOnlyList<WordReading> readings)
    {
        (this.labels, this.captions, this.inLabels, this.number, Marks, Readings) = (labels, captions, inLabels, number, marks, readings);
        captioned = new bool[captions.Count];
        for (var clip = 0; clip < captioned.Length; clip++) captioned[clip] = HasAll(captions.WordsOf(clip), inCaptions);
    }

    /// <summary>What to mark where it occurs in a text, capitals and small letters alike.</summary>
    public IReadOnlyList<string> Marks { get; }

    /// <summary>The words that no label and no caption has, and what they were read as. Empty: the search is exact.</summary>
    public IReadOnlyList<WordReading> Readings { get; }

    /// <summary>Whether a feature has all words: in its label, or in the captions of at least half of its top clips (one caption in twelve names nearly anything), or as its number.</summary>
    internal bool Finds(FeatureSet set, int feature)
    {
        if (feature == number || HasAll(labels.WordsOf(feature), inLabels)) return true;
        var (clips, with) = (0, 0);
        foreach (var row in set.Index.TopRows(feature))
        {
            if (row < 0) continue;
            clips++;
            if ((uint)row < (uint)captioned.Length && captioned[row]) with++;
        }
        return clips > 0 && 2 * with >= clips;
    }

    private static bool HasAll(ReadOnlySpan<int> words, bool[][] each)
    {
        foreach (var marked in each)
        {
            var has = false;
            foreach (var word in words) has |= marked[word];
            if (!has) return false;
        }
        return true;
    }
}

/// <summary>A typed word that is nowhere, and the words it was read as.</summary>
/// <param name="Typed">As typed, in lower case.</param>
/// <param name="As">The words with the fewest mistakes, in the order of letters.</param>
public sealed record WordReading(string Typed, IReadOnlyList<string> As);
