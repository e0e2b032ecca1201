using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>Scores an SAE and the baselines against a dataset's annotations.</summary>
internal sealed class TruthMeasure
{
    private readonly GroundTruthScorer scorer;
    private readonly BaselineKey key;
    private readonly string? file;
    private IReadOnlyList<DirectionSet>? baselines;

    private TruthMeasure(GroundTruthScorer scorer, BaselineKey key, string? file)
    {
        (this.scorer, this.key, this.file) = (scorer, key, file);
        baselines = file is null ? null : BaselineFile.Read(file, key);
    }

    /// <summary>Gets ready; throws before anything long is begun.</summary>
    /// <param name="sources">Where activations come from.</param>
    /// <param name="model">The model the SAE reads.</param>
    /// <param name="dataset">The clips.</param>
    /// <param name="chosenOn">The split that features, lags, probes and components come from.</param>
    /// <param name="split">The split that is scored.</param>
    /// <param name="file">Where baselines are kept; null for nowhere.</param>
    /// <exception cref="UserException">There are no annotations, a clip has none, the split is the one that features are chosen on, or the file
    /// holds baselines of something else.</exception>
    public static TruthMeasure Prepare(EvaluationSources sources, MusicGenModel model, ClipDataset dataset, string chosenOn, string split, string? file)
    {
        if (split == chosenOn) throw new UserException($"--ground-truth chooses features on `{chosenOn}`, so it cannot score them there: give another --split, such as test, or another --choose-on.");
        var rules = new GroundTruthOptions { FrameRate = model.Codec.FrameRate };
        var scorer = new GroundTruthScorer(Annotations.Load(dataset.Folder), sources.Truth(chosenOn), sources.Truth(split), rules);
        return new TruthMeasure(scorer, new BaselineKey
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
