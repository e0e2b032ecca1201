using SaeDashboard.Core;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Support;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>A row whose output is not finite ends by itself, if it was asked to.</summary>
public class EndsAloneTests
{
    private const int Frames = 40;
    private const int Broken = 17;

    [Fact]
    public void The_other_rows_are_what_they_are_without_it()
    {
        var golden = GoldenModel.Get("mono");
        var row = new GenerationRow { Prompt = golden.Prompts[0], Seed = 5 };
        var expected = new Generator(golden.Model).Make(Frames, row)[0];
        var hook = new Breaks();
        using var run = new Generator(golden.Model).Start([row, row with { Hooks = [hook], EndsAlone = true }, row with { Sample = 1 }], Frames);
        while (!run.IsDone) run.Advance();
        Assert.Equal([null, Broken, null], Enumerable.Range(0, 3).Select(run.EndedAt));
        Assert.True(expected.ContentEquals(run.Codes[0]));
        Assert.True(new Generator(golden.Model).Make(Frames, row with { Sample = 1 })[0].ContentEquals(run.Codes[2]));
        // What does not depend on the column is sampled as it was.
        Assert.Equal(Broken - 3, run.FramesBefore(Broken));
        Assert.True(expected.Slice(0, Broken - 3).ContentEquals(run.Codes[1].Slice(0, Broken - 3)));
        Assert.True(run.HasComputed(Broken));

        // Taken back to that column without the hook's harm, it continues and is the first row.
        hook.Off = true;
        run.Rewind(Broken);
        Assert.Null(run.EndedAt(1));
        Assert.False(run.HasComputed(Broken));
        while (!run.IsDone) run.Advance();
        Assert.True(expected.ContentEquals(run.Codes[1]));
        Assert.Null(run.EndedAt(1));
    }

    [Fact]
    public void Without_being_asked_to_it_ends_the_request()
    {
        var golden = GoldenModel.Get("mono");
        using var run = new Generator(golden.Model).Start([new GenerationRow { Seed = 5 }, new GenerationRow { Seed = 5, Hooks = [new Breaks()] }], Frames);
        var problem = Assert.Throws<UserException>(() =>
        {
            while (!run.IsDone) run.Advance();
        });
        Assert.Contains($"Row 1, column {Broken + 1}: the model's output is not finite", problem.Message, StringComparison.Ordinal);
    }

    private sealed class Breaks : IHook
    {
        public bool Off { get; set; }

        public HookSite Site => HookSite.After(1);

        public ColumnRange Columns => new(Broken, Off ? Broken : int.MaxValue);

        public Tensor? Apply(in HookContext context, Tensor residual) => full_like(residual, float.NaN);
    }
}
