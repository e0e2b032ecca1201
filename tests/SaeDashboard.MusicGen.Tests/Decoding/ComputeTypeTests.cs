using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Decoding;

/// <summary>A run in bfloat16 is, bit for bit, a float32 run of weights that were rounded beforehand, its keys and values rounded too.</summary>
public sealed class ComputeTypeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-types-").FullName;

    [Theory]
    [InlineData("mono")]
    [InlineData("demo")]
    public void A_bfloat16_run_is_a_float32_run_of_rounded_weights_keys_and_values(string name)
    {
        WriteRounded(GoldenModel.FolderOf(name));
        using var inBFloat16 = MusicGenModel.Load(GoldenModel.FolderOf(name), new ModelOptions(ComputeType.BFloat16));
        using var rounded = MusicGenModel.Load(folder, new ModelOptions { KeysInstead = ScalarType.BFloat16 });
        using var onlyWeights = MusicGenModel.Load(folder);
        var row = new GenerationRow { Prompt = GoldenModel.Get(name).Prompts[0], Seed = 5 };
        var codes = new Generator(inBFloat16).Make(60, row)[0];
        Assert.Equal(new Generator(rounded).Make(60, row)[0].Values.ToArray(), codes.Values.ToArray());
        Assert.False(new Generator(GoldenModel.Get(name).Model).Make(60, row)[0].ContentEquals(codes));
        Assert.Equal(Logits(rounded, codes), Logits(inBFloat16, codes));
        // Keys and values are rounded in a bfloat16 run, and in no other.
        Assert.NotEqual(Logits(onlyWeights, codes), Logits(inBFloat16, codes));
    }

    [Theory]
    [InlineData("mono")]
    [InlineData("melody")]
    public void A_bfloat16_run_is_taken_back_continued_and_batched_like_any_other(string name)
    {
        using var model = MusicGenModel.Load(GoldenModel.FolderOf(name), new ModelOptions(ComputeType.BFloat16));
        var golden = GoldenModel.Get(name);
        var generator = new Generator(model);
        GenerationRow Row(ulong seed) => new() { Prompt = golden.Prompts[0], Seed = seed };
        var alone = generator.Make(50, Row(5))[0];
        // Among others, some of which join later.
        var together = generator.Make(50, new GenerationRow { Seed = 1 }, Row(5), new GenerationRow { Prompt = golden.Prompts[1], Continue = alone.Slice(3, 20) });
        Assert.Equal(alone.Values.ToArray(), together[1].Values.ToArray());
        // Taken back within a window and over the border of two.
        var windows = new WindowSettings(30, 18);
        CodeGrid Windowed(bool isRewound)
        {
            using var run = generator.Start([Row(5)], 60, windows, rewindable: true);
            while (!run.IsDone)
            {
                run.Advance();
                if (isRewound && run.Revision < 3 && run.Head is 20 or 34 or 45) run.Rewind(run.Head - 9);
            }
            Assert.Equal(isRewound ? 3 : 0, run.Revision);
            return run.Codes[0];
        }
        Assert.Equal(Windowed(false).Values.ToArray(), Windowed(true).Values.ToArray());
    }

    [Fact]
    public void What_cannot_be_computed_is_refused_by_name()
    {
        var demo = GoldenModel.FolderOf("demo");
        Assert.Contains("float16 is for GPUs", Assert.Throws<UserException>(() => MusicGenModel.Load(demo, new ModelOptions(ComputeType.Float16))).Message);
        Assert.Contains("is not a type", Assert.Throws<UserException>(() => ModelOptions.ParseType("int8")).Message);
        foreach (var text in new[] { "gpu", "cuda:", "cuda:-1", "cuda:x", "" })
            Assert.Contains("expected cpu, cuda, cuda:0 or auto", Assert.Throws<UserException>(() => ComputeDevice.Parse(text)).Message);
        Assert.Equal(ComputeDevice.Cpu, ComputeDevice.Parse("cpu"));
        var none = Assert.Throws<UserException>(() => ComputeDevice.Parse("cuda:64")).Message;
        Assert.Contains(cuda.is_available() ? "numbered from 0" : "no CUDA", none);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static float[] Logits(MusicGenModel model, CodeGrid codes)
    {
        using var trace = new TeacherForcing(model).Trace(codes, null, []);
        return TensorData.ToArray(trace.Logits);
    }

    private void WriteRounded(string from)
    {
        using var scope = NewDisposeScope();
        using var tensors = CheckpointTensors.Open(from);
        var writer = new SafetensorsWriter();
        foreach (var name in tensors.Names)
        {
            var values = tensors.Float32(name);
            if (name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("enc_to_dec_proj.", StringComparison.Ordinal))
                values = values.to(ScalarType.BFloat16).to(ScalarType.Float32);
            writer.Add(name, TensorData.ToArray(values), values.shape);
        }
        writer.Save(Path.Combine(folder, "model.safetensors"));
        foreach (var file in Directory.GetFiles(from, "*.json")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }
}
