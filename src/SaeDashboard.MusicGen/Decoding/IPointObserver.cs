using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Looks at what the decoder computes, and may change it in place, before it is used.</summary>
internal interface IPointObserver
{
    /// <summary>Whether <see cref="Show"/> does anything there.</summary>
    bool Wants(HookSite site);

    /// <param name="site">Which point.</param>
    /// <param name="values"><c>[lanes · columns, width]</c>, contiguous.</param>
    void Show(HookSite site, Tensor values);
}
