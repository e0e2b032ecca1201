using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.MusicGen.Text.Tokenizer;

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

    [Theory]
    [InlineData("piano\0drums")]
    [InlineData("\0\0piano drums\0")]
    public void A_text_does_not_end_at_a_NUL(string text)
    {
        using var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json("classic"));
        var ids = tokenizer.Encode(text);
        // NUL is in no piece: an unknown one, between the words' own.
        Assert.Contains(2, ids);
        Assert.True(ids.AsSpan().IndexOf(tokenizer.Encode("drums").AsSpan(1..^1)) >= 0, string.Join(' ', ids));
        Assert.Equal(1, ids[^1]);
    }

    [Fact]
    public void A_text_that_cannot_be_used_is_refused_with_its_length()
    {
        var path = TokenizerFiles.Json("classic");
        using var tokenizer = T5Tokenizer.Load(path);
        var error = Assert.Throws<UserException>(() => tokenizer.Encode(new string('a', 10_000_000))).Message;
        Assert.Contains("10000000 characters", error);
        Assert.Contains(path, error);
        Assert.Equal(1, tokenizer.Encode("solo")[^1]);
    }

    [Fact]
    public void A_disposed_tokenizer_says_so()
    {
        var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json("classic"));
        tokenizer.Dispose();
        tokenizer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tokenizer.Encode("solo"));
    }

    /// <summary>The native library keeps all tokenizers in one table.</summary>
    [Fact]
    public void Several_threads_encode_while_others_load_and_dispose()
    {
        using var tokenizer = T5Tokenizer.Load(TokenizerFiles.Json("classic"));
        var cases = TokenizerFiles.Cases("classic");
        Parallel.For(0, 800, new ParallelOptions { MaxDegreeOfParallelism = 8 }, round =>
        {
            var (text, ids) = cases[round % cases.Count];
            Assert.Equal(ids, tokenizer.Encode(text));
            if (round % 20 != 0) return;
            using var other = T5Tokenizer.Load(TokenizerFiles.Json("sequence"));
            Assert.Equal([1], other.Encode(""));
        });
    }

    /// <summary>Without Dispose the package's finalizer frees it, but not while it encodes.</summary>
    [Fact]
    public void A_tokenizer_may_be_forgotten()
    {
        for (var round = 0; round < 20; round++)
        {
            Assert.Equal([1], T5Tokenizer.Load(TokenizerFiles.Json("classic")).Encode(""));
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [Fact]
    public void A_library_that_does_not_load_is_named_with_the_platform_and_what_to_do()
    {
        var error = LibraryTokenizer.Unavailable(new DllNotFoundException("Unable to load shared library 'hf_tokenizers' or one of its dependencies. More.")).Message;
        foreach (var part in (string[])["Unable to load shared library 'hf_tokenizers'", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "linux-x64", "libhf_tokenizers.so"])
            Assert.Contains(part, error);
        Assert.DoesNotContain("More", error);
    }

    /// <summary>
    /// Texts that are long in different ways: words, one word, one grapheme cluster, spaces, starts of added tokens, unknowns.
    /// </summary>
    [Theory]
    [InlineData("classic")]
    [InlineData("sequence", Traits = ["Length", "Long"])]
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
            // Not a piece of the vocabulary: the model would make it of the text too.
            foreach (var token in json["added_tokens"]!.AsArray().Where(token => (string)token!["content"]! == "<extra_id_0>"))
                (token!["content"], token["id"], token["single_word"], token["lstrip"], token["rstrip"]) = ("<break>", 2100, true, true, true);
        });
        const int extra = 2100;
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
            Rename(json, "<extra_id_0>", "\uff21\uff22\uff23");
        });
        Assert.Contains(2099, tokenizer.Encode("x ABC y"));
        Assert.Contains(2099, tokenizer.Encode("x \uff21\uff22\uff23 y"));
    }

    [Fact]
    public void An_added_token_that_the_vocabulary_lacks_gets_the_next_id()
    {
        var tokenizer = Altered(json => json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 2100, ["content"] = "<break>", ["normalized"] = false }));
        Assert.Equal(2101, tokenizer.VocabularySize);
        Assert.Contains(2100, tokenizer.Encode("piano<break>piano"));
    }

    private static void Rename(JsonNode json, string from, string to)
    {
        foreach (var piece in json["model"]!["vocab"]!.AsArray().Where(piece => (string)piece![0]! == from)) piece![0] = to;
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
