using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One column of the first lanes of a cache, with libtorch's operations on a device. The column's index is in a tensor and all shapes are
/// equal for all columns below <see cref="Bound"/>, so that a step can be recorded as a graph and replayed.
/// </summary>
internal sealed class DevicePass : ForwardPass, IDisposable
{
    private readonly DecoderConfig config;
    private readonly KeyValueCache cache;
    private readonly Tensor place, starts;
    private readonly Tensor[] textKeys, textValues;
    private readonly Tensor? textBias;
    private Tensor? bias;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="cache">Keys and values of the columns before, on the device.</param>
    /// <param name="conditions">Each lane's text, or null for the null condition.</param>
    /// <param name="place">The column's position in the cache, int64 <c>[1]</c> on the device; set before each step.</param>
    public DevicePass(DecoderConfig config, KeyValueCache cache, IReadOnlyList<TextCondition?> conditions, Tensor place)
        : base(conditions)
    {
        (this.config, this.cache, this.place) = (config, cache, place);
        using var scope = NewDisposeScope();
        // A lane's prefix ends where the columns begin: positions before the prefix are not the lane's.
        long[] begins = [.. Enumerable.Range(0, conditions.Count).SelectMany(lane => Enumerable.Repeat((long)cache.Prefix - Prefix(lane), config.Heads))];
        starts = tensor(begins).view(-1, 1, 1).to(place.device).DetachFromDisposeScope();
        if (!HasCrossAttention)
        {
            (textKeys, textValues) = ([], []);
            return;
        }
        var tokens = conditions.Max(condition => condition?.Tokens ?? 1);
        Tensor Padded(Func<TextCondition, Tensor> part) => cat([.. conditions.Select(condition =>
        {
            var whole = zeros(config.Heads, tokens, config.HeadSize, device: place.device);
            if (condition is not null) whole.narrow(1, 0, condition.Tokens).copy_(part(condition));
            return whole;
        })], 0).DetachFromDisposeScope();
        textKeys = [.. Enumerable.Range(0, config.Layers).Select(layer => Padded(condition => condition.Keys(layer)))];
        textValues = [.. Enumerable.Range(0, config.Layers).Select(layer => Padded(condition => condition.Values(layer)))];
        // A lane without a text attends to zeros only, so its result is exactly zero.
        textBias = cat([.. conditions.Select(condition =>
        {
            var lane = zeros(config.Heads, 1, tokens, device: place.device);
            if (condition is not null && condition.Tokens < tokens)
                lane.narrow(2, condition.Tokens, tokens - condition.Tokens).Fill(float.NegativeInfinity);
            return lane;
        })], 0).DetachFromDisposeScope();
    }

    public int Lanes => Conditions.Count;

    /// <summary>Positions of the cache that are attended to, the column's own included. All columns below it have the same shapes.</summary>
    public int Bound { get; set; }

    /// <summary>Begins a step: all its layers attend to the same positions.</summary>
    public void Begin()
    {
        bias?.Dispose();
        using var scope = NewDisposeScope();
        var places = ScalarOperations.Range(Bound, place.device).view(1, 1, -1);
        var seen = places.le(place.view(1, 1, 1)).logical_and(places.ge(starts));
        bias = zeros(seen.shape, device: place.device).MaskedFill(seen.logical_not(), float.NegativeInfinity).DetachFromDisposeScope();
    }

    public override Tensor Normalize(Tensor x, LayerNorm norm) => norm.Forward(x);

    public override Tensor Linear(Tensor x, LinearWeight weight) => weight.Multiply(x);

    public override Tensor Gelu(Tensor x) => gelu(x);

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        // [lanes, 3 · width] → [3, lanes · heads, 1, head size]
        var split = projected.view(Lanes, 3, heads, size).transpose(0, 1).contiguous().view(3, Lanes * heads, 1, size);
        var keys = this.cache.Keys(layer).narrow(0, 0, Lanes * heads);
        var values = this.cache.Values(layer).narrow(0, 0, Lanes * heads);
        keys.index_copy_(1, place, split.select(0, 1));
        values.index_copy_(1, place, split.select(0, 2));
        return Mix(split.select(0, 0), keys.narrow(1, 0, Bound), values.narrow(1, 0, Bound), bias!).MoveToOuterDisposeScope();
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        using var scope = NewDisposeScope();
        var queries = query.view(Lanes * this.config.Heads, 1, this.config.HeadSize);
        return Mix(queries, textKeys[layer], textValues[layer], textBias!).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        bias?.Dispose();
        starts.Dispose();
        textBias?.Dispose();
        foreach (var part in textKeys.Concat(textValues)) part.Dispose();
    }

    /// <param name="queries"><c>[lanes · heads, 1, head size]</c>.</param>
    /// <param name="keys"><c>[lanes · heads, places, head size]</c>.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="bias">Added to the scores <c>[lanes · heads, 1, places]</c>.</param>
    /// <returns><c>[lanes, width]</c>.</returns>
    private Tensor Mix(Tensor queries, Tensor keys, Tensor values, Tensor bias) =>
        queries.bmm(keys.transpose(1, 2)).AddInPlace(bias).softmax(-1).bmm(values).view(Lanes, this.config.Width);
}
