using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Tests.Support;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class GenerationProgressTests
{
    [Fact]
    public void Frames_are_reported_once_in_order_and_final()
    {
        var golden = GoldenModel.Get("mono");
        var listener = new Copy(20);
        var columns = new List<int>();
        var rows = new[] { new GenerationRow { Seed = 1 }, new GenerationRow { Seed = 2, Continue = golden.Codes("codes").Slice(0, 6) } };
        var result = new Generator(golden.Model).Generate(rows, 20, new Inline(columns.Add), listener, cancellationToken:
            TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(1, 23), columns);
        Assert.Equal(23, result.Columns);
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(20, listener.Received[row]);
            Assert.True(result.Codes[row].ContentEquals(listener.Grids[row]));
        }
    }

    [Fact]
    public void Cancelling_ends_it_and_the_model_stays_usable()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        using var cancel = new CancellationTokenSource();
        var seen = 0;
        var progress = new Inline(column =>
        {
            seen = column;
            if (column == 5) cancel.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => generator.Generate([new GenerationRow()], 50, progress,
            cancellationToken: cancel.Token));
        Assert.Equal(5, seen);
        Assert.Equal(4, generator.Make(4, new GenerationRow())[0].Frames);
    }

    [Fact]
    public void Codes_as_long_as_asked_for_come_back_as_they_are()
    {
        var golden = GoldenModel.Get("mono");
        var codes = golden.Codes("codes");
        Assert.True(codes.ContentEquals(new Generator(golden.Model).Make(codes.Frames, new GenerationRow { Continue = codes })[0]));
        Assert.Contains("only 39", Assert.Throws<UserException>(() => new Generator(golden.Model).Make(39,
            new GenerationRow { Continue = codes })).Message);
    }

    [Fact]
    public void What_cannot_be_generated_is_refused()
    {
        var generator = new Generator(GoldenModel.Get("mono").Model);
        Assert.Throws<UserException>(() => generator.Make(0, new GenerationRow()));
        Assert.Throws<UserException>(() => generator.Make(5, new GenerationRow { Sampling = new SamplingSettings(Temperature: -1) }));
        Assert.Throws<UserException>(() => generator.Make(5, new GenerationRow { Continue = new CodeGrid(8, 2) }));
        Assert.Contains("512", Assert.Throws<UserException>(() => generator.Make(5,
            new GenerationRow { Prompt = string.Concat(Enumerable.Repeat("drum ", 2000)) })).Message);
        Assert.Contains("at least one row", Assert.Throws<UserException>(() => generator.Make(5)).Message);
    }

    [Fact]
    public void Without_a_prompt_guidance_does_nothing()
    {
        var generator = new Generator(GoldenModel.Get("mono").Model);
        var codes = generator.Make(12, new GenerationRow { Seed = 5 },
            new GenerationRow { Seed = 5, Sampling = new SamplingSettings(Guidance: 1) });
        Assert.True(codes[0].ContentEquals(codes[1]));
    }

    private sealed class Inline(Action<int> action) : IProgress<int>
    {
        public void Report(int value) => action(value);
    }

    private sealed class Copy(int frames) : IFrameListener
    {
        public int[] Received { get; } = [0, 0];

        public CodeGrid[] Grids { get; } = [new(4, frames), new(4, frames)];

        public void FramesFinal(int row, CodeGrid codes, int from, int count)
        {
            Assert.Equal(Received[row], from);
            for (var frame = from; frame < from + count; frame++)
            {
                for (var codebook = 0; codebook < codes.Codebooks; codebook++) Grids[row][codebook, frame] = codes[codebook, frame];
            }
            Received[row] += count;
        }
    }
}
