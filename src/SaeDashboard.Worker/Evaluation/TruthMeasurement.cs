using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>Scores an SAE and the baselines against a dataset's annotations.</summary>
internal sealed class TruthMeasurement
{
    private readonly GroundTruthScorer scorer;
    private readonly BaselineKey key;
    private readonly string? file;
    private IReadOnlyList<DirectionSet>? baselines;

    private TruthMeasurement(GroundTruthScorer scorer, BaselineKey key, string? file)
    {
        (this.scorer, this.key, this.file) = (scorer, key, file);
        baselines = file is null ? null : BaselineFile.Read(file, key);
    }

    /// <summary>Checks the inputs before anything long begins.</summary>
    /// <param name="sources">Where activations come from.</param>
    /// <param name="model">The model the SAE reads.</param>
    /// <param name="dataset">The clips.</param>
    /// <param name="chosenOn">The split that features, lags, probes and components come from.</param>
    /// <param name="split">The split that is scored.</param>
    /// <param name="file">Where baselines are kept; null for nowhere.</param>
    /// <exception cref="UserException">There are no annotations, a clip has none, the split is the one that features are chosen on, or the file
    /// holds baselines of something else.</exception>
    public static TruthMeasurement Prepare(EvaluationSources sources, MusicGenModel model, ClipDataset dataset, string chosenOn, string split, string? file)
    {
        if (split == chosenOn) throw new UserException($"--ground-truth chooses features on `{chosenOn}`, so it cannot score them there: give another --split, such as test, or another --choose-on.");
        var rules = new GroundTruthOptions { FrameRate = model.Codec.FrameRate };
        var scorer = new GroundTruthScorer(Annotations.Load(dataset.Folder), sources.Truth(chosenOn), sources.Truth(split), rules);
        return new TruthMeasurement(scorer, new BaselineKey
        {
            ModelHash = model.WeightsHash,
            DatasetHash = dataset.Hash,
            AnnotationsHash = Hashing.Sha256File(Path.Combine(dataset.Folder, "annotations.jsonl")),
            Hook = sources.Hook,
            Condition = sources.Condition,
            Splits = $"{chosenOn}, {split}",
            Options = rules,
        }, file);
    }

    /// <summary>The report.</summary>
    /// <param name="sae">The SAE.</param>
    /// <param name="progress">Reports the progress.</param>
    /// <param name="cancellation">Stops between clips and directions.</param>
    /// <exception cref="UserException">The baselines cannot be written.</exception>
    public GroundTruthReport Run(SparseAutoencoder sae, ConsoleProgress progress, CancellationToken cancellation)
    {
        var clips = progress.Clips("Ground truth: ");
        if (baselines is null)
        {
            baselines = scorer.Residual(clips, cancellation);
            if (file is not null) BaselineFile.Write(file, key, baselines);
        }
        return scorer.Report([.. scorer.Features(sae, clips, cancellation), .. baselines]);
    }
}

/// <summary>The residual stream's own scores, kept: they are the same for every SAE at one place of one model.</summary>
/// <param name="SchemaVersion">Of this file.</param>
/// <param name="Key">What they are of.</param>
/// <param name="Sets">The scores.</param>
internal sealed record BaselineFile(int SchemaVersion, BaselineKey Key, IReadOnlyList<DirectionSet> Sets)
{
    private const int CurrentSchema = 1;

    /// <summary>The scores in the file when they are of the same thing; null when there is no file.</summary>
    /// <exception cref="UserException">The file holds something else.</exception>
    public static IReadOnlyList<DirectionSet>? Read(string path, BaselineKey key)
    {
        if (!File.Exists(path)) return null;
        var file = JsonFile.Read<BaselineFile>(path);
        var fault = file.SchemaVersion != CurrentSchema ? $"schema {file.SchemaVersion}, not {CurrentSchema}" : file.Key.Difference(key);
        return fault is null ? file.Sets : throw new UserException($"{path} holds baselines of {fault}. Give another file, or delete this one to make it again.");
    }

    public static void Write(string path, BaselineKey key, IReadOnlyList<DirectionSet> sets) =>
        AtomicFile.WriteJson(path, new BaselineFile(CurrentSchema, key, sets));
}

/// <summary>What baselines are of: all that their numbers depend on.</summary>
internal sealed record BaselineKey
{
    public required string ModelHash { get; init; }

    public required string DatasetHash { get; init; }

    /// <summary>SHA-256 of annotations.jsonl.</summary>
    public required string AnnotationsHash { get; init; }

    public required string Hook { get; init; }

    public required string Condition { get; init; }

    /// <summary>The split directions were chosen on, and the one they are scored on.</summary>
    public required string Splits { get; init; }

    public required GroundTruthOptions Options { get; init; }

    /// <summary>In words, what this one is of that the other is not; null when they are the same.</summary>
    public string? Difference(BaselineKey other) =>
        ModelHash != other.ModelHash ? "another model"
        : DatasetHash != other.DatasetHash ? "another dataset"
        : AnnotationsHash != other.AnnotationsHash ? "other annotations"
        : Hook != other.Hook ? $"another place in the model ({Hook} instead of {other.Hook})"
        : Condition != other.Condition ? $"another condition ({Condition} instead of {other.Condition})"
        : Splits != other.Splits ? $"other splits ({Splits} instead of {other.Splits})"
        : Text(Options) != Text(other.Options) ? "other rules"
        : null;

    // Records compare lists by reference.
    private static string Text(GroundTruthOptions options) => JsonSerializer.Serialize(options, JsonDefaults.Lines);
}
