using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One column of one sequence in many variants at once, which share what came before it: what the model would say there if its stream were
/// another. Tensors are <c>[variants, width]</c>.
/// </summary>
/// <param name="config">The decoder's sizes.</param>
/// <param name="past">The sequence's keys and values, lane 0; it is only read.</param>
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
        Round(split.narrow(0, 1, 2), past.IsBrain ? ScalarType.BFloat16 : ScalarType.Float32);
        Tensor Seen(Tensor cache, Tensor? prefix)
        {
            var columns = cache.narrow(0, 0, config.Heads).narrow(1, past.Prefix, column).to_type(ScalarType.Float32);
            return prefix is null ? columns : cat([prefix, columns], 1);
        }
        var keys = Seen(past.Keys(layer), HasPrefix ? condition!.WideKeys(layer) : null);
        var values = Seen(past.Values(layer), HasPrefix ? condition!.WideValues(layer) : null);
        // A variant sees the columns before it, which all share, and itself.
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
