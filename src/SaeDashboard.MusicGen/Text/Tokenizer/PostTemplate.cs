using System.Text.Json;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>The ids that go before and after a text: for T5 nothing and <c>&lt;/s&gt;</c>.</summary>
internal sealed record PostTemplate(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static PostTemplate Read(TokenizerJson json)
    {
        const string place = "post_processor";
        if (!json.TryGet(json.Root, place, out _)) return new PostTemplate([], []);
        var element = json.Required(json.Root, "", place, JsonValueKind.Object);
        var type = json.RequiredString(element, place, "type");
        if (type != "TemplateProcessing") throw json.Wrong(place, $"is of the type \"{type}\"; T5's tokenizers use TemplateProcessing");

        var specials = json.Required(element, place, "special_tokens", JsonValueKind.Object);
        const int most = TokenizerLimits.TemplateIds;
        var before = new List<int>();
        var after = new List<int>();
        var texts = 0;
        var single = json.Required(element, place, "single", JsonValueKind.Array);
        foreach (var (piece, here) in json.Objects(single, TokenizerJson.Join(place, "single")))
        {
            if (json.TryGet(piece, "Sequence", out _)) texts++;
            else (texts == 0 ? before : after).AddRange(Ids(json, piece, here, specials, TokenizerJson.Join(place, "special_tokens")).Take(most + 1));
            if (before.Count + after.Count > most) throw json.Wrong(here, $"adds one id too many: at most {most} are");
        }

        if (texts != 1) throw json.Wrong(TokenizerJson.Join(place, "single"), "should hold the text's place once");
        return new PostTemplate(before, after);
    }

    private static IEnumerable<int> Ids(TokenizerJson json, JsonElement piece, string here, JsonElement specials, string specialsPlace)
    {
        var reference = json.Required(piece, here, "SpecialToken", JsonValueKind.Object);
        var name = json.RequiredString(reference, TokenizerJson.Join(here, "SpecialToken"), "id");
        var special = json.Required(specials, specialsPlace, name, JsonValueKind.Object);
        var place = TokenizerJson.Join(specialsPlace, name);
        foreach (var id in json.Required(special, place, "ids", JsonValueKind.Array).EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var value) || value is < 0 or >= TokenizerLimits.Ids)
                throw json.Wrong(TokenizerJson.Join(place, "ids"), $"should hold whole numbers from 0 to {TokenizerLimits.Ids - 1}");
            yield return value;
        }
    }
}
