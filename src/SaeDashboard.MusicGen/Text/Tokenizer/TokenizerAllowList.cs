using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>A tokenizer.json that was checked and rewritten; it holds only what was checked.</summary>
/// <param name="Json">The file for the native library.</param>
/// <param name="Prefix">Ids before every text.</param>
/// <param name="Suffix">Ids after every text: for T5 that of <c>&lt;/s&gt;</c>.</param>
/// <param name="Ids">The largest id plus 1.</param>
/// <param name="Growth">The most bytes that the normalizer makes of one.</param>
/// <param name="NormalizedTokens">Added tokens that are matched in the normalized text, with their paths in the file.</param>
internal sealed record AllowedTokenizer(
    ReadOnlyMemory<byte> Json, int[] Prefix, int[] Suffix, int Ids, double Growth, IReadOnlyList<(string Place, string Content)> NormalizedTokens)
{
    /// <summary>A tokenizer with the same normalizer and no vocabulary: it returns no ids when only white space is left of a text.</summary>
    public byte[] NormalizerAlone()
    {
        var root = JsonNode.Parse(Json.Span)!;
        root["pre_tokenizer"] = JsonNode.Parse("""{"type":"WhitespaceSplit"}""");
        root["model"] = JsonNode.Parse("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0]],"byte_fallback":false}""");
        root["added_tokens"] = new JsonArray();
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, TokenizerAllowList.Unescaped);
        root.WriteTo(writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>
/// The part of a <c>tokenizer.json</c> that the native library reads. The library expects trusted files: a panic or a failed allocation aborts
/// the process. So a file is read here first, rejected where it is not T5's Unigram pipeline or exceeds a limit (<see cref="TokenizerLimits"/>),
/// and passed on as a new file that holds only what was checked. Unchecked fields, such as truncation and padding, are left out, as are
/// names that occur twice.
/// </summary>
internal static class TokenizerAllowList
{
    /// <summary>How files are written: the library reads base64 only if it is not escaped.</summary>
    internal static readonly JsonWriterOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="Core.UserException">The file is rejected; the message says where and why.</exception>
    public static AllowedTokenizer Read(JsonObjectReader root)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, Unescaped);
        var steps = new StepAllowList(root, writer);
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        steps.WriteNormalizer();
        steps.WritePreTokenizer();
        var vocabulary = WriteModel(root.Object("model"), writer);
        var (ids, normalizedTokens) = WriteAddedTokens(root, writer, vocabulary);
        writer.WriteEndObject();
        writer.Flush();

        var (prefix, suffix) = ReadTemplate(root);
        if (prefix.Length + suffix.Length == 0) throw root.Fault("post_processor", "adds no id to a text; T5's tokenizers close each with that of </s>");
        ids = Math.Max(ids, prefix.Concat(suffix).DefaultIfEmpty(-1).Max() + 1);
        return new AllowedTokenizer(output.WrittenMemory, prefix, suffix, ids, steps.Growth, normalizedTokens);
    }

    /// <returns>The id of each piece; of equal pieces the last id.</returns>
    private static Dictionary<string, int> WriteModel(JsonObjectReader model, Utf8JsonWriter writer)
    {
        // Early files have no type.
        if (model.TextOrNone("type") is { } type and not "Unigram")
            throw model.Fault($"is of the type \"{type}\"; a T5 tokenizer is a Unigram model");
        if (model.Flag("byte_fallback", false))
            throw model.Fault("byte_fallback", "is on; T5's tokenizers have none");

        var entries = model.List("vocab");
        var pieces = entries.GetArrayLength();
        if (pieces > TokenizerLimits.Pieces) throw model.Fault("vocab", $"has {pieces} pieces; at most {TokenizerLimits.Pieces} are read");

        writer.WriteStartObject("model");
        writer.WriteString("type", "Unigram");
        writer.WriteStartArray("vocab");
        var vocabulary = new Dictionary<string, int>(pieces, StringComparer.Ordinal);
        var (bytes, id) = (0, 0);
        foreach (var entry in entries.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
                throw model.Fault(string.Create(CultureInfo.InvariantCulture, $"vocab[{id}]"), "should be [piece, score]");
            var piece = entry[0].GetString()!;
            if (piece.Length > TokenizerLimits.MaxTokenLength || !entry[1].TryGetDouble(out var score) || !double.IsFinite(score))
                throw model.Fault(string.Create(CultureInfo.InvariantCulture, $"vocab[{id}]"),
                    $"should be a piece of at most {TokenizerLimits.MaxTokenLength} characters and a finite score");
            bytes += Encoding.UTF8.GetByteCount(piece);
            if (bytes > TokenizerLimits.PieceBytes)
                throw model.Fault("vocab", $"has more than {TokenizerLimits.PieceBytes} bytes in its pieces");
            vocabulary[piece] = id++;
            entry.WriteTo(writer);
        }
        writer.WriteEndArray();
        writer.WriteBoolean("byte_fallback", false);

        var unknownId = Id(model, "unk_id");
        if (unknownId >= pieces) throw model.Fault("unk_id", $"is {unknownId}, and model.vocab has {pieces} pieces");
        writer.WriteNumber("unk_id", unknownId);
        writer.WriteEndObject();
        return vocabulary;
    }

    /// <summary>Writes the added tokens, each under the id that the library itself gives it.</summary>
    /// <returns>The largest id of the vocabulary and the added tokens plus 1, and the tokens that are matched in the normalized text.</returns>
    internal static (int Ids, List<(string Place, string Content)> Normalized) WriteAddedTokens(
        JsonObjectReader root, Utf8JsonWriter writer, Dictionary<string, int> known)
    {
        const string name = "added_tokens";
        var ids = known.Count == 0 ? 0 : known.Values.Max() + 1;
        var normalizedTokens = new List<(string, string)>();
        writer.WriteStartArray(name);
        var tokens = root.Has(name) ? root.Objects(name) : [];
        var characters = 0;
        foreach (var token in tokens)
        {
            var id = Id(token, "id");
            var content = token.Text("content");
            characters += content.Length;
            if (content.Length > TokenizerLimits.MaxTokenLength || characters > TokenizerLimits.AddedCharacters)
                throw token.Fault("content", $"is too long: a token has at most {TokenizerLimits.MaxTokenLength} "
                    + $"characters, all together {TokenizerLimits.AddedCharacters}");
            if (content.Length == 0) continue;
            // The library panics when such a token is swallowed by the one before it.
            if (string.IsNullOrWhiteSpace(content)) throw token.Fault("content", "is white space alone");

            // The library numbers tokens itself: with their id in the vocabulary, or from its end on.
            if (known.TryAdd(content, ids)) ids++;
            if (known[content] != id)
                throw token.Fault("id", $"is {id}, but \"{content}\" gets the id {known[content]} from model.vocab and the tokens before it");

            var normalized = token.Flag("normalized", true);
            if (normalized) normalizedTokens.Add((token.PathOf("content"), content));
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            writer.WriteString("content", content);
            foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "special"]) writer.WriteBoolean(flag, token.Flag(flag, false));
            writer.WriteBoolean("normalized", normalized);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        return (ids, normalizedTokens);
    }

    /// <summary>The ids before and after a text. They are added here, so the native library needs no template.</summary>
    private static (int[] Prefix, int[] Suffix) ReadTemplate(JsonObjectReader root)
    {
        const string name = "post_processor";
        if (!root.Has(name)) return ([], []);
        var template = root.Object(name);
        var type = template.Text("type");
        if (type != "TemplateProcessing") throw template.Fault($"is of the type \"{type}\"; T5's tokenizers use TemplateProcessing");

        var specials = template.Object("special_tokens");
        const int most = TokenizerLimits.TemplateIds;
        List<int> prefix = [], suffix = [];
        var texts = 0;
        foreach (var piece in template.Objects("single"))
        {
            if (piece.Has("Sequence")) texts++;
            else (texts == 0 ? prefix : suffix).AddRange(TemplateIds(piece, specials).Take(most + 1));
            if (prefix.Count + suffix.Count > most) throw piece.Fault($"adds one id too many: at most {most} are");
        }
        if (texts != 1) throw template.Fault("single", "should hold the text's place once");
        return ([.. prefix], [.. suffix]);
    }

    private static IEnumerable<int> TemplateIds(JsonObjectReader piece, JsonObjectReader specials)
    {
        var special = specials.Object(piece.Object("SpecialToken").Text("id"));
        foreach (var id in special.List("ids").EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var value) || value is < 0 or >= TokenizerLimits.Ids)
                throw special.Fault("ids", $"should hold integers from 0 to {TokenizerLimits.Ids - 1}");
            yield return value;
        }
    }

    private static int Id(JsonObjectReader json, string name) => json.Integer(name, min: 0, max: TokenizerLimits.Ids - 1);
}
