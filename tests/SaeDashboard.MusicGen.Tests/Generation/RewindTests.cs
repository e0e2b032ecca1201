using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Tests.Support;
using static TorchSharp.torch;
using Generator = SaeDashboard.MusicGen.Generation.Generator;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>A head that goes back and on again leaves no trace: the same codes and, through the codec, the same samples, bit for bit.</summary>
public class RewindTests
{
    private const int Frames = 90;
    private static readonly WindowSettings Windows = new(40, 24);
    private static readonly StreamSettings Stream = new(Block: 4, Kept: 60);

    [Fact]
    public void Rewinding_to_fifty_random_columns_gives_the_same_codes_and_samples()
    {
        var golden = GoldenModel.Get("mono");
        var rows = Rows(golden);
        var expected = new Generator(golden.Model).Generate(rows, Frames, windows: Windows, cancellationToken: TestContext.Current.CancellationToken).Codes;
        float[][] sounds = [.. expected.Select(codes => Sound(golden.Model.Codec, codes))];

        var random = new Random(11);
        var (tries, overSeam) = (0, 0);
        while (tries < 50)
        {
            using var run = new Generator(golden.Model).Start(rows, Frames, Windows, rewindable: true);
            var heard = rows.Select(_ => new List<float>()).ToArray();
            var streams = rows.Select(_ => golden.Model.Codec.NewStream(Stream)).ToArray();
            void Listen()
            {
                for (var row = 0; row < rows.Length; row++) heard[row].AddRange(streams[row].Decode(run.Codes[row], run.FinalFrames));
            }
            for (var turns = 0; !run.IsDone || turns < 8; turns++)
            {
                for (var goal = run.Column + random.Next(1, 40); run.Column < goal && !run.IsDone;) run.Advance();
                Listen();
                if (turns >= 8 || run.Head < 13) continue;
                var (head, before) = (run.Head, run.Column);
                var column = random.Next(Math.Max(12, head - 24), head + 1);
                try
                {
                    run.Rewind(column);
                }
                catch (UserException refused) when (refused.Message.Contains("only those of the previous window", StringComparison.Ordinal))
                {
                    // Two windows back: nothing has changed.
                    Assert.Equal((head, before), (run.Head, run.Column));
                    continue;
                }
                tries++;
                // A new window begins at 40 and at 64.
                if (new[] { 40, 64 }.Any(seam => column < seam + 3 && head >= seam + 3)) overSeam++;
                Assert.Equal(column, run.Head);
                for (var row = 0; row < rows.Length; row++)
                {
                    Assert.True(expected[row].Slice(0, run.FinalFrames).ContentEquals(run.Codes[row].Slice(0, run.FinalFrames)));
                    var from = (int)streams[row].Rewind(run.FinalFrames);
                    heard[row].RemoveRange(from, heard[row].Count - from);
                }
            }
            for (var row = 0; row < rows.Length; row++)
            {
                Assert.Equal(expected[row].Values.ToArray(), run.Codes[row].Values.ToArray());
                Assert.Equal(sounds[row], heard[row].ToArray());
                streams[row].Dispose();
            }
        }
        Assert.True(overSeam >= 10, $"{overSeam} of {tries} tries went back over a seam.");
    }

    [Theory]
    [InlineData(30)]
    [InlineData(41)]
    [InlineData(42)]
    [InlineData(43)]
    [InlineData(50)]
    public void A_head_goes_back_over_a_window_s_beginning(int column)
    {
        var golden = GoldenModel.Get("mono");
        var rows = Rows(golden);
        var expected = new Generator(golden.Model).Generate(rows, Frames, windows: Windows, cancellationToken: TestContext.Current.CancellationToken).Codes;
        using var run = new Generator(golden.Model).Start(rows, Frames, Windows, rewindable: true);
        // The second window begins at 24 and computes column 40 again.
        while (run.Head < 55) run.Advance();
        run.Rewind(column);
        Assert.Equal(column, run.Head);
        Assert.Equal(column - 3, run.FinalFrames);
        for (var codebook = 0; codebook < 4; codebook++)
        {
            for (var frame = Math.Max(12, column - codebook); frame < Frames; frame++) Assert.Equal(0, run.Codes[0][codebook, frame]);
        }
        while (!run.IsDone) run.Advance();
        for (var row = 0; row < rows.Length; row++) Assert.Equal(expected[row].Values.ToArray(), run.Codes[row].Values.ToArray());
    }

    [Fact]
    public void Changed_hooks_act_from_the_column_the_head_went_back_to()
    {
        var golden = GoldenModel.Get("mono");
        var row = new GenerationRow { Prompt = golden.Prompts[0], Seed = 5 };
        var generator = new Generator(golden.Model);
        var expected = generator.Make(60, row with { Hooks = [new Shift(21)] })[0];
        // Column 21 says the codes of column 22: frame 21 of the first codebook, 18 of the last.
        Assert.InRange(generator.Make(60, row)[0].FirstDifference(expected)!.Value, 18, 25);

        using var run = generator.Start([row], 60);
        while (run.Column < 47) run.Advance();
        run.Rewind(21);
        run.ReplaceHooks(0, [new Shift(0)]);
        while (!run.IsDone) run.Advance();
        Assert.Equal(expected.Values.ToArray(), run.Codes[0].Values.ToArray());
        Assert.Throws<UserException>(() => run.ReplaceHooks(0, [new RecordingHook(4)]));
    }

    [Fact]
    public void What_cannot_be_taken_back_is_refused_by_name()
    {
        var golden = GoldenModel.Get("mono");
        using (var run = new Generator(golden.Model).Start(Rows(golden), Frames, Windows))
        {
            while (run.Head < 30) run.Advance();
            Assert.Contains("Row 2 continues 12", Assert.Throws<UserException>(() => run.Rewind(11)).Message);
            Assert.Contains("is at column 30", Assert.Throws<UserException>(() => run.Rewind(31)).Message);
            Assert.Throws<UserException>(() => run.Rewind(-1));
            while (run.Head < 50) run.Advance();
            Assert.Contains("not started as", Assert.Throws<UserException>(() => run.Rewind(42)).Message);
            Assert.Equal(0, run.Revision);
            run.Rewind(43);
        }
        using (var run = new Generator(golden.Model).Start(Rows(golden), Frames, Windows, rewindable: true))
        {
            while (!run.IsDone) run.Advance();
            Assert.Contains("only those of the previous window", Assert.Throws<UserException>(() => run.Rewind(20)).Message);
        }

        using var stream = golden.Model.Codec.NewStream(new StreamSettings(Block: 2, Kept: 10));
        var codes = new CodeGrid(4, 80);
        stream.Decode(codes, 70);
        Assert.Contains("10 frames", Assert.Throws<UserException>(() => stream.Rewind(40)).Message);
        Assert.True(stream.Rewind(60) < 60 * golden.Model.Codec.HopLength);
        using var plain = golden.Model.Codec.NewStream();
        Assert.Throws<InvalidOperationException>(() => plain.Rewind(0));
        Assert.Throws<UserException>(() => golden.Model.Codec.NewStream(new StreamSettings(Kept: 5)));
    }

    [Fact]
    public void A_piece_without_an_end_is_one_that_is_left_off()
    {
        var golden = GoldenModel.Get("mono");
        var row = new GenerationRow { Seed = 4, Prompt = golden.Prompts[2] };
        using var run = new Generator(golden.Model).Start([row], 20_000, Windows, rewindable: true);
        using var stream = golden.Model.Codec.NewStream();
        var heard = new List<float>();
        while (run.FinalFrames < 100)
        {
            run.Advance();
            heard.AddRange(stream.Decode(run.Codes[0], run.FinalFrames));
        }
        var made = run.Codes[0].Slice(0, run.FinalFrames);
        heard.AddRange(stream.Decode(made, made.Frames));
        var whole = golden.Model.Codec.Decode(made);
        Assert.Equal(whole.Length, heard.Count);
        Assert.InRange(whole.Zip(heard, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5 * whole.Max(Math.Abs));
        // Up to the window that the end cuts, it is what a piece of a known length is.
        var known = new Generator(golden.Model).Generate([row], 88, windows: Windows, cancellationToken: TestContext.Current.CancellationToken).Codes[0];
        Assert.True(known.ContentEquals(made.Slice(0, 88)));
    }

    private static GenerationRow[] Rows(GoldenModel golden) =>
    [
        new() { Prompt = golden.Prompts[0], Seed = 1 },
        new() { Seed = 2, Sampling = new SamplingSettings(Temperature: 1.3, TopK: 20) },
        new() { Prompt = golden.Prompts[1], Seed = 3, Continue = golden.Codes("codes").Slice(0, 12) },
    ];

    private static float[] Sound(AudioCodec codec, CodeGrid codes)
    {
        using var stream = codec.NewStream(Stream);
        return stream.Decode(codes, codes.Frames);
    }

    private sealed class Shift(int from) : IHook
    {
        public HookSite Site => HookSite.After(1);

        public ColumnRange Columns => new(from, int.MaxValue);

        public Tensor? Apply(in HookContext context, Tensor residual) => residual.add(PointRecorder.Alternating(residual, 2));
    }
}
