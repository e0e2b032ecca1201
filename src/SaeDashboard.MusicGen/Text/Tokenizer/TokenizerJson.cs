using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>A parsed <c>tokenizer.json</c>. Every error names the file and the position in it.</summary>
internal sealed class TokenizerJson : IDisposable
{
    private readonly JsonDocument document;

    private TokenizerJson(string path, JsonDocument document)
    {
        Path = path;
        this.document = document;
    }

    public string Path { get; }

    public JsonElement Root => this.document.RootElement;

    public static TokenizerJson Open(string path)
    {
        var bytes = WholeFile.Read(path, TokenizerLimits.FileBytes);
        try
        {
            JsonText.RequireReadable(path, bytes);
            var json = new TokenizerJson(path, JsonDocument.Parse(bytes));
            if (json.Root.ValueKind == JsonValueKind.Object) return json;
            json.Dispose();
            throw new UserException($"{path} is not a tokenizer: it should hold one JSON object.");
        }
        catch (JsonException e)
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}");
            throw new UserException($"{path} is not valid JSON ({place}). Is it cut short? Copy or download it again.", e);
        }
    }

    public void Dispose() => this.document.Dispose();

    /// <summary>The exception for something wrong at <paramref name="place"/>, such as "model.vocab[3]".</summary>
    public UserException Wrong(string place, string problem) => new($"{Path}: {place} {problem}.");

    public JsonElement Required(JsonElement parent, string place, string name, JsonValueKind kind)
    {
        if (!TryGet(parent, name, out var value)) throw Wrong(Join(place, name), "is missing");
        if (value.ValueKind != kind) throw Wrong(Join(place, name), $"should be a JSON {kind} and is {value.ValueKind}");
        return value;
    }

    public string RequiredString(JsonElement parent, string place, string name) =>
        Required(parent, place, name, JsonValueKind.String).GetString()!;

    public int RequiredId(JsonElement parent, string place, string name)
    {
        if (Required(parent, place, name, JsonValueKind.Number).TryGetInt32(out var id) && id is >= 0 and < TokenizerLimits.Ids)
            return id;
        throw Wrong(Join(place, name), $"should be a whole number from 0 to {TokenizerLimits.Ids - 1}");
    }

    public bool Flag(JsonElement parent, string place, string name, bool otherwise)
    {
        if (!TryGet(parent, name, out var value)) return otherwise;
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(Join(place, name), "should be true or false")
        };
    }

    /// <summary>False where the property is absent or null.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Reads as one of this class's questions to the file.")]
    public bool TryGet(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The elements of an array of objects, each with its place.</summary>
    public IEnumerable<(JsonElement Element, string Place)> Objects(JsonElement array, string place)
    {
        var index = 0;
        foreach (var element in array.EnumerateArray())
        {
            var here = string.Create(CultureInfo.InvariantCulture, $"{place}[{index++}]");
            if (element.ValueKind != JsonValueKind.Object) throw Wrong(here, "should be a JSON object");
            yield return (element, here);
        }
    }

    public static string Join(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";
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
