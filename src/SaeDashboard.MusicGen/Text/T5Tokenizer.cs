using System.Text;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text.Tokenizer;

namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's tokenizer of a Hugging Face <c>tokenizer.json</c>, run by the Hugging Face <c>tokenizers</c> library. Files are untrusted, so the
/// library reads only what <see cref="TokenizerAllowList"/> accepts, and time and memory are bounded (<see cref="TokenizerLimits"/>).
/// Thread-safe.
/// </summary>
public sealed class T5Tokenizer : IDisposable
{
    private readonly string path;
    private readonly AllowedTokenizer allowed;
    private readonly LibraryTokenizer library;

    private T5Tokenizer(string path, AllowedTokenizer allowed)
    {
        this.path = path;
        this.allowed = allowed with { Json = default };
        library = LibraryTokenizer.Open(path, allowed.Json.Span);
    }

    /// <summary>
    /// The largest id of this tokenizer plus 1: the text encoder's embedding must have at least as many rows.
    /// </summary>
    public int VocabularySize => this.allowed.Ids;

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="UserException">The file is missing, is not JSON, or is not T5's Unigram pipeline; or the native
    /// library is missing.</exception>
    public static T5Tokenizer Load(string tokenizerJsonPath)
    {
        using var json = TokenizerJson.Open(tokenizerJsonPath);
        var allowed = TokenizerAllowList.Read(json.Root);
        RequireVisible(tokenizerJsonPath, allowed);
        return new T5Tokenizer(tokenizerJsonPath, allowed);
    }

    /// <summary>
    /// The ids of <paramref name="text"/>, ending with <c>&lt;/s&gt;</c>; the empty text gives only that id. Nothing is truncated or padded,
    /// whatever <c>tokenizer.json</c> says: as in Hugging Face, that is the caller's choice. Lone surrogates are read as U+FFFD.
    /// </summary>
    /// <exception cref="UserException">The text has more than about a million characters.</exception>
    /// <exception cref="ObjectDisposedException">The tokenizer is disposed.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var wellFormed = LibraryTokenizer.WellFormed(text);
        if (Encoding.UTF8.GetByteCount(wellFormed) * this.allowed.Growth > TokenizerLimits.NormalizedBytes)
            throw new UserException($"A text has {text.Length} characters: that is more than {this.path} can be used for. Shorten it.");
        return [.. this.allowed.Prefix, .. this.library.Encode(wellFormed), .. this.allowed.Suffix];
    }

    /// <summary>Frees the native library's memory, after texts that other threads are encoding.</summary>
    public void Dispose() => this.library.Dispose();

    // An added token that the normalizer reduces to nothing matches everywhere, even inside a character, which makes the library panic.
    private static void RequireVisible(string path, AllowedTokenizer allowed)
    {
        if (allowed.NormalizedTokens.Count == 0) return;
        using var normalizer = LibraryTokenizer.Open(path, allowed.NormalizerAlone());
        foreach (var (place, content) in allowed.NormalizedTokens)
        {
            if (normalizer.Encode(content).Length == 0)
                throw new UserException($"{path}: \"{place}\" is \"{content}\", of which the normalizer leaves nothing.");
        }
    }
}
