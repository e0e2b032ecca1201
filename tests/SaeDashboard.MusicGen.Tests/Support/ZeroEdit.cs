using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Adds zero times a direction, as steering at strength 0 does, and counts.</summary>
internal sealed class ZeroEdit(int layer) : IHook
{
    public HookSite Site => HookSite.After(layer);

    public int Calls { get; private set; }

    public Tensor? Apply(in HookContext context, Tensor residual)
    {
        Calls++;
        using var direction = ones(residual.shape);
        return residual.add(direction, 0);
    }
}
