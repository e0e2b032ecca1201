namespace SaeDashboard.Web.Features;

/// <summary>
/// The words of many short texts, each word once, so that a search looks at a word instead of at every text that has it. Words are what spaces
/// separate, in lower case. It never changes.
/// </summary>
internal sealed class WordTable
{
    // Words that no text has any more are kept until they are this many times those that are used: then the table is made from the start.
    private const int MostStale = 4, Slack = 1024;

    private readonly Vocabulary vocabulary;
    private readonly string[] words;
    private readonly int[] uses;
    private readonly int[][] ofText;
    private readonly int count;

    private WordTable(Vocabulary vocabulary, int[] uses, int[][] ofText)
    {
        (this.vocabulary, this.uses, this.ofText) = (vocabulary, uses, ofText);
        (words, count) = (vocabulary.Words, uses.Length);
    }

    /// <summary>Of texts.</summary>
    /// <param name="texts">The texts; null and empty ones have no words.</param>
    public static WordTable Of(IReadOnlyList<string?> texts) =>
        new WordTable(new Vocabulary(), [], [.. Enumerable.Repeat<int[]>([], texts.Count)]).With([.. texts.Select((text, at) => (at, text)).Where(each => !string.IsNullOrEmpty(each.text))]);

    /// <summary>The same with other texts in some places; what did not change is shared.</summary>
    /// <param name="changes">Places, and the texts there now.</param>
    public WordTable With(IReadOnlyList<(int At, string? Text)> changes)
    {
        if (changes.Count == 0) return this;
        // Tables made of one another share their words.
        lock (vocabulary)
        {
            if (count > MostStale * (uses.Count(each => each > 0) + Slack)) return Again(changes);
            var texts = (int[][])ofText.Clone();
            var (gone, came) = (new List<int>(), new List<int>());
            foreach (var (at, text) in changes)
            {
                gone.AddRange(texts[at]);
                texts[at] = [.. Split(text).Select(vocabulary.NumberOf).Distinct()];
                came.AddRange(texts[at]);
            }
            var now = new int[vocabulary.Count];
            uses.CopyTo(now, 0);
            foreach (var word in gone) now[word]--;
            foreach (var word in came) now[word]++;
            return new WordTable(vocabulary, now, texts);
        }
    }

    /// <summary>How many texts there are.</summary>
    public int Count => ofText.Length;

    /// <summary>The numbers of a text's words, each once.</summary>
    public ReadOnlySpan<int> WordsOf(int text) => ofText[text];

    /// <summary>Marks the words that contain what was typed; whether any does.</summary>
    /// <param name="typed">Lower case, without spaces.</param>
    /// <param name="marked">One place for each word, made here.</param>
    public bool Containing(string typed, out bool[] marked)
    {
        marked = new bool[count];
        var any = false;
        for (var word = 0; word < count; word++)
        {
            if (uses[word] == 0 || !words[word].Contains(typed, StringComparison.Ordinal)) continue;
            any = marked[word] = true;
        }
        return any;
    }

    /// <summary>The fewest mistakes by which a word begins with what was typed; more than <paramref name="most"/>: none does.</summary>
    public int Nearest(WordDistance typed, int most)
    {
        var best = most + 1;
        for (var word = 0; word < count && best > 1; word++)
        {
            if (uses[word] > 0) best = Math.Min(best, typed.ToBeginningOf(Bare(words[word]), best - 1));
        }
        return best;
    }

    /// <summary>Marks the words that begin with what was typed but for exactly this many mistakes.</summary>
    public bool[] Near(WordDistance typed, int mistakes, ICollection<string> found)
    {
        var marked = new bool[count];
        for (var word = 0; word < count; word++)
        {
            if (uses[word] == 0 || typed.ToBeginningOf(Bare(words[word]), mistakes) != mistakes) continue;
            marked[word] = true;
            found.Add(Bare(words[word]).ToString());
        }
        return marked;
    }

    /// <summary>The word without the signs around it.</summary>
    private static ReadOnlySpan<char> Bare(string word)
    {
        int from = 0, to = word.Length;
        while (from < to && !char.IsLetterOrDigit(word[from])) from++;
        while (to > from && !char.IsLetterOrDigit(word[to - 1])) to--;
        return word.AsSpan(from, to - from);
    }

    private static string[] Split(string? text) => text is null ? [] : text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private WordTable Again(IReadOnlyList<(int At, string? Text)> changes)
    {
        var texts = ofText.Select(each => (string?)string.Join(' ', each.Select(word => words[word]))).ToArray();
        foreach (var (at, text) in changes) texts[at] = text;
        return Of(texts);
    }

    /// <summary>Words and their numbers; they are only added.</summary>
    private sealed class Vocabulary
    {
        private readonly Dictionary<string, int> numbers = [];

        public string[] Words { get; private set; } = new string[64];

        public int Count => numbers.Count;

        public int NumberOf(string word)
        {
            if (numbers.TryGetValue(word, out var number)) return number;
            number = numbers.Count;
            // Older tables keep the array they have: what is in it does not change.
            if (number == Words.Length)
            {
                var longer = new string[2 * number];
                Words.CopyTo(longer, 0);
                Words = longer;
            }
            Words[number] = word;
            numbers[word] = number;
            return number;
        }
    }
}
