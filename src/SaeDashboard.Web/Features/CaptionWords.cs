using SaeDashboard.Core.Data;

namespace SaeDashboard.Web.Features;

/// <summary>The words of a dataset's captions, numbered, so that thousands of features are compared in milliseconds.</summary>
internal sealed class CaptionWords
{
    // What captions say of everything.
    private static readonly HashSet<string> Empty = ["and", "the", "with", "into", "then", "over", "from", "for", "bpm", "only", "some", "very", "that", "this"];

    // Half of all clips being "loud" says nothing: a word has to be worth a bit.
    private const double MinScore = 1;

    private readonly int[][] ofClip;
    private readonly List<string> words = [];
    private readonly int[] clipsWith;

    public CaptionWords(IReadOnlyList<Clip> clips)
    {
        var numbers = new Dictionary<string, int>();
        ofClip = new int[clips.Count][];
        for (var row = 0; row < clips.Count; row++)
        {
            var found = new List<int>();
            foreach (var word in Split(clips[row].Caption))
            {
                if (!numbers.TryGetValue(word, out var number))
                {
                    numbers[word] = number = words.Count;
                    words.Add(word);
                }
                if (!found.Contains(number)) found.Add(number);
            }
            ofClip[row] = [.. found];
        }
        clipsWith = new int[words.Count];
        foreach (var number in ofClip.SelectMany(numbersOfClip => numbersOfClip)) clipsWith[number]++;
    }

    /// <summary>The words that at least half of the given clips' captions share, best two at most; null when they share none.</summary>
    /// <param name="rows">Rows of the dataset.</param>
    public CaptionHint? Shared(IReadOnlyList<int> rows)
    {
        if (rows.Count == 0) return null;
        var counts = new Dictionary<int, int>();
        foreach (var row in rows)
        {
            if ((uint)row >= (uint)ofClip.Length) continue;
            foreach (var number in ofClip[row]) counts[number] = counts.GetValueOrDefault(number) + 1;
        }
        var best = counts.Where(pair => 2 * pair.Value >= rows.Count)
            .Select(pair => (Number: pair.Key, Clips: pair.Value, Score: (double)pair.Value / rows.Count * Math.Log2((double)ofClip.Length / clipsWith[pair.Key])))
            .Where(word => word.Score >= MinScore)
            .OrderByDescending(word => word.Score).ThenBy(word => words[word.Number], StringComparer.Ordinal).Take(2).ToArray();
        if (best.Length == 0) return null;
        // A second word only where it is as common as the first: "steel drum", not "taiko fast".
        var second = best.Length > 1 && best[1].Clips >= best[0].Clips;
        var text = second ? string.Join(' ', InCaptionOrder(rows, best[0].Number, best[1].Number)) : words[best[0].Number];
        return new CaptionHint(text, best[0].Clips, rows.Count, best[0].Score);
    }

    private IEnumerable<string> InCaptionOrder(IReadOnlyList<int> rows, int one, int other)
    {
        foreach (var row in rows)
        {
            if ((uint)row >= (uint)ofClip.Length) continue;
            int first = Array.IndexOf(ofClip[row], one), second = Array.IndexOf(ofClip[row], other);
            if (first >= 0 && second >= 0) return first < second ? [words[one], words[other]] : [words[other], words[one]];
        }
        return [words[one]];
    }

    private static IEnumerable<string> Split(string caption)
    {
        for (int at = 0, start = -1; at <= caption.Length; at++)
        {
            var inside = at < caption.Length && (char.IsLetter(caption[at]) || (caption[at] == '-' && start >= 0));
            if (inside && start < 0) start = at;
            if (inside || start < 0) continue;
            var word = caption[start..at].TrimEnd('-').ToLowerInvariant();
            start = -1;
            if (word.Length > 2 && !Empty.Contains(word)) yield return word;
        }
    }
}

/// <summary>Words that the captions of a feature's top clips share: a suggested label.</summary>
/// <param name="Words">The words, as captions write them.</param>
/// <param name="Clips">How many of the top clips' captions contain the first word.</param>
/// <param name="Of">How many strongest clips there are.</param>
/// <param name="Score">Share of the clips times the bits by which the word is rare among all captions: high if a rare word is in all of them.</param>
public sealed record CaptionHint(string Words, int Clips, int Of, double Score);
