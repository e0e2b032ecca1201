using System.Globalization;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>
/// A form that can be run: every number read and within its limits. Clips is how many are collected, AllClips whether those are all of the
/// split; Train is what the trainer is given.
/// </summary>
public sealed record RunRequest(
    string Name, ModelChoice Model, DatasetChoice Dataset, int Layer, string Condition, int Clips, bool AllClips, TrainConfig Train)
{
    /// <summary>The split that is collected and trained on.</summary>
    public const string Split = "sae-train";

    /// <summary>The split that statistics are taken on.</summary>
    public const string StatisticsSplit = "select";

    /// <summary>What there is to know of its architecture.</summary>
    public TrainArchitectureInfo Architecture => TrainArchitectures.Of(Train.Architecture);

    /// <summary>Columns of a clip.</summary>
    public int ColumnsPerClip => Dataset.Frames;

    /// <summary>Its first step: that of the checkpoint it starts from, or 0.</summary>
    public long FirstStep { get; init; }

    /// <summary>Which of the layer's points is listened to.</summary>
    public string Point { get; init; } = SaeHook.ResidualPost;

    /// <summary>Layer and point together.</summary>
    public SaeHook Hook => SaeHook.At(Layer, Point);

    /// <summary>What it computes on.</summary>
    public string Device { get; init; } = ComputeNames.Cpu;

    /// <summary>What the model's weights are rounded to.</summary>
    public string ComputeType { get; init; } = ComputeNames.Float32;

    /// <summary>How the activations are kept on disk.</summary>
    public string Store { get; init; } = ComputeNames.Float32;

    /// <summary>How the SAE is evaluated; null: it is not.</summary>
    public RunEvaluation? Evaluation { get; init; }

    /// <summary>Whether it chooses the clips that names are tested on.</summary>
    public bool ChoosesClips { get; init; }

    /// <summary>Columns of the clips that names are made from and tested on: those that are collected, those that features are measured on, and as large a part of the test's.</summary>
    public long DetectionColumns => (long)ColumnsPerClip * (Clips + StatisticsClips + Math.Min(DetectionClipsInfo.MostTestClips, PartOf("test")));

    /// <summary>Columns the run trains on, counted as often as they are seen.</summary>
    public long TrainedColumns => (Train.Steps - FirstStep) * Train.Batch;

    /// <summary>Columns that are collected.</summary>
    public long CollectedColumns => (long)Clips * ColumnsPerClip;

    /// <summary>Clips that features are measured on.</summary>
    public int StatisticsClips => PartOf(StatisticsSplit);

    /// <summary>Bytes of the activation store.</summary>
    public long StoreBytes => CollectedColumns * Model.Width * (Store == ComputeNames.Float32 ? sizeof(float) : sizeof(short));

    /// <summary>
    /// Bytes of what else stays: the SAE, and its states, each with two moments of every weight: the newest three and the best one.
    /// </summary>
    public long KeptBytes => 2L * Train.Latents * Model.Width * sizeof(float) * (1 + StatesKept * 3);

    private const int StatesKept = 4;

    /// <summary>Clips of another split: the worker takes as large a part of them as of the clips, but at least 24.</summary>
    private int PartOf(string split)
    {
        var all = Dataset.ClipsIn(split);
        return AllClips ? all : Math.Min(all, Math.Max(24, (int)Math.Ceiling((double)all * Clips / Dataset.ClipsIn(Split))));
    }

    /// <summary>The run's default name.</summary>
    public static string DefaultName(TrainConfig train, SaeHook hook)
    {
        var architecture = TrainArchitectures.Of(train.Architecture);
        var name = string.Create(CultureInfo.InvariantCulture, $"L{hook.Words[1..]}, {train.Latents:N0} latents");
        if (architecture.UsesK) name += string.Create(CultureInfo.InvariantCulture, $", k {train.K}");
        return train.Architecture == new TrainConfig().Architecture ? name : $"{architecture.Name}, {name}";
    }
}

/// <summary>Makes the plan that the worker reads.</summary>
public static class RunPlanMaker
{
    /// <summary>The settings that every plan names; of the others those that are not the trainer's default.</summary>
    private static readonly HashSet<TrainSetting> Always = [.. RunForm.Basic, TrainSetting.Of(nameof(TrainConfig.Histograms))];

    /// <param name="request">What was asked for.</param>
    /// <param name="stored">A store that fits; null: the registry says where one is collected.</param>
    /// <param name="fork">The checkpoint it begins with; null: none.</param>
    /// <param name="sweep">The sweep it belongs to; null: none.</param>
    public static RunPlan Make(RunRequest request, StoredActivations? stored, RunFork? fork = null, string? sweep = null) => new()
    {
        ModelPath = request.Model.Path,
        DatasetPath = request.Dataset.Path,
        Layer = request.Layer,
        Point = request.Point,
        Condition = request.Condition,
        Split = RunRequest.Split,
        Clips = request.AllClips ? null : request.Clips,
        Device = request.Device,
        ComputeType = request.ComputeType,
        Store = request.Store,
        ActivationsPath = stored?.Path ?? "",
        SaePath = "",
        Train = Train(request, isFork: fork is not null),
        Fork = fork,
        Evaluation = request.Evaluation,
        Detection = request.ChoosesClips,
        Sweep = sweep,
    };

    private static TrainSettings Train(RunRequest request, bool isFork)
    {
        var defaults = new TrainConfig();
        return TrainSettings.Of(request.Train, TrainSetting.All.Where(setting =>
            // An architecture that has no use for k is given one only where the default would not fit.
            setting.Property == nameof(TrainConfig.K) && !request.Architecture.UsesK ? request.Train.K != defaults.K
            // What a fork leaves out is the other run's.
            : Always.Contains(setting) || (isFork && TrainRules.Belongs(setting, request.Architecture)) || !Equals(setting.Value(request.Train), setting.Value(defaults))));
    }
}
