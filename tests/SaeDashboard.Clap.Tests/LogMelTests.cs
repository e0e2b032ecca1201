using System.Numerics;
using SaeDashboard.Clap.Audio;
using SaeDashboard.Core;

namespace SaeDashboard.Clap.Tests;

/// <summary>The spectrogram, computed a second way: sums of the definitions in float64, without a Fourier transform or a matrix.</summary>
public sealed class LogMelTests
{
    private const int Rate = 48000, Length = 1024, Hop = 480, Bins = 64;
    private const double Lowest = 50, Highest = 14000;

    private static readonly ClapSoundConfig Config = new(Rate, 4800, Length, Hop, Bins, Lowest, Highest, SoundPadding.RepeatPad);

    [Theory]
    [InlineData(SoundPadding.RepeatPad)]
    [InlineData(SoundPadding.Repeat)]
    [InlineData(SoundPadding.Pad)]
    public void A_spectrogram_is_the_definition_s(SoundPadding padding)
    {
        var random = new Random(3);
        float[] sound = [.. Enumerable.Range(0, 1700).Select(at => (float)(0.4 * Math.Sin(at * 0.21) + 0.1 * (random.NextDouble() - 0.5)))];
        var input = new double[4800];
        for (var at = 0; at < input.Length; at++)
        {
            var inside = padding switch { SoundPadding.Pad => at < 1700, SoundPadding.RepeatPad => at < 3400, _ => true };
            if (inside) input[at] = sound[at % 1700];
        }
        var levels = new LogMelExtractor(Config with { Padding = padding }).Extract(sound);
        Assert.Equal(11 * Bins, levels.Length);
        foreach (var frame in (int[])[0, 1, 5, 10])
        {
            var power = Power(input, frame);
            for (var mel = 0; mel < Bins; mel++)
            {
                var expected = 10 * Math.Log10(Math.Max(1e-10, Enumerable.Range(0, power.Length).Sum(bin => power[bin] * Weight(bin * (double)Rate / Length, mel))));
                // Powers below the rounding of the largest one to float32 carry no information.
                if (expected > 10 * Math.Log10(power.Max()) - 120) Assert.Equal(expected, levels[frame * Bins + mel], 1e-3);
                else Assert.InRange(levels[frame * Bins + mel], -100.0001, expected + 3);
            }
        }
    }

    [Fact]
    public void The_filter_bank_is_the_definition_s()
    {
        var filters = MelFilterBank.Of(Bins, Length, Rate, Lowest, Highest);
        Assert.Equal(Length / 2 + 1, filters.Length);
        for (var bin = 0; bin < filters.Length; bin++)
        {
            for (var mel = 0; mel < Bins; mel++) Assert.Equal(Weight(bin * (double)Rate / Length, mel), filters[bin][mel], 1e-12);
        }
        Assert.Equal(0, filters[0].Sum());
        Assert.Equal(0, filters[^1].Sum());
    }

    /// <summary>Slaney's norm makes the area under each triangle 1 (per Hz); sums over bins of 46.9 Hz approach it where a filter covers many.</summary>
    [Fact]
    public void The_area_under_a_wide_filter_is_1()
    {
        var filters = MelFilterBank.Of(Bins, Length, Rate, Lowest, Highest);
        for (var mel = 40; mel < Bins; mel++) Assert.Equal(1, filters.Sum(row => row[mel]) * Rate / Length, 0.02);
    }

    [Fact]
    public void Mels_and_frequencies_are_each_other_s_inverse_and_meet_at_1000_Hz()
    {
        foreach (var hertz in (double[])[0, 50, 440, 999.999, 1000, 1000.001, 6400, 14000]) Assert.Equal(hertz, MelFilterBank.ToHertz(MelFilterBank.ToMel(hertz)), 1e-8);
        Assert.Equal(15, MelFilterBank.ToMel(1000), 1e-12);
        Assert.Equal(42, MelFilterBank.ToMel(6400), 1e-12);
    }

    [Fact]
    public void A_tone_is_loudest_in_the_bin_of_its_frequency()
    {
        const double tone = 3000;
        float[] sound = [.. Enumerable.Range(0, 4800).Select(at => (float)(0.5 * Math.Sin(2 * Math.PI * tone * at / Rate)))];
        var frame = new LogMelExtractor(Config).Extract(sound).AsSpan(5 * Bins, Bins).ToArray();
        var loudest = Array.IndexOf(frame, frame.Max());
        Assert.InRange(tone, Edge(loudest), Edge(loudest + 2));
    }

    [Fact]
    public void Silence_is_at_the_floor() => Assert.All(new LogMelExtractor(Config).Extract(new float[4800]), level => Assert.Equal(-100, level, 1e-4));

    [Fact]
    public void What_cannot_be_heard_is_refused()
    {
        var mel = new LogMelExtractor(Config);
        Assert.Contains("no samples", Assert.Throws<UserException>(() => mel.Extract([])).Message, StringComparison.Ordinal);
        Assert.Contains("Sample 2 of the sound", Assert.Throws<UserException>(() => mel.Extract([0, 0, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => mel.Extract(new float[4801]));
    }

    /// <summary>|Σ hann · x · e^(−2πikn/N)|² of the frame around sample frame · hop, the sound mirrored at its ends.</summary>
    private static double[] Power(double[] sound, int frame)
    {
        var windowed = new double[Length];
        for (var n = 0; n < Length; n++)
        {
            var at = frame * Hop - Length / 2 + n;
            if (at < 0) at = -at;
            if (at >= sound.Length) at = 2 * (sound.Length - 1) - at;
            windowed[n] = sound[at] * Math.Pow(Math.Sin(Math.PI * n / Length), 2);
        }
        var power = new double[Length / 2 + 1];
        for (var k = 0; k < power.Length; k++)
        {
            var sum = Complex.Zero;
            for (var n = 0; n < Length; n++) sum += windowed[n] * Complex.Exp(new Complex(0, -2 * Math.PI * k * n / Length));
            power[k] = sum.Real * sum.Real + sum.Imaginary * sum.Imaginary;
        }
        return power;
    }

    /// <summary>A triangle of area 1 over three edges.</summary>
    private static double Weight(double hertz, int mel)
    {
        var (left, top, right) = (Edge(mel), Edge(mel + 1), Edge(mel + 2));
        if (hertz <= left || hertz >= right) return 0;
        var height = 2 / (right - left);
        return hertz <= top ? height * (hertz - left) / (top - left) : height * (right - hertz) / (right - top);
    }

    /// <summary>Edges are equally spaced in mels: 200/3 Hz a mel up to 1,000 Hz, from there a factor of 6.4 in 27 mels.</summary>
    private static double Edge(int number)
    {
        var (low, high) = (Lowest * 3 / 200, 15 + 27 * Math.Log(Highest / 1000, 6.4));
        var mel = low + (high - low) * number / (Bins + 1);
        return mel <= 15 ? mel * 200 / 3 : 1000 * Math.Pow(6.4, (mel - 15) / 27);
    }
}
