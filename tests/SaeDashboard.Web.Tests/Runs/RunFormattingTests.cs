using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>What a run's figures are called.</summary>
public sealed class RunFormattingTests
{
    [Fact]
    public void Explained_variance_says_which_clips_it_is_of()
    {
        Assert.Equal((null, false), RunFormatting.ExplainedVariance(With()));
        Assert.Equal((0.9, false), RunFormatting.ExplainedVariance(With(("explainedVariance", 0.9))));
        Assert.Equal((0.8, true), RunFormatting.ExplainedVariance(With(("explainedVariance", 0.9), ("heldOutExplainedVariance", 0.8))));
    }

    private static RunView With(params (string Name, double? Value)[] latest) =>
        RunSamples.View(RunState.Running) with { Latest = latest.ToDictionary(pair => pair.Name, pair => pair.Value) };
}
