using System.Runtime.InteropServices;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Text.Tokenizer;
using Tokenizers.DotNet;
using NativeTokenizer = Tokenizers.DotNet.Tokenizer;

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
    private readonly NativeTokenizer native;

    private T5Tokenizer(string path, AllowedTokenizer allowed)
    {
        this.path = path;
        this.allowed = allowed with { Json = default };
        native = Open(path, allowed.Json.Span);
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
        var wellFormed = WellFormed(text);
        if (Encoding.UTF8.GetByteCount(wellFormed) * this.allowed.Growth > TokenizerLimits.NormalizedBytes)
            throw new UserException($"A text has {text.Length} characters: that is more than {this.path} can be used for. Shorten it.");
        try
        {
            var ids = this.native.Encode(wellFormed);
            GC.KeepAlive(this.native);
            return [.. this.allowed.Prefix, .. MemoryMarshal.Cast<uint, int>(ids), .. this.allowed.Suffix];
        }
        catch (TokenizerException e)
        {
            throw new UserException($"{this.path} cannot be used for a text of {text.Length} characters: {e.Message}. Fetch the file again.", e);
        }
    }

    /// <summary>Frees the native library's memory, after texts that other threads are encoding.</summary>
    public void Dispose() => this.native.Dispose();

    /// <summary>The message for a native library that is missing or does not load.</summary>
    internal static UserException Unavailable(Exception problem) => new(
        $"The Hugging Face tokenizers library could not be loaded on {RuntimeInformation.RuntimeIdentifier}: {problem.Message.Split(['.', '\n'])[0]}. "
        + "This program comes with the library for linux-x64 with glibc (package Tokenizers.DotNet.runtime.linux-x64, file libhf_tokenizers.so): build it "
        + "again there, or copy the whole output folder.", problem);

    private static NativeTokenizer Open(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            using var file = MemoryFile.Create("tokenizer.json", json);
            return new NativeTokenizer(file.Path);
        }
        catch (TokenizerException e)
        {
            throw new UserException($"{path} is not a tokenizer that the Hugging Face library reads: {e.Message}. Fetch it again.", e);
        }
        catch (IOException e)
        {
            throw new UserException($"{path} could not be handed to the Hugging Face tokenizers library: {e.Message}", e);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw Unavailable(e);
        }
    }

    // An added token that the normalizer reduces to nothing matches everywhere, even inside a character, which makes the library panic.
    private static void RequireVisible(string path, AllowedTokenizer allowed)
    {
        if (allowed.NormalizedTokens.Count == 0) return;
        using var normalizer = Open(path, allowed.NormalizerAlone());
        foreach (var (place, content) in allowed.NormalizedTokens)
        {
            if (normalizer.Encode(content).Length == 0)
                throw new UserException($"{path}: \"{place}\" is \"{content}\", of which the normalizer leaves nothing.");
        }
        GC.KeepAlive(normalizer);
    }

    // A .NET string may hold half a surrogate pair, which the native library rejects.
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
