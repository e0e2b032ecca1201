using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Whole sequences from column 0, several lanes of equal length at once: teacher forcing, and the prompt's columns of a
/// continuation (then the cache is filled). Tensors are <c>[lanes · columns, width]</c>.
/// </summary>
internal sealed class SequencePass : ForwardPass, IDisposable
{
    // Queries go in blocks, each with the keys up to its own last column: the half of the scores that causality forbids is mostly
    // never computed.
    private const int Block = 128;

    private readonly DecoderConfig config;
    private readonly int lanes, columns, firstLane;
    private readonly KeyValueCache? cache;
    private readonly ScalarType keyType;
    private readonly Tensor mask;

    /// <param name="decoder">Whose sizes, device and type of keys it has.</param>
    /// <param name="columns">Columns of every lane.</param>
    /// <param name="conditions">A lane: its text, or null for the null condition.</param>
    /// <param name="cache">Filled with the keys and values, if given.</param>
    /// <param name="firstLane">Where the lanes begin in the cache.</param>
    public SequencePass(Decoder decoder, int columns, IReadOnlyList<TextCondition?> conditions, KeyValueCache? cache = null, int firstLane = 0)
        : base(conditions)
    {
        (config, lanes, this.columns, this.cache, this.firstLane) = (decoder.Config, conditions.Count, columns, cache, firstLane);
        keyType = decoder.KeyType;
        using var scope = NewDisposeScope();
        mask = ScalarOperations.Full([Block, Block], float.NegativeInfinity, decoder.Device).triu(1).DetachFromDisposeScope();
    }

    public override Tensor Normalize(Tensor x, LayerNorm norm) => norm.Forward(x);

    public override Tensor Linear(Tensor x, LinearWeight weight) => weight.Multiply(x);

    public override Tensor Gelu(Tensor x) => gelu(x);

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        // [3, lanes, heads, columns, head size]
        var split = projected.view(lanes, this.columns, 3, heads, size).permute(2, 0, 3, 1, 4).contiguous();
        Round(split.narrow(0, 1, 2), keyType);
        this.cache?.Write(layer, this.firstLane, 0, split.select(0, 1), split.select(0, 2));
        var result = empty(lanes, this.columns, heads, size, device: projected.device);
        if (!HasPrefix)
        {
            var parts = split.view(3, lanes * heads, this.columns, size);
            Attend(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2), 0, result);
        }
        else
        {
            for (var lane = 0; lane < lanes; lane++)
            {
                // Prefixes differ in length from lane to lane.
                using var one = NewDisposeScope();
                Tensor Whole(int part, Tensor? prefix) =>
                    prefix is null ? split.select(0, part).select(0, lane) : cat([prefix, split.select(0, part).select(0, lane)], 1);
                var condition = Conditions[lane];
                Attend(split.select(0, 0).select(0, lane), Whole(1, condition?.WideKeys(layer)), Whole(2, condition?.WideValues(layer)),
                    Prefix(lane), result.narrow(0, lane, 1));
            }
        }
        return result.view(lanes * this.columns, heads * size).MoveToOuterDisposeScope();
    }

    /// <param name="queries"><c>[lanes · heads, columns, head size]</c>.</param>
    /// <param name="keys"><c>[lanes · heads, prefix + columns, head size]</c>.</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="prefix">How many stand in front of the columns: every query sees them.</param>
    /// <param name="result">Receives <c>[lanes, columns, heads, head size]</c>.</param>
    private void Attend(Tensor queries, Tensor keys, Tensor values, int prefix, Tensor result)
    {
        var (lanes, heads, size) = (result.shape[0], result.shape[2], result.shape[3]);
        keys = keys.transpose(1, 2);
        for (var start = 0; start < this.columns; start += Block)
        {
            using var block = NewDisposeScope();
            var count = Math.Min(Block, this.columns - start);
            var seen = prefix + start + count;
            var scores = queries.narrow(1, start, count).bmm(keys.narrow(2, 0, seen));
            scores.narrow(2, seen - count, count).AddInPlace(mask.narrow(0, 0, count).narrow(1, 0, count));
            var mixed = scores.softmax(-1).bmm(values.narrow(1, 0, seen));
            result.narrow(1, start, count).copy_(mixed.view(lanes, heads, count, size).transpose(1, 2));
        }
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        var result = zeros(lanes, this.columns, heads, size, device: query.device);
        var queries = query.view(lanes, this.columns, heads, size);
        for (var lane = 0; lane < lanes; lane++)
        {
            if (Conditions[lane] is not { } condition) continue;
            using var one = NewDisposeScope();
            var scores = queries.select(0, lane).transpose(0, 1).bmm(condition.WideKeys(layer).transpose(1, 2));
            var mixed = scores.softmax(-1).bmm(condition.WideValues(layer));
            result.select(0, lane).copy_(mixed.transpose(0, 1));
        }
        return result.view(lanes * this.columns, heads * size).MoveToOuterDisposeScope();
    }

    public void Dispose() => mask.Dispose();
}
