using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// One column of the first lanes of a cache. Tensors are <c>[rows, width]</c> with a multiple of <see cref="FixedRows.Count"/> rows, the first of which
/// are lanes; attention is computed lane by lane and head by head, so lanes never meet in an operation that could mix their rounding.
/// </summary>
internal sealed class StepPass : ForwardPass, IDisposable
{
    private readonly DecoderConfig _config;
    private readonly KeyValueCache _cache;
    private readonly CrossGroup[] _groups;
    private readonly Tensor _attended;

    /// <param name="config">The decoder's sizes.</param>
    /// <param name="cache">Keys and values of the columns before.</param>
    /// <param name="conditions">A lane: its text, or null for the null condition.</param>
    public StepPass(DecoderConfig config, KeyValueCache cache, IReadOnlyList<TextCondition?> conditions)
    {
        (_config, _cache, Lanes) = (config, cache, conditions.Count);
        Rows = FixedRows.Padded(Lanes);
        _groups = [.. Enumerable.Range(0, Lanes).Where(lane => conditions[lane] is not null)
            .GroupBy(lane => conditions[lane]!, ReferenceEqualityComparer.Instance)
            .Select(group => new CrossGroup([.. group], (TextCondition)group.Key!, config.Layers))];
        _attended = zeros(Rows, config.Width).DetachFromDisposeScope();
    }

    public int Lanes { get; }

    /// <summary>Lanes and the empty rows after them.</summary>
    public int Rows { get; }

    /// <summary>The column of the step.</summary>
    public int Column { get; set; }

    public override bool HasCrossAttention => _groups.Length > 0;

    public override Tensor Linear(Tensor x, Tensor weight) => FixedRows.Linear(x, weight);

    public override Tensor Gelu(Tensor x) => FixedRows.Gelu(x);

    public override Tensor SelfAttention(int layer, Tensor projected)
    {
        using var scope = NewDisposeScope();
        var (heads, size) = (_config.Heads, _config.HeadSize);
        // [3, lanes, heads, 1, head size]
        var split = projected.narrow(0, 0, Lanes).view(Lanes, 3, heads, 1, size).transpose(0, 1);
        _cache.Write(layer, 0, Column, split.select(0, 1), split.select(0, 2));
        var scores = split.select(0, 0).reshape(Lanes * heads, 1, size).bmm(_cache.Keys(layer, Lanes, Column + 1));
        var mixed = scores.softmax(-1).bmm(_cache.Values(layer, Lanes, Column + 1));
        // The rows after the lanes stay zero.
        _attended.narrow(0, 0, Lanes).copy_(mixed.view(Lanes, heads * size));
        return _attended.view(Rows, heads * size).MoveToOuterDisposeScope();
    }

    public override Tensor CrossAttention(int layer, Tensor query)
    {
        var result = zeros(Rows, _config.Width);
        foreach (var group in _groups) group.Attend(layer, query, result);
        return result;
    }

    public void Dispose()
    {
        _attended.Dispose();
        foreach (var group in _groups) group.Dispose();
    }
}
