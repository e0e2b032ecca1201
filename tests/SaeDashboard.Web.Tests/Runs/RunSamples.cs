using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>A model, a data set and runs to plan with: the sizes of the shipped ones.</summary>
internal static class RunSamples
{
    public static readonly string ModelHash = new('a', 64), DatasetHash = new('b', 64);

    public static RunChoices Choices { get; } = new(
        [new ModelChoice("model", "model", "/demo/model", ModelHash, Layers: 8, Width: 256)],
        [new DatasetChoice("dataset", "dataset", "/demo/dataset", DatasetHash, Frames: 512, new Dictionary<string, int> { ["sae-train"] = 1600, ["select"] = 400, ["test"] = 1000 })]);

    /// <summary>The default run, or what the change makes of it, which must be readable.</summary>
    public static RunRequest Request(Action<RunForm>? change = null)
    {
        var form = RunForm.Default(Choices);
        change?.Invoke(form);
        var reading = RunFormReader.Read(form, Choices);
        return reading.Request ?? throw new InvalidOperationException(string.Join("; ", reading.Problems));
    }

    /// <summary>A run of the default settings in some state.</summary>
    public static RunView View(RunState state, StageName stage = StageName.Train, IReadOnlyList<RunStage>? stages = null, long step = 0, long total = 0) => new(
        "run-20261123-101502-x7k2", "Layer 4", RunPlanMaker.Make(Request(), null),
        new RunStatus(stage, state, step, total, 0, null, DateTimeOffset.UnixEpoch, Stages: stages), null, "you", DateTimeOffset.UnixEpoch,
        new Dictionary<string, double?>(), SaeReady: state == RunState.Done);
}
