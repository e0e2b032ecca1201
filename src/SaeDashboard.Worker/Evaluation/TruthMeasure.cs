using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>Scores an SAE against a data set's annotations, and the baselines beside it.</summary>
internal static class TruthMeasure
{
    /// <summary>The split that features, lags, probes and components come from.</summary>
    public const string ChosenOn = "select";

    /// <summary>What evaluate needs to score against ground truth; throws before anything long is begun.</summary>
    /// <exception cref="UserException">There are no annotations, a clip has none, or the split is the one that features are chosen on.</exception>
    public static GroundTruthScorer Prepare(EvaluationSources sources, MusicGenModel model, ClipDataset dataset, string split)
    {
        if (split == ChosenOn) throw new UserException($"--ground-truth chooses features on `{ChosenOn}`, so it cannot score them there: give --split test.");
        return new GroundTruthScorer(Annotations.Load(dataset.Folder), sources.Truth(ChosenOn), sources.Truth(split), Rules(model));
    }

    /// <summary>The report.</summary>
    /// <param name="scorer">From <see cref="Prepare"/>.</param>
    /// <param name="sources">Where activations come from.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="model">The model it reads.</param>
    /// <param name="dataset">The clips.</param>
    /// <param name="split">The split that is scored.</param>
    /// <param name="file">Where baselines are kept; null for nowhere.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops between clips and directions.</param>
    /// <exception cref="UserException">The file holds baselines of something else.</exception>
    public static GroundTruthReport Run(
        GroundTruthScorer scorer, EvaluationSources sources, SparseAutoencoder sae, MusicGenModel model, ClipDataset dataset, string split, string? file,
        ConsoleProgress progress, CancellationToken cancellation)
    {
        var key = new BaselineKey
        {
            ModelHash = model.WeightsHash,
            DatasetHash = dataset.Hash,
            AnnotationsHash = Hashing.Sha256File(Path.Combine(dataset.Folder, "annotations.jsonl")),
            Hook = sources.Hook,
            Condition = sources.Condition,
            Splits = $"{ChosenOn}, {split}",
            Options = Rules(model),
        };
        var clips = progress.Clips("Ground truth: ");
        var baselines = file is null ? null : BaselineFile.Read(file, key);
        if (baselines is null)
        {
            baselines = scorer.Residual(clips, cancellation);
            if (file is not null) BaselineFile.Write(file, key, baselines);
        }
        return scorer.Report([.. scorer.Features(sae, clips, cancellation), .. baselines]);
    }

    private static GroundTruthOptions Rules(MusicGenModel model) => new() { FrameRate = model.Codec.FrameRate };
}
