using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Files;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// The normalizers and pre-tokenizers that T5's files use, written as one flat sequence. All other steps of the native library are rejected,
/// and so are sequences that make a short text long.
/// </summary>
internal sealed partial class StepAllowList(JsonObjectReader root, Utf8JsonWriter writer)
{
    private int steps;
    private bool metaspace;

    /// <summary>The most bytes that the normalizer makes of one.</summary>
    public double Growth { get; private set; } = 1;

    /// <summary>Writes the file's normalizer, where it has one.</summary>
    public void WriteNormalizer() => Write("normalizer", "normalizers", WriteNormalizer);

    /// <summary>Writes the file's pre-tokenizer, where it has one.</summary>
    public void WritePreTokenizer() => Write("pre_tokenizer", "pretokenizers", WritePreTokenizer);

    private void Write(string name, string list, Action<JsonObjectReader> write)
    {
        if (!root.Has(name)) return;
        writer.WriteStartObject(name);
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray(list);
        write(root.Object(name));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteAll(JsonObjectReader sequence, string list, Action<JsonObjectReader> write)
    {
        foreach (var step in sequence.Objects(list)) write(step);
    }

    private void WriteNormalizer(JsonObjectReader step)
    {
        Count(step);
        var growth = 1.0;
        switch (step.Text("type"))
        {
            case "Sequence":
                WriteAll(step, "normalizers", WriteNormalizer);
                break;
            case "Strip":
                WriteStart("Strip");
                writer.WriteBoolean("strip_left", step.Flag("strip_left", true));
                writer.WriteBoolean("strip_right", step.Flag("strip_right", true));
                writer.WriteEndObject();
                break;
            case "Precompiled":
                growth = WritePrecompiled(step);
                break;
            case "Replace":
                growth = WriteReplace(step);
                break;
            case var other:
                throw step.Fault($"is of the type \"{other}\"; T5's tokenizers use Precompiled, Strip, Replace and Sequence");
        }
        Growth *= growth;
        if (Growth > TokenizerLimits.Growth)
            throw step.Fault($"could make a text more than {TokenizerLimits.Growth} times as long, with the steps before it");
    }

    private double WritePrecompiled(JsonObjectReader step)
    {
        const string name = "precompiled_charsmap";
        try
        {
            var map = Convert.FromBase64String(step.Text(name));
            var growth = CharacterMap.Check(map);
            WriteStart("Precompiled");
            writer.WriteBase64String(name, map);
            writer.WriteEndObject();
            return growth;
        }
        catch (FormatException e)
        {
            throw step.Fault(name, $"is damaged: {e.Message.TrimEnd('.')}");
        }
    }

    private double WriteReplace(JsonObjectReader step)
    {
        var content = Short(step, "content");
        var pattern = step.Object("pattern");
        var kind = pattern.Has("String") ? "String" : "Regex";
        var found = Short(pattern, kind);
        var foundBytes = kind == "String" ? Encoding.UTF8.GetByteCount(found) : PatternBytes(found, pattern, kind);
        if (foundBytes == 0) throw pattern.Fault(kind, "is empty");

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
    private static int PatternBytes(string pattern, JsonObjectReader step, string name)
    {
        if (RepeatedCharacter().Match(pattern) is not { Success: true } match)
            throw step.Fault(name, "is a pattern this program cannot run: T5's tokenizers look for one character and its repetitions, such as \" {2,}\"");
        var times = match.Groups["times"].ValueSpan is { Length: > 0 } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : 1;
        return times * (match.Groups["space"].Success ? 1 : Encoding.UTF8.GetByteCount(match.Groups["character"].ValueSpan));
    }

    private void WritePreTokenizer(JsonObjectReader step)
    {
        Count(step);
        switch (step.Text("type"))
        {
            case "Sequence":
                WriteAll(step, "pretokenizers", WritePreTokenizer);
                break;
            case "WhitespaceSplit":
                WriteStart("WhitespaceSplit");
                writer.WriteEndObject();
                break;
            case "Metaspace":
                WriteMetaspace(step);
                break;
            case var other:
                throw step.Fault($"is of the type \"{other}\"; T5's tokenizers use WhitespaceSplit, Metaspace and Sequence");
        }
    }

    private void WriteMetaspace(JsonObjectReader step)
    {
        // Two steps that split at each other's marks make the words grow like the Fibonacci numbers.
        if (metaspace) throw step.Fault("is a second Metaspace; T5's tokenizers have one");
        metaspace = true;
        var replacement = step.Text("replacement", "\u2581");
        if (replacement.Length != 1) throw step.Fault("replacement", "should be one character");

        // Older files say add_prefix_space, newer ones prepend_scheme.
        var scheme = step.TextOrNone("prepend_scheme") ?? (step.Flag("add_prefix_space", true) ? "always" : "never");
        if (scheme is not ("always" or "first" or "never"))
            throw step.Fault("prepend_scheme", $"is \"{scheme}\"; it should be always, first or never");

        WriteStart("Metaspace");
        writer.WriteString("replacement", replacement);
        writer.WriteString("prepend_scheme", scheme);
        writer.WriteBoolean("split", step.Flag("split", true));
        writer.WriteEndObject();
    }

    private void WriteStart(string type)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
    }

    private void Count(JsonObjectReader step)
    {
        if (++steps > TokenizerLimits.Steps)
            throw step.Fault($"is one step too many: a tokenizer has at most {TokenizerLimits.Steps} normalizers and pre-tokenizers");
    }

    private static string Short(JsonObjectReader step, string name)
    {
        var text = step.Text(name);
        return text.Length <= TokenizerLimits.MaxPatternLength
            ? text
            : throw step.Fault(name, $"has {text.Length} characters; at most {TokenizerLimits.MaxPatternLength} are read");
    }

    [GeneratedRegex(@"\A(?:(?<space>\\s)|(?<character>[^\\.*?+^$|()\[\]{}]))(?:\+|\{(?<times>[1-9][0-9]?),?\})?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RepeatedCharacter();
}
