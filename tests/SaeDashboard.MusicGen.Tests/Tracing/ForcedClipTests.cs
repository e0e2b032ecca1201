using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Tracing;

/// <summary>A clip finished from a layer on says what the whole pass says, with its own stream and with another.</summary>
public class ForcedClipTests
{
    private const double Tolerance = 2e-6;

    [Theory]
    [InlineData("mono", true)]
    [InlineData("mono", false)]
    [InlineData("stereo", true)]
    [InlineData("melody", true)]
    [InlineData("melody", false)]
    public void Its_own_stream_gives_the_logits_of_a_trace(string name, bool prompted)
    {
        var golden = GoldenModel.Get(name);
        var codes = CodesOf(golden);
        var prompt = prompted ? golden.Prompts[0] : null;
        var forcing = new TeacherForcing(golden.Model);
        using var scope = NewDisposeScope();
        using var trace = forcing.Trace(codes, prompt, [1]);
        using var clip = forcing.Begin(codes, 1, prompt);
        var before = TensorData.ToArray(clip.Residual);
        Assert.Equal([codes.Frames + 1L, golden.Model.Config.Decoder.Width], clip.Residual.shape);
        Assert.InRange(GoldenModel.Error(clip.Residual, TensorData.ToArray(trace.Residuals[1].narrow(0, 0, clip.Columns))), 0, Tolerance);

        // [codebooks, columns, vocabulary] → [columns, codebooks, vocabulary]
        var expected = trace.Logits.narrow(1, 0, clip.Columns).transpose(0, 1).contiguous();
        var once = clip.Logits([clip.Residual]);
        Assert.Equal([1, .. expected.shape], once.shape);
        Assert.InRange(GoldenModel.Error(once, TensorData.ToArray(expected)), 0, Tolerance);
        var twice = clip.Logits([clip.Residual.neg(), clip.Residual]);
        Assert.InRange(GoldenModel.Error(twice.select(0, 1), TensorData.ToArray(expected)), 0, Tolerance);
        Assert.True(GoldenModel.Error(twice.select(0, 0), TensorData.ToArray(expected)) > 0.01);
        Assert.Equal(before, TensorData.ToArray(clip.Residual));
    }

    [Theory]
    [InlineData("mono", true)]
    [InlineData("mono", false)]
    [InlineData("stereo", false)]
    [InlineData("melody", true)]
    [InlineData("melody", false)]
    public void A_column_alone_gives_what_the_whole_sequence_gives_with_that_column_changed(string name, bool prompted)
    {
        var golden = GoldenModel.Get(name);
        var codes = CodesOf(golden);
        using var scope = NewDisposeScope();
        using var clip = new TeacherForcing(golden.Model).Begin(codes, 0, prompted ? golden.Prompts[1] : null);
        foreach (var column in new[] { 1, 5, clip.Columns - 1 })
        {
            var x = clip.Residual.narrow(0, column, 1);
            var vectors = cat([x, x.mul(1.5f), x.neg(), x.add(0.3f)], 0);
            var alone = clip.ColumnLogits(column, vectors);
            var before = TensorData.ToArray(vectors);
            for (var variant = 0; variant < 4; variant++)
            {
                var stream = clip.Residual.clone();
                stream.narrow(0, column, 1).copy_(vectors.narrow(0, variant, 1));
                var whole = clip.Logits([stream]).select(0, 0).select(0, column);
                Assert.InRange(GoldenModel.Error(alone.select(0, variant), TensorData.ToArray(whole)), 0, Tolerance);
            }

            Assert.Equal(before, TensorData.ToArray(vectors));
        }
    }

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    public void Its_targets_are_the_real_cells_of_the_delay_pattern(string name)
    {
        var golden = GoldenModel.Get(name);
        var codes = golden.Codes("codes");
        using var clip = new TeacherForcing(golden.Model).Begin(codes, 0);
        var pattern = new DelayPattern(golden.Model.Config.Decoder);
        var ids = new int[pattern.Columns(codes.Frames) * codes.Codebooks];
        pattern.Write(codes, 0, pattern.Columns(codes.Frames), ids);
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
        {
            var counted = 0;
            for (var column = 0; column < clip.Columns; column++)
            {
                var next = ids[(column + 1) * codes.Codebooks + codebook];
                Assert.Equal(next == pattern.PadId ? -1 : next, clip.Target(codebook, column));
                counted += clip.Target(codebook, column) >= 0 ? 1 : 0;
            }

            // Columns delay … F of 0 … F, but the first codebooks' last frame is told by column F − 1.
            var delay = pattern.Delays[codebook];
            Assert.Equal(Math.Min(codes.Frames, delay + codes.Frames - 1) - delay + 1, counted);
        }
    }

    [Fact]
    public void Streams_of_another_shape_and_columns_that_are_not_there_are_refused()
    {
        var golden = GoldenModel.Get("mono");
        using var scope = NewDisposeScope();
        using var clip = new TeacherForcing(golden.Model).Begin(golden.Codes("codes"), 0);
        Assert.Throws<ArgumentException>(() => clip.Logits([clip.Residual.narrow(0, 1, 3)]));
        Assert.Throws<ArgumentException>(() => clip.Logits([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => clip.ColumnLogits(clip.Columns, clip.Residual.narrow(0, 1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => clip.ColumnLogits(0, clip.Residual.narrow(0, 1, 1)));
    }

    private static CodeGrid CodesOf(GoldenModel golden)
    {
        if (golden.Has("codes")) return golden.Codes("codes");
        var codes = new CodeGrid(golden.Model.Config.Decoder.Codebooks, 21);
        for (var place = 0; place < codes.Values.Length; place++)
            codes[place / 21, place % 21] = place * 17 % golden.Model.Config.Decoder.VocabularySize;
        return codes;
    }
}
