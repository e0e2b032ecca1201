using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

/// <summary>A small tokenizer.json can ask for unbounded work: each way to do so that is known is refused.</summary>
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
        File.WriteAllText(_path, json.ToJsonString());
        // MusicGenModel compares this with the text encoder's embedding.
        Assert.Equal(70_001, T5Tokenizer.Load(_path).VocabularySize);
    }

    [Fact]
    public void An_end_of_a_hundred_thousand_tokens() =>
        Refused(json => json["post_processor"]!["special_tokens"]!["</s>"]!["ids"] = new JsonArray([.. Enumerable.Repeat(1, 100_000).Select(id => JsonValue.Create(id))]),
            "one id too many");

    [Fact]
    public void A_chain_of_pre_tokenizers_that_would_overflow_the_stack() =>
        Refused(json => json["pre_tokenizer"] = Chain("pretokenizers", 100_000, () => new JsonObject { ["type"] = "Metaspace" }), "one step too many");

    [Fact]
    public void A_chain_of_normalizers() =>
        Refused(json => json["normalizer"] = Chain("normalizers", 65, () => new JsonObject { ["type"] = "Strip" }), "one step too many");

    [Fact]
    public void Normalizers_that_double_a_text_at_every_step()
    {
        var json = Classic();
        json["normalizer"] = Chain("normalizers", 60, () => Replace("String", "a", "aa"));
        File.WriteAllText(_path, json.ToJsonString());
        var tokenizer = T5Tokenizer.Load(_path);
        var error = Assert.Throws<UserException>(() => tokenizer.Encode("a")).Message;
        Assert.Contains(_path, error);
        Assert.Contains("normalizer makes", error);
        // And a text that it does not touch is fine.
        Assert.Equal(1, tokenizer.Encode("solo")[^1]);
    }

    [Theory]
    [InlineData("(((a{1000}){1000}){1000}){1000}")]
    [InlineData("(a{40}){40}")]
    [InlineData("a{2,2000}")]
    [InlineData("a{99999999999999999999}")]
    public void A_pattern_whose_automaton_is_huge(string pattern) =>
        Refused(json => json["normalizer"] = Replace("Regex", pattern, ""), "normalizer.pattern.Regex");

    [Theory]
    [InlineData("(?=a)")]
    [InlineData(@"(a)\1")]
    public void A_pattern_that_needs_backtracking(string pattern) =>
        Refused(json => json["normalizer"] = Replace("Regex", pattern, ""), "cannot run");

    [Fact]
    public void A_pattern_of_a_hundred_thousand_characters() =>
        Refused(json => json["normalizer"] = Replace("Regex", new string('(', 100_000), ""), "at most 100");

    [Fact]
    public void A_pattern_that_would_backtrack_without_end_runs_in_one_pass()
    {
        var json = Classic();
        json["normalizer"] = Replace("Regex", "(a+)+$", "b");
        File.WriteAllText(_path, json.ToJsonString());
        Assert.Equal(1, T5Tokenizer.Load(_path).Encode(new string('a', 50_000) + "!")[^1]);
    }

    [Fact]
    public void An_empty_text_is_nowhere_found()
    {
        var json = Classic();
        json["normalizer"] = Replace("String", "", "xyz");
        File.WriteAllText(_path, json.ToJsonString());
        var tokenizer = T5Tokenizer.Load(_path);
        json["normalizer"] = null;
        File.WriteAllText(_path, json.ToJsonString());
        Assert.Equal(T5Tokenizer.Load(_path).Encode("solo taiko"), tokenizer.Encode("solo taiko"));
    }

    [Fact]
    public void A_character_that_becomes_a_book() =>
        Refused(
            json =>
            {
                byte[] map = [4, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'x', 100_000), 0];
                json["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(map) };
            },
            "more than 255 bytes");

    [Fact]
    public void Half_a_surrogate_pair() => Refused("\"</s>\"", "\"\\ud83d\"", "half a surrogate pair");

    [Fact]
    public void Bytes_that_are_no_UTF8()
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

    private static JsonObject Chain(string name, int length, Func<JsonObject> step) =>
        new() { ["type"] = "Sequence", [name] = new JsonArray([.. Enumerable.Range(0, length).Select(_ => step())]) };

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
