using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
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
        using var clip = forcing.Begin(codes, HookSite.After(1), prompt);
        var before = TensorData.ToArray(clip.Values);
        Assert.Equal([codes.Frames + 1L, golden.Model.Config.Decoder.Width], clip.Values.shape);
        Assert.InRange(GoldenModel.Error(clip.Values, TensorData.ToArray(trace.Residuals[1].narrow(0, 0, clip.Columns))), 0, Tolerance);

        // [codebooks, columns, vocabulary] → [columns, codebooks, vocabulary]
        var expected = trace.Logits.narrow(1, 0, clip.Columns).transpose(0, 1).contiguous();
        var once = clip.Logits([clip.Values]);
        Assert.Equal([1, .. expected.shape], once.shape);
        Assert.InRange(GoldenModel.Error(once, TensorData.ToArray(expected)), 0, Tolerance);
        var twice = clip.Logits([clip.Values.neg(), clip.Values]);
        Assert.InRange(GoldenModel.Error(twice.select(0, 1), TensorData.ToArray(expected)), 0, Tolerance);
        Assert.True(GoldenModel.Error(twice.select(0, 0), TensorData.ToArray(expected)) > 0.01);
        Assert.Equal(before, TensorData.ToArray(clip.Values));
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
        using var clip = new TeacherForcing(golden.Model).Begin(codes, HookSite.After(0), prompted ? golden.Prompts[1] : null);
        foreach (var column in new[] { 1, 5, clip.Columns - 1 })
        {
            var x = clip.Values.narrow(0, column, 1);
            var vectors = cat([x, x.mul(1.5f), x.neg(), x.add(0.3f)], 0);
            var alone = clip.ColumnLogits(column, vectors);
            var before = TensorData.ToArray(vectors);
            for (var variant = 0; variant < 4; variant++)
            {
                var stream = clip.Values.clone();
                stream.narrow(0, column, 1).copy_(vectors.narrow(0, variant, 1));
                var whole = clip.Logits([stream]).select(0, 0).select(0, column);
                Assert.InRange(GoldenModel.Error(alone.select(0, variant), TensorData.ToArray(whole)), 0, Tolerance);
            }

            Assert.Equal(before, TensorData.ToArray(vectors));
        }
    }

    public static TheoryData<string, bool> Points
    {
        get
        {
            var points = new TheoryData<string, bool>();
            foreach (var point in HookSite.LayerPoints)
            {
                points.Add(point, true);
                points.Add(point, false);
            }
            return points;
        }
    }

    /// <summary>At every point of a layer: its own values give the logits of the whole pass, and others in one column the same alone and in the sequence.</summary>
    [Theory, MemberData(nameof(Points))]
    public void A_clip_is_finished_from_any_point_of_a_layer(string point, bool prompted)
    {
        var golden = GoldenModel.Get("mono");
        var codes = CodesOf(golden);
        var prompt = prompted ? golden.Prompts[0] : null;
        var site = new HookSite(1, point);
        var forcing = new TeacherForcing(golden.Model);
        using var scope = NewDisposeScope();
        using var trace = forcing.Trace(codes, prompt, [1], [site]);
        using var clip = forcing.Begin(codes, site, prompt);
        Assert.InRange(Difference(clip.Values, trace.Points[site].narrow(0, 0, clip.Columns)), 0, Tolerance);
        var collected = forcing.At([codes, codes], [site, HookSite.After(0)], [prompt, prompt]);
        Assert.InRange(Difference(collected[site].select(0, 1), clip.Values.narrow(0, 1, codes.Frames)), 0, Tolerance);

        var expected = TensorData.ToArray(trace.Logits.narrow(1, 0, clip.Columns).transpose(0, 1).contiguous());
        var changed = clip.Values.clone();
        // Not the same in every dimension: a layer norm would take that out.
        changed.narrow(0, 5, 1).add_(arange(changed.shape[1]).sin());
        var both = clip.Logits([changed, clip.Values]);
        Assert.InRange(GoldenModel.Error(both.select(0, 1), expected), 0, Tolerance);
        Assert.True(GoldenModel.Error(both.select(0, 0), expected) > 1e-3);
        var alone = clip.ColumnLogits(5, changed.narrow(0, 5, 1));
        Assert.InRange(GoldenModel.Error(alone.select(0, 0), TensorData.ToArray(both.select(0, 0).select(0, 5))), 0, Tolerance);
    }

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    public void Its_targets_are_the_real_cells_of_the_delay_pattern(string name)
    {
        var golden = GoldenModel.Get(name);
        var codes = golden.Codes("codes");
        using var clip = new TeacherForcing(golden.Model).Begin(codes, HookSite.After(0));
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

            // Columns delay … F of 0 … F, but the first codebooks' last frame is predicted by column F − 1.
            var delay = pattern.Delays[codebook];
            Assert.Equal(Math.Min(codes.Frames, delay + codes.Frames - 1) - delay + 1, counted);
        }
    }

    [Fact]
    public void Streams_of_another_shape_and_columns_that_are_not_there_are_refused()
    {
        var golden = GoldenModel.Get("mono");
        using var scope = NewDisposeScope();
        using var clip = new TeacherForcing(golden.Model).Begin(golden.Codes("codes"), HookSite.After(0));
        Assert.Throws<ArgumentException>(() => clip.Logits([clip.Values.narrow(0, 1, 3)]));
        Assert.Throws<ArgumentException>(() => clip.Logits([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => clip.ColumnLogits(clip.Columns, clip.Values.narrow(0, 1, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => clip.ColumnLogits(0, clip.Values.narrow(0, 1, 1)));
    }

    /// <summary>max|a − b| over the largest, or over 1 where all are smaller: without a text the cross-attention adds zeros.</summary>
    private static double Difference(Tensor a, Tensor b) => a.sub(b).abs().max().item<float>() / Math.Max(1, b.abs().max().item<float>());

    private static CodeGrid CodesOf(GoldenModel golden)
    {
        if (golden.Has("codes")) return golden.Codes("codes");
        var codes = new CodeGrid(golden.Model.Config.Decoder.Codebooks, 21);
        for (var place = 0; place < codes.Values.Length; place++)
            codes[place / 21, place % 21] = place * 17 % golden.Model.Config.Decoder.VocabularySize;
        return codes;
    }
}
