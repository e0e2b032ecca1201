using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>A parsed <c>tokenizer.json</c>.</summary>
internal sealed class TokenizerJson : IDisposable
{
    private readonly JsonDocument document;

    private TokenizerJson(string path, JsonDocument document)
    {
        this.document = document;
        Root = new JsonObjectReader(path, JsonObjectReader.RequireObject(path, document.RootElement, "a tokenizer"));
    }

    public JsonObjectReader Root { get; }

    public static TokenizerJson Open(string path)
    {
        var bytes = WholeFile.Read(path, TokenizerLimits.FileBytes);
        try
        {
            JsonText.RequireReadable(path, bytes);
            var document = JsonDocument.Parse(bytes);
            try
            {
                return new TokenizerJson(path, document);
            }
            catch
            {
                document.Dispose();
                throw;
            }
        }
        catch (JsonException e)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            throw new UserException($"{path} is not valid JSON ({place}). Is it cut short? Copy or download it again.", e);
        }
    }

    public void Dispose() => this.document.Dispose();
}

/// <summary>
/// Limits of an untrusted <c>tokenizer.json</c>. T5's own files are far below them; without limits a small file or a short prompt can cost
/// unbounded time or memory, and running out of memory in the native library aborts the process.
/// </summary>
internal static class TokenizerLimits
{
    /// <summary>Bytes of the file (T5: 2.4 million).</summary>
    public const long FileBytes = 32 << 20;

    /// <summary>Characters of a piece or an added token (T5: 16): the work at each position of a text.</summary>
    public const int MaxTokenLength = 256;

    /// <summary>Pieces of the vocabulary (T5: 32,100).</summary>
    public const int Pieces = 1 << 18;

    /// <summary>UTF-8 bytes of all pieces together (T5: 0.2 million); the native library takes about 400 bytes of memory for each.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Characters of all added tokens together (T5: 1,500); each is a node of an automaton.</summary>
    public const int AddedCharacters = 100_000;

    /// <summary>Ids are below this number.</summary>
    public const int Ids = 1 << 24;

    /// <summary>Normalizers and pre-tokenizers, nested ones too (T5: 5): each is one pass over the text.</summary>
    public const int Steps = 64;

    /// <summary>Characters of a pattern and of its replacement (T5: 6 and 1).</summary>
    public const int MaxPatternLength = 100;

    /// <summary>Bytes of a precompiled map (T5: 240,007).</summary>
    public const int MapBytes = 1 << 20;

    /// <summary>Bytes of a precompiled map's replacement for one character (Unicode's longest: 33).</summary>
    public const int MaxReplacementLength = 255;

    /// <summary>Ids before and after a text (T5: 1).</summary>
    public const int TemplateIds = 64;

    /// <summary>The largest factor by which normalizing may lengthen a text (T5: 17).</summary>
    public const int Growth = 64;

    /// <summary>
    /// UTF-8 bytes that a text may have after normalizing, at the normalizer's largest growth: a million characters with T5's. The native
    /// library takes about 85 bytes of memory for each.
    /// </summary>
    public const long NormalizedBytes = 48 << 20;
}
