using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One column of the first lanes of a cache. Tensors are <c>[lanes, width]</c>; every lane is computed as if it were alone, so lanes
/// never meet in an operation that could mix their rounding. Prompts of different lengths need no padding for the same reason.
/// </summary>
internal sealed unsafe class StepPass : ForwardPass
{
    private readonly DecoderConfig config;
    private readonly KeyValueCache cache;
    private readonly SingleQueryAttention.Head[] heads;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="cache">Keys and values of the columns before.</param>
    /// <param name="conditions">A lane: its text, or null for the null condition.</param>
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

    // A call of libtorch's costs more than adding so few numbers.
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
        SingleQueryAttention.Attend(this.heads, size, this.cache.IsBrain);
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
        SingleQueryAttention.Attend(this.heads.AsSpan(0, count), size, this.cache.IsBrain);
        return result;
    }
}
