using System.Text;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Core.TorchFiles;

namespace SaeDashboard.Core.Tests.Files;

/// <summary>What is said of files that are not what their names say, in words for the person who brought them.</summary>
public sealed class StrangeFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"id":"a","split":"test","caption":"x","seconds":1,"key":"C"}""", "expected an integer", "$.key")]
    [InlineData("""{"id":"a","split":"test","caption":"x","seconds":"1"}""", "expected a number", "$.seconds")]
    [InlineData("""{"id":"a","split":"test","caption":["x"],"seconds":1}""", "expected a string", "$.caption")]
    [InlineData("""["a"]""", "expected an object", "")]
    [InlineData("null", "expected an object, got null", "")]
    public void A_wrong_value_of_metadata_is_named_without_our_types(string line, string expected, string place)
    {
        Directory.CreateDirectory(folder["set"]);
        File.WriteAllText(folder["set/metadata.jsonl"], line + "\n");
        Codes(folder["set"]);
        var message = Assert.Throws<UserException>(() => ClipDataset.Open(folder["set"])).Message;
        Assert.StartsWith(folder["set/metadata.jsonl"] + " line 1: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(place, message, StringComparison.Ordinal);
        RefersToNoType(message);
    }

    [Theory]
    [InlineData("caption", 38)]
    [InlineData("composer", 39)]
    public void A_text_that_is_not_UTF8_is_named_with_its_field_and_the_way_out(string field, int column)
    {
        Directory.CreateDirectory(folder["set"]);
        File.WriteAllBytes(folder["set/metadata.jsonl"], Encoding.Latin1.GetBytes($$"""{"id":"a","split":"test","{{field}}":"käse","seconds":1,"mode":"minor"}""" + "\n"));
        Codes(folder["set"]);
        var message = Assert.Throws<UserException>(() => ClipDataset.Open(folder["set"])).Message;
        Assert.Equal($"{folder["set/metadata.jsonl"]} line 1, column {column}: “{field}” is not UTF-8 text (byte 0xE4). Save the file as UTF-8, for example with: iconv -f LATIN1 -t UTF-8 IN > OUT", message);
    }

    [Fact]
    public void So_it_is_in_a_file_of_one_value()
    {
        File.WriteAllBytes(folder["config.json"], [.. "{\n \"a\": \"b\",\n \"name\": \"caf"u8, 0xE9, .. "\"}"u8]);
        var message = Assert.Throws<UserException>(() => JsonFile.Read<Dictionary<string, string>>(folder["config.json"])).Message;
        Assert.Contains("config.json line 3, column 14: “name” is not UTF-8 text (byte 0xE9)", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"stage":null}""", "expected one of")]
    [InlineData("""{"stage":"train","state":[]}""", "expected one of")]
    [InlineData("""{"stage":"\ud800"}""", "half a surrogate pair")]
    public void A_wrong_value_of_a_status_is_named_without_our_types(string json, string expected)
    {
        File.WriteAllText(folder["status.json"], json);
        var message = Assert.Throws<UserException>(() => JsonFile.Read<RunStatus>(folder["status.json"])).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        RefersToNoType(message);
    }

    [Theory]
    [InlineData("""{"layer":4}""", "required and missing: 'modelPath'")]
    [InlineData("""{"modelPath":"m","datasetPath":"d","layer":4,"activationsPath":"a","saePath":"s","kind":"sing"}""", "expected one of \"train\", \"export\", \"index\"")]
    [InlineData("""{"modelPath":7}""", "expected a string")]
    [InlineData("[]", "expected an object")]
    public void A_wrong_value_of_a_settings_file_is_named_without_our_types(string json, string expected)
    {
        File.WriteAllText(folder["config.json"], json);
        var message = Assert.Throws<UserException>(() => JsonFile.Read<RunPlan>(folder["config.json"])).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        RefersToNoType(message);
    }

    [Fact]
    public void Codes_say_where_they_are_from()
    {
        File.WriteAllText(folder["codes.json"], "[[1,2],[3,4]]");
        Assert.Equal(folder["codes.json"], CodeGrid.ReadJson(folder["codes.json"]).Name);
        Assert.Equal(folder["codes.json"], CodeGrid.ReadJson(folder["codes.json"]).Slice(0, 1).Name);
        Assert.Equal("The codes", new CodeGrid(2, 1).Name);
        Directory.CreateDirectory(folder["set"]);
        File.WriteAllText(folder["set/metadata.jsonl"], """{"id":"first","split":"test","caption":"x","seconds":1}""" + "\n");
        Codes(folder["set"]);
        using var set = ClipDataset.Open(folder["set"]);
        Assert.Equal($"{folder["set/codes.safetensors"]}, clip “first” (row 0)", set.Codes(set.Clips[0]).Name);
    }

    [Theory]
    [InlineData("adapter_config.json", "LoRA adapter (adapter_config.json)", "merge_and_unload")]
    [InlineData("adapter_model.safetensors", "LoRA adapter (adapter_model.safetensors)", "merge_and_unload")]
    [InlineData("onnx/decoder_model.onnx", "ONNX files (onnx/decoder_model.onnx)", "Fetch the original model")]
    [InlineData("model.onnx", "ONNX files (model.onnx)", "Fetch the original model")]
    [InlineData("pytorch_model.bin", "pytorch_model.bin is not read here", "safetensors")]
    [InlineData("readme.txt", "is not a model's folder", "Fetch it again")]
    public void A_folder_that_holds_something_else_is_called_what_it_is(string file, string expected, string advice)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
        File.WriteAllText(folder[file], "{}");
        var message = Assert.Throws<UserException>(() => CheckpointIndex.Open(folder.Path, [])).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
        Assert.Equal(message.Replace("model.safetensors or model.safetensors.index.json", "config.json", StringComparison.Ordinal), ForeignFolder.Without(folder.Path, "config.json").Message);
    }

    [Theory]
    [InlineData("decoder.layers.0.self_attn.q_proj.lora_A.weight", null, "the tensor “decoder.layers.0.self_attn.q_proj.lora_A.weight”")]
    [InlineData("decoder.layers.0.self_attn.q_proj.lora_B.default.weight", null, "lora_B.default")]
    [InlineData("decoder.layers.0.fc1.lora_A", null, "fc1.lora_A")]
    [InlineData("decoder.layers.0.fc1.hada_w1_a.default", null, "hada_w1_a")]
    [InlineData("decoder.layers.0.fc1.lokr_w1", null, "lokr_w1")]
    [InlineData("decoder.layers.0.fc1.ia3_l.default", null, "ia3_l")]
    [InlineData("weight", "adapter_model.safetensors", "a LoRA adapter (adapter_model.safetensors) next to its weights")]
    public void An_adapter_that_is_not_merged_is_not_passed_over(string tensor, string? file, string expected)
    {
        var writer = new SafetensorsWriter();
        writer.Add(tensor, [1f], 1);
        writer.Add("whole", [1f], 1);
        writer.Save(folder["model.safetensors"]);
        if (file is not null) File.WriteAllText(folder[file], "");
        var files = new List<SafetensorsFile>();
        var message = Assert.Throws<UserException>(() => CheckpointIndex.Open(folder.Path, files)).Message;
        files.ForEach(each => each.Dispose());
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("merge_and_unload", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_only_sound_like_an_adapters_are_read()
    {
        var writer = new SafetensorsWriter();
        foreach (var name in new[] { "decoder.flora_A.weight", "exploration.weight", "decoder.lora.weight" }) writer.Add(name, [1f], 1);
        writer.Save(folder["model.safetensors"]);
        var files = new List<SafetensorsFile>();
        Assert.Equal(3, CheckpointIndex.Open(folder.Path, files).Count);
        files.ForEach(each => each.Dispose());
    }

    private static void Codes(string set)
    {
        var writer = new SafetensorsWriter();
        writer.Add("codes", new short[8], 1, 2, 4);
        writer.Save(Path.Combine(set, "codes.safetensors"));
    }

    private static void RefersToNoType(string message)
    {
        foreach (var part in new[] { "System.", "SaeDashboard.", "`", "Nullable" }) Assert.DoesNotContain(part, message, StringComparison.Ordinal);
    }
}
