using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// The lanes of a step that share a prompt. Prompts are attended to group by group, without padding, so their lengths do not mix: masking padded
/// tokens would give the same to rounding only.
/// </summary>
internal sealed class CrossGroup : IDisposable
{
    private readonly Tensor _lanes;
    private readonly Tensor[] _keys, _values;
    private readonly int _count, _heads;

    /// <param name="lanes">Which rows of the step.</param>
    /// <param name="condition">Their text.</param>
    /// <param name="layers">The decoder's layers.</param>
    public CrossGroup(IReadOnlyList<int> lanes, TextCondition condition, int layers)
    {
        using var scope = NewDisposeScope();
        _count = lanes.Count;
        _heads = (int)condition.Keys(0).shape[0];
        _lanes = tensor(lanes.Select(lane => (long)lane).ToArray()).DetachFromDisposeScope();
        Tensor[] Repeat(Func<int, Tensor> of) => [.. Enumerable.Range(0, layers).Select(layer => of(layer).repeat(_count, 1, 1).DetachFromDisposeScope())];
        _keys = Repeat(condition.Keys);
        _values = Repeat(condition.Values);
    }

    /// <summary>Writes the group's rows of <paramref name="result"/> <c>[rows, width]</c>.</summary>
    public void Attend(int layer, Tensor query, Tensor result)
    {
        using var scope = NewDisposeScope();
        var width = query.shape[1];
        var mine = query.index_select(0, _lanes).view(_count * _heads, 1, width / _heads);
        result.index_copy_(0, _lanes, mine.bmm(_keys[layer]).softmax(-1).bmm(_values[layer]).view(_count, width));
    }

    public void Dispose()
    {
        _lanes.Dispose();
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
    }
}
