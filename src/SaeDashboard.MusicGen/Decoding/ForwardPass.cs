using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>How a <see cref="DecoderLayer"/> multiplies and attends: over whole sequences (<see cref="SequencePass"/>) or one
/// column at a time with a cache (<see cref="StepPass"/>).</summary>
/// <param name="conditions">A lane: its text, or null for the null condition.</param>
internal abstract class ForwardPass(IReadOnlyList<TextCondition?> conditions)
{
    /// <summary>A lane: its text, or null for the null condition.</summary>
    protected IReadOnlyList<TextCondition?> Conditions => conditions;

    /// <summary>Whether any lane has a text to cross-attend to. The null condition's keys and values are zero, so its
    /// cross-attention is exactly zero: it is skipped.</summary>
    public bool HasCrossAttention { get; } = conditions.Any(condition => condition is { IsPrefix: false });

    /// <summary>Whether anything stands in front of a lane's column 0 (melody models).</summary>
    public bool HasPrefix { get; } = conditions.Any(condition => condition is { IsPrefix: true });

    /// <summary>How much does, which is where the lane's positions begin.</summary>
    public int Prefix(int lane) => conditions[lane] is { IsPrefix: true } prefix ? prefix.Tokens : 0;

    /// <param name="x"><c>[…, width]</c>.</param>
    /// <param name="norm">Its weights.</param>
    public abstract Tensor Normalize(Tensor x, LayerNorm norm);

    /// <param name="x"><c>[…, in]</c>.</param>
    /// <param name="weight"><c>[in, out]</c>.</param>
    public abstract Tensor Linear(Tensor x, LinearWeight weight);

    /// <summary>Adds what a part of a layer gives to the residual stream, in place.</summary>
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

    /// <summary>Rounds keys or values in place to what a cache would hold of them.</summary>
    /// <param name="numbers">float32.</param>
    /// <param name="type"><see cref="Decoder.KeyType"/>.</param>
    protected static void Round(Tensor numbers, ScalarType type)
    {
        if (type != ScalarType.Float32) numbers.copy_(numbers.to_type(type));
    }
}
