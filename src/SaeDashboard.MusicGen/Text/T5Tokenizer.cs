using SaeDashboard.MusicGen.Text.Tokenizer;

namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's tokenizer as Hugging Face writes it in <c>tokenizer.json</c>: added tokens are cut out of the raw text, the rest is
/// normalised, split into words, and each word is cut into pieces by a Unigram model. Gives what the Hugging Face
/// <c>tokenizers</c> library gives, in time linear in the text whatever the file says (<see cref="TokenizerLimits"/>). Safe to use from
/// several threads.
/// </summary>
public sealed class T5Tokenizer
{
    private readonly AddedTokenSplitter addedTokens;
    private readonly AddedTokenSplitter normalizedAddedTokens;
    private readonly INormalizer normalizer;
    private readonly IPreTokenizer preTokenizer;
    private readonly UnigramModel model;
    private readonly PostTemplate template;

    private T5Tokenizer(TokenizerJson json)
    {
        normalizer = NormalizerReader.Read(json);
        preTokenizer = PreTokenizerReader.Read(json);
        model = UnigramModel.Read(json);
        template = PostTemplate.Read(json);

        var added = AddedToken.ReadAll(json);
        addedTokens = new AddedTokenSplitter(added.Where(token => !token.Normalized));
        normalizedAddedTokens = new AddedTokenSplitter(
            added.Where(token => token.Normalized).Select(token => token with { Content = normalizer.Normalize(token.Content) }));

        var largestAdded = added.Count == 0 ? -1 : added.Max(token => token.Id);
        var largestOfTemplate = template.Prefix.Concat(template.Suffix).DefaultIfEmpty(-1).Max();
        VocabularySize = Math.Max(model.VocabularySize, Math.Max(largestAdded, largestOfTemplate) + 1);
    }

    /// <summary>
    /// One more than the largest id this tokenizer can give: the text encoder's embedding must have at least as many rows.
    /// </summary>
    public int VocabularySize { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="Core.UserException">The file is missing, is no JSON, or asks for something other than T5's Unigram
    /// pipeline.</exception>
    public static T5Tokenizer Load(string tokenizerJsonPath)
    {
        using var json = TokenizerJson.Open(tokenizerJsonPath);
        return new T5Tokenizer(json);
    }

    /// <summary>
    /// The ids of <paramref name="text"/>, closed with <c>&lt;/s&gt;</c>; the empty text gives that id alone. Nothing is truncated and
    /// nothing padded, whatever <c>tokenizer.json</c> says: as in Hugging Face, that is the caller's choice. Lone surrogates are read as
    /// U+FFFD.
    /// </summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 4);
        ids.AddRange(template.Prefix);

        var position = 0;
        foreach (var segment in addedTokens.Split(WellFormed(text)))
        {
            if (segment.Id is { } id) ids.Add(id);
            else EncodeRaw(segment.Text, position == 0, ids);
            position++;
        }

        ids.AddRange(template.Suffix);
        return ids.ToArray();
    }

    private void EncodeRaw(string raw, bool startsText, List<int> ids)
    {
        foreach (var segment in normalizedAddedTokens.Split(normalizer.Normalize(raw)))
        {
            if (segment.Id is { } id)
                ids.Add(id);
            else
                foreach (var word in preTokenizer.Split(segment.Text, startsText))
                    model.Encode(word, ids);

            startsText = false;
        }
    }

    // A .NET string may hold half a surrogate pair; what follows (graphemes, UTF-8) needs text.
    private static string WellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));
            i++;
        }

        return text;
    }
}
