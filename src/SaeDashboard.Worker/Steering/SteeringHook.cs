using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae.Steering;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering;

/// <summary>Joins the two halves that must not know each other: an SAE's edit, and the model's hook point.</summary>
/// <param name="site">Where the edit acts.</param>
/// <param name="edit">What it does, owned by the caller.</param>
/// <param name="rows">Which half of a guided pair is edited.</param>
/// <param name="guided">Whether there are two halves at all.</param>
internal sealed class SteeringHook(HookSite site, IResidualEdit edit, SteerRows rows, bool guided) : IHook
{
    public HookSite Site { get; } = site;

    /// <summary>How often the edit really ran; a strength of 0 runs it too.</summary>
    public long Calls => edit.Calls;

    public Tensor? Apply(in HookContext context, Tensor residual) =>
        rows.Steers(context.Half == GuidanceHalf.Conditional, guided) ? edit.Apply(residual, context.FirstColumn) : null;
}
