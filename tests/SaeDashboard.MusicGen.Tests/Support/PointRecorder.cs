using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Reads at any point, of some columns and one half or both, and adds ± a constant if asked: one that is the same everywhere, a norm would take out.</summary>
internal sealed class PointRecorder(HookSite site, ColumnRange? columns = null, GuidanceHalf? half = null, float add = 0) : IHook
{
    public HookSite Site => site;

    public ColumnRange Columns => columns ?? ColumnRange.All;

    public GuidanceHalf? Half => half;

    public List<HookContext> Contexts { get; } = [];

    public List<float[]> Seen { get; } = [];

    /// <summary>All that was seen of one half, column after column.</summary>
    public float[] Of(GuidanceHalf half) => [.. Seen.Where((_, call) => Contexts[call].Half == half).SelectMany(values => values)];

    public Tensor? Apply(in HookContext context, Tensor residual)
    {
        Contexts.Add(context);
        Seen.Add(TensorData.ToArray(residual));
        return add == 0 ? null : residual.add(Alternating(residual, add));
    }

    /// <summary>+by, −by, +by, … over the width.</summary>
    public static Tensor Alternating(Tensor like, float by)
    {
        var width = (int)like.shape[^1];
        return TensorData.FromFloats([.. Enumerable.Range(0, width).Select(index => index % 2 == 0 ? by : -by)], width);
    }
}
