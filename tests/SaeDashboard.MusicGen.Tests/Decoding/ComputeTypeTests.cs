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

/// <summary>A run in bfloat16 is, bit for bit, a float32 run of weights that were rounded beforehand.</summary>
public sealed class ComputeTypeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-types-").FullName;

    [Theory]
    [InlineData("mono")]
    [InlineData("demo")]
    public void A_bfloat16_run_is_a_float32_run_of_rounded_weights(string name)
    {
        WriteRounded(GoldenModel.FolderOf(name));
        using var inBrain = MusicGenModel.Load(GoldenModel.FolderOf(name), new ModelOptions(ComputeType.BFloat16));
        using var rounded = MusicGenModel.Load(folder);
        var row = new GenerationRow { Prompt = GoldenModel.Get(name).Prompts[0], Seed = 5 };
        var codes = new Generator(inBrain).Make(60, row)[0];
        Assert.Equal(new Generator(rounded).Make(60, row)[0].Values.ToArray(), codes.Values.ToArray());
        Assert.False(new Generator(GoldenModel.Get(name).Model).Make(60, row)[0].ContentEquals(codes));
        Assert.Equal(Logits(rounded, codes), Logits(inBrain, codes));
    }

    [Fact]
    public void What_cannot_be_computed_is_refused_by_name()
    {
        var demo = GoldenModel.FolderOf("demo");
        Assert.Contains("float16 is for GPUs", Assert.Throws<UserException>(() => MusicGenModel.Load(demo, new ModelOptions(ComputeType.Float16))).Message);
        Assert.Contains("is no type", Assert.Throws<UserException>(() => ModelOptions.ParseType("int8")).Message);
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
