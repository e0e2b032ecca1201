using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Core.Tests.Takes;

/// <summary>A growing sound whose end is written again: listeners end with what the file holds, whenever they came and however slow they are.</summary>
public sealed class RevisionTests : IDisposable
{
    private const int Rate = 16_000;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_reader_goes_back_to_the_first_obsolete_sample()
    {
        using var writer = GrowingWavWriter.Create(folder["C.wav"], Rate, 1000);
        writer.Append(Value(1, 600));
        using var early = new WavCursor(folder["C.wav"], 0);
        Assert.Equal(600, early.Read().Samples.Length);
        Assert.Null(RevisionLog.StaleFrom(folder["C.wav"], 0));

        writer.Rewind(400);
        writer.Append(Value(2, 100));
        writer.Rewind(450);
        writer.Append(Value(3, 350));
        Assert.Equal((2, 400L, 450L), (RevisionLog.Count(folder["C.wav"]), RevisionLog.StaleFrom(folder["C.wav"], 0), RevisionLog.StaleFrom(folder["C.wav"], 1)));
        var (from, samples) = early.Read();
        Assert.Equal((400, 400, 2), (from, samples.Length, early.Revision));
        Assert.Equal([Pcm(2), Pcm(3)], [samples[0], samples[399]]);

        // Cut off with revision 1 at sample 440: what it has is still right. At 600 it is not.
        using var kept = new WavCursor(folder["C.wav"], 440, 1);
        Assert.Equal(440, kept.Read().From);
        using var stale = new WavCursor(folder["C.wav"], 600, 1);
        Assert.Equal(450, stale.Read().From);
        using var late = new WavCursor(folder["C.wav"], 600);
        Assert.Equal(600, late.Read().From);

        writer.Append(Value(3, 200));
        writer.Finish();
        Assert.Equal(1000, WavFile.Read(folder["C.wav"]).SampleCount);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Rewind(1001));
        // Another take of the same name begins without revisions.
        GrowingWavWriter.Create(folder["C.wav"], Rate, 10).Dispose();
        Assert.Equal(0, RevisionLog.Count(folder["C.wav"]));
        using var nothing = new WavCursor(folder["none.wav"], 7);
        Assert.Equal((7, 0, 0), (nothing.Read().From, nothing.Read().Samples.Length, nothing.SampleRate));
    }

    [Fact]
    public async Task Readers_of_every_pace_hold_the_same_samples_at_the_end()
    {
        const int Total = 20_000;
        var random = new Random(3);
        var over = false;
        using var writer = GrowingWavWriter.Create(folder["C.wav"], Rate, Total);
        var readers = Enumerable.Range(0, 6).Select(reader => Task.Run(async () =>
        {
            var (held, wait) = (new short[Total], new Random(reader));
            using var cursor = new WavCursor(folder["C.wav"], 0);
            while (true)
            {
                var last = Volatile.Read(ref over);
                var (from, samples) = cursor.Read();
                samples.CopyTo(held, from);
                if (samples.Length == 0 && last) return held;
                if (reader > 0) await Task.Delay(wait.Next(0, 2 * reader), TestContext.Current.CancellationToken);
            }
        })).ToArray();
        for (var revision = 1; revision <= 200; revision++)
        {
            while (writer.Samples < Total && random.Next(4) > 0) writer.Append(Value(revision, (int)Math.Min(random.Next(1, 900), Total - writer.Samples)));
            if (revision < 200) writer.Rewind(Math.Max(0, writer.Samples - random.Next(0, 3000)));
            if (revision % 20 == 0) await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        writer.Append(Value(201, (int)(Total - writer.Samples)));
        Volatile.Write(ref over, true);
        var whole = new short[Total];
        using (var wav = GrowingWav.TryOpen(folder["C.wav"])!) wav.Read(0, Total).CopyTo(whole, 0);
        foreach (var reader in readers) Assert.Equal(whole, await reader);
    }

    private static float[] Value(int revision, int count) => [.. Enumerable.Repeat(revision / 1000f, count)];

    private static short Pcm(int revision) => (short)MathF.Round(revision / 1000f * 32768);
}
