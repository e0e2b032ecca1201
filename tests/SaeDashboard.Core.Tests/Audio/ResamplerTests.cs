using SaeDashboard.Core.Audio;

namespace SaeDashboard.Core.Tests.Audio;

/// <summary>The resampler is measured with sine waves: what should pass passes, what should not is gone.</summary>
public class ResamplerTests
{
    // Samples near the ends see the silence beyond them.
    private const double EdgeSeconds = 0.02;

    [Theory]
    [InlineData(48000, 16000)]
    [InlineData(44100, 16000)]
    [InlineData(44100, 32000)]
    [InlineData(16000, 32000)]
    [InlineData(32000, 44100)]
    [InlineData(16000, 48000)]
    [InlineData(22050, 32000)]
    [InlineData(44101, 32000)] // more phases than are kept
    public void What_is_below_045_of_the_lower_rate_passes_unchanged(int from, int to)
    {
        var lower = Math.Min(from, to);
        foreach (var share in new[] { 0.003, 0.1, 0.25, 0.4, 0.45 })
        {
            var frequency = share * lower;
            var output = Resampler.To(Sine(frequency, from, 0.4), to);
            Assert.Equal(to, output.SampleRate);
            Assert.Equal((int)Math.Ceiling(0.4 * from * to / from), output.SampleCount, 1.0);
            var (gain, rest) = Fit(output, frequency);
            Assert.InRange(20 * Math.Log10(gain), -0.1, 0.1);
            // What is left when the sine (of the right phase) is taken away: images and noise.
            Assert.InRange(20 * Math.Log10(rest), -300, -60);
        }
    }

    [Theory]
    [InlineData(48000, 16000)]
    [InlineData(44100, 16000)]
    [InlineData(48000, 32000)]
    [InlineData(44101, 32000)]
    public void What_is_above_half_the_new_rate_is_removed(int from, int to)
    {
        foreach (var share in new[] { 0.5001, 0.52, 0.55, 0.6, 0.66 })
        {
            var output = Resampler.To(Sine(share * to, from, 0.4), to);
            Assert.InRange(20 * Math.Log10(RootMeanSquare(output) * Math.Sqrt(2)), double.NegativeInfinity, -60);
        }
    }

    [Fact]
    public void A_constant_stays_that_constant_and_a_click_stays_where_it_was()
    {
        var output = Resampler.To(new Waveform([Enumerable.Repeat(0.75f, 8000).ToArray()], 44100), 16000);
        var edge = (int)(EdgeSeconds * 16000);
        Assert.All(output.Channels[0][edge..^edge], sample => Assert.Equal(0.75f, sample, 1e-5f));

        var click = new float[4800];
        click[2400] = 1;
        var heard = Resampler.To(new Waveform([click], 48000), 16000).Channels[0];
        Assert.Equal(800, Array.IndexOf(heard, heard.Max()));
    }

    [Fact]
    public void Channels_stay_apart_and_the_same_rate_costs_nothing()
    {
        var stereo = new Waveform([Sine(440, 32000, 0.1).Channels[0], new float[3200]], 32000);
        Assert.Same(stereo, Resampler.To(stereo, 32000));
        var output = Resampler.To(stereo, 16000);
        Assert.Equal(2, output.Channels.Length);
        Assert.All(output.Channels[1], sample => Assert.Equal(0f, sample));
    }

    [Fact]
    public void Very_short_pieces_are_resampled_too()
    {
        Assert.Equal(0, Resampler.To(new Waveform([[]], 44100), 16000).SampleCount);
        Assert.Equal(1, Resampler.To(new Waveform([[1f]], 44100), 16000).SampleCount);
        Assert.Equal(14, Resampler.To(new Waveform([new float[37]], 44100), 16000).SampleCount);
    }

    private static Waveform Sine(double frequency, int rate, double seconds)
    {
        var samples = new float[(int)Math.Round(seconds * rate)];
        for (var i = 0; i < samples.Length; i++) samples[i] = (float)Math.Sin(2 * Math.PI * frequency * i / rate + 0.3);
        return new Waveform([samples], rate);
    }

    // Least squares for a·sin + b·cos at the frequency: the gain, and the amplitude of what they do not explain. The phase must be the
    // input's.
    private static (double Gain, double Error) Fit(Waveform wave, double frequency)
    {
        var edge = (int)(EdgeSeconds * wave.SampleRate);
        double ss = 0, cc = 0, sc = 0, sy = 0, cy = 0;
        for (var i = edge; i < wave.SampleCount - edge; i++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * frequency * i / wave.SampleRate + 0.3);
            (ss, cc, sc) = (ss + sin * sin, cc + cos * cos, sc + sin * cos);
            (sy, cy) = (sy + sin * wave.Channels[0][i], cy + cos * wave.Channels[0][i]);
        }
        var determinant = ss * cc - sc * sc;
        double a = (sy * cc - cy * sc) / determinant, b = (cy * ss - sy * sc) / determinant;
        double rest = 0;
        for (var i = edge; i < wave.SampleCount - edge; i++)
        {
            var sin = Math.Sin(2 * Math.PI * frequency * i / wave.SampleRate + 0.3);
            rest += Math.Pow(wave.Channels[0][i] - a * sin, 2); // b belongs to the rest: the phase should not move.
        }
        return (Math.Sqrt(a * a + b * b), Math.Sqrt(2 * rest / (wave.SampleCount - 2 * edge)));
    }

    private static double RootMeanSquare(Waveform wave)
    {
        var edge = (int)(EdgeSeconds * wave.SampleRate);
        return Math.Sqrt(wave.Channels[0][edge..^edge].Average(sample => (double)sample * sample));
    }
}
