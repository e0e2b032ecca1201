using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Tests.Running;

/// <summary>The time that the index of a run takes, with a clock of the test's own.</summary>
public sealed class IndexProgressTests
{
    private const int Measured = 400, Further = 1600, Frames = 512, Layer = 4, Latents = 2048, Width = 256;

    private readonly Clock clock = new();

    /// <summary>A machine whose parts are all as much slower than thought: from its second clip on the time to the end is right, whatever it does.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Every_part_counts_for_what_it_takes(double slower)
    {
        var progress = new IndexProgress(Measured, Further, Frames, Layer, Latents, Width, clock);
        var (encode, model, sound, end) = (StageRates.Index(Frames, Latents, Width), StageRates.Collect(Frames, Layer, Width), StageRates.Describe(1, Frames), StageRates.Finish(Latents));
        Assert.True(sound > encode, "decoding is not forgotten");
        var left = slower * (Measured * (encode + model + sound) + Further * encode + end);
        void Pass(double seconds, ClipProgress happened)
        {
            clock.Pass(slower * seconds);
            left -= slower * seconds;
            progress.Update(happened);
            // Intervals below 50 ms are put together.
            if (progress.EtaSeconds is { } eta && left > 1) Assert.InRange(eta / left, 0.99, 1.01);
        }
        for (var clip = 1; clip <= Measured; clip++) Pass(encode + model + sound, new ClipProgress("statistics", clip, Measured));
        Assert.Equal((Measured, false), (progress.Clips, progress.IsAfterClips));
        for (var clip = 1; clip <= Further; clip++) Pass(encode, new ClipProgress("top clips", clip, Further));
        Assert.InRange(progress.EtaSeconds!.Value, 0.95 * slower * end, 1.05 * slower * end);
        for (var block = 1; block <= 8; block++) Pass(0.9 * end / 8, new ClipProgress(FeatureIndexBuilder.MeasuresStage, block * Latents / 8, Latents, "features"));
        for (var block = 1; block <= 4; block++) Pass(0.03 * end / 4, new ClipProgress("nearest directions", block * Latents / 4, Latents, "features"));
        for (var pass = 1; pass <= 500; pass++) Pass(0.07 * end / 500, new ClipProgress("map", pass, 500, "passes"));
        Assert.Equal((Measured + Further, true), (progress.Clips, progress.IsAfterClips));
        Assert.Equal(0, progress.EtaSeconds!.Value, 1e-6);
    }

    private sealed class Clock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Pass(double seconds) => now += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
