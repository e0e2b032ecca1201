using SaeDashboard.MusicGen.Text.Tokenizer;

namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's tokenizer as Hugging Face writes it in <c>tokenizer.json</c>: added tokens are cut out of the raw text, the rest is
/// normalised, split into words, and each word is cut into pieces by a Unigram model. Gives what the Hugging Face
/// <c>tokenizers</c> library gives, in time linear in the text. Safe to use from several threads.
/// </summary>
public sealed class T5Tokenizer
{
    private readonly AddedTokenSplitter _addedTokens;
    private readonly AddedTokenSplitter _normalizedAddedTokens;
    private readonly INormalizer _normalizer;
    private readonly IPreTokenizer _preTokenizer;
    private readonly UnigramModel _model;
    private readonly PostTemplate _template;

    private T5Tokenizer(TokenizerJson json)
    {
        _normalizer = NormalizerReader.Read(json);
        _preTokenizer = PreTokenizerReader.Read(json);
        _model = UnigramModel.Read(json);
        _template = PostTemplate.Read(json);

        var added = AddedToken.ReadAll(json);
        _addedTokens = new AddedTokenSplitter(added.Where(token => !token.Normalized));
        _normalizedAddedTokens = new AddedTokenSplitter(
            added.Where(token => token.Normalized).Select(token => token with { Content = _normalizer.Normalize(token.Content) }));

        var largestAdded = added.Count == 0 ? -1 : added.Max(token => token.Id);
        VocabularySize = Math.Max(_model.VocabularySize, largestAdded + 1);
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
        ids.AddRange(_template.Prefix);

        var position = 0;
        foreach (var segment in _addedTokens.Split(WellFormed(text)))
        {
            if (segment.Id is { } id) ids.Add(id);
            else EncodeRaw(segment.Text, position == 0, ids);
            position++;
        }

        ids.AddRange(_template.Suffix);
        return ids.ToArray();
    }

    private void EncodeRaw(string raw, bool startsText, List<int> ids)
    {
        foreach (var segment in _normalizedAddedTokens.Split(_normalizer.Normalize(raw)))
        {
            if (segment.Id is { } id)
                ids.Add(id);
            else
                foreach (var word in _preTokenizer.Split(segment.Text, startsText))
                    _model.Encode(word, ids);

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
