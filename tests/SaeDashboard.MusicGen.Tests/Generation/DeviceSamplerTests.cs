using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Generation.OnDevice;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Generation;

/// <summary>The sampler that runs on a device, held against the one that defines what is drawn. Here the device is the CPU.</summary>
public class DeviceSamplerTests
{
    private const int Codebooks = 4, Vocabulary = 67;

    private static readonly (SamplingSettings Settings, ulong Seed, int Sample)[] Rows =
    [
        (new(TopK: 0), 1, 0),
        (new(TopK: 5, Temperature: 0.7), ulong.MaxValue, 3),
        (new(Greedy: true), 7, 0),
        (new(TopK: 0, TopP: 0.6), 0xA409382203707344, 0),
        (new(TopK: 20, TopP: 0.9, Temperature: 2), 12345678901234567890, 1),
        (new(TopK: 1), 5, 0),
    ];

    [Fact]
    public void Codes_are_those_of_the_definition()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        using var device = new DeviceSampler(Rows, Codebooks, Vocabulary, CPU);
        var host = new Sampler(Vocabulary);
        for (var column = 1; column < 60; column++)
        {
            // Steps of a quarter: many logits are equal, so that ties are met.
            float[] logits = [.. Enumerable.Range(0, Rows.Length * Codebooks * Vocabulary).Select(_ => MathF.Round(8 * random.NextSingle()) / 4)];
            var drawn = TensorData.ToInt64Array(device.Draw(TensorData.FromFloats(logits, Rows.Length, Codebooks, Vocabulary), tensor(new long[] { column })));
            for (var cell = 0; cell < drawn.Length; cell++)
            {
                var (settings, seed, sample) = Rows[cell / Codebooks];
                var mine = logits.AsSpan(cell * Vocabulary, Vocabulary);
                Assert.Equal(host.Draw(mine, settings, new PhiloxNoise(seed), cell % Codebooks, column, sample), drawn[cell]);
            }
        }
    }

    [Fact]
    public void Noise_is_the_counters_own()
    {
        using var scope = NewDisposeScope();
        using var noise = new DeviceNoise([(0, 0), (0x299F31D0A4093822, 5)], 2, 9, CPU);
        var made = noise.Gumbel(tensor(new long[] { 1499 }));
        Assert.Equal([2, 2, 9], made.shape);
        for (var codebook = 0; codebook < 2; codebook++)
        {
            for (var token = 0; token < 9; token++)
            {
                Assert.Equal(new PhiloxNoise(0).Gumbel(token, codebook, 1499, 0), made[0, codebook, token].item<double>(), 1e-12);
                Assert.Equal(new PhiloxNoise(0x299F31D0A4093822).Gumbel(token, codebook, 1499, 5), made[1, codebook, token].item<double>(), 1e-12);
            }
        }
    }

    [Fact]
    public void A_cell_whose_logits_are_not_finite_is_marked()
    {
        using var scope = NewDisposeScope();
        using var device = new DeviceSampler([(new(), 1, 0), (new(), 2, 0)], Codebooks, Vocabulary, CPU);
        var values = new float[2 * Codebooks * Vocabulary];
        values[6 * Vocabulary + 3] = float.NaN;
        var logits = TensorData.FromFloats(values, 2, Codebooks, Vocabulary);
        var drawn = TensorData.ToInt64Array(device.Draw(logits, tensor(new long[] { 1 })));
        Assert.All(drawn.Index(), cell => Assert.Equal(cell.Index == 6, cell.Item == -1));
    }
}
