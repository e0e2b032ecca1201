using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text.Tokenizer;

namespace SaeDashboard.Clap.Text;

/// <summary>
/// RoBERTa's tokenizer of a Hugging Face <c>tokenizer.json</c> (byte-level BPE), run by the Hugging Face <c>tokenizers</c> library. Files are
/// untrusted, so the library reads only what <see cref="BpeAllowList"/> accepts. Thread-safe.
/// </summary>
public sealed class ClapTokenizer : IDisposable
{
    /// <summary>Characters of the longest text: far more than a text tower has tokens for. It bounds the library's work and memory.</summary>
    public const int MaxCharacters = 1 << 14;

    private readonly AllowedTokenizer allowed;
    private readonly LibraryTokenizer library;

    private ClapTokenizer(string path, AllowedTokenizer allowed)
    {
        this.allowed = allowed with { Json = default };
        library = LibraryTokenizer.Open(path, allowed.Json.Span);
    }

    /// <summary>The largest id of this tokenizer plus 1: the text tower's embedding must have at least as many rows.</summary>
    public int VocabularySize => this.allowed.Ids;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="UserException">The file is missing, is not JSON, or is not RoBERTa's byte-level BPE; or the native library is missing.</exception>
    public static ClapTokenizer Load(string tokenizerJsonPath)
    {
        using var json = TokenizerJson.Open(tokenizerJsonPath);
        return new ClapTokenizer(tokenizerJsonPath, BpeAllowList.Read(json.Root));
    }

    /// <summary>The ids of a text between <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>; the empty text gives only these two. Nothing is truncated or
    /// padded. Half surrogate pairs are read as U+FFFD.</summary>
    /// <exception cref="UserException">The text has more than <see cref="MaxCharacters"/> characters.</exception>
    /// <exception cref="ObjectDisposedException">The tokenizer is disposed.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxCharacters) throw new UserException($"A text has {text.Length} characters; CLAP reads at most {MaxCharacters}. Shorten it.");
        return [.. this.allowed.Prefix, .. library.Encode(LibraryTokenizer.WellFormed(text)), .. this.allowed.Suffix];
    }

    /// <summary>Frees the native library's memory, after texts that other threads are encoding.</summary>
    public void Dispose() => library.Dispose();
}
