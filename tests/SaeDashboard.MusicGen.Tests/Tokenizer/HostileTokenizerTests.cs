using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

/// <summary>
/// A small tokenizer.json can ask for unbounded work, or make the native library panic, which ends the process: each way to do so that is
/// known is refused, or does no harm.
/// </summary>
public sealed class HostileTokenizerTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_piece_as_long_as_the_file() =>
        Refused(json => json["model"]!["vocab"]!.AsArray().Add(new JsonArray(new string('a', 100_000), -1.0)), "at most 256 characters");

    [Fact]
    public void A_score_that_is_not_finite() => Refused("[\"</s>\",0.0]", "[\"</s>\",1e999]", "a finite score");

    [Fact]
    public void An_added_token_as_long_as_the_file() => Refused(json => Added(json)["content"] = new string('a', 100_000), "added_tokens");

    [Fact]
    public void An_id_next_to_the_largest_number() => Refused(json => Added(json)["id"] = int.MaxValue, "from 0 to 16777215");

    [Fact]
    public void An_end_token_of_another_id_counts_as_one_of_the_vocabulary()
    {
        var json = Classic();
        json["post_processor"]!["special_tokens"]!["</s>"]!["ids"] = new JsonArray(70_000);
        // MusicGenModel compares this with the text encoder's embedding.
        var tokenizer = Load(json);
        Assert.Equal(70_001, tokenizer.VocabularySize);
        Assert.Equal(70_000, tokenizer.Encode("solo")[^1]);
    }

    [Fact]
    public void An_end_of_a_hundred_thousand_tokens() =>
        Refused(json => json["post_processor"]!["special_tokens"]!["</s>"]!["ids"] = new JsonArray([.. Enumerable.Repeat(1, 100_000).Select(id => JsonValue.Create(id))]),
            "one id too many");

    [Fact]
    public void An_id_that_the_library_does_not_give() =>
        Refused(json => Added(json)["content"] = "<break>", "\"added_tokens[102].id\" is 2099, but \"<break>\" gets the id 2100");

    /// <summary>An lstrip token of white space after an rstrip token: the library cuts the text backwards and panics.</summary>
    [Fact]
    public void An_added_token_of_white_space() => Refused(json => Added(json)["content"] = " \u3000", "is white space alone");

    /// <summary>The library would find it at every byte, in the middle of characters too, and panic.</summary>
    [Theory]
    [InlineData("\u200b")]
    [InlineData("\u0001")]
    public void An_added_token_of_which_normalizing_leaves_nothing(string content) => Refused(
        json =>
        {
            foreach (var piece in json["model"]!["vocab"]!.AsArray().Where(piece => (string)piece![0]! == "<extra_id_0>")) piece![0] = content;
            (Added(json)["content"], Added(json)["normalized"]) = (content, true);
        },
        "the normalizer leaves nothing");

    [Fact]
    public void A_chain_of_pre_tokenizers() =>
        Refused(json => json["pre_tokenizer"] = Chain("pretokenizers", 100_000, () => new JsonObject { ["type"] = "WhitespaceSplit" }), "one step too many");

    /// <summary>Cutting at each other's marks, they make 1.3 million words of one in thirty steps.</summary>
    [Fact]
    public void Pre_tokenizers_that_multiply_words()
    {
        var mark = 0;
        Refused(json => json["pre_tokenizer"] = Chain("pretokenizers", 30, () => new JsonObject { ["type"] = "Metaspace", ["replacement"] = mark++ % 2 == 0 ? "m" : "n" }),
            "\"pre_tokenizer.pretokenizers[1]\" is a second Metaspace");
    }

    [Fact]
    public void A_pre_tokenizer_that_splits_by_a_pattern() => Refused(
        json => json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = "(a+)+$" }, ["behavior"] = "Isolated", ["invert"] = false,
        },
        "is of the type \"Split\"");

    [Fact]
    public void A_chain_of_normalizers() =>
        Refused(json => json["normalizer"] = Chain("normalizers", 65, () => new JsonObject { ["type"] = "Strip" }), "one step too many");

    [Theory]
    [InlineData(30, "a", "aa")]
    [InlineData(2, "a", "aaaaaaaaaaaa")]
    [InlineData(1, "a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Normalizers_that_make_a_long_text_of_a_short_one(int steps, string found, string content) => Refused(
        json => json["normalizer"] = Chain("normalizers", steps, () => Replace("String", found, content)), "more than 64 times as long");

    [Fact]
    public void Normalizers_that_lengthen_a_text_together_with_the_map() => Refused(
        json => json["normalizer"] = new JsonObject
        {
            ["type"] = "Sequence", ["normalizers"] = new JsonArray(json["normalizer"]!.DeepClone(), Replace("Regex", "\\s+", "aaaaaaa")),
        },
        "\"normalizer.normalizers[1]\" could make a text more than 64 times as long");

    [Fact]
    public void Nesting_without_end()
    {
        var text = Classic().ToJsonString().Replace("\"truncation\":null", $"\"truncation\":{new string('[', 100_000)}{new string(']', 100_000)}", StringComparison.Ordinal);
        File.WriteAllText(_path, text);
        Refused("is not valid JSON");
    }

    [Fact]
    public void Sequences_inside_sequences_are_flat_to_the_library()
    {
        var json = Classic();
        var expected = Load(json).Encode("solo  taiko \ufdfa");
        for (var depth = 0; depth < 20; depth++) json["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(json["normalizer"]!.DeepClone()) };
        Assert.Equal(expected, Load(json).Encode("solo  taiko \ufdfa"));
    }

    [Fact]
    public void A_vocabulary_of_too_many_pieces() => Refused(
        json => json["model"]!["vocab"] = new JsonArray([.. Enumerable.Range(0, 262_145).Select(_ => new JsonArray("a", -1))]), "\"model.vocab\" has 262145 pieces");

    /// <summary>The library takes 400 bytes of memory for each of their bytes.</summary>
    [Fact]
    public void A_vocabulary_of_too_many_bytes() => Refused(
        json => json["model"]!["vocab"] = new JsonArray([.. Enumerable.Range(0, 5_000).Select(i => new JsonArray($"{i:D5}{new string('\u3042', 100)}", -1))]),
        "\"model.vocab\" has more than 1048576 bytes");

    [Fact]
    public void A_file_that_is_too_large()
    {
        using (var file = File.Create(_path)) file.SetLength((32L << 20) + 1);
        Refused("at most 33554432");
    }

    [Fact]
    public void Truncation_and_padding_do_not_reach_the_library()
    {
        var json = Classic();
        var expected = Load(json).Encode("solo taiko drums, fast");
        json["truncation"] = new JsonObject { ["direction"] = "Right", ["max_length"] = 2, ["strategy"] = "LongestFirst", ["stride"] = 0 };
        json["padding"] = new JsonObject
        {
            ["strategy"] = new JsonObject { ["Fixed"] = 2_000_000_000 }, ["direction"] = "Right", ["pad_to_multiple_of"] = null, ["pad_id"] = 0, ["pad_type_id"] = 0, ["pad_token"] = "<pad>",
        };
        Assert.Equal(expected, Load(json).Encode("solo taiko drums, fast"));
    }

    [Theory]
    [InlineData("(((a{1000}){1000}){1000}){1000}")]
    [InlineData("(a{40}){40}")]
    [InlineData("a{2,2000}")]
    [InlineData("a{99999999999999999999}")]
    public void A_pattern_whose_automaton_is_huge(string pattern) =>
        Refused(json => json["normalizer"] = Replace("Regex", pattern, ""), "normalizer.pattern.Regex");

    /// <summary>The library backtracks, and a search that takes too long, or finds nothing at a place, ends badly.</summary>
    [Theory]
    [InlineData("(?=a)")]
    [InlineData(@"(a)\1")]
    [InlineData("(a+)+$")]
    [InlineData("a*")]
    [InlineData("a?")]
    [InlineData("a{0,}")]
    [InlineData("a{1,3}")]
    [InlineData("aa+")]
    [InlineData("[ab]+")]
    [InlineData(@"\b")]
    [InlineData(@"\p{L}+")]
    [InlineData("a|b")]
    [InlineData(".")]
    [InlineData(" +\n")]
    [InlineData("")]
    public void A_pattern_that_is_more_than_a_repeated_character(string pattern) =>
        Refused(json => json["normalizer"] = Replace("Regex", pattern, ""), "cannot run");

    [Theory]
    [InlineData(" {2,}", "solo   taiko", "solo-taiko")]
    [InlineData(" {2}", "solo  taiko", "solo-taiko")]
    [InlineData(@"\s+", "solo\t \ntaiko", "solo-taiko")]
    [InlineData("\u3042", "solo\u3042taiko", "solo-taiko")]
    public void A_repeated_character_is_found(string pattern, string text, string same)
    {
        var json = Classic();
        json["normalizer"] = Replace("Regex", pattern, "-");
        var tokenizer = Load(json);
        Assert.Equal(tokenizer.Encode(same), tokenizer.Encode(text));
        Assert.Equal(1, tokenizer.Encode(new string(pattern[0], 200_000) + "!")[^1]);
    }

    [Fact]
    public void A_pattern_of_a_hundred_thousand_characters() =>
        Refused(json => json["normalizer"] = Replace("Regex", new string('(', 100_000), ""), "at most 100");

    /// <summary>The library finds it between any two characters.</summary>
    [Fact]
    public void A_replacement_of_the_empty_text() => Refused(json => json["normalizer"] = Replace("String", "", "xyz"), "\"normalizer.pattern.String\" is empty");

    [Fact]
    public void A_character_that_becomes_a_book() =>
        Refused(
            json =>
            {
                byte[] map = [4, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'x', 100_000), 0];
                json["normalizer"] = Precompiled(map);
            },
            "more than 255 bytes");

    /// <summary>The library follows a map's trie without looking at bounds.</summary>
    [Theory]
    [InlineData("01000000" + "00000000" + "00", "promises a trie of 1 bytes")]
    [InlineData("00000000" + "00", "promises a trie of 0 bytes")]
    [InlineData("ffffffff" + "00", "promises a trie of 4294967295 bytes")]
    [InlineData("04000000" + "00000000" + "00", "points beyond its end")]
    [InlineData("04000000" + "00fcffff" + "00", "points beyond its end")]
    [InlineData("04000000" + "00000000" + "ff00", "not UTF-8")]
    public void A_map_that_is_damaged(string map, string said) => RefusedMap(Convert.FromHexString(map), said);

    [Theory]
    [InlineData(0, null)]
    [InlineData(3, null)]
    [InlineData(6, null)]
    [InlineData(1, "points at no replacement")]
    [InlineData(7, "points at no replacement")]
    [InlineData(0x7fffffff, "points at no replacement")]
    public void A_map_whose_trie_points_into_its_replacements(uint value, string? said)
    {
        // "a" becomes the replacement that starts at the value: a hiragana, "bc", or nothing.
        var units = new uint[256];
        units['a'] = 'a' | 1 << 8 | 1 << 10;
        units['a' ^ 1] = 1u << 31 | value;
        byte[] map = [0, 4, 0, 0, .. units.SelectMany(BitConverter.GetBytes), .. "\u3042bc\0"u8];
        if (said is not null)
        {
            RefusedMap(map, said);
            return;
        }
        var json = Classic();
        json["normalizer"] = Precompiled(map);
        var tokenizer = Load(json);
        var becomes = value switch { 0 => "\u3042bc", 3 => "bc", _ => "" };
        Assert.Equal(tokenizer.Encode($"x{becomes}x"), tokenizer.Encode("xax"));
        Assert.Equal(tokenizer.Encode($"{becomes}{becomes}x"), tokenizer.Encode("aax"));
    }

    [Fact]
    public void A_map_whose_trie_never_ends()
    {
        // Each "a" leads back to the root.
        var units = new uint[256];
        units['a'] = 'a' | 'a' << 10;
        var json = Classic();
        json["normalizer"] = Precompiled([0, 4, 0, 0, .. units.SelectMany(BitConverter.GetBytes), 0]);
        Assert.Equal(1, Load(json).Encode(new string('a', 10_000))[^1]);
    }

    [Fact]
    public void A_map_that_is_too_large() => RefusedMap(new byte[(1 << 20) + 1], "at most 1048576");

    [Fact]
    public void Half_a_surrogate_pair() => Refused("\"</s>\"", "\"\\ud83d\"", "half a surrogate pair");

    [Fact]
    public void Bytes_that_are_not_UTF8()
    {
        var bytes = File.ReadAllBytes(TokenizerFiles.Json("classic"));
        bytes[bytes.AsSpan().IndexOf("</s>"u8)] = 0xFF;
        File.WriteAllBytes(_path, bytes);
        Assert.Contains("not UTF-8", Assert.Throws<UserException>(() => T5Tokenizer.Load(_path)).Message);
    }

    private static JsonNode Classic() => JsonNode.Parse(File.ReadAllText(TokenizerFiles.Json("classic")))!;

    private static JsonNode Added(JsonNode json) => json["added_tokens"]!.AsArray()[^1]!;

    private static JsonObject Replace(string kind, string pattern, string content) =>
        new() { ["type"] = "Replace", ["pattern"] = new JsonObject { [kind] = pattern }, ["content"] = content };

    private static JsonObject Precompiled(byte[] map) => new() { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(map) };

    private static JsonObject Chain(string name, int length, Func<JsonObject> step) =>
        new() { ["type"] = "Sequence", [name] = new JsonArray([.. Enumerable.Range(0, length).Select(_ => step())]) };

    private T5Tokenizer Load(JsonNode json)
    {
        File.WriteAllText(_path, json.ToJsonString());
        return T5Tokenizer.Load(_path);
    }

    private void RefusedMap(byte[] map, string said) => Refused(json => json["normalizer"] = Precompiled(map), said);

    private void Refused(Action<JsonNode> change, string said)
    {
        var json = Classic();
        change(json);
        File.WriteAllText(_path, json.ToJsonString());
        Refused(said);
    }

    private void Refused(string text, string altered, string said)
    {
        var whole = Classic().ToJsonString().Replace("\\u003C", "<", StringComparison.Ordinal).Replace("\\u003E", ">", StringComparison.Ordinal);
        Assert.Contains(text, whole);
        File.WriteAllText(_path, whole.Replace(text, altered, StringComparison.Ordinal));
        Refused(said);
    }

    private void Refused(string said)
    {
        var error = Assert.Throws<UserException>(() => T5Tokenizer.Load(_path)).Message;
        Assert.Contains(_path, error);
        Assert.Contains(said, error);
    }
}
