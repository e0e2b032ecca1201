using SaeDashboard.Core;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Tracing;

public class TraceParityTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    [InlineData("gated-bf16")]
    [InlineData("sharded-f16")]
    public void Text_residual_stream_and_logits_equal_the_reference(string name)
    {
        var golden = GoldenModel.Get(name);
        int[] layers = [.. Enumerable.Range(0, golden.Model.Config.Decoder.Layers)];
        for (var prompt = 0; golden.Has($"trace.{prompt}.logits"); prompt++)
        {
            using var trace = new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), golden.Prompts[prompt], layers);
            Close(golden, $"trace.{prompt}.text", trace.Text!);
            Close(golden, $"trace.{prompt}.logits", trace.Logits);
            foreach (var layer in layers.Where(_ => prompt == 0)) Close(golden, $"trace.0.resid_post.{layer}", trace.Residuals[layer]);
        }
    }

    [Fact]
    public void The_demo_model_equals_the_reference()
    {
        var golden = GoldenModel.Get("demo");
        using var trace = new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), golden.Prompts[0], [.. Enumerable.Range(0, 8)]);
        for (var layer = 0; layer < 8; layer++) Close(golden, $"trace.0.resid_post.{layer}", trace.Residuals[layer]);
        using var every8th = trace.Logits.index_select(1, arange(0, trace.Logits.shape[1], 8, dtype: ScalarType.Int64));
        Close(golden, "trace.0.logits", every8th);
        for (var prompt = 0; prompt < golden.Prompts.Count; prompt++)
        {
            using var text = golden.Model.TextEncoder.Encode(golden.Model.Tokenizer.Encode(golden.Prompts[prompt]));
            Close(golden, $"trace.{prompt}.text", text);
        }
    }

    [Fact]
    public void A_batch_of_clips_gives_what_each_gives_alone()
    {
        var golden = GoldenModel.Get("demo");
        var forcing = new TeacherForcing(golden.Model);
        var codes = golden.Codes("codes");
        string?[] prompts = [golden.Prompts[0], null, golden.Prompts[1]];
        using var scope = NewDisposeScope();
        var residuals = forcing.Residuals([codes, codes.Slice(0, 60), codes], [1, 4], prompts);
        Assert.Equal([3L, 60, 256], residuals[4].shape);
        for (var clip = 0; clip < prompts.Length; clip++)
        {
            using var alone = forcing.Trace(codes, prompts[clip], [1, 4]);
            foreach (var layer in new[] { 1, 4 })
            {
                var expected = TensorData.ToArray(alone.Residuals[layer].narrow(0, 1, 60));
                Assert.InRange(GoldenModel.Error(residuals[layer].select(0, clip), expected), 0, 1e-5);
            }
        }
    }

    [Fact]
    public void One_clip_gives_each_layer_its_own_residual_stream()
    {
        // The decoder writes every layer into the same memory, and with one clip a part of it is contiguous already.
        var golden = GoldenModel.Get("demo");
        var forcing = new TeacherForcing(golden.Model);
        var codes = golden.Codes("codes");
        using var scope = NewDisposeScope();
        var residuals = forcing.Residuals([codes], [1, 4], [golden.Prompts[0]]);
        using var trace = forcing.Trace(codes, golden.Prompts[0], [1, 4]);
        foreach (var layer in new[] { 1, 4 })
        {
            var expected = TensorData.ToArray(trace.Residuals[layer].narrow(0, 1, codes.Frames));
            Assert.InRange(GoldenModel.Error(residuals[layer].select(0, 0), expected), 0, 1e-5);
        }
    }

    [Fact]
    public void A_clip_longer_than_the_attention_blocks_equals_single_steps_of_it()
    {
        // 300 columns: three blocks. A prefix's residual stream does not depend on what follows it.
        var golden = GoldenModel.Get("mono");
        var forcing = new TeacherForcing(golden.Model);
        var codes = new Core.Data.CodeGrid(4, 300);
        for (var frame = 0; frame < 300; frame++)
        {
            for (var codebook = 0; codebook < 4; codebook++) codes[codebook, frame] = (frame * 7 + codebook * 13 + frame * frame) % 64;
        }
        using var scope = NewDisposeScope();
        var whole = forcing.Residuals([codes], [3])[3];
        foreach (var frames in new[] { 100, 127, 128, 129, 257 })
        {
            var prefix = forcing.Residuals([codes.Slice(0, frames)], [3])[3];
            Assert.InRange(GoldenModel.Error(whole.narrow(1, 0, frames), TensorData.ToArray(prefix)), 0, 1e-5);
        }
    }

    [Fact]
    public void Codes_of_another_model_and_layers_that_are_not_there_are_refused()
    {
        var golden = GoldenModel.Get("mono");
        var forcing = new TeacherForcing(golden.Model);
        var codes = golden.Codes("codes");
        Assert.Contains("no layer 4", Assert.Throws<UserException>(() => forcing.Residuals([codes], [4])).Message);
        Assert.Contains("8 codebooks", Assert.Throws<UserException>(() => forcing.Residuals([new Core.Data.CodeGrid(8, 4)], [0])).Message);
        Assert.Contains("equal length", Assert.Throws<UserException>(() => forcing.Residuals([codes, codes.Slice(0, 7)], [0])).Message);
        var foreign = new Core.Data.CodeGrid(4, 2);
        foreign[1, 1] = 64;
        Assert.Contains("64", Assert.Throws<UserException>(() => forcing.Trace(foreign, null, [0])).Message);
    }

    private void Close(GoldenModel golden, string key, Tensor actual)
    {
        Assert.Equal(golden.Shape(key), actual.shape);
        var error = GoldenModel.Error(actual, golden.Floats(key));
        output.WriteLine($"{key}: {error:0.0e0}");
        Assert.True(error <= Tolerance, $"{key}: {error}");
    }
}
