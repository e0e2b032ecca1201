using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.MusicGen.Tests.Generation;

public class PhiloxNoiseTests
{
    private const double EulerGamma = 0.57721566490153286;

    [Theory]
    [InlineData(0ul, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffff_fffffffful, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u,
        0x6d5451fdu)]
    [InlineData(0x299f31d0_a4093822ul, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u,
        0x24126ea1u)]
    public void Known_answers(ulong key, uint c0, uint c1, uint c2, uint c3, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), new PhiloxNoise(key).Words(c0, c1, c2, c3));

    [Fact]
    public void A_token_takes_its_word_of_its_counter()
    {
        var noise = new PhiloxNoise(123456789012345);
        var words = noise.Words(5, 2, 77, 1);
        uint[] all = [words.X0, words.X1, words.X2, words.X3];
        for (var word = 0; word < 4; word++) Assert.Equal((all[word] + 0.5) / 4294967296.0, noise.Uniform(20 + word, 2, 77, 1));
    }

    [Fact]
    public void Uniform_numbers_fill_the_interval_evenly()
    {
        // Chi-square over 256 bins of a million numbers: mean 255, standard deviation 22.6; six of them either way.
        var bins = new int[256];
        var noise = new PhiloxNoise(42);
        for (var column = 1; column <= 250; column++)
        {
            for (var codebook = 0; codebook < 4; codebook++)
            {
                for (var token = 0; token < 1000; token++) bins[(int)(noise.Uniform(token, codebook, column, 0) * 256)]++;
            }
        }
        var expected = 1_000_000 / 256.0;
        Assert.InRange(bins.Sum(count => (count - expected) * (count - expected) / expected), 255 - 136, 255 + 136);
    }

    [Fact]
    public void Gumbel_numbers_have_their_mean_and_variance()
    {
        var noise = new PhiloxNoise(7);
        double sum = 0, squares = 0;
        const int count = 400_000;
        for (var index = 0; index < count; index++)
        {
            var value = noise.Gumbel(index % 1024, index / 1024 % 4, 1 + index / 4096, 0);
            sum += value;
            squares += value * value;
        }
        var mean = sum / count;
        var variance = squares / count - mean * mean;
        // Standard errors: π/√6/√n = 0.0020 and about 0.0055; five of them.
        Assert.InRange(mean, EulerGamma - 0.0101, EulerGamma + 0.0101);
        Assert.InRange(variance, Math.PI * Math.PI / 6 - 0.0275, Math.PI * Math.PI / 6 + 0.0275);
    }

    [Theory]
    [InlineData(1, 0, 0, 0, 0)]
    [InlineData(4, 0, 0, 0, 0)]
    [InlineData(0, 1, 0, 0, 0)]
    [InlineData(0, 0, 1, 0, 0)]
    [InlineData(0, 0, 0, 1, 0)]
    [InlineData(0, 0, 0, 0, 1)]
    public void Neighbouring_counters_and_seeds_are_independent(int token, int codebook, int column, int sample, uint seed)
    {
        // The correlation of n pairs of independent numbers has standard deviation 1/√n; five of them.
        const int count = 40_000;
        PhiloxNoise here = new(99), there = new(99 + seed);
        double xy = 0, xx = 0, yy = 0;
        for (var index = 0; index < count; index++)
        {
            var (t, k, c) = (index % 1000, index / 1000 % 4, 1 + index / 4000);
            var x = here.Uniform(t, k, c, 0) - 0.5;
            var y = there.Uniform(t + token, k + codebook, c + column, sample) - 0.5;
            (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
        }
        Assert.InRange(xy / Math.Sqrt(xx * yy), -5 / Math.Sqrt(count), 5 / Math.Sqrt(count));
    }
}
