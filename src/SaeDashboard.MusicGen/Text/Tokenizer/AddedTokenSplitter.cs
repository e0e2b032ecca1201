using System.Globalization;
using System.Text;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>A stretch of text, and the id of the added token it is (null: ordinary text).</summary>
internal readonly record struct Segment(string Text, int? Id);

/// <summary>
/// Cuts added tokens out of a text: the leftmost first, of several there the longest, without overlaps. A trie over characters bounds the
/// work at each position by the longest token.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly Node root = new();

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens)
    {
        foreach (var token in tokens)
        {
            var node = root;
            foreach (var character in token.Content)
            {
                if (!node.Next.TryGetValue(character, out var next)) node.Next[character] = next = new Node();
                node = next;
            }

            if (!ReferenceEquals(node, root)) node.Token = token;
        }
    }

    /// <summary>The text in order; empty stretches are left out.</summary>
    public IEnumerable<Segment> Split(string text)
    {
        var done = 0;
        var at = 0;
        while (at < text.Length && root.Next.Count > 0)
        {
            if (Longest(text, at) is not { } token)
            {
                at++;
                continue;
            }

            var (start, end) = (at, at + token.Content.Length);
            at = end;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end)))) continue;
            if (token.StripLeft)
                while (start > done && char.IsWhiteSpace(text[start - 1]))
                    start--;
            if (token.StripRight)
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;

            if (start > done) yield return new Segment(text[done..start], null);
            yield return new Segment(text[start..end], token.Id);
            done = end;
            at = end;
        }

        if (done < text.Length) yield return new Segment(done == 0 ? text : text[done..], null);
    }

    private AddedToken? Longest(string text, int at)
    {
        AddedToken? longest = null;
        var node = root;
        for (; at < text.Length && node.Next.TryGetValue(text[at], out var next); at++)
        {
            node = next;
            longest = node.Token ?? longest;
        }

        return longest;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    // What a regular expression's \w takes: letters, digits, marks and connectors.
    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.LetterNumber;

    private sealed class Node
    {
        public Dictionary<char, Node> Next { get; } = [];

        public AddedToken? Token { get; set; }
    }
}
