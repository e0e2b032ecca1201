using SaeDashboard.Core;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Hooks;

public class HookPointTests
{
    private static HookSite[] All(int layers) =>
        [HookSite.Embed, .. Enumerable.Range(0, layers).SelectMany(layer => HookSite.LayerPoints.Select(point => new HookSite(layer, point))), HookSite.FinalNorm];

    [Theory]
    [InlineData("mono", 0)]
    [InlineData("mono", 9)]
    [InlineData("stereo", 0)]
    public void Every_point_shows_in_generation_what_the_trace_says(string name, int given)
    {
        var golden = GoldenModel.Get(name);
        var sites = All(golden.Model.Config.Decoder.Layers);
        PointRecorder[] hooks = [.. sites.Select(site => new PointRecorder(site))];
        var row = new GenerationRow { Prompt = golden.Prompts[1], Seed = 9, Continue = given > 0 ? golden.Codes("codes").Slice(0, given) : null };
        var generator = new Generator(golden.Model);
        var codes = generator.Make(20, row with { Hooks = hooks })[0];
        // Reading changes nothing, bit for bit.
        Assert.Equal(generator.Make(20, row)[0].Values.ToArray(), codes.Values.ToArray());

        foreach (var (half, prompt) in new[] { (GuidanceHalf.Conditional, golden.Prompts[1]), (GuidanceHalf.Unconditional, null) })
        {
            using var trace = new TeacherForcing(golden.Model).Trace(codes, prompt, [2], sites);
            Assert.Equal(sites.Length, trace.Points.Count);
            for (var site = 0; site < sites.Length; site++)
            {
                var seen = hooks[site].Of(half);
                using var computed = trace.Points[sites[site]].narrow(0, 0, 23);
                if (sites[site].Point == HookSite.CrossOut && prompt is null)
                {
                    Assert.All(seen, value => Assert.Equal(0, value));
                    Assert.All(TensorData.ToArray(computed), value => Assert.Equal(0, value));
                    Assert.Equal(23 * golden.Model.Config.Decoder.Width, seen.Length);
                    continue;
                }
                var error = GoldenModel.Error(computed, seen);
                Assert.True(error <= 1e-5, $"{sites[site]}, {half}: {error}");
            }
            Assert.Equal(TensorData.ToArray(trace.Residuals[2]), TensorData.ToArray(trace.Points[HookSite.After(2)]));
        }
    }

    [Fact]
    public void The_parts_add_up_to_the_stream()
    {
        var golden = GoldenModel.Get("mono");
        using var trace = new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), golden.Prompts[0], [], All(4));
        using var scope = NewDisposeScope();
        Tensor At(int layer, string point) => trace.Points[new HookSite(layer, point)];
        for (var layer = 0; layer < 4; layer++)
        {
            var before = layer == 0 ? trace.Points[HookSite.Embed] : At(layer - 1, HookSite.ResidualPost);
            Assert.Equal(TensorData.ToArray(before), TensorData.ToArray(At(layer, HookSite.ResidualPre)));
            var middle = before.add(At(layer, HookSite.AttentionOut));
            Assert.Equal(TensorData.ToArray(middle), TensorData.ToArray(At(layer, HookSite.ResidualMid)));
            var after = middle.add(At(layer, HookSite.CrossOut)).add(At(layer, HookSite.FeedForwardOut));
            Assert.Equal(TensorData.ToArray(after), TensorData.ToArray(At(layer, HookSite.ResidualPost)));
            Assert.InRange(GoldenModel.Error(after, golden.Floats($"trace.0.resid_post.{layer}")), 0, 1e-4);
        }
    }

    [Theory]
    [InlineData("embed", "layers.0.resid_pre")]
    [InlineData("layers.1.resid_pre", "layers.1.resid_pre")]
    [InlineData("layers.1.attn_out", "layers.1.resid_mid")]
    [InlineData("layers.1.resid_mid", "layers.1.resid_mid")]
    [InlineData("layers.1.cross_out", "layers.1.resid_post")]
    [InlineData("layers.1.mlp_out", "layers.1.resid_post")]
    [InlineData("layers.1.resid_post", "layers.1.resid_post")]
    [InlineData("final_norm", "final_norm")]
    public void What_a_hook_writes_is_what_follows(string at, string seenAt)
    {
        // Column 0: the inputs are the same, so only the edit differs. Without a prompt too, where no cross-attention is computed.
        var golden = GoldenModel.Get("mono");
        foreach (var prompt in new[] { golden.Prompts[0], null })
        {
            PointRecorder Recorder() => new(HookSite.Parse(seenAt));
            var (plain, after) = (Recorder(), Recorder());
            var row = new GenerationRow { Prompt = prompt, Seed = 4 };
            var codes = new Generator(golden.Model).Make(12, row with { Hooks = [plain] },
                row with { Hooks = [new PointRecorder(HookSite.Parse(at), add: 0.5f), after] });
            // What is added after the cross-attention goes through the feed-forward part too.
            if (at.EndsWith(HookSite.CrossOut, StringComparison.Ordinal))
                Assert.NotEqual(plain.Seen[0], after.Seen[0]);
            else
                Assert.All(plain.Seen[0].Zip(after.Seen[0]).Index(), item => Assert.Equal(item.Item.First + (item.Index % 2 == 0 ? 0.5f : -0.5f), item.Item.Second, 1e-5f));
            Assert.Equal(plain.Seen.Count, after.Seen.Count);
            Assert.False(codes[0].ContentEquals(codes[1]));
        }
    }

    [Fact]
    public void A_hook_is_called_for_its_columns_and_its_half_alone()
    {
        var golden = GoldenModel.Get("mono");
        var hook = new PointRecorder(HookSite.After(2), new ColumnRange(5, 9), GuidanceHalf.Unconditional);
        var later = new PointRecorder(HookSite.After(2), new ColumnRange(12, 14));
        var row = new GenerationRow { Prompt = golden.Prompts[0], Seed = 1, Hooks = [hook, later], Continue = golden.Codes("codes").Slice(0, 7) };
        var codes = new Generator(golden.Model).Make(20, row)[0];
        // The given codes' columns 0 … 7 come at once; of these it is shown 5 … 7.
        Assert.Equal([new HookContext(5, 3, GuidanceHalf.Unconditional, 0), new HookContext(8, 1, GuidanceHalf.Unconditional, 0)], hook.Contexts);
        Assert.Equal([12, 12, 13, 13], later.Contexts.Select(context => context.FirstColumn));
        using var trace = new TeacherForcing(golden.Model).Trace(codes, null, [2]);
        using var shown = trace.Residuals[2].narrow(0, 5, 4);
        Assert.InRange(GoldenModel.Error(shown, hook.Of(GuidanceHalf.Unconditional)), 0, 1e-5);
    }

    [Fact]
    public void A_hook_that_throws_ends_its_run_and_no_other()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        GenerationRow[] rows = [new() { Prompt = golden.Prompts[0], Seed = 6 }, new() { Seed = 7, Continue = golden.Codes("codes").Slice(0, 4) }];
        var expected = generator.Make(30, rows);
        using var good = generator.Start(rows, 30);
        using var bad = generator.Start([rows[0] with { Hooks = [new ThrowAt(11)] }], 30);
        Exception? thrown = null;
        while (!good.IsDone)
        {
            good.Advance();
            if (thrown is null) thrown = Record.Exception(bad.Advance);
        }
        Assert.IsType<TimeZoneNotFoundException>(thrown);
        Assert.Equal(11, bad.Column);
        Assert.Throws<InvalidOperationException>(bad.Advance);
        Assert.Throws<InvalidOperationException>(() => bad.Rewind(3));
        for (var row = 0; row < 2; row++) Assert.Equal(expected[row].Values.ToArray(), good.Codes[row].Values.ToArray());
    }

    [Theory]
    [InlineData("embed")]
    [InlineData("final_norm")]
    [InlineData("layers.3.attn_out")]
    [InlineData("layers.0.cross_out")]
    [InlineData("layers.23.resid_mid")]
    public void Points_are_read_and_written(string text)
    {
        Assert.Equal(text, HookSite.Parse(text).ToString());
        Assert.Equal(HookSite.Parse(text), HookSite.Parse(HookSite.Parse(text).ToString()));
    }

    [Theory]
    [InlineData("layers.4.attn_out")]
    [InlineData("layers.9.mlp_out")]
    public void A_point_the_model_has_not_is_refused(string text)
    {
        var golden = GoldenModel.Get("mono");
        Assert.Contains("0 to 3", Assert.Throws<UserException>(() => new Generator(golden.Model).Make(8,
            new GenerationRow { Hooks = [new PointRecorder(HookSite.Parse(text))] })).Message);
        Assert.Throws<UserException>(() => new TeacherForcing(golden.Model).Trace(golden.Codes("codes"), null, [], [HookSite.Parse(text)]));
    }

    private sealed class ThrowAt(int column) : IHook
    {
        public HookSite Site => new(2, HookSite.FeedForwardOut);

        public Tensor? Apply(in HookContext context, Tensor residual) =>
            context.FirstColumn == column ? throw new TimeZoneNotFoundException("mine") : null;
    }
}
