using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation.OnDevice;

/// <summary>
/// What <see cref="Sampler"/> does for a cell, for every cell of a column at once, on a device and without waiting for it: guidance,
/// temperature, top-k, top-p, Gumbel-max in float64. Each row has settings of its own.
/// </summary>
internal sealed class DeviceSampler : IDisposable
{
    private readonly DeviceNoise noise;
    private readonly Tensor temperature, greedy, place, nucleus;
    private readonly bool anyNoise, anyTopK, anyTopP;

    /// <param name="rows">A row: its settings, its seed and the number of the sample.</param>
    /// <param name="codebooks">How many.</param>
    /// <param name="vocabulary">Codes of a codebook.</param>
    /// <param name="device">Where it is drawn.</param>
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
        // Where the k-th largest stands among the sorted logits; the last place keeps all.
        place = PerRow(tensor(settings.Select(each => TopK(each) ? each.TopK - 1L : vocabulary - 1L).ToArray()));
        nucleus = PerRow(tensor(settings.Select(each => each.TopP < 1 ? each.TopP : double.PositiveInfinity).ToArray()));
        (anyNoise, anyTopK, anyTopP) = (settings.Any(each => !each.Greedy), settings.Any(TopK), settings.Any(each => each.TopP < 1));
    }

    /// <summary>Draws a column.</summary>
    /// <param name="logits">Guided logits, float32 <c>[rows, codebooks, vocabulary]</c>.</param>
    /// <param name="column">The column that is drawn, int64 <c>[1]</c> on the device.</param>
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

    /// <summary>Which codes top-k and top-p leave, of <c>[rows, codebooks, vocabulary]</c>.</summary>
    private Tensor Kept(Tensor scaled)
    {
        // Stable: equal logits stay in order of their ids.
        var (sorted, order) = scaled.sort(-1, descending: true, stable: true);
        var threshold = sorted.gather(2, place.expand(sorted.shape[0], sorted.shape[1], 1));
        if (!anyTopP) return scaled.ge(threshold);

        var largest = sorted.narrow(2, 0, 1);
        var weight = sorted.sub(largest).exp().mul(sorted.ge(threshold).to_type(ScalarType.Float64));
        var probability = weight.div(weight.sum(-1, keepdim: true));
        // The probability of what stands before a code, not with it.
        var before = cat([zeros_like(largest), probability.cumsum(2).narrow(2, 0, sorted.shape[2] - 1)], 2);
        var keptSorted = sorted.ge(threshold).logical_and(before.lt(nucleus));
        return zeros_like(keptSorted).scatter_(2, order, keptSorted);
    }
}
