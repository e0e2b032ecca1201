using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// The normalizers and pre-tokenizers that T5's files use, written as one flat sequence. All other steps of the native library are rejected,
/// and so are sequences that make a short text long.
/// </summary>
internal sealed partial class StepAllowList(TokenizerJson json, Utf8JsonWriter writer)
{
    private int steps;
    private bool metaspace;

    /// <summary>The most bytes that the normalizer makes of one.</summary>
    public double Growth { get; private set; } = 1;

    /// <summary>Writes the file's normalizer, where it has one.</summary>
    public void WriteNormalizer() => Write("normalizer", "normalizers", WriteNormalizer);

    /// <summary>Writes the file's pre-tokenizer, where it has one.</summary>
    public void WritePreTokenizer() => Write("pre_tokenizer", "pretokenizers", WritePreTokenizer);

    private void Write(string place, string list, Action<JsonElement, string> write)
    {
        if (!json.TryGet(json.Root, place, out _)) return;
        writer.WriteStartObject(place);
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray(list);
        write(json.Required(json.Root, "", place, JsonValueKind.Object), place);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteAll(JsonElement sequence, string place, string list, Action<JsonElement, string> write)
    {
        var array = json.Required(sequence, place, list, JsonValueKind.Array);
        foreach (var (element, here) in json.Objects(array, TokenizerJson.Join(place, list))) write(element, here);
    }

    private void WriteNormalizer(JsonElement element, string place)
    {
        Count(place);
        var growth = 1.0;
        switch (json.RequiredString(element, place, "type"))
        {
            case "Sequence":
                WriteAll(element, place, "normalizers", WriteNormalizer);
                break;
            case "Strip":
                WriteStart("Strip");
                writer.WriteBoolean("strip_left", json.Flag(element, place, "strip_left", otherwise: true));
                writer.WriteBoolean("strip_right", json.Flag(element, place, "strip_right", otherwise: true));
                writer.WriteEndObject();
                break;
            case "Precompiled":
                growth = WritePrecompiled(element, place);
                break;
            case "Replace":
                growth = WriteReplace(element, place);
                break;
            case var other:
                throw json.Wrong(place, $"is of the type \"{other}\"; T5's tokenizers use Precompiled, Strip, Replace and Sequence");
        }
        Growth *= growth;
        if (Growth > TokenizerLimits.Growth)
            throw json.Wrong(place, $"could make a text more than {TokenizerLimits.Growth} times as long, with the steps before it");
    }

    private double WritePrecompiled(JsonElement element, string place)
    {
        const string name = "precompiled_charsmap";
        try
        {
            var map = Convert.FromBase64String(json.RequiredString(element, place, name));
            var growth = CharacterMap.Check(map);
            WriteStart("Precompiled");
            writer.WriteBase64String(name, map);
            writer.WriteEndObject();
            return growth;
        }
        catch (FormatException e)
        {
            throw json.Wrong(TokenizerJson.Join(place, name), $"is damaged: {e.Message.TrimEnd('.')}");
        }
    }

    private double WriteReplace(JsonElement element, string place)
    {
        var content = Short(element, place, "content");
        var pattern = json.Required(element, place, "pattern", JsonValueKind.Object);
        var here = TokenizerJson.Join(place, "pattern");
        var kind = json.TryGet(pattern, "String", out _) ? "String" : "Regex";
        var found = Short(pattern, here, kind);
        var foundBytes = kind == "String" ? Encoding.UTF8.GetByteCount(found) : PatternBytes(found, TokenizerJson.Join(here, kind));
        if (foundBytes == 0) throw json.Wrong(TokenizerJson.Join(here, kind), "is empty");

        WriteStart("Replace");
        writer.WriteStartObject("pattern");
        writer.WriteString(kind, found);
        writer.WriteEndObject();
        writer.WriteString("content", content);
        writer.WriteEndObject();
        return Math.Max(1, Encoding.UTF8.GetByteCount(content) / (double)foundBytes);
    }

    /// <summary>
    /// The shortest match of a pattern, in bytes. The native library aborts the process after too much backtracking; a pattern of one repeated
    /// character cannot backtrack.
    /// </summary>
    private int PatternBytes(string pattern, string place)
    {
        if (RepeatedCharacter().Match(pattern) is not { Success: true } match)
            throw json.Wrong(place, "is a pattern this program cannot run: T5's tokenizers look for one character and its repetitions, such as \" {2,}\"");
        var times = match.Groups["times"].ValueSpan is { Length: > 0 } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : 1;
        return times * (match.Groups["space"].Success ? 1 : Encoding.UTF8.GetByteCount(match.Groups["character"].ValueSpan));
    }

    private void WritePreTokenizer(JsonElement element, string place)
    {
        Count(place);
        switch (json.RequiredString(element, place, "type"))
        {
            case "Sequence":
                WriteAll(element, place, "pretokenizers", WritePreTokenizer);
                break;
            case "WhitespaceSplit":
                WriteStart("WhitespaceSplit");
                writer.WriteEndObject();
                break;
            case "Metaspace":
                WriteMetaspace(element, place);
                break;
            case var other:
                throw json.Wrong(place, $"is of the type \"{other}\"; T5's tokenizers use WhitespaceSplit, Metaspace and Sequence");
        }
    }

    private void WriteMetaspace(JsonElement element, string place)
    {
        // Two steps that split at each other's marks make the words grow like the Fibonacci numbers.
        if (metaspace) throw json.Wrong(place, "is a second Metaspace; T5's tokenizers have one");
        metaspace = true;
        var replacement = json.TryGet(element, "replacement", out _) ? json.RequiredString(element, place, "replacement") : "\u2581";
        if (replacement.Length != 1) throw json.Wrong(TokenizerJson.Join(place, "replacement"), "should be one character");

        // Older files say add_prefix_space, newer ones prepend_scheme.
        var scheme = json.TryGet(element, "prepend_scheme", out _)
            ? json.RequiredString(element, place, "prepend_scheme")
            : json.Flag(element, place, "add_prefix_space", otherwise: true) ? "always" : "never";
        if (scheme is not ("always" or "first" or "never"))
            throw json.Wrong(TokenizerJson.Join(place, "prepend_scheme"), $"is \"{scheme}\"; it should be always, first or never");

        WriteStart("Metaspace");
        writer.WriteString("replacement", replacement);
        writer.WriteString("prepend_scheme", scheme);
        writer.WriteBoolean("split", json.Flag(element, place, "split", otherwise: true));
        writer.WriteEndObject();
    }

    private void WriteStart(string type)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
    }

    private void Count(string place)
    {
        if (++steps > TokenizerLimits.Steps)
            throw json.Wrong(place, $"is one step too many: a tokenizer has at most {TokenizerLimits.Steps} normalizers and pre-tokenizers");
    }

    private string Short(JsonElement element, string place, string name)
    {
        var text = json.RequiredString(element, place, name);
        return text.Length <= TokenizerLimits.MaxPatternLength
            ? text
            : throw json.Wrong(TokenizerJson.Join(place, name), $"has {text.Length} characters; at most {TokenizerLimits.MaxPatternLength} are read");
    }

    [GeneratedRegex(@"\A(?:(?<space>\\s)|(?<character>[^\\.*?+^$|()\[\]{}]))(?:\+|\{(?<times>[1-9][0-9]?),?\})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex RepeatedCharacter();
}
