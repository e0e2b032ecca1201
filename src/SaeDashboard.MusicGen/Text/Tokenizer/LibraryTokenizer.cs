using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using Tokenizers.DotNet;
using NativeTokenizer = Tokenizers.DotNet.Tokenizer;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// The Hugging Face <c>tokenizers</c> library with a file that an allow-list has written. The library expects trusted files and short texts: a
/// panic or a failed allocation ends the process, so its callers check both before. Thread-safe.
/// </summary>
internal sealed class LibraryTokenizer : IDisposable
{
    private readonly string path;
    private readonly NativeTokenizer native;

    private LibraryTokenizer(string path, NativeTokenizer native) => (this.path, this.native) = (path, native);

    /// <param name="path">The file that was checked, for messages.</param>
    /// <param name="json">What the library reads: only what was checked.</param>
    /// <exception cref="UserException">The library does not read it, or is missing.</exception>
    public static LibraryTokenizer Open(string path, ReadOnlySpan<byte> json)
    {
        try
        {
            using var file = MemoryFile.Create("tokenizer.json", json);
            return new LibraryTokenizer(path, new NativeTokenizer(file.Path));
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

    /// <summary>The ids of a text, without those of a template.</summary>
    /// <param name="text">Without half surrogate pairs (<see cref="WellFormed"/>), of a length that was checked.</param>
    /// <exception cref="UserException">The library cannot read the text.</exception>
    /// <exception cref="ObjectDisposedException">The tokenizer is disposed.</exception>
    public int[] Encode(string text)
    {
        try
        {
            var ids = this.native.Encode(text);
            GC.KeepAlive(this.native);
            return [.. MemoryMarshal.Cast<uint, int>(ids)];
        }
        catch (TokenizerException e)
        {
            throw new UserException($"{this.path} cannot be used for a text of {text.Length} characters: {e.Message}. Fetch the file again.", e);
        }
    }

    /// <summary>A text without half surrogate pairs, which a .NET string may hold and the library rejects: U+FFFD in their place.</summary>
    public static string WellFormed(string text)
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

    /// <summary>Frees the library's memory, after texts that other threads are encoding.</summary>
    public void Dispose() => this.native.Dispose();

    /// <summary>The message for a native library that is missing or does not load.</summary>
    internal static UserException Unavailable(Exception problem) => new(
        $"The Hugging Face tokenizers library could not be loaded on {RuntimeInformation.RuntimeIdentifier}: {problem.Message.Split(['.', '\n'])[0]}. "
        + "This program comes with the library for linux-x64 with glibc (package Tokenizers.DotNet.runtime.linux-x64, file libhf_tokenizers.so): build it "
        + "again there, or copy the whole output folder.", problem);
}
