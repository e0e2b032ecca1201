using System.Text.Json;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// A token that is looked for in the text itself before the model sees it, such as <c>&lt;extra_id_0&gt;</c>.
/// <paramref name="SingleWord"/>: only where no word character touches it. <paramref name="StripLeft"/>, <paramref name="StripRight"/>:
/// it swallows the white space beside it. <paramref name="Normalized"/>: it is looked for after normalisation.
/// </summary>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized)
{
    public static IReadOnlyList<AddedToken> ReadAll(TokenizerJson json)
    {
        const string place = "added_tokens";
        if (!json.TryGet(json.Root, place, out _)) return [];
        var array = json.Required(json.Root, "", place, JsonValueKind.Array);

        var tokens = new List<AddedToken>();
        var characters = 0;
        foreach (var (element, here) in json.Objects(array, place))
        {
            var token = new AddedToken(
                json.RequiredId(element, here, "id"),
                json.RequiredString(element, here, "content"),
                json.Flag(element, here, "single_word", otherwise: false),
                json.Flag(element, here, "lstrip", otherwise: false),
                json.Flag(element, here, "rstrip", otherwise: false),
                json.Flag(element, here, "normalized", otherwise: true));
            characters += token.Content.Length;
            if (token.Content.Length > TokenizerLimits.LongestToken || characters > TokenizerLimits.AddedCharacters)
                throw json.Wrong(TokenizerJson.Join(here, "content"), $"is too long: a token has at most {TokenizerLimits.LongestToken} "
                    + $"characters, all together {TokenizerLimits.AddedCharacters}");
            if (token.Content.Length > 0) tokens.Add(token);
        }

        return tokens;
    }
}
