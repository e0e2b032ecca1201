using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Tests.Checkpoints;

/// <summary>The ways in which the same weights may lie in a folder.</summary>
public class CheckpointLayoutTests
{
    private const string Shared = "text_encoder.shared.weight", Alias = "text_encoder.encoder.embed_tokens.weight";

    [Fact]
    public void Types_may_be_mixed_within_a_file()
    {
        // Every third tensor each: rounded to bfloat16 and stored so, rounded alike and stored as F64, and float32 as it was.
        static float Rounded(float value) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) & ~0xffff);
        IEnumerable<(string, TensorDType, byte[])> Mixed(string name, float[] values) => [(name.Length % 3) switch
        {
            0 => (name, TensorDType.BFloat16, values.SelectMany(value => BitConverter.GetBytes(Rounded(value))[2..]).ToArray()),
            1 => (name, TensorDType.Float64, values.SelectMany(value => BitConverter.GetBytes((double)Rounded(value))).ToArray()),
            _ => (name, TensorDType.Float16, values.SelectMany(value => BitConverter.GetBytes((Half)Rounded(value))).ToArray()),
        }];
        IEnumerable<(string, TensorDType, byte[])> Plain(string name, float[] values) =>
            [(name, TensorDType.Float32, CheckpointCopy.Bytes([.. values.Select(value => name.Length % 3 < 2 ? Rounded(value) : (float)(Half)Rounded(value))]))];
        using CheckpointCopy mixed = new("mono"), plain = new("mono");
        mixed.Rewrite(Mixed);
        plain.Rewrite(Plain);
        Assert.Equal(Logits(plain.Folder), Logits(mixed.Folder));
    }

    [Fact]
    public void Shards_and_one_file_are_the_same_model()
    {
        using var copy = new CheckpointCopy("mono");
        copy.Shard(name => $"model-0000{1 + name.Length % 3}-of-00003.safetensors");
        using var model = MusicGenModel.Load(copy.Folder);
        Assert.Equal(GoldenModel.Get("mono").Model.WeightsHash, model.WeightsHash);
        Assert.Equal(Logits(GoldenModel.FolderOf("mono")), Logits(copy.Folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_texts_embedding_may_have_either_name_or_both(bool both)
    {
        using var copy = new CheckpointCopy("mono");
        copy.Rewrite((name, values) =>
        {
            var bytes = CheckpointCopy.Bytes(values);
            if (name != Shared) return [(name, TensorDType.Float32, bytes)];
            return both ? [(Shared, TensorDType.Float32, bytes), (Alias, TensorDType.Float32, bytes)] : [(Alias, TensorDType.Float32, bytes)];
        });
        Assert.Equal(Logits(GoldenModel.FolderOf("mono")), Logits(copy.Folder));
    }

    [Theory]
    [InlineData("mono", "enc_to_dec_proj.weight")]
    [InlineData("mono", "enc_to_dec_proj.bias")]
    [InlineData("mono", Shared)]
    [InlineData("melody", "audio_enc_to_dec_proj.weight")]
    [InlineData("melody", "audio_enc_to_dec_proj.bias")]
    public void A_tensor_that_the_configuration_asks_for_is_missed(string folder, string tensor)
    {
        using var copy = new CheckpointCopy(folder);
        copy.Rewrite((name, values) => name == tensor ? [] : [(name, TensorDType.Float32, CheckpointCopy.Bytes(values))]);
        Assert.Contains($"'{tensor}'", Assert.Throws<UserException>(() => MusicGenModel.Load(copy.Folder)).Message);
    }

    /// <summary>Hugging Face would leave them out without a word.</summary>
    [Theory]
    [InlineData("gated-bf16", "decoder.model.decoder.layer_norm.weight", "enc_to_dec_proj.weight")]
    [InlineData("melody", "decoder.model.decoder.layers.0.self_attn.q_proj.weight", "decoder.model.decoder.layers.0.encoder_attn.q_proj.weight")]
    public void A_tensor_that_the_configuration_has_no_place_for_is_refused(string folder, string like, string tensor)
    {
        using var copy = new CheckpointCopy(folder);
        copy.Rewrite((name, values) =>
        {
            var bytes = CheckpointCopy.Bytes(values);
            return name == like ? [(name, TensorDType.Float32, bytes), (tensor, TensorDType.Float32, bytes)] : [(name, TensorDType.Float32, bytes)];
        });
        Assert.Contains($"'{tensor}'", Assert.Throws<UserException>(() => MusicGenModel.Load(copy.Folder)).Message);
    }

    [Fact]
    public void A_tensor_of_whole_numbers_is_refused()
    {
        using var copy = new CheckpointCopy("mono");
        copy.Rewrite((name, values) => name == "decoder.model.decoder.layers.1.fc1.weight"
            ? [(name, TensorDType.Int32, CheckpointCopy.Bytes(values))]
            : [(name, TensorDType.Float32, CheckpointCopy.Bytes(values))]);
        var error = Assert.Throws<UserException>(() => MusicGenModel.Load(copy.Folder)).Message;
        Assert.Contains("'decoder.model.decoder.layers.1.fc1.weight'", error);
        Assert.Contains("I32", error);
    }

    [Fact]
    public void Progress_is_reported_by_bytes_without_large_steps()
    {
        var reports = new List<LoadProgress>();
        using var model = MusicGenModel.Load(GoldenModel.FolderOf("mono"), new Inline(reports.Add));
        using var tensors = CheckpointTensors.Open(model.Folder);
        Assert.All(reports, progress => Assert.Equal(tensors.ByteLength, progress.Total));
        // No step is larger than the largest tensor, but for the last one, which covers what no part asks for.
        var largest = tensors.Names.Max(name => tensors.Entry(name).ByteLength);
        var steps = reports.Zip(reports.Skip(1), (a, b) => b.Done - a.Done).ToArray();
        Assert.All(steps[..^1], step => Assert.InRange(step, 0, largest));
        Assert.InRange(steps[^1], 0, tensors.ByteLength / 20);
        Assert.Equal(["tokenizer", "text encoder", "decoder", "codec", "ready"], reports.Select(progress => progress.Part).Distinct());
    }

    private static float[] Logits(string folder)
    {
        using var model = MusicGenModel.Load(folder);
        var golden = GoldenModel.Get("mono");
        using var trace = new TeacherForcing(model).Trace(golden.Codes("codes"), golden.Prompts[0], []);
        return [.. TensorData.ToArray(trace.Logits), .. model.Codec.Decode(golden.Codes("encodec.codes"))];
    }

    private sealed class Inline(Action<LoadProgress> action) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => action(value);
    }
}
