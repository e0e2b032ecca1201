using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Clap.Text;
using SaeDashboard.Core;

namespace SaeDashboard.Clap.Tests;

/// <summary>RoBERTa's tokenizer gives the reference's ids, and a file that could harm the native library is refused by name.</summary>
public sealed class ClapTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string Golden => Path.Combine(GoldenClap.Folder, "tokenizer.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_golden_text_gives_the_reference_ids()
    {
        using var tokenizer = ClapTokenizer.Load(Golden);
        var cases = Cases();
        Assert.Equal(311, cases.Count);
        Assert.Empty(Wrong(tokenizer, cases));
        Assert.Equal(400, tokenizer.VocabularySize);
    }

    /// <summary>As files before tokenizers 0.20 write it.</summary>
    [Fact]
    public void Merges_as_one_string_give_the_same_ids()
    {
        using var tokenizer = Altered(json =>
        {
            var model = json["model"]!;
            model["merges"] = new JsonArray([.. model["merges"]!.AsArray().Select(merge => JsonValue.Create($"{merge![0]} {merge[1]}"))]);
            (model["continuing_subword_prefix"], model["end_of_word_suffix"]) = ("", "");
            model.AsObject().Remove("type");
        });
        Assert.Empty(Wrong(tokenizer, Cases()));
    }

    [Fact]
    public void Half_a_surrogate_pair_reads_as_the_replacement_character()
    {
        using var tokenizer = ClapTokenizer.Load(Golden);
        Assert.Equal(tokenizer.Encode("a\ufffd"), tokenizer.Encode("a\ud83d"));
        Assert.Equal([0, 2], tokenizer.Encode(""));
    }

    [Fact]
    public void A_text_has_at_most_16384_characters()
    {
        using var tokenizer = ClapTokenizer.Load(Golden);
        // Spaces are the longest run that the splitting pattern can go back over.
        foreach (var unit in (string[])[" ", "a", "\u30ab", "'s", "<mask>", "<mask"])
        {
            var text = string.Concat(Enumerable.Repeat(unit, ClapTokenizer.MaxCharacters / unit.Length));
            Assert.Equal(2, tokenizer.Encode(text)[^1]);
        }
        Assert.Contains("16385 characters", Assert.Throws<UserException>(() => tokenizer.Encode(new string('a', 16385))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_have_characters_of_their_own()
    {
        var characters = BpeAllowList.ByteCharacters();
        Assert.Equal(256, characters.Distinct().Count());
        // As GPT-2's vocabulary has it: "Ġ" is a space, "Ċ" a line end, "Ń" a soft hyphen.
        Assert.Equal("ĠĊŃA", string.Concat(new[] { ' ', '\n', 0xAD, 'A' }.Select(value => characters[value])));
    }

    public static TheoryData<string, string, string> Wrongs => new()
    {
        { "normalizer", """{"type":"Lowercase"}""", "\"normalizer\" is set" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated"}""", "is of the type \"Split\"" },
        { "pre_tokenizer", """{"type":"Sequence","pretokenizers":[]}""", "is of the type \"Sequence\"" },
        { "pre_tokenizer.use_regex", "false", "\"pre_tokenizer.use_regex\" is off" },
        { "pre_tokenizer", "null", "\"pre_tokenizer\" is missing" },
        { "model.type", "\"Unigram\"", "a RoBERTa tokenizer is a BPE model" },
        { "model.dropout", "0.1", "\"model.dropout\" is set" },
        { "model.byte_fallback", "true", "\"model.byte_fallback\" is on" },
        { "model.ignore_merges", "true", "\"model.ignore_merges\" is on" },
        { "model.continuing_subword_prefix", "\"##\"", "\"model.continuing_subword_prefix\" is set" },
        { "model.end_of_word_suffix", "\"</w>\"", "\"model.end_of_word_suffix\" is set" },
        { "model.vocab", "{}", "\"model.vocab\" has 0 pieces" },
        { "model.vocab", """{"a":0,"b":0}""", "should give each piece an id of its own; \"b\" has 0" },
        { "model.vocab", """{"a":-1}""", "should give each piece an id of its own" },
        { "model.vocab", """{"a":1e9}""", "should give each piece an id of its own" },
        { "model.vocab", """{"a":5}""", "its ids do not count from 0 to 0" },
        { "model.vocab", """{"a":0}""", "lacks U+0100; a byte-level vocabulary has a piece for each byte" },
        { "model.merges", "[[\"q\",\"zzz\"]]", "\"model.merges[0]\" needs the piece \"zzz\"" },
        { "model.merges", "[\"abc\"]", "\"model.merges[0]\" should be two pieces" },
        { "model.merges", "[[\"a\"]]", "\"model.merges[0]\" should be two pieces" },
        { "model.merges", "[[\"a b\",\"c\"]]", "\"model.merges[0]\" should be two pieces" },
        { "model.merges", "null", "\"model.merges\" is missing" },
        { "post_processor.type", "\"BertProcessing\"", "use RobertaProcessing" },
        { "post_processor.sep", "[\"</s>\"]", "\"post_processor.sep\" should be a token and its id" },
        { "post_processor.cls", "[\"<s>\",-1]", "\"post_processor.cls\" should be a token and its id" },
        { "added_tokens", """[{"id":900,"content":"<break>"}]""", "\"added_tokens[0].id\" is 900, but \"<break>\" gets the id 400" },
        { "added_tokens", """[{"id":400,"content":" \u3000"}]""", "is white space alone" },
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public void A_wrong_file_is_refused_where_it_is_wrong(string field, string json, string said)
    {
        var error = Assert.Throws<UserException>(() => Altered(root =>
        {
            var names = field.Split('.');
            names[..^1].Aggregate(root, (node, name) => node[name]!)[names[^1]] = JsonNode.Parse(json);
        }).Dispose()).Message;
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Contains(folder["tokenizer.json"], error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_piece_as_long_as_a_file_and_a_vocabulary_without_end_are_refused()
    {
        Refused(json => json["model"]!["vocab"]!["\u0120" + new string('a', 300)] = 400, "a piece has at most 256 characters");
        Refused(json =>
        {
            for (var id = 400; id <= 1 << 18; id++) json["model"]!["vocab"]![$"p{id}"] = id;
        }, "\"model.vocab\" ");
        Refused(json => json["model"]!["merges"] = new JsonArray([.. Enumerable.Repeat("a a", (1 << 18) + 1).Select(merge => JsonValue.Create(merge))]), "has more than 262144 entries");
    }

    [Fact]
    public void A_file_that_is_cut_short_is_named()
    {
        var whole = File.ReadAllText(Golden);
        File.WriteAllText(folder["tokenizer.json"], whole[..(whole.Length / 2)]);
        Assert.Contains("is not valid JSON", Assert.Throws<UserException>(() => ClapTokenizer.Load(folder["tokenizer.json"])).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<UserException>(() => ClapTokenizer.Load(folder["none.json"])).Message, StringComparison.Ordinal);
    }

    private void Refused(Action<JsonNode> change, string said) =>
        Assert.Contains(said, Assert.Throws<UserException>(() => Altered(change).Dispose()).Message, StringComparison.Ordinal);

    private ClapTokenizer Altered(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(Golden))!;
        change(json);
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        return ClapTokenizer.Load(folder["tokenizer.json"]);
    }

    private static IEnumerable<string> Wrong(ClapTokenizer tokenizer, List<(string Text, int[] Ids)> cases) => cases
        .Where(item => !tokenizer.Encode(item.Text).SequenceEqual(item.Ids))
        .Select(item => $"\"{item.Text}\": {string.Join(' ', tokenizer.Encode(item.Text))}, expected {string.Join(' ', item.Ids)}");

    private static List<(string Text, int[] Ids)> Cases()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenClap.Folder, "expected", "tokens.json")));
        return [.. document.RootElement.EnumerateArray().Select(item => (item.GetProperty("text").GetString()!, item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))];
    }
}
