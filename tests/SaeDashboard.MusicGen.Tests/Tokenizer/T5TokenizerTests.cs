using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

public class T5TokenizerTests
{
    [Theory]
    [InlineData("classic")]
    [InlineData("sequence")]
    public void Every_golden_text_gives_the_reference_ids(string form)
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json(form));
        var cases = TokenizerFiles.Cases(form);
        Assert.Equal(311, cases.Count);

        var wrong = cases.Where(item => !tokenizer.Encode(item.Text).SequenceEqual(item.Ids))
            .Select(item => $"\"{item.Text}\": {string.Join(' ', tokenizer.Encode(item.Text))}, expected {string.Join(' ', item.Ids)}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_empty_text_is_the_end_token_alone() =>
        Assert.Equal([1], T5Tokenizer.Load(TokenizerFiles.Json("classic")).Encode(""));

    [Fact]
    public void The_vocabulary_covers_pieces_and_added_tokens() =>
        Assert.Equal(2100, T5Tokenizer.Load(TokenizerFiles.Json("classic")).VocabularySize);

    [Theory]
    [InlineData("a\ud83d", "a\ufffd")]
    [InlineData("\udc3ab", "\ufffdb")]
    [InlineData("\udc3a\ud83d", "\ufffd\ufffd")]
    public void Half_a_surrogate_pair_reads_as_the_replacement_character(string broken, string repaired)
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json("sequence"));
        Assert.Equal(tokenizer.Encode(repaired), tokenizer.Encode(broken));
    }

    /// <summary>Graphemes come from the framework's own tables: switching ICU off must not change where a cluster ends.</summary>
    [Theory]
    [InlineData("e\u0301x", 2)]
    [InlineData("\r\n", 2)]
    [InlineData("\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67!", 8)]
    [InlineData("\ud83c\uddfa\ud83c\uddf8\ud83c\uddeb", 4)]
    [InlineData("\u1112\u1161\u11abx", 3)]
    [InlineData("\u0e33", 1)]
    [InlineData("\u0e01\u0e33x", 2)]
    public void Grapheme_clusters_are_extended_ones(string text, int firstClusterLength) =>
        Assert.Equal(firstClusterLength, System.Globalization.StringInfo.GetNextTextElementLength(text));

    /// <summary>
    /// Texts that are long in different ways: words, one word, one grapheme cluster, spaces, starts of added tokens, unknowns.
    /// </summary>
    [Theory]
    [InlineData("classic")]
    [InlineData("sequence")]
    public void A_million_characters_are_read_to_their_end(string form)
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json(form));
        tokenizer.Encode("warm up");
        string[] units = ["solo taiko drums, fast ", "guitar", "e\u0301", "\u0301", " ", "<extra_id_9", "\u30ab", "<extra_id_9>", "\u2581"];
        foreach (var unit in units)
        {
            var text = new StringBuilder().Insert(0, unit, 1_000_000 / unit.Length).ToString();
            // Linear work takes well under a second; quadratic work would take hours, and the run would be ended.
            Assert.Equal(1, tokenizer.Encode(text)[^1]);
        }
    }

    [Fact]
    public void A_long_prompt_is_its_words_side_by_side()
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json("classic"));
        var word = tokenizer.Encode("guitar")[..^1];
        var ids = tokenizer.Encode(string.Join(' ', Enumerable.Repeat("guitar", 1429)));
        Assert.Equal(Enumerable.Repeat(word, 1429).SelectMany(part => part).Append(1), ids);
    }

    [Fact]
    public void An_added_token_keeps_to_words_and_swallows_spaces_when_it_says_so()
    {
        var tokenizer = Altered(json =>
        {
            foreach (var token in json["added_tokens"]!.AsArray().Where(token => (string)token!["content"]! == "<extra_id_0>"))
                (token!["content"], token["single_word"], token["lstrip"], token["rstrip"]) = ("<break>", true, true, true);
        });
        const int extra = 2099;
        var plain = tokenizer.Encode("piano")[..^1];
        Assert.Equal([.. plain, extra, .. plain, 1], tokenizer.Encode("piano  <break>  piano"));
        Assert.DoesNotContain(extra, tokenizer.Encode("piano<break> piano"));
        Assert.DoesNotContain(extra, tokenizer.Encode("piano <break>piano"));
    }

    [Fact]
    public void An_added_token_that_is_normalized_is_found_in_the_normalized_text()
    {
        var tokenizer = Altered(json =>
        {
            foreach (var token in json["added_tokens"]!.AsArray().Where(token => (string)token!["content"]! == "<extra_id_0>"))
                (token!["content"], token["normalized"]) = ("\uff21\uff22\uff23", true);
        });
        Assert.Contains(2099, tokenizer.Encode("x ABC y"));
        Assert.Contains(2099, tokenizer.Encode("x \uff21\uff22\uff23 y"));
    }

    private static T5Tokenizer Altered(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(TokenizerFiles.Json("classic")))!;
        change(json);
        var path = Path.Combine(Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}.json");
        try
        {
            File.WriteAllText(path, json.ToJsonString());
            return T5Tokenizer.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
