using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation.OnDevice;

/// <summary>
/// <see cref="Sampler"/> for every cell of a column at once, on a device and without synchronising: guidance, temperature, top-k, top-p,
/// Gumbel-max in float64. Each row has its own settings.
/// </summary>
internal sealed class DeviceSampler : IDisposable
{
    private readonly DeviceNoise noise;
    private readonly Tensor temperature, greedy, place, nucleus;
    private readonly bool anyNoise, anyTopK, anyTopP;

    /// <param name="rows">Each row's settings, seed and number of the sample.</param>
    /// <param name="codebooks">Number of codebooks.</param>
    /// <param name="vocabulary">Codes of a codebook.</param>
    /// <param name="device">The device of the logits.</param>
    public DeviceSampler(
        IReadOnlyList<(SamplingSettings Settings, ulong Seed, int Sample)> rows, int codebooks, int vocabulary, Device device)
    {
        noise = new DeviceNoise([.. rows.Select(row => (row.Seed, row.Sample))], codebooks, vocabulary, device);
        using var scope = NewDisposeScope();
        Tensor PerRow(Tensor values) => values.view(-1, 1, 1).to(device).DetachFromDisposeScope();
        var settings = rows.Select(row => row.Settings).ToArray();
        bool TopK(SamplingSettings each) => each.TopK > 0 && each.TopK < vocabulary;

        temperature = PerRow(tensor(settings.Select(each => each.Greedy ? 1.0 : each.Temperature).ToArray()));
        greedy = PerRow(tensor(settings.Select(each => each.Greedy).ToArray()));
        // Index of the k-th largest of the sorted logits; the last index keeps all.
        place = PerRow(tensor(settings.Select(each => TopK(each) ? each.TopK - 1L : vocabulary - 1L).ToArray()));
        nucleus = PerRow(tensor(settings.Select(each => each.TopP < 1 ? each.TopP : double.PositiveInfinity).ToArray()));
        (anyNoise, anyTopK, anyTopP) = (settings.Any(each => !each.Greedy), settings.Any(TopK), settings.Any(each => each.TopP < 1));
    }

    /// <summary>Samples a column.</summary>
    /// <param name="logits">Guided logits, float32 <c>[rows, codebooks, vocabulary]</c>.</param>
    /// <param name="column">The column to sample, int64 <c>[1]</c> on the device.</param>
    /// <returns>Codes, int64 <c>[rows, codebooks]</c>; −1 where a logit of the cell is not finite.</returns>
    public Tensor Draw(Tensor logits, Tensor column)
    {
        using var scope = NewDisposeScope();
        var best = logits.argmax(-1);
        if (anyNoise)
        {
            var scaled = logits.to_type(ScalarType.Float64).div(temperature);
            var kept = anyTopK || anyTopP ? scaled.where(Kept(scaled), scaled.FullLike(double.NegativeInfinity)) : scaled;
            best = best.where(greedy.squeeze(2), kept.Add(noise.Gumbel(column)).argmax(-1));
        }
        var finite = logits.isfinite().all(-1);
        return best.where(finite, best.FullLike(-1L)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        noise.Dispose();
        foreach (var part in (Tensor[])[temperature, greedy, place, nucleus]) part.Dispose();
    }

    /// <summary>The codes that top-k and top-p keep, of <c>[rows, codebooks, vocabulary]</c>.</summary>
    private Tensor Kept(Tensor scaled)
    {
        // Stable: equal logits stay in order of their ids.
        var (sorted, order) = scaled.sort(-1, descending: true, stable: true);
        var threshold = sorted.gather(2, place.expand(sorted.shape[0], sorted.shape[1], 1));
        if (!anyTopP) return scaled.ge(threshold);

        var largest = sorted.narrow(2, 0, 1);
        var weight = sorted.sub(largest).exp().mul(sorted.ge(threshold).to_type(ScalarType.Float64));
        var probability = weight.div(weight.sum(-1, keepdim: true));
        // The probability of the codes before a code, without its own.
        var before = cat([zeros_like(largest), probability.cumsum(2).narrow(2, 0, sorted.shape[2] - 1)], 2);
        var keptSorted = sorted.ge(threshold).logical_and(before.lt(nucleus));
        return zeros_like(keptSorted).scatter_(2, order, keptSorted);
    }
}

/// <summary>
/// <see cref="PhiloxNoise"/> for every cell of a column at once, with tensor operations on one device: the same words, without a copy
/// from the host in a step. 32-bit words are kept in int64 elements.
/// </summary>
internal sealed class DeviceNoise : IDisposable
{
    private const long Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const long Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const long Word = 0xFFFFFFFF;
    private const int Rounds = 10;

    private readonly int vocabulary;
    private readonly Tensor token, codebook, sample, mask;
    private readonly (Tensor Low, Tensor High)[] keys;

    /// <param name="rows">Each row's seed and number of the sample.</param>
    /// <param name="codebooks">Number of codebooks.</param>
    /// <param name="vocabulary">Codes of a codebook.</param>
    /// <param name="device">The device of the noise.</param>
    public DeviceNoise(IReadOnlyList<(ulong Seed, int Sample)> rows, int codebooks, int vocabulary, Device device)
    {
        this.vocabulary = vocabulary;
        using var scope = NewDisposeScope();
        Tensor Keep(Tensor tensor) => tensor.to(device).DetachFromDisposeScope();
        Tensor PerRow(Func<(ulong Seed, int Sample), long> value) => Keep(tensor(rows.Select(value).ToArray()).view(-1, 1, 1));

        // Four codes share a counter: token div 4.
        this.token = Keep(ScalarOperations.Range((vocabulary + 3) / 4).view(1, 1, -1));
        this.codebook = Keep(ScalarOperations.Range(codebooks).view(1, -1, 1));
        this.sample = PerRow(row => (uint)row.Sample);
        this.mask = Keep(tensor(Word));
        // The keys of the rounds do not depend on the counter.
        keys = [.. Enumerable.Range(0, Rounds).Select(round => (
            PerRow(row => ((uint)row.Seed + round * Weyl0) & Word),
            PerRow(row => ((long)(row.Seed >> 32) + round * Weyl1) & Word)))];
    }

    /// <summary>Standard Gumbel numbers, −ln(−ln u), for a column.</summary>
    /// <param name="column">The column, int64 <c>[1]</c> on the device; BOS is 0.</param>
    /// <returns>float64 <c>[rows, codebooks, vocabulary]</c>.</returns>
    public Tensor Gumbel(Tensor column)
    {
        using var scope = NewDisposeScope();
        var (rows, codebooks, counters) = (this.sample.shape[0], this.codebook.shape[1], this.token.shape[2]);
        Tensor Spread(Tensor part) => part.expand(rows, codebooks, counters);
        var (c0, c1, c2, c3) = (Spread(this.token), Spread(this.codebook), Spread(column.view(1, 1, 1)), Spread(this.sample));
        foreach (var (low, high) in keys)
        {
            var (high0, low0) = Product(c0, Multiplier0);
            var (high1, low1) = Product(c2, Multiplier1);
            (c0, c1, c2, c3) = (high1.bitwise_xor(c1).bitwise_xor(low), low1, high0.bitwise_xor(c3).bitwise_xor(high), low0);
        }
        // Word token mod 4 of counter token div 4: the four words of a counter side by side.
        var words = stack([c0, c1, c2, c3], -1).view(rows, codebooks, 4 * counters).narrow(2, 0, this.vocabulary);
        var uniform = words.to_type(ScalarType.Float64).Add(0.5).Mul(1.0 / 4294967296.0);
        return uniform.log().neg().log().neg().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var (low, high) in keys)
        {
            low.Dispose();
            high.Dispose();
        }
        foreach (var part in (Tensor[])[this.token, this.codebook, this.sample, this.mask]) part.Dispose();
    }

    /// <summary>The 64 bits of word · multiplier as two words. An int64 product wraps around, which keeps its bits.</summary>
    private (Tensor High, Tensor Low) Product(Tensor word, long multiplier)
    {
        var product = word.Mul(multiplier);
        var low = product.bitwise_and(this.mask);
        var high = product.sub(low).Div(1L << 32, RoundingMode.floor).bitwise_and(this.mask);
        return (high, low);
    }
}
