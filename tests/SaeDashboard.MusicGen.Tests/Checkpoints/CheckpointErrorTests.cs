using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Checkpoints;

public sealed class CheckpointErrorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("checkpoint-").FullName;

    [Theory]
    [InlineData("decoder.hidden_size", "50", "num_attention_heads")]
    [InlineData("decoder.activation_function", "\"relu\"", "decoder.activation_function")]
    [InlineData("decoder.scale_embedding", "true", "decoder.scale_embedding")]
    [InlineData("decoder.num_codebooks", "null", "\"decoder.num_codebooks\" is missing: expected an integer from 1 to 1048576. Is this the config.json")]
    [InlineData("decoder.num_hidden_layers", "\"four\"", "\"decoder.num_hidden_layers\" is \"four\": expected an integer")]
    [InlineData("decoder.pad_token_id", "63", "\"decoder.pad_token_id\" is 63")]
    [InlineData("decoder.audio_channels", "3", "decoder.audio_channels")]
    [InlineData("decoder.cross_attention_hidden_size", "32", "cross_attention_hidden_size")]
    [InlineData("text_encoder.feed_forward_proj", "\"gated-silu\"", "\"text_encoder.feed_forward_proj\" is \"gated-silu\"")]
    [InlineData("text_encoder.model_type", "\"bert\"", "text_encoder.model_type")]
    [InlineData("audio_encoder.chunk_length_s", "1.0", "audio_encoder.chunk_length_s")]
    [InlineData("audio_encoder.codebook_size", "128", "audio_encoder.codebook_size")]
    [InlineData("audio_encoder.upsampling_ratios", "[]", "\"audio_encoder.upsampling_ratios\" is []: expected a list of at least one integer")]
    [InlineData("model_type", "\"llama\"", "\"model_type\" is \"llama\"")]
    public void Fields_are_refused_by_name(string field, string value, string message)
    {
        CopyMono();
        Change(field, value);
        var error = Assert.Throws<UserException>(() => MusicGenConfig.Load(_folder));
        Assert.Contains(message, error.Message);
        Assert.Contains("config.json", error.Message);
    }

    [Theory]
    [InlineData("decoder.ffn_dim", "100", "decoder.model.decoder.layers.0.fc1.weight", "[192, 48]", "[100, 48]")]
    [InlineData("text_encoder.d_model", "44", "text_encoder.shared.weight", "[500, 40]", "[500, 44]")]
    [InlineData("decoder.num_hidden_layers", "5", "decoder.model.decoder.layers.4", "incomplete", "")]
    [InlineData("decoder.num_hidden_layers", "3", "decoder.model.decoder.layers.3.fc1.weight", "num_hidden_layers is 3", "")]
    [InlineData("text_encoder.num_layers", "2", "text_encoder.encoder.block.2", "num_layers is 2", "")]
    public void A_config_that_does_not_fit_its_tensors_names_the_tensor(string field, string value, string tensor, string found,
        string wanted)
    {
        CopyMono();
        Change(field, value);
        var error = Assert.Throws<UserException>(() => MusicGenModel.Load(_folder)).Message;
        Assert.Contains(tensor, error);
        Assert.Contains(found, error);
        Assert.Contains(wanted, error);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        Assert.Contains("does not exist", Assert.Throws<UserException>(() => MusicGenModel.Load(Path.Combine(_folder, "nowhere"))).Message);
        Assert.Contains("no config.json", Assert.Throws<UserException>(() => MusicGenModel.Load(_folder)).Message);
        CopyMono();
        File.Delete(Path.Combine(_folder, "tokenizer.json"));
        Assert.Contains("tokenizer.json", Assert.Throws<UserException>(() => MusicGenModel.Load(_folder)).Message);
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(_folder, "pytorch_model.bin"), "");
        Assert.Contains("pytorch_model.bin is not read", Assert.Throws<UserException>(() => MusicGenModel.Load(_folder)).Message);
    }

    [Fact]
    public void A_truncated_file_and_a_lost_shard_are_named()
    {
        CopyMono();
        var weights = Path.Combine(_folder, "model.safetensors");
        using (var stream = new FileStream(weights, FileMode.Open)) stream.SetLength(stream.Length / 2);
        Assert.Contains(weights, Assert.Throws<UserException>(() => MusicGenModel.Load(_folder)).Message);

        File.Delete(weights);
        Copy("sharded-f16");
        File.Delete(Path.Combine(_folder, "model-00003-of-00004.safetensors"));
        var error = Assert.Throws<UserException>(() => CheckpointTensors.Open(_folder)).Message;
        Assert.Contains("model-00003-of-00004.safetensors", error);
        Assert.Contains("incomplete", error);
    }

    [Fact]
    public void An_index_that_names_a_tensor_its_shard_lacks_is_refused()
    {
        Copy("sharded-f16");
        var index = Path.Combine(_folder, "model.safetensors.index.json");
        var root = JsonNode.Parse(File.ReadAllText(index))!;
        root["weight_map"]!["decoder.lm_heads.9.weight"] = "model-00001-of-00004.safetensors";
        File.WriteAllText(index, root.ToJsonString());
        Assert.Contains("decoder.lm_heads.9.weight", Assert.Throws<UserException>(() => CheckpointTensors.Open(_folder)).Message);
        root["weight_map"]!["decoder.lm_heads.9.weight"] = "../model.safetensors";
        File.WriteAllText(index, root.ToJsonString());
        Assert.Contains("not the name of a file", Assert.Throws<UserException>(() => CheckpointTensors.Open(_folder)).Message);
    }

    [Fact]
    public void The_hash_tells_weights_apart_and_nothing_else()
    {
        using var mono = CheckpointTensors.Open(GoldenModel.FolderOf("mono"));
        using var stereo = CheckpointTensors.Open(GoldenModel.FolderOf("stereo"));
        Assert.Equal(mono.Hash(), GoldenModel.Get("mono").Model.WeightsHash);
        Assert.Matches("^[0-9a-f]{64}$", mono.Hash());
        Assert.NotEqual(mono.Hash(), stereo.Hash());

        CopyMono();
        var weights = Path.Combine(_folder, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        using var changed = CheckpointTensors.Open(_folder);
        Assert.NotEqual(mono.Hash(), changed.Hash());
    }

    [Fact]
    public void Progress_is_reported_from_the_first_part_to_the_last()
    {
        var reports = new List<LoadProgress>();
        using var model = MusicGenModel.Load(GoldenModel.FolderOf("mono"), new Inline(reports.Add));
        Assert.Equal(0, reports[0].Done);
        Assert.Equal(reports[^1].Total, reports[^1].Done);
        Assert.True(reports.Zip(reports.Skip(1), (a, b) => a.Done <= b.Done).All(ordered => ordered));
    }

    public void Dispose() => Directory.Delete(_folder, true);

    private void CopyMono() => Copy("mono");

    private void Copy(string name)
    {
        foreach (var file in Directory.EnumerateFiles(GoldenModel.FolderOf(name)))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)), true);
    }

    private void Change(string field, string value)
    {
        var file = Path.Combine(_folder, "config.json");
        var root = JsonNode.Parse(File.ReadAllText(file))!;
        var path = field.Split('.');
        var section = path[..^1].Aggregate(root, (node, name) => node[name]!);
        section[path[^1]] = JsonNode.Parse(value);
        File.WriteAllText(file, root.ToJsonString());
    }

    private sealed class Inline(Action<LoadProgress> action) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => action(value);
    }
}
