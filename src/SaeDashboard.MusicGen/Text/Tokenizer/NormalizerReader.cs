using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>: the kinds that T5's files use, alone or in a sequence.</summary>
internal static partial class NormalizerReader
{
    public static INormalizer Read(TokenizerJson json)
    {
        const string place = "normalizer";
        if (!json.TryGet(json.Root, place, out _)) return new SequenceNormalizer([], json.Path);
        return Read(json, json.Required(json.Root, "", place, JsonValueKind.Object), place);
    }

    private static INormalizer Read(TokenizerJson json, JsonElement element, string place)
    {
        json.CountStep(place);
        return json.RequiredString(element, place, "type") switch
        {
            "Precompiled" => ReadPrecompiled(json, element, place),
            "Strip" => new StripNormalizer(
                json.Flag(element, place, "strip_left", otherwise: true), json.Flag(element, place, "strip_right", otherwise: true)),
            "Replace" => ReadReplace(json, element, place),
            "Sequence" => new SequenceNormalizer(ReadSequence(json, element, place), json.Path),
            var other => throw json.Wrong(
                place, $"is of the type \"{other}\"; T5's tokenizers use Precompiled, Strip, Replace and Sequence")
        };
    }

    private static List<INormalizer> ReadSequence(TokenizerJson json, JsonElement element, string place)
    {
        const string name = "normalizers";
        var array = json.Required(element, place, name, JsonValueKind.Array);
        return json.Objects(array, TokenizerJson.Join(place, name)).Select(item => Read(json, item.Element, item.Place)).ToList();
    }

    private static PrecompiledNormalizer ReadPrecompiled(TokenizerJson json, JsonElement element, string place)
    {
        const string name = "precompiled_charsmap";
        var text = json.RequiredString(element, place, name);
        try
        {
            return PrecompiledNormalizer.Parse(Convert.FromBase64String(text));
        }
        catch (FormatException e)
        {
            throw json.Wrong(TokenizerJson.Join(place, name), $"is damaged: {e.Message.TrimEnd('.')}");
        }
    }

    private static INormalizer ReadReplace(TokenizerJson json, JsonElement element, string place)
    {
        var content = Short(json, element, place, "content");
        var pattern = json.Required(element, place, "pattern", JsonValueKind.Object);
        var here = TokenizerJson.Join(place, "pattern");
        if (json.TryGet(pattern, "String", out _)) return new ReplaceTextNormalizer(Short(json, pattern, here, "String"), content);

        var expression = Short(json, pattern, here, "Regex");
        if (PatternCounts().Matches(expression).Aggregate(1L, (product, count) => Math.Min(int.MaxValue, product * Count(count.ValueSpan)))
            > TokenizerLimits.PatternCounts)
            throw json.Wrong(TokenizerJson.Join(here, "Regex"), $"repeats more than {TokenizerLimits.PatternCounts} times in all");
        try
        {
            return new ReplaceNormalizer(expression, content);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw json.Wrong(TokenizerJson.Join(here, "Regex"), $"is a pattern this program cannot run: {e.Message.TrimEnd('.')}");
        }
    }

    private static string Short(TokenizerJson json, JsonElement element, string place, string name)
    {
        var text = json.RequiredString(element, place, name);
        return text.Length <= TokenizerLimits.LongestPattern
            ? text
            : throw json.Wrong(TokenizerJson.Join(place, name), $"has {text.Length} characters; at most {TokenizerLimits.LongestPattern} are read");
    }

    /// <summary>Nested or side by side: their product bounds what the loops unroll to.</summary>
    private static long Count(ReadOnlySpan<char> digits) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Clamp(count, 1, int.MaxValue) : int.MaxValue;

    [GeneratedRegex(@"(?<=[{,])[0-9]+(?=[,}])", RegexOptions.CultureInvariant)]
    private static partial Regex PatternCounts();
}
