using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen.Text.Tokenizer;

namespace SaeDashboard.Clap.Text;

/// <summary>
/// The part of RoBERTa's <c>tokenizer.json</c> that the native library reads, as <see cref="TokenizerAllowList"/> is for T5: the file is read
/// here first, rejected where it is not a byte-level BPE without normalizer or exceeds a limit (<see cref="TokenizerLimits"/>), and passed on as a
/// new file that holds only what was checked.
/// </summary>
internal static class BpeAllowList
{
    // UTF-8 bytes of the character that represents a byte.
    private const int MostBytesOfByte = 2;

    /// <exception cref="UserException">The file is rejected; the message says where and why.</exception>
    public static AllowedTokenizer Read(JsonObjectReader root)
    {
        if (root.Has("normalizer")) throw root.Fault("normalizer", "is set; RoBERTa's tokenizers have none");
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, TokenizerAllowList.Unescaped);
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        WritePreTokenizer(root.Object("pre_tokenizer"), writer);
        var vocabulary = WriteModel(root.Object("model"), writer);
        var (ids, normalized) = TokenizerAllowList.WriteAddedTokens(root, writer, vocabulary);
        writer.WriteEndObject();
        writer.Flush();

        var (first, last) = ReadEnds(root.Object("post_processor"));
        return new AllowedTokenizer(output.WrittenMemory, [first], [last], Math.Max(ids, Math.Max(first, last) + 1), MostBytesOfByte, normalized);
    }

    /// <summary>The character that represents each byte in a byte-level vocabulary: printable ones represent themselves, the others from U+0100 up.</summary>
    internal static string ByteCharacters()
    {
        var characters = new char[256];
        var next = '\u0100';
        for (var value = 0; value < characters.Length; value++)
            characters[value] = value is (>= '!' and <= '~') or (>= '\u00A1' and <= '\u00AC') or (>= '\u00AE' and <= '\u00FF') ? (char)value : next++;
        return new string(characters);
    }

    private static void WritePreTokenizer(JsonObjectReader step, Utf8JsonWriter writer)
    {
        if (step.Text("type") is var type and not "ByteLevel") throw step.Fault($"is of the type \"{type}\"; RoBERTa's tokenizers use ByteLevel");
        if (!step.Flag("use_regex", true)) throw step.Fault("use_regex", "is off; RoBERTa's tokenizers split words");
        writer.WriteStartObject("pre_tokenizer");
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", step.Flag("add_prefix_space", true));
        writer.WriteBoolean("trim_offsets", true);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }

    /// <returns>The id of each piece.</returns>
    private static Dictionary<string, int> WriteModel(JsonObjectReader model, Utf8JsonWriter writer)
    {
        // Early files have no type.
        if (model.TextOrNone("type") is { } type and not "BPE") throw model.Fault($"is of the type \"{type}\"; a RoBERTa tokenizer is a BPE model");
        if (model.Has("dropout")) throw model.Fault("dropout", "is set: tokens would be drawn at random");
        if (model.Flag("byte_fallback", false)) throw model.Fault("byte_fallback", "is on; RoBERTa's tokenizers have none");
        if (model.Flag("ignore_merges", false)) throw model.Fault("ignore_merges", "is on; RoBERTa's tokenizers have none");
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Text(affix, "").Length > 0) throw model.Fault(affix, "is set; RoBERTa's tokenizers have none");
        }
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        var vocabulary = WriteVocabulary(model, writer);
        WriteMerges(model, vocabulary, writer);
        writer.WriteEndObject();
        return vocabulary;
    }

    private static Dictionary<string, int> WriteVocabulary(JsonObjectReader model, Utf8JsonWriter writer)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        var bytes = 0;
        writer.WriteStartObject("vocab");
        foreach (var entry in model.Object("vocab").Element.EnumerateObject())
        {
            var piece = entry.Name;
            if (vocabulary.Count == TokenizerLimits.Pieces) throw model.Fault("vocab", $"has more than {TokenizerLimits.Pieces} pieces");
            bytes += Encoding.UTF8.GetByteCount(piece);
            if (piece.Length > TokenizerLimits.MaxTokenLength || bytes > TokenizerLimits.PieceBytes)
                throw model.Fault("vocab", $"is too long: a piece has at most {TokenizerLimits.MaxTokenLength} characters, all together {TokenizerLimits.PieceBytes} bytes");
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id < 0 || id >= TokenizerLimits.Pieces || !taken.Add(id))
                throw model.Fault("vocab", $"should give each piece an id of its own; \"{piece}\" has {Shown(entry.Value)}");
            if (!vocabulary.TryAdd(piece, id)) throw model.Fault("vocab", $"has \"{piece}\" twice");
            writer.WriteNumber(piece, id);
        }
        writer.WriteEndObject();
        // The library numbers added tokens from the vocabulary's size on, so a gap would give two tokens one id.
        if (taken.Count == 0 || taken.Max() != taken.Count - 1) throw model.Fault("vocab", $"has {taken.Count} pieces, but its ids do not count from 0 to {taken.Count - 1}");
        // A byte without a piece would be left out of a text silently.
        foreach (var character in ByteCharacters())
        {
            if (!vocabulary.ContainsKey(character.ToString()))
                throw model.Fault("vocab", string.Create(CultureInfo.InvariantCulture, $"lacks U+{(int)character:X4}; a byte-level vocabulary has a piece for each byte"));
        }
        return vocabulary;
    }

    private static void WriteMerges(JsonObjectReader model, Dictionary<string, int> vocabulary, Utf8JsonWriter writer)
    {
        const string name = "merges";
        var merges = model.List(name);
        if (merges.GetArrayLength() > TokenizerLimits.Pieces) throw model.Fault(name, $"has more than {TokenizerLimits.Pieces} entries");
        writer.WriteStartArray(name);
        var index = 0;
        foreach (var merge in merges.EnumerateArray())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{name}[{index++}]");
            if (Halves(merge) is not var (left, right)) throw model.Fault(place, "should be two pieces");
            // Checked here: the library's own message names no place.
            foreach (var piece in (string[])[left, right, left + right])
            {
                if (!vocabulary.ContainsKey(piece)) throw model.Fault(place, $"needs the piece \"{piece}\", which model.vocab lacks");
            }
            writer.WriteStringValue($"{left} {right}");
        }
        writer.WriteEndArray();
    }

    /// <summary>The two pieces of a merge: "a b" in earlier files, ["a", "b"] in later ones; null: it is neither.</summary>
    private static (string Left, string Right)? Halves(JsonElement merge)
    {
        string[] parts = merge.ValueKind switch
        {
            JsonValueKind.String => merge.GetString()!.Split(' '),
            JsonValueKind.Array when merge.GetArrayLength() == 2 && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String) =>
                [.. merge.EnumerateArray().Select(part => part.GetString()!)],
            _ => [],
        };
        return parts is [{ Length: > 0 } left, { Length: > 0 } right] && !left.Contains(' ', StringComparison.Ordinal) && !right.Contains(' ', StringComparison.Ordinal)
            ? (left, right)
            : null;
    }

    /// <summary>The ids before and after every text. They are added here, so the native library needs no template.</summary>
    private static (int First, int Last) ReadEnds(JsonObjectReader processor)
    {
        if (processor.Text("type") is var type and not "RobertaProcessing") throw processor.Fault($"is of the type \"{type}\"; RoBERTa's tokenizers use RobertaProcessing");
        return (Id("cls"), Id("sep"));

        int Id(string name)
        {
            var pair = processor.List(name);
            return pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.Number
                && pair[1].TryGetInt32(out var id) && id is >= 0 and < TokenizerLimits.Ids
                ? id
                : throw processor.Fault(name, $"should be a token and its id, from 0 to {TokenizerLimits.Ids - 1}");
        }
    }

    private static string Shown(JsonElement value) => JsonSerializer.Serialize(value) is { Length: > 40 } text ? text[..40] + "…" : JsonSerializer.Serialize(value);
}
