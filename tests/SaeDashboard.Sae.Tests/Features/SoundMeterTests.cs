using SaeDashboard.Core.Features;
using SaeDashboard.Sae.Features.Sound;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Descriptors of sounds whose level, pitch, partials and onsets are known.</summary>
public sealed class SoundMeterTests
{
    private const int Level = 0, Brightness = 1, OnsetRate = 2, Pitch = 3, Inharmonicity = 4;

    [Fact]
    public void A_sine_has_its_level_brightness_and_pitch()
    {
        foreach (var (rate, hop) in new[] { (16000, 320), (32000, 640) })
        {
            foreach (var frequency in new[] { 220.0, 440, 987.8 })
            {
                var values = Middle(new SoundMeter(rate, hop).Measure(Tone(rate, 1, [(frequency, 0.25)]), 50));
                // An amplitude of a is a²/2 of power.
                Assert.Equal(10 * Math.Log10(0.25 * 0.25 / 2), values[Level], 0.15);
                Assert.Equal(Math.Log2(frequency), values[Brightness], 0.12);
                Assert.Equal(69 + 12 * Math.Log2(frequency / 440), values[Pitch], 0.05);
                Assert.InRange(values[Inharmonicity], 0, 0.02);
            }
        }
    }

    [Fact]
    public void Every_semitone_of_a_harmonic_tone_is_found_within_a_fifth_of_a_semitone()
    {
        foreach (var (rate, hop) in new[] { (16000, 320), (32000, 640) })
        {
            var meter = new SoundMeter(rate, hop);
            var wrong = new List<string>();
            for (var semitone = 35; semitone <= 95; semitone++)
            {
                var frequency = 440 * Math.Pow(2, (semitone - 69) / 12.0);
                var values = Middle(meter.Measure(Tone(rate, 0.6, Partials(frequency, rate, 0)), 30));
                if (!(Math.Abs(values[Pitch] - semitone) < 0.2)) wrong.Add($"{semitone}: {values[Pitch]:F2} at {rate} Hz");
                if (!(values[Inharmonicity] < 0.06)) wrong.Add($"{semitone}: inharmonicity {values[Inharmonicity]:F3} at {rate} Hz");
            }
            Assert.Empty(wrong);
        }
    }

    [Fact]
    public void Stretched_partials_are_inharmonic()
    {
        var meter = new SoundMeter(16000, 320);
        double Of(double stretch) => Middle(meter.Measure(Tone(16000, 0.6, Partials(196, 16000, stretch)), 30))[Inharmonicity];
        Assert.True(Of(0) < 0.03 && Of(0.002) > Of(0) + 0.02 && Of(0.006) > Of(0.002), $"{Of(0):F3}, {Of(0.002):F3}, {Of(0.006):F3}");
    }

    [Fact]
    public void Silence_and_noise_have_no_pitch_and_silence_no_brightness()
    {
        var random = new Random(4);
        var sound = new float[16000];
        for (var i = 8000; i < sound.Length; i++) sound[i] = (float)(0.4 * random.NextDouble() - 0.2);
        var values = new SoundMeter(16000, 320).Measure(sound, 50);
        Assert.All(values[Pitch], value => Assert.True(float.IsNaN(value)));
        Assert.All(values[Brightness].Take(23), value => Assert.True(float.IsNaN(value)));
        Assert.All(values[Level].Take(23), value => Assert.Equal(-80, value));
        // White noise: the mean frequency is half of the Nyquist frequency.
        Assert.All(values[Brightness].Skip(27), value => Assert.Equal(Math.Log2(4000), value, 0.2));
    }

    [Fact]
    public void Strokes_are_counted_per_second()
    {
        const int rate = 16000;
        var meter = new SoundMeter(rate, 320);
        foreach (var perSecond in new[] { 1, 2, 4, 8 })
        {
            var sound = new float[3 * rate];
            for (var stroke = 0; stroke < 3 * perSecond; stroke++)
            {
                var from = (int)((stroke + 0.5) * rate / perSecond);
                for (var i = from; i < sound.Length; i++) sound[i] += (float)(0.3 * Math.Sin(2 * Math.PI * 500 * (i - from) / rate) * Math.Exp(-(i - from) / (0.03 * rate)));
            }
            var rates = meter.Measure(sound, 150)[OnsetRate];
            Assert.Equal(perSecond, rates.Skip(25).Take(100).Average(), 0.06 * perSecond + 0.1);
        }
        Assert.All(meter.Measure(Tone(rate, 3, [(330, 0.3)]), 150)[OnsetRate].Skip(40), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_names_are_those_of_an_index()
    {
        Assert.Equal(SoundDescriptors.All.Count, new SoundMeter(16000, 320).Measure([], 3).Length);
        Assert.Equal([SoundDescriptors.Level, SoundDescriptors.Brightness, SoundDescriptors.OnsetRate, SoundDescriptors.Pitch, SoundDescriptors.Inharmonicity], SoundDescriptors.All);
    }

    /// <summary>The values of a frame far from the ends.</summary>
    private static double[] Middle(float[][] values) => [.. values.Select(value => (double)value[value.Length / 2])];

    /// <summary>Up to 12 partials that fall by 1/h; the h-th is stretched as a stiff string's: √(1 + B·h²).</summary>
    private static (double Frequency, double Amplitude)[] Partials(double fundamental, int rate, double stretch) =>
        [.. Enumerable.Range(1, 12).Select(h => (Frequency: fundamental * h * Math.Sqrt(1 + stretch * h * h), Amplitude: 0.2 / h)).Where(partial => partial.Frequency < 0.45 * rate)];

    private static float[] Tone(int rate, double seconds, (double Frequency, double Amplitude)[] partials) =>
        [.. Enumerable.Range(0, (int)(rate * seconds)).Select(i => (float)partials.Select((partial, n) => partial.Amplitude * Math.Sin(2 * Math.PI * partial.Frequency * i / rate + n)).Sum())];
}
