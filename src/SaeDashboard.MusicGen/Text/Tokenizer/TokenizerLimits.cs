namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// What a <c>tokenizer.json</c> from a stranger may ask for. T5's own files stay far below; what lies above would make a small file or a
/// short prompt cost unbounded time or memory.
/// </summary>
internal static class TokenizerLimits
{
    /// <summary>Characters of a piece or an added token (T5: 16): the work at each position of a text.</summary>
    public const int LongestToken = 256;

    /// <summary>Characters of all added tokens together (T5: 1,500); each is a node of a trie.</summary>
    public const int AddedCharacters = 100_000;

    /// <summary>Ids lie below it.</summary>
    public const int Ids = 1 << 24;

    /// <summary>Normalisers and pre-tokenisers, nested ones too (T5: 5): each goes over the text once.</summary>
    public const int Steps = 64;

    /// <summary>Characters of a pattern and of what it puts in (T5: 6 and 1).</summary>
    public const int LongestPattern = 100;

    /// <summary>A pattern's counts, such as the 2 of <c>{2,}</c>, multiplied: how large its automaton can get.</summary>
    public const int PatternCounts = 1000;

    /// <summary>Bytes that a precompiled map puts in for one character (Unicode's longest: 33).</summary>
    public const int LongestReplacement = 255;

    /// <summary>Ids before and after a text (T5: 1).</summary>
    public const int TemplateIds = 64;

    /// <summary>Normalising may lengthen a text so many times (Unicode's longest decomposition: 18), and by so many characters.</summary>
    public const int GrowthFactor = 32, GrowthFloor = 4096;
}
