using SaeDashboard.MusicGen.Checkpoints;
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
    private readonly IReadOnlyList<TextCondition?> conditions;
    private readonly KeyValueCache? cache;
    private readonly Tensor mask;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="columns">Columns of every lane.</param>
    /// <param name="conditions">A lane: its text, or null for the null condition.</param>
    /// <param name="cache">Filled with the keys and values, if given.</param>
    /// <param name="firstLane">Where the lanes begin in the cache.</param>
    public SequencePass(DecoderConfig config, int columns, IReadOnlyList<TextCondition?> conditions, KeyValueCache? cache = null,
        int firstLane = 0)
    {
        (this.config, lanes, this.columns, this.conditions, this.cache, this.firstLane) = (config, conditions.Count, columns, conditions, cache, firstLane);
        HasCrossAttention = conditions.Any(condition => condition is not null);
        using var scope = NewDisposeScope();
        mask = full([Block, Block], float.NegativeInfinity).triu(1).DetachFromDisposeScope();
    }

    public override bool HasCrossAttention { get; }

    public override Tensor Normalize(Tensor x, LayerNorm norm) => norm.Forward(x);

    public override Tensor Linear(Tensor x, LinearWeight weight)
    {
        // A sequence's product takes hundreds of times longer than laying out its weight, and no second copy stays.
        using var matrix = weight.ToTensor();
        return x.mm(matrix);
    }

    public override Tensor Gelu(Tensor x) => gelu(x);

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        // [3, lanes, heads, columns, head size]
        var split = projected.view(lanes, this.columns, 3, heads, size).permute(2, 0, 3, 1, 4).contiguous();
        this.cache?.Write(layer, this.firstLane, 0, split.select(0, 1), split.select(0, 2));
        var parts = split.view(3, lanes * heads, this.columns, size);
        var (queries, keys, values) = (parts.select(0, 0), parts.select(0, 1).transpose(1, 2), parts.select(0, 2));

        var result = empty(lanes, this.columns, heads, size);
        for (var start = 0; start < this.columns; start += Block)
        {
            using var block = NewDisposeScope();
            var count = Math.Min(Block, this.columns - start);
            var scores = queries.narrow(1, start, count).bmm(keys.narrow(2, 0, start + count));
            scores.narrow(2, start, count).add_(mask.narrow(0, 0, count).narrow(1, 0, count));
            var mixed = scores.softmax(-1).bmm(values.narrow(1, 0, start + count));
            result.narrow(1, start, count).copy_(mixed.view(lanes, heads, count, size).transpose(1, 2));
        }
        return result.view(lanes * this.columns, heads * size).MoveToOuterDisposeScope();
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        var result = zeros(lanes, this.columns, heads, size);
        var queries = query.view(lanes, this.columns, heads, size);
        for (var lane = 0; lane < lanes; lane++)
        {
            if (this.conditions[lane] is not { } condition) continue;
            using var one = NewDisposeScope();
            var scores = queries.select(0, lane).transpose(0, 1).bmm(condition.Keys(layer).transpose(1, 2));
            var mixed = scores.softmax(-1).bmm(condition.Values(layer));
            result.select(0, lane).copy_(mixed.transpose(0, 1));
        }
        return result.view(lanes * this.columns, heads * size).MoveToOuterDisposeScope();
    }

    public void Dispose() => mask.Dispose();
}
