using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tracing;

/// <summary>Keeps a part of what the decoder computes at some points.</summary>
/// <param name="sites">Where.</param>
/// <param name="clips">Sequences at once.</param>
/// <param name="part">What to keep of <c>[clips, columns, width]</c>, as a tensor of its own.</param>
internal sealed class PointCollector(IReadOnlyList<HookSite> sites, int clips, Func<Tensor, Tensor> part) : IPointObserver
{
    private readonly HashSet<HookSite> wanted = [.. sites];

    public Dictionary<HookSite, Tensor> Kept { get; } = [];

    /// <summary>The last layer that has to be computed for them; −1: none.</summary>
    public int LastLayer(int layers) => sites.Select(site => site == HookSite.FinalNorm ? layers - 1 : site.Layer).DefaultIfEmpty(-1).Max();

    public bool Wants(HookSite site) => wanted.Contains(site);

    public void Show(HookSite site, Tensor values)
    {
        if (!Wants(site)) return;
        using var byClip = values.view(clips, -1, values.shape[^1]);
        Kept[site] = part(byClip);
    }
}
