using System.Text.Json;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>: WhitespaceSplit and Metaspace, alone or in a sequence.</summary>
internal static class PreTokenizerReader
{
    public static IPreTokenizer Read(TokenizerJson json)
    {
        const string place = "pre_tokenizer";
        if (!json.TryGet(json.Root, place, out _)) return new SequencePreTokenizer([]);
        return Read(json, json.Required(json.Root, "", place, JsonValueKind.Object), place);
    }

    private static IPreTokenizer Read(TokenizerJson json, JsonElement element, string place)
    {
        json.CountStep(place);
        return json.RequiredString(element, place, "type") switch
        {
            "WhitespaceSplit" => new WhitespaceSplit(),
            "Metaspace" => ReadMetaspace(json, element, place),
            "Sequence" => new SequencePreTokenizer(ReadSequence(json, element, place)),
            var other => throw json.Wrong(place, $"is of the type \"{other}\"; T5's tokenizers use WhitespaceSplit, Metaspace and Sequence")
        };
    }

    private static List<IPreTokenizer> ReadSequence(TokenizerJson json, JsonElement element, string place)
    {
        const string name = "pretokenizers";
        var array = json.Required(element, place, name, JsonValueKind.Array);
        return json.Objects(array, TokenizerJson.Join(place, name)).Select(item => Read(json, item.Element, item.Place)).ToList();
    }

    private static Metaspace ReadMetaspace(TokenizerJson json, JsonElement element, string place)
    {
        var replacement = json.TryGet(element, "replacement", out _) ? json.RequiredString(element, place, "replacement") : "\u2581";
        if (replacement.Length != 1) throw json.Wrong(TokenizerJson.Join(place, "replacement"), "should be one character");

        // Older files say add_prefix_space, newer ones prepend_scheme.
        var scheme = json.TryGet(element, "prepend_scheme", out _)
            ? json.RequiredString(element, place, "prepend_scheme")
            : json.Flag(element, place, "add_prefix_space", otherwise: true) ? "always" : "never";
        var prepend = scheme switch
        {
            "always" => MetaspacePrepend.Always,
            "first" => MetaspacePrepend.First,
            "never" => MetaspacePrepend.Never,
            _ => throw json.Wrong(TokenizerJson.Join(place, "prepend_scheme"), $"is \"{scheme}\"; it should be always, first or never")
        };
        return new Metaspace(replacement[0], prepend, json.Flag(element, place, "split", otherwise: true));
    }
}
