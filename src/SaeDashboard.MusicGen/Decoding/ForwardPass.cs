using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>How a <see cref="DecoderLayer"/> multiplies and attends: one column at a time with a cache (<see cref="StepPass"/>), over
/// whole sequences (<see cref="SequencePass"/>), or one column in many variants (<see cref="VariantPass"/>).</summary>
/// <param name="conditions">Each lane's text, or null for the null condition.</param>
internal abstract class ForwardPass(IReadOnlyList<TextCondition?> conditions)
{
    /// <summary>Each lane's text, or null for the null condition.</summary>
    protected IReadOnlyList<TextCondition?> Conditions => conditions;

    /// <summary>Whether any lane has a text to cross-attend to. The null condition's keys and values are zero, so its
    /// cross-attention is exactly zero and is skipped.</summary>
    public bool HasCrossAttention { get; } = conditions.Any(condition => condition is { IsPrefix: false });

    /// <summary>Whether a lane has a prefix before column 0 (melody models).</summary>
    public bool HasPrefix { get; } = conditions.Any(condition => condition is { IsPrefix: true });

    /// <summary>The length of the prefix, which is where the lane's positions begin.</summary>
    public int Prefix(int lane) => conditions[lane] is { IsPrefix: true } prefix ? prefix.Tokens : 0;

    /// <param name="x"><c>[…, width]</c>.</param>
    /// <param name="norm">Its weights.</param>
    public abstract Tensor Normalize(Tensor x, LayerNorm norm);

    /// <param name="x"><c>[…, in]</c>.</param>
    /// <param name="weight"><c>[in, out]</c>.</param>
    public abstract Tensor Linear(Tensor x, LinearWeight weight);

    /// <summary>Adds the output of a part of a layer to the residual stream, in place.</summary>
    /// <param name="x"><c>[…, width]</c>.</param>
    /// <param name="part">As <paramref name="x"/>.</param>
    public virtual void Add(Tensor x, Tensor part) => x.AddInPlace(part);

    /// <summary>The exact gelu (with erf).</summary>
    public abstract Tensor Gelu(Tensor x);

    /// <param name="layer">The layer, for the cache.</param>
    /// <param name="projected">Scaled queries, keys and values <c>[…, 3 · width]</c>.</param>
    /// <returns><c>[…, width]</c>.</returns>
    public abstract Tensor SelfAttention(int layer, Tensor projected);

    /// <param name="layer">The layer, for the text's keys and values.</param>
    /// <param name="query">Scaled queries <c>[…, width]</c>.</param>
    /// <returns><c>[…, width]</c>, zero where a lane has no text.</returns>
    public abstract Tensor CrossAttention(int layer, Tensor query);

    /// <summary>Rounds keys or values in place to the precision of a cache.</summary>
    /// <param name="numbers">float32.</param>
    /// <param name="type"><see cref="Decoder.KeyType"/>.</param>
    protected static void Round(Tensor numbers, ScalarType type)
    {
        if (type != ScalarType.Float32) numbers.copy_(numbers.to_type(type));
    }
}

/// <summary>
/// One column of the first lanes of a cache. Tensors are <c>[lanes, width]</c>. Every lane is computed separately, so its rounding
/// does not depend on the others, and prompts of different lengths need no padding.
/// </summary>
internal sealed unsafe class StepPass : ForwardPass
{
    private readonly DecoderConfig config;
    private readonly KeyValueCache cache;
    private readonly SingleQueryAttention.Head[] heads;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="cache">Keys and values of the columns before.</param>
    /// <param name="conditions">Each lane's text, or null for the null condition.</param>
    public StepPass(DecoderConfig config, KeyValueCache cache, TextCondition?[] conditions)
        : base(conditions)
    {
        (this.config, this.cache) = (config, cache);
        this.heads = new SingleQueryAttention.Head[conditions.Length * config.Heads];
    }

    public int Lanes => Conditions.Count;

    /// <summary>The column of the step.</summary>
    public int Column { get; set; }

    public override Tensor Normalize(Tensor x, LayerNorm norm)
    {
        using var measure = StepProfile.Measure(StepPart.Norm);
        return RowArithmetic.Normalize(x, norm);
    }

    public override Tensor Linear(Tensor x, LinearWeight weight) => weight.Multiply(x);

    // A libtorch call costs more than adding these few numbers.
    public override void Add(Tensor x, Tensor part) => RowArithmetic.Add(x, part);

    public override Tensor Gelu(Tensor x)
    {
        using var measure = StepProfile.Measure(StepPart.Gelu);
        return ErrorFunction.Gelu(x);
    }

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        var (heads, size, width) = (this.config.Heads, this.config.HeadSize, this.config.Width);
        var result = empty(Lanes, width);
        var headStride = (long)this.cache.Columns * size;
        using var measure = StepProfile.Measure(StepPart.Attention);
        float* query = (float*)TensorData.UncheckedAddress(projected), to = (float*)TensorData.UncheckedAddress(result);
        var (key, value, bytes) = (this.cache.KeysAt(layer), this.cache.ValuesAt(layer), this.cache.NumberBytes);
        this.cache.WriteColumn(layer, Column, Lanes, query);
        for (var index = 0; index < this.heads.Length; index++)
        {
            var (lane, head) = (index / heads, index % heads);
            var prefix = Prefix(lane);
            var start = (nint)((headStride * index + (long)(this.cache.Prefix - prefix) * size) * bytes);
            this.heads[index] = new SingleQueryAttention.Head(
                (nint)(query + 3L * width * lane + head * size),
                key + start,
                value + start,
                (nint)(to + (long)size * index),
                prefix + Column + 1);
        }
        SingleQueryAttention.Attend(this.heads, size, this.cache.IsBFloat16);
        return result;
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        var (heads, size) = (this.config.Heads, this.config.HeadSize);
        var result = zeros(Lanes, this.config.Width);
        using var measure = StepProfile.Measure(StepPart.Attention);
        float* from = (float*)TensorData.UncheckedAddress(query), to = (float*)TensorData.UncheckedAddress(result);
        var count = 0;
        for (var lane = 0; lane < Lanes; lane++)
        {
            if (Conditions[lane] is not { } condition) continue;
            var (keys, values) = (condition.KeysAt(layer), condition.ValuesAt(layer));
            for (var head = 0; head < heads; head++)
            {
                var (place, text) = ((long)(lane * heads + head) * size, (nint)((long)head * condition.Tokens * size * this.cache.NumberBytes));
                this.heads[count++] = new SingleQueryAttention.Head(
                    (nint)(from + place),
                    keys + text,
                    values + text,
                    (nint)(to + place),
                    condition.Tokens);
            }
        }
        SingleQueryAttention.Attend(this.heads.AsSpan(0, count), size, this.cache.IsBFloat16);
        return result;
    }
}

/// <summary>
/// Whole sequences from column 0, several lanes of equal length at once: for teacher forcing, and for the prompt's columns of a
/// continuation, which fill the cache. Tensors are <c>[lanes · columns, width]</c>.
/// </summary>
internal sealed class SequencePass : ForwardPass, IDisposable
{
    // Queries are processed in blocks, each with the keys up to its last column: most of the scores that causality masks are never
    // computed.
    private const int Block = 128;

    private readonly DecoderConfig config;
    private readonly int lanes, columns, firstLane;
    private readonly KeyValueCache? cache;
    private readonly ScalarType keyType;
    private readonly Tensor mask;

    /// <param name="decoder">Gives sizes, device and type of keys.</param>
    /// <param name="columns">Columns of every lane.</param>
    /// <param name="conditions">Each lane's text, or null for the null condition.</param>
    /// <param name="cache">Filled with the keys and values, if given.</param>
    /// <param name="firstLane">The cache's lane of the first sequence.</param>
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
    /// <param name="prefix">Positions before the columns, which every query attends to.</param>
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

/// <summary>
/// One column of one sequence in many variants at once, which share the columns before it: what the model computes there from different
/// residual streams. Tensors are <c>[variants, width]</c>.
/// </summary>
/// <param name="config">The decoder's sizes.</param>
/// <param name="past">The sequence's keys and values, lane 0; read only.</param>
/// <param name="column">The column.</param>
/// <param name="condition">The sequence's text, or null for the null condition.</param>
internal sealed class VariantPass(DecoderConfig config, KeyValueCache past, int column, TextCondition? condition) : ForwardPass([condition])
{
    public override Tensor Normalize(Tensor x, LayerNorm norm) => norm.Forward(x);

    public override Tensor Linear(Tensor x, LinearWeight weight) => weight.Multiply(x);

    public override Tensor Gelu(Tensor x) => gelu(x);

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        using var scope = NewDisposeScope();
        // [variants, 3 · width] → three times [heads, variants, head size]
        var split = projected.view(-1, 3, config.Heads, config.HeadSize).permute(1, 2, 0, 3).contiguous();
        var (query, key, value) = (split.select(0, 0), split.select(0, 1), split.select(0, 2));
        Round(split.narrow(0, 1, 2), past.IsBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        Tensor Seen(Tensor cache, Tensor? prefix)
        {
            var columns = cache.narrow(0, 0, config.Heads).narrow(1, past.Prefix, column).to_type(ScalarType.Float32);
            return prefix is null ? columns : cat([prefix, columns], 1);
        }
        var keys = Seen(past.Keys(layer), HasPrefix ? condition!.WideKeys(layer) : null);
        var values = Seen(past.Values(layer), HasPrefix ? condition!.WideValues(layer) : null);
        // A variant attends to the shared columns before it and to itself.
        var scores = cat([query.bmm(keys.transpose(1, 2)), query.mul(key).sum([2], keepdim: true)], 2).softmax(2);
        var shared = keys.shape[1];
        var mixed = scores.narrow(2, 0, shared).bmm(values).AddInPlace(scores.narrow(2, shared, 1).mul(value));
        return Joined(mixed).MoveToOuterDisposeScope();
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        using var scope = NewDisposeScope();
        var queries = query.view(-1, config.Heads, config.HeadSize).transpose(0, 1);
        return Joined(queries.bmm(condition!.WideKeys(layer).transpose(1, 2)).softmax(2).bmm(condition.WideValues(layer))).MoveToOuterDisposeScope();
    }

    /// <summary><c>[heads, variants, head size]</c> → <c>[variants, width]</c>.</summary>
    private Tensor Joined(Tensor heads) => heads.transpose(0, 1).contiguous().view(-1, config.Width);
}
