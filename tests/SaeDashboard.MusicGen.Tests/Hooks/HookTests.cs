using SaeDashboard.Core;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Hooks;

public class HookTests
{
    [Fact]
    public void A_hook_reads_what_the_trace_of_the_finished_codes_says()
    {
        var golden = GoldenModel.Get("mono");
        var hook = new RecordingHook(2);
        var codes = new Generator(golden.Model).Make(40, new GenerationRow { Prompt = golden.Prompts[1], Seed = 9, Hooks = [hook] })[0];

        // 43 columns computed, each in both halves, the conditional one first.
        Assert.Equal(2 * 43, hook.Contexts.Count);
        for (var call = 0; call < hook.Contexts.Count; call++)
            Assert.Equal(new HookContext(call / 2, 1, call % 2 == 0 ? GuidanceHalf.Conditional : GuidanceHalf.Unconditional, 0),
                hook.Contexts[call]);
        foreach (var (half, prompt) in new[] { (GuidanceHalf.Conditional, golden.Prompts[1]), (GuidanceHalf.Unconditional, null) })
        {
            using var trace = new TeacherForcing(golden.Model).Trace(codes, prompt, [2]);
            float[] seen = [.. hook.Seen.Where((_, call) => hook.Contexts[call].Half == half).SelectMany(values => values)];
            using var computed = trace.Residuals[2].narrow(0, 0, 43);
            Assert.InRange(GoldenModel.Error(computed, seen), 0, 1e-5);
        }
    }

    [Fact]
    public void Continued_columns_come_at_once_then_one_by_one()
    {
        var golden = GoldenModel.Get("mono");
        var hook = new RecordingHook(3);
        var beginning = golden.Codes("codes").Slice(0, 10);
        var row = new GenerationRow { Prompt = null, Seed = 9, Hooks = [hook], Continue = beginning };
        var codes = new Generator(golden.Model).Make(16, new GenerationRow { Seed = 1 }, row)[1];

        Assert.True(beginning.ContentEquals(codes.Slice(0, 10)));
        Assert.Equal(new HookContext(0, 11, GuidanceHalf.Conditional, 1), hook.Contexts[0]);
        Assert.Equal(Enumerable.Range(11, 8), hook.Contexts.Skip(1).Select(context => context.FirstColumn));
        using var trace = new TeacherForcing(golden.Model).Trace(codes, null, [3]);
        using var computed = trace.Residuals[3].narrow(0, 0, 19);
        Assert.InRange(GoldenModel.Error(computed, [.. hook.Seen.SelectMany(values => values)]), 0, 1e-5);
    }

    [Fact]
    public void What_a_hook_returns_takes_the_place_of_its_row_and_half_alone()
    {
        var golden = GoldenModel.Get("mono");
        var (after, neighbour) = (new RecordingHook(1), new RecordingHook(1));
        var shift = new Shift(1, GuidanceHalf.Conditional);
        new Generator(golden.Model).Make(
            8,
            new GenerationRow { Prompt = golden.Prompts[0], Seed = 4, Hooks = [neighbour] },
            new GenerationRow { Prompt = golden.Prompts[0], Seed = 4, Hooks = [shift, after] });
        // Column 0: the inputs are the same, so only the edit differs.
        Assert.Equal(neighbour.Seen[0].Select(value => value + 0.5f), after.Seen[0]);
        Assert.Equal(neighbour.Seen[1], after.Seen[1]);
    }

    [Fact]
    public void A_hook_that_throws_ends_the_request_with_its_exception()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var error = Assert.Throws<TimeZoneNotFoundException>(() => generator.Make(8, new GenerationRow { Hooks = [new Throw()] }));
        Assert.Equal("mine", error.Message);
        // And the model continues as before.
        Assert.True(golden.Greedy("greedy.g1.0").ContentEquals(generator.Make(27,
            new GenerationRow { Prompt = golden.Prompts[0], Sampling = new SamplingSettings(1, Greedy: true) })[0]));
    }

    [Fact]
    public void A_hook_that_breaks_the_model_is_named_as_such()
    {
        var golden = GoldenModel.Get("mono");
        var error = Assert.Throws<UserException>(() => new Generator(golden.Model).Make(8,
            new GenerationRow { Hooks = [new Shift(1, GuidanceHalf.Conditional, float.NaN)] }));
        Assert.Contains("strength", error.Message);
    }

    [Theory]
    [InlineData("layers.4.resid_post", 4)]
    [InlineData("layers.23.resid_post", 23)]
    public void Sites_are_read_and_written(string text, int layer)
    {
        Assert.Equal(HookSite.After(layer), HookSite.Parse(text));
        Assert.Equal(text, HookSite.Parse(text).ToString());
    }

    [Theory]
    [InlineData("layers.-1.resid_post")]
    [InlineData("layers.x.resid_post")]
    [InlineData("layers.4.mlp_in")]
    [InlineData("embed.0")]
    [InlineData("layers.4.embed")]
    [InlineData("blocks.4.resid_post")]
    [InlineData("")]
    public void Other_sites_are_refused(string text) => Assert.Throws<UserException>(() => HookSite.Parse(text));

    [Fact]
    public void A_site_past_the_last_layer_is_refused() =>
        Assert.Contains("0 to 3", Assert.Throws<UserException>(() => new Generator(GoldenModel.Get("mono").Model).Make(8,
            new GenerationRow { Hooks = [new RecordingHook(4)] })).Message);

    private sealed class Shift(int layer, GuidanceHalf half, float by = 0.5f) : IHook
    {
        public HookSite Site => HookSite.After(layer);

        public Tensor? Apply(in HookContext context, Tensor residual) => context.Half == half ? residual.add(by) : null;
    }

    private sealed class Throw : IHook
    {
        public HookSite Site => HookSite.After(0);

        public Tensor? Apply(in HookContext context, Tensor residual) =>
            context.FirstColumn == 3 ? throw new TimeZoneNotFoundException("mine") : null;
    }
}
