using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Support;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class WindowTests
{
    // 24 frames, 14 apart: 70 frames take windows at 0, 14, 28, 42 and 56, the last of 14 frames.
    private static readonly WindowSettings Small = new(24, 14);

    [Fact]
    public void The_first_window_is_what_a_piece_of_its_length_is()
    {
        var golden = GoldenModel.Get("mono");
        var row = new GenerationRow { Prompt = golden.Prompts[0], Seed = 3 };
        var generator = new Generator(golden.Model);
        Assert.True(generator.Make(24, row)[0].ContentEquals(Make(generator, 70, row)[0].Slice(0, 24)));
    }

    [Fact]
    public void Each_window_continues_the_end_of_the_one_before()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var row = new GenerationRow { Prompt = golden.Prompts[1], Sampling = new SamplingSettings(Greedy: true) };
        var piece = Make(generator, 70, row)[0];
        foreach (var (start, frames) in new[] { (14, 24), (28, 24), (42, 24), (56, 14) })
        {
            var alone = generator.Make(frames, row with { Continue = piece.Slice(start, 10) })[0];
            Assert.Equal(alone.Values.ToArray(), piece.Slice(start, frames).Values.ToArray());
        }
    }

    [Theory]
    [InlineData("mono")]
    [InlineData("stereo")]
    public void The_noise_is_that_of_the_column_in_the_whole_piece(string name)
    {
        var golden = GoldenModel.Get(name);
        var generator = new Generator(golden.Model);
        var row = new GenerationRow { Seed = 77, Sample = 2 };
        var piece = Make(generator, 52, row)[0];
        // Every code of the third window (28 … 51), drawn again from what teacher forcing of the window says.
        var (config, pattern) = (golden.Model.Config.Decoder, new DelayPattern(golden.Model.Config.Decoder));
        using var trace = new TeacherForcing(golden.Model).Trace(piece.Slice(28, 24), null, []);
        var logits = TensorData.ToArray(trace.Logits);
        var columns = (int)trace.Logits.shape[1];
        var sampler = new Sampler(config.VocabularySize);
        for (var codebook = 0; codebook < config.Codebooks; codebook++)
        {
            for (var frame = 38; frame < 52; frame++)
            {
                var column = frame + 1 + pattern.Delays[codebook];
                var place = (codebook * columns + column - 28 - 1) * config.VocabularySize;
                var drawn = sampler.Draw(logits.AsSpan(place, config.VocabularySize), row.Sampling, new PhiloxNoise(77), codebook, column, 2);
                Assert.Equal(drawn, piece[codebook, frame]);
            }
        }
        // With the window's own columns it would have been another piece.
        Assert.False(generator.Make(24, row with { Continue = piece.Slice(28, 10) })[0].ContentEquals(piece.Slice(28, 24)));
    }

    [Fact]
    public void Rows_of_any_beginning_give_over_windows_what_they_give_alone()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var beginning = golden.Codes("codes");
        GenerationRow[] rows =
        [
            new() { Prompt = golden.Prompts[0], Seed = 1 },
            new() { Prompt = golden.Prompts[1], Seed = 2, Continue = beginning.Slice(0, 5) },
            // Its codes end in the second window's new part, past the first window.
            new() { Seed = 3, Continue = beginning.Slice(0, 30) },
            // Exactly where a window ends, and where the piece does.
            new() { Prompt = "", Seed = 4, Continue = beginning.Slice(0, 24) },
            new() { Seed = 5, Continue = Make(generator, 70, new GenerationRow { Seed = 6 })[0] },
        ];
        var together = Make(generator, 70, rows);
        for (var row = 0; row < rows.Length; row++)
        {
            Assert.Equal(Make(generator, 70, rows[row])[0].Values.ToArray(), together[row].Values.ToArray());
            if (rows[row].Continue is { } given) Assert.True(given.ContentEquals(together[row].Slice(0, given.Frames)));
        }
    }

    [Fact]
    public void Hooks_see_the_columns_of_the_whole_piece()
    {
        var golden = GoldenModel.Get("mono");
        var hook = new RecordingHook(3);
        var codes = Make(new Generator(golden.Model), 40, new GenerationRow { Seed = 8, Hooks = [hook] })[0];
        var expected = Enumerable.Range(0, 27).Select(column => new HookContext(column, 1, GuidanceHalf.Conditional, 0))
            .Append(new HookContext(14, 11, GuidanceHalf.Conditional, 0) { WindowStart = 14 })
            .Concat(Enumerable.Range(25, 16).Select(column => new HookContext(column, 1, GuidanceHalf.Conditional, 0) { WindowStart = 14 }))
            .Append(new HookContext(28, 11, GuidanceHalf.Conditional, 0) { WindowStart = 28 })
            .Concat(Enumerable.Range(39, 4).Select(column => new HookContext(column, 1, GuidanceHalf.Conditional, 0) { WindowStart = 28 }));
        Assert.Equal(expected, hook.Contexts);
        // Each window's residual stream is that of its codes alone.
        using var trace = new TeacherForcing(golden.Model).Trace(codes.Slice(14, 24), null, [3]);
        using var computed = trace.Residuals[3].narrow(0, 0, 27);
        float[] seen = [.. hook.Seen.Where((_, call) => hook.Contexts[call].WindowStart == 14).SelectMany(values => values)];
        Assert.InRange(GoldenModel.Error(computed, seen), 0, 1e-5);
    }

    [Fact]
    public void Frames_are_reported_once_in_order_over_seams()
    {
        var golden = GoldenModel.Get("mono");
        var reported = new List<(int Row, int From, int Count)>();
        var rows = new[] { new GenerationRow { Seed = 1 }, new GenerationRow { Seed = 2, Continue = golden.Codes("codes").Slice(0, 30) } };
        var result = new Generator(golden.Model).Generate(rows, 70, listener: new Listener(reported), windows: Small,
            cancellationToken: TestContext.Current.CancellationToken);
        // 27 columns of the first window; 14 new frames and the delay again in the next three; 4 and the delay in the last.
        Assert.Equal(27 + 3 * 17 + 7, result.Columns);
        Assert.Equal(Enumerable.Range(0, 70), reported.Where(item => item.Row == 0).SelectMany(item => Enumerable.Range(item.From, item.Count)));
        Assert.Equal((1, 0, 30), reported[0]);
        Assert.Equal(Enumerable.Range(0, 70), reported.Where(item => item.Row == 1).SelectMany(item => Enumerable.Range(item.From, item.Count)));
    }

    [Fact]
    public void A_checkpoint_says_how_long_its_windows_are()
    {
        // generation_config.json: 516 columns are 512 frames.
        var config = GoldenModel.Get("demo").Model.Config;
        Assert.Equal(new WindowSettings(480, 288, 512), WindowSettings.Of(config));
        Assert.Equal(new WindowSettings(1402, 841, 1496), WindowSettings.Of(GoldenModel.Get("mono").Model.Config));
        // As programs of before made them, which presets of then ask for.
        Assert.Equal(new WindowSettings(512, 307, 512), WindowSettings.Of(config, int.MaxValue, null));
        Assert.Equal(new WindowSettings(400, 100, 512), WindowSettings.Of(config, 400, 100));
    }

    [Fact]
    public void A_window_that_is_continued_ends_early_and_the_last_may_be_as_long_as_the_model_s_pieces()
    {
        var golden = GoldenModel.Get("mono");
        var generator = new Generator(golden.Model);
        var row = new GenerationRow { Prompt = golden.Prompts[0], Sampling = new SamplingSettings(Greedy: true) };
        var windows = new WindowSettings(20, 12, 24);
        CodeGrid Piece(int frames) => generator.Generate([row], frames, windows: windows, cancellationToken: TestContext.Current.CancellationToken).Codes[0];
        // 24 frames are one window; 25 are 20 and, from 12 on, 13.
        Assert.True(generator.Make(24, row)[0].ContentEquals(Piece(24)));
        var piece = Piece(25);
        Assert.True(generator.Make(20, row)[0].ContentEquals(piece.Slice(0, 20)));
        Assert.True(generator.Make(13, row with { Continue = piece.Slice(12, 8) })[0].ContentEquals(piece.Slice(12, 13)));
        // 36 are 20 and, from 12 on, 24 as one.
        piece = Piece(36);
        Assert.True(generator.Make(24, row with { Continue = piece.Slice(12, 8) })[0].ContentEquals(piece.Slice(12, 24)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(24, 0)]
    [InlineData(24, 24)]
    [InlineData(24, 30)]
    public void Windows_that_take_nothing_over_are_refused(int frames, int stride) => Assert.Throws<UserException>(() =>
        new Generator(GoldenModel.Get("mono").Model).Start([new GenerationRow()], 70, new WindowSettings(frames, stride)));

    private static IReadOnlyList<CodeGrid> Make(Generator generator, int frames, params GenerationRow[] rows) =>
        generator.Generate(rows, frames, windows: Small, cancellationToken: TestContext.Current.CancellationToken).Codes;

    private sealed class Listener(List<(int Row, int From, int Count)> reported) : IFrameListener
    {
        public void FramesFinal(int row, CodeGrid codes, int from, int count) => reported.Add((row, from, count));
    }
}
