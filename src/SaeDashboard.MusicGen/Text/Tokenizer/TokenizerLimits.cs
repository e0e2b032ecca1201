namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// What a <c>tokenizer.json</c> from a stranger may ask for. T5's own files stay far below; more would make a small file or a short prompt
/// cost unbounded time or memory, and running out of memory in the native library aborts the process.
/// </summary>
internal static class TokenizerLimits
{
    /// <summary>Bytes of the file (T5: 2.4 million).</summary>
    public const long FileBytes = 32 << 20;

    /// <summary>Characters of a piece or an added token (T5: 16): the work at each position of a text.</summary>
    public const int LongestToken = 256;

    /// <summary>Pieces of the vocabulary (T5: 32,100).</summary>
    public const int Pieces = 1 << 18;

    /// <summary>UTF-8 bytes of all pieces together (T5: 0.2 million); the native library takes about 400 bytes of memory for each.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Characters of all added tokens together (T5: 1,500); each is a node of an automaton.</summary>
    public const int AddedCharacters = 100_000;

    /// <summary>The end of the range of ids.</summary>
    public const int Ids = 1 << 24;

    /// <summary>Normalizers and pre-tokenizers, nested ones too (T5: 5): each is one pass over the text.</summary>
    public const int Steps = 64;

    /// <summary>Characters of a pattern and of its replacement (T5: 6 and 1).</summary>
    public const int LongestPattern = 100;

    /// <summary>Bytes of a precompiled map (T5: 240,007).</summary>
    public const int MapBytes = 1 << 20;

    /// <summary>Bytes that a precompiled map puts in for one character (Unicode's longest: 33).</summary>
    public const int LongestReplacement = 255;

    /// <summary>Ids before and after a text (T5: 1).</summary>
    public const int TemplateIds = 64;

    /// <summary>Normalizing may lengthen a text so many times (T5: 17).</summary>
    public const int Growth = 64;

    /// <summary>
    /// UTF-8 bytes that a text may have after normalizing, at the normalizer's largest growth: a million characters with T5's. The native
    /// library takes about 85 bytes of memory for each.
    /// </summary>
    public const long NormalizedBytes = 48 << 20;
}
