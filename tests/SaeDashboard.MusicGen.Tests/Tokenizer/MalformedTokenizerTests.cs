using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Tokenizer;

public sealed class MalformedTokenizerTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tokenizer-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains(_path, Complaint(), StringComparison.Ordinal);

    [Fact]
    public void A_file_cut_short_is_named_with_its_line()
    {
        var whole = File.ReadAllText(TokenizerFiles.Json("classic"));
        File.WriteAllText(_path, whole[..(whole.Length / 2)]);
        var complaint = Complaint();
        Assert.Contains(_path, complaint, StringComparison.Ordinal);
        Assert.Contains("line ", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1, 2]", "one JSON object")]
    [InlineData("{}", "\"model\" is missing: expected an object")]
    [InlineData("""{"model": 3}""", "\"model\" is 3: expected an object")]
    public void What_is_not_a_tokenizer_is_refused(string content, string expected)
    {
        File.WriteAllText(_path, content);
        Assert.Contains(expected, Complaint(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Wrongs => new()
    {
        { """{"type": "BPE"}""", "the type \"BPE\"" },
        { """{"unk_id": null}""", "\"model.unk_id\" is missing" },
        { """{"unk_id": 2100}""", "and model.vocab has 2100 pieces" },
        { """{"unk_id": -1}""", "\"model.unk_id\" is -1: expected an integer from 0 to" },
        { """{"byte_fallback": true}""", "model.byte_fallback" },
        { """{"vocab": []}""", "and model.vocab has 0 pieces" },
        { """{"vocab": [["a", -1], ["b"]]}""", "\"model.vocab[1]\" should be [piece, score]" },
        { """{"vocab": [["a", "b"]]}""", "\"model.vocab[0]\" should be [piece, score]" }
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public void A_wrong_model_is_refused_where_it_is_wrong(string change, string expected) => Refused("model", change, expected);

    [Theory]
    [InlineData("""{"type": "Lowercase"}""", "the type \"Lowercase\"")]
    [InlineData("""{"precompiled_charsmap": "not base64"}""", "\"normalizer.precompiled_charsmap\" is damaged")]
    [InlineData("""{"precompiled_charsmap": "AAE="}""", "shorter than its header")]
    [InlineData("""{"precompiled_charsmap": "AAEAAAAA"}""", "a trie of 256 bytes, and 2 bytes follow")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "("}, "content": ""}""", "normalizer.pattern.Regex")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "Strip"}, 3]}""", "\"normalizer.normalizers[1]\" is 3: expected an object")]
    public void A_wrong_normalizer_is_refused_where_it_is_wrong(string change, string expected) => Refused("normalizer", change, expected);

    [Theory]
    [InlineData("""{"type": "ByteLevel"}""", "the type \"ByteLevel\"")]
    [InlineData("""{"type": "Metaspace", "prepend_scheme": "sometimes"}""", "it should be always, first or never")]
    [InlineData("""{"type": "Metaspace", "replacement": "__"}""", "one character")]
    public void A_wrong_pre_tokenizer_is_refused_where_it_is_wrong(string change, string expected) =>
        Refused("pre_tokenizer", change, expected);

    [Theory]
    [InlineData("""{"type": "BertProcessing"}""", "the type \"BertProcessing\"")]
    [InlineData("""{"single": []}""", "the text's place once")]
    [InlineData("""{"special_tokens": {}}""", "\"post_processor.special_tokens.</s>\" is missing")]
    public void A_wrong_template_is_refused_where_it_is_wrong(string change, string expected) =>
        Refused("post_processor", change, expected);

    [Theory]
    [InlineData("null")]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {}}""")]
    public void A_tokenizer_that_closes_no_text_is_refused(string template)
    {
        var json = JsonNode.Parse(File.ReadAllText(TokenizerFiles.Json("classic")))!;
        json["post_processor"] = JsonNode.Parse(template);
        File.WriteAllText(_path, json.ToJsonString());
        Assert.Contains("\"post_processor\" adds no id", Complaint(), StringComparison.Ordinal);
    }

    private void Refused(string part, string change, string expected)
    {
        var json = JsonNode.Parse(File.ReadAllText(TokenizerFiles.Json("classic")))!;
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject()) json[part]![name] = value?.DeepClone();
        File.WriteAllText(_path, json.ToJsonString());

        var complaint = Complaint();
        Assert.Contains(_path, complaint, StringComparison.Ordinal);
        Assert.Contains(expected, complaint, StringComparison.Ordinal);
    }

    private string Complaint() => Assert.Throws<UserException>(() => T5Tokenizer.Load(_path)).Message;
}
