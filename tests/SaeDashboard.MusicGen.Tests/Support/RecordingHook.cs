using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Support;

/// <summary>Only reads, and keeps what it was shown.</summary>
internal sealed class RecordingHook(int layer) : IHook
{
    public HookSite Site => HookSite.After(layer);

    public List<HookContext> Contexts { get; } = [];

    public List<float[]> Seen { get; } = [];

    public Tensor? Apply(in HookContext context, Tensor residual)
    {
        Contexts.Add(context);
        Seen.Add(TensorData.ToArray(residual));
        return null;
    }
}
