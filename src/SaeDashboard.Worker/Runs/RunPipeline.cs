using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Sae.Training;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;
using SaeDashboard.Worker.Features;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;
using SaeDashboard.Worker.Steering;
using SaeDashboard.Worker.Steering.Ladders;

namespace SaeDashboard.Worker.Runs;

/// <summary>
/// A whole run: collect → train → (evaluate) → index in one process, under the run folder's one lock, with one status and one time to the end. What
/// each stage makes appears whole, so a run that was stopped anywhere continues with the first missing result.
/// </summary>
/// <param name="plan">The settings.</param>
/// <param name="compute">What it computes on.</param>
/// <param name="run">The run's folder, open.</param>
/// <param name="progress">Where the model's loading is shown.</param>
/// <param name="cancellation">Ends the run with its state kept.</param>
internal sealed class RunPipeline(RunPlan plan, RunCompute compute, RunFolder run, ConsoleProgress progress, CancellationToken cancellation)
{
    /// <summary>What loading, scaling, evaluating and exporting take of training, whatever the size (s).</summary>
    private const double Preparation = 1;

    private readonly RunTimeline timeline = new([.. Stages(plan).Select(each => (each, 0.0))]);
    private StageName stage = Stages(plan).First();

    /// <summary>Where the trained SAE waits for its index.</summary>
    private string UnindexedSae => Path.Combine(run.Path, "sae");

    /// <summary>Does what is not done yet. False: it was cancelled; its state is kept.</summary>
    /// <exception cref="UserException">Settings that cannot work, files that are missing or of something else.</exception>
    public bool Run(bool resume)
    {
        run.ReportThrough(timeline.Whole);
        run.Device = compute.Wanted;
        // A resume says that it runs once it is not refused: until then the record stays as it was.
        if (!run.HasRunBefore) run.Report(stage, RunState.Running, 0, 0, 0, null);
        try
        {
            return RunStages(resume);
        }
        catch (OperationCanceledException)
        {
            run.RequirePresent();
            var status = run.Last;
            run.Log($"{(run.EndState == RunState.Paused ? "Paused" : "Cancelled")} while it did {stage.Name()}. What was finished before is kept.");
            run.Report(stage, run.EndState, status?.Step ?? 0, status?.Total ?? 0, 0, null);
            return false;
        }
        catch (Exception error)
        {
            var status = run.Last;
            // The trainer reports its own failures. Where the run's folder was removed, the removal is the reason, whatever failed first.
            run.RequirePresent();
            if (!(run.Attempted && status?.State == RunState.Failed))
            {
                if (run.Attempted || !run.HasRunBefore) run.Log($"Failed: {(error is UserException ? error.Message : error)}");
                run.Report(stage, RunState.Failed, status?.Step ?? 0, status?.Total ?? 0, 0, null, error.Message);
            }
            throw;
        }
    }

    private static IEnumerable<StageName> Stages(RunPlan plan) => plan.Kind == RunKind.Import ? [StageName.Import]
        : Enum.GetValues<StageName>().Where(each => each != StageName.Import && (each != StageName.Evaluate || plan.Evaluation is not null));

    private bool RunStages(bool resume)
    {
        if (plan.Kind == RunKind.Import) return new ImportStage(plan, run, cancellation).Run(() => Begin(resume));
        if (IsFinished()) return run.Earlier?.State == RunState.Done || Finish(0, 1);
        var options = compute.Settle(run);
        if (plan.Kind == RunKind.Direction) stage = StageName.Index;
        return plan.Kind switch
        {
            RunKind.Train => TrainAndIndex(options, resume),
            RunKind.Detection => ChooseClips(options, resume),
            RunKind.Ladder => MeasureLadders(options, resume),
            RunKind.Direction => new DirectionStage(plan, run, timeline, progress, cancellation).Run(options, () => Begin(resume)),
            _ => MakeAndIndex(options, resume),
        };
    }

    private bool TrainAndIndex(ModelOptions options, bool resume)
    {
        var (config, fork) = ReadSettings(resume);
        using var dataset = ClipDataset.Open(plan.DatasetPath);
        var train = Spread(dataset.InSplit(plan.Split), plan.Clips);
        var select = Measured(dataset);
        var evaluated = Evaluated(dataset);
        var sets = Tested(dataset, train, select);
        using var model = ModelLoading.Load(plan.ModelPath, options, progress);
        if (plan.Layer < 0 || plan.Layer >= model.Config.Decoder.Layers)
            throw new UserException($"Layer {plan.Layer}: {plan.ModelPath} has layers 0 to {model.Config.Decoder.Layers - 1}.");
        if (!SaeHook.Points.Contains(plan.Point))
            throw new UserException($"{Path.Combine(run.Path, "config.json")}: \"point\" is \"{plan.Point}\": write one of {string.Join(", ", SaeHook.Points)}.");
        var at = SaeCompatibility.SiteOf(plan.Hook);
        config.Validate(fork, options.Device.IsCuda ? options.Device.ToString() : null);
        var collector = new ActivationCollector(model, dataset, train, plan.Split, [at], plan.Condition, ReadPrecision());
        var there = collector.OpenIfSame(plan.ActivationsPath);

        // Nothing is refused from here on.
        Estimate(model, config, dataset.Frames, train.Count, select.Count, evaluated.Count, sets?.Count ?? 0);
        Begin(resume);
        foreach (var note in ClipLengths.Notes(dataset, [.. train, .. select], model)) run.Log(note);
        using var store = CollectActivations(collector, there);
        cancellation.ThrowIfCancellationRequested();
        if (!TrainSae(store, config, options.Device, resume)) return false;
        cancellation.ThrowIfCancellationRequested();
        EvaluateSae(UnindexedSae, model, dataset, evaluated, new StoreActivationSource(store));
        IndexFeatures(UnindexedSae, model, dataset, select, new StoreActivationSource(store), sets);
        return true;
    }

    /// <summary>An SAE that is not trained here: of a checkpoint, or one that is there.</summary>
    private bool MakeAndIndex(ModelOptions options, bool resume)
    {
        using var dataset = ClipDataset.Open(plan.DatasetPath);
        var (train, select) = (Spread(dataset.InSplit(plan.Split), plan.Clips), Measured(dataset));
        var sets = Tested(dataset, train, select);
        using var model = ModelLoading.Load(plan.ModelPath, options, progress);
        using var store = Directory.Exists(plan.ActivationsPath) ? ActivationStore.Open(plan.ActivationsPath) : null;
        Begin(resume);
        timeline.Reused(StageName.Collect);
        timeline.Reused(StageName.Train);
        var folder = plan.SaePath;
        if (plan.Kind == RunKind.Export)
        {
            folder = UnindexedSae;
            stage = StageName.Train;
            var checkpoint = plan.Fork ?? throw new UserException($"{Path.Combine(run.Path, "config.json")} names no checkpoint: \"fork\" is missing.");
            if (!Directory.Exists(folder)) CheckpointExport.Export(checkpoint, folder, store, cancellation: cancellation);
            run.Log($"Made an SAE of a checkpoint of {checkpoint.RunPath}.");
        }
        cancellation.ThrowIfCancellationRequested();
        IActivationSource Of(SparseAutoencoder sae) => store is not null ? new StoreActivationSource(store)
            : new ModelActivationSource(model, dataset, train, SaeCompatibility.Require(folder, sae, model), SaeCompatibility.ReadsCaptions(sae));
        using (var sae = SaeFolder.Load(folder)) IndexFeatures(folder, model, dataset, select, Of(sae), sets);
        return true;
    }

    /// <summary>Clips to test names on, for an SAE that has its index.</summary>
    private bool ChooseClips(ModelOptions options, bool resume)
    {
        stage = StageName.Index;
        using var dataset = ClipDataset.Open(plan.DatasetPath);
        using var sae = SaeFolder.Load(plan.SaePath);
        var indexFolder = Path.Combine(plan.SaePath, "index");
        using var index = DetectionVerb.OpenIndex(indexFolder, plan.SaePath, sae.WeightsHash, dataset);
        var sets = DetectionSets.Of(dataset);
        using var model = ModelLoading.Load(plan.ModelPath, options, progress);
        DetectionVerb.RequireModel(index, model.WeightsHash, model.Folder);
        SaeCompatibility.Require(plan.SaePath, sae, model);
        Begin(resume);
        timeline.Reused(StageName.Collect);
        timeline.Reused(StageName.Train);
        timeline.Begin(StageName.Index);
        if (options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        var chosen = new DetectionStage(run, cancellation);
        chosen.Choose(plan.SaePath, sae, index, model, dataset, sets, null, null, new DetectionProgress(sets.Count, 0, 0));
        timeline.End(whole: true);
        return Finish(sets.Count, sets.Count);
    }

    /// <summary>Strength ladders, for an SAE that has its index.</summary>
    private bool MeasureLadders(ModelOptions options, bool resume)
    {
        stage = StageName.Index;
        var wanted = plan.Ladder ?? throw new UserException($"{Path.Combine(run.Path, "config.json")} names no features: \"ladder\" is missing.");
        using var dataset = ClipDataset.Open(plan.DatasetPath);
        using var model = ModelLoading.Load(plan.ModelPath, options, progress);
        using var session = new SteeringSession(model);
        var settings = new LadderSettings { Features = wanted.Features, Seeds = wanted.Seeds, Seconds = wanted.Seconds, ReferenceClips = wanted.ReferenceClips };
        settings.Validate();
        var measurement = new LadderMeasurement(model, session.Load(plan.SaePath), dataset, settings, run, LadderMeasurement.DefaultRows);
        measurement.RequireSources();
        Begin(resume);
        timeline.Reused(StageName.Collect);
        timeline.Reused(StageName.Train);
        timeline.Begin(StageName.Index);
        run.Log(measurement.Estimate().ToString());
        var ladders = measurement.Measure(wanted.Into, StageName.Index, null, cancellation);
        timeline.End(whole: true);
        return Finish(ladders.Count, ladders.Count);
    }

    /// <summary>Reports the run as running: nothing is refused from here on.</summary>
    private void Begin(bool resume)
    {
        compute.Keep(run);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"{(resume ? "Continues" : "Begins")}, process {Environment.ProcessId}."));
        run.Report(stage, RunState.Running, 0, 0, 0, null);
    }

    private ActivationStore CollectActivations(ActivationCollector collector, ActivationStore? there)
    {
        if (there is not null)
        {
            timeline.Reused(StageName.Collect);
            run.Log(string.Create(CultureInfo.InvariantCulture, $"Reuses the activations in {plan.ActivationsPath}: {there.ColumnCount:N0} columns of the same model, data, place and clips."));
            run.Report(StageName.Collect, RunState.Done, there.ColumnCount, there.ColumnCount, 0, 0);
            return there;
        }
        var total = collector.Columns;
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Collects {total:N0} columns of {plan.Hook} ({collector.Bytes / 1e6:N0} MB) into {plan.ActivationsPath}."));
        timeline.Begin(StageName.Collect);
        var speed = new ProgressEstimator(total);
        var log = new PeriodicLog(run);
        collector.Collect(plan.ActivationsPath, done =>
        {
            speed.Update(done);
            run.Report(StageName.Collect, RunState.Running, done, total, speed.Rate, speed.EtaSeconds);
            log.Log(string.Create(CultureInfo.InvariantCulture, $"Collected {done:N0} of {total:N0} columns, {speed.Rate:N0} columns/s."));
        }, cancellation);
        timeline.End(whole: true);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Collected {total:N0} columns in {speed.ElapsedSeconds:F1} s."));
        run.Report(StageName.Collect, RunState.Done, total, total, total / Math.Max(speed.ElapsedSeconds, 1e-3), 0);
        return ActivationStore.Open(plan.ActivationsPath);
    }

    private bool TrainSae(ActivationStore store, TrainConfig config, ComputeDevice device, bool resume)
    {
        stage = StageName.Train;
        if (Directory.Exists(UnindexedSae))
        {
            run.Log("The SAE is trained already.");
            run.Report(StageName.Train, RunState.Done, config.Steps, config.Steps, 0, 0);
            return true;
        }
        timeline.Begin(StageName.Train);
        var result = SaeTrainer.Train(store, config, run, UnindexedSae, resume, null, plan.Fork, null, device.TensorDevice, null, cancellation);
        timeline.End(whole: result.ResumedFrom == 0);
        return result.Finished;
    }

    private void EvaluateSae(string folder, MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> clips, StoreActivationSource trained)
    {
        if (plan.Evaluation is not { } wanted) return;
        stage = StageName.Evaluate;
        timeline.Begin(stage);
        using (var sae = SaeFolder.Load(folder))
        {
            if (model.Options.Device.TensorDevice is { } device) sae.ComputeOn(device);
            var subject = new EvaluationSubject(folder, sae, model, SaeCompatibility.Require(folder, sae, model), dataset, wanted.Split, clips);
            new EvaluationStage(subject, trained, run, cancellation).Measure();
        }
        cancellation.ThrowIfCancellationRequested();
        timeline.End(whole: true);
    }

    private void IndexFeatures(string folder, MusicGenModel model, ClipDataset dataset, IReadOnlyList<Clip> select, IActivationSource more, DetectionSets? sets)
    {
        stage = StageName.Index;
        timeline.Begin(StageName.Index);
        using var sae = SaeFolder.Load(folder);
        if (model.Options.Device.TensorDevice is { } device) sae.ComputeOn(device);
        var site = SaeCompatibility.Require(folder, sae, model);
        var origin = new FeatureIndexOrigin(model.WeightsHash, dataset.Hash, dataset.Name, site.ToString(), site.Layer, model.Codec.FrameRate);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Measures {sae.Config.DSae:N0} features on {select.Count:N0} clips of select and finds their top clips among {more.ClipCount:N0} more."));
        foreach (var note in sae.Config.Notes) run.Log(note);

        var frames = dataset.Frames;
        var extra = more.ClipCount ?? 0;
        var (indexed, total) = (select.Count + extra, select.Count + extra + (sets?.Count ?? 0));
        var later = sets is null ? 0 : StageRates.Detection(frames * sets.Count, frames * (more is StoreActivationSource ? extra : 0), site.Layer, sae.Config.DSae, sae.Config.DIn) / Speed;
        var progress = new IndexProgress(select.Count, extra, frames, site.Layer, sae.Config.DSae, sae.Config.DIn);
        var log = new PeriodicLog(run);
        var report = new SynchronousProgress<ClipProgress>(p =>
        {
            progress.Update(p);
            run.Report(StageName.Index, RunState.Running, Math.Min(progress.Clips, total - 1), total, progress.Clips * (double)frames / Math.Max(progress.ElapsedSeconds, 1e-3), progress.EtaSeconds + later);
            log.Log(progress.IsAfterClips ? string.Create(CultureInfo.InvariantCulture, $"Indexed every clip; {p.Stage}: {p.Clips:N0} of {p.Total:N0}.")
                : string.Create(CultureInfo.InvariantCulture, $"Indexed {progress.Clips:N0} of {indexed:N0} clips ({p.Stage})."));
        });
        var captions = plan.Kind == RunKind.Index ? SaeCompatibility.ReadsCaptions(sae) : plan.Condition == TextConditions.Caption;
        var source = new ModelActivationSource(model, dataset, select, site, captions);
        var built = FeatureIndexBuilder.Build(sae, source, more, origin, new FeatureIndexOptions { Measures = IndexMeasures.Of(model, dataset, run.Log) }, report, cancellation);
        foreach (var note in built.Notes) run.Log(note);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"Maps {built.Info.Features:N0} features."));
        var atlas = AtlasBuilder.Build(sae, null, report, cancellation);
        run.RequirePresent();
        var indexFolder = Path.Combine(folder, "index");
        foreach (var said in built.Save(indexFolder, atlas)) run.Log(said);
        if (sets is not null)
        {
            using var index = FeatureIndex.Open(indexFolder);
            // Those of the index before are as good when all that they depend on is the same.
            if (DetectionClips.Open(indexFolder, index.Info) is null)
                new DetectionStage(run, cancellation).Choose(folder, sae, index, model, dataset, sets, more as StoreActivationSource, captions, new DetectionProgress(sets.Count, indexed, later));
        }
        if (folder != plan.SaePath) FolderMove.IntoPlace(folder, plan.SaePath);
        timeline.End(whole: true);
        run.Log(string.Create(CultureInfo.InvariantCulture, $"{built.Info.Features:N0} features, the filter keeps {built.Info.KeptDefault:N0}. The SAE is {plan.SaePath}."));
        Finish(total, total);
    }

    private bool Finish(long step, long total)
    {
        stage = StageName.Index;
        run.Report(StageName.Index, RunState.Done, step == 0 ? total : step, total, 0, 0);
        return true;
    }

    /// <summary>Whether an earlier process was killed after it moved the SAE into its place and before it reported so.</summary>
    private bool IsFinished()
    {
        // An SAE that is only indexed is in its place from the beginning; its index is made again unless this run has reported that it made it.
        if (plan.Kind is RunKind.Index or RunKind.Detection or RunKind.Ladder or RunKind.Direction) return run.Earlier?.State == RunState.Done;
        if (!Directory.Exists(plan.SaePath)) return false;
        FolderMove.RemoveCopied(UnindexedSae, plan.SaePath);
        var ours = (plan.Kind == RunKind.Export ? run.HasRunBefore : Directory.EnumerateDirectories(run.CheckpointsPath).Any()) && !Directory.Exists(UnindexedSae);
        if (ours && File.Exists(Path.Combine(plan.SaePath, "index", "index.json"))) return true;
        throw new UserException($"{plan.SaePath} exists already: give the run another place for its SAE (saePath in {Path.Combine(run.Path, "config.json")}).");
    }

    /// <summary>
    /// The training settings, and the checkpoint they begin with until the run has one of its own. What a fork leaves out is the other run's.
    /// Read before anything is collected: what cannot be forked is reported at once.
    /// </summary>
    private (TrainConfig Config, ForkPoint? Fork) ReadSettings(bool resume)
    {
        var begun = resume && RunCheckpoints.List(run.Path).Count > 0;
        var point = plan.Fork is null ? null : ForkPoint.Find(begun ? new RunFork(run.Path) : plan.Fork);
        return (TrainConfigFile.Resolve(plan.Train, $"{Path.Combine(run.Path, "config.json")}: train", point?.Config), begun ? null : point);
    }

    private ActivationDType ReadPrecision() => ComputeNames.Types.Contains(plan.Store)
        ? Enum.Parse<ActivationDType>(plan.Store, ignoreCase: true)
        : throw new UserException($"{Path.Combine(run.Path, "config.json")}: \"store\" is \"{plan.Store}\": expected one of {string.Join(", ", ComputeNames.Types)}.");

    /// <summary>This machine's speed relative to the two cores of <see cref="StageRates"/>, until more is known.</summary>
    private static double Speed => Math.Min(Environment.ProcessorCount, 16) / 2.0;

    private void Estimate(MusicGenModel model, TrainConfig config, long frames, long trainClips, long selectClips, long evaluatedClips, long detectionClips)
    {
        var (trainColumns, selectColumns, evaluatedColumns) = (trainClips * frames, selectClips * frames, evaluatedClips * frames);
        var width = model.Config.Decoder.Width;
        var stepCost = StageRates.StepCost(config.ChosenEngine(model.Options.Device.IsCuda) == TrainEngine.Sparse);
        timeline.Estimate(StageName.Collect, StageRates.Collect(trainColumns, plan.Layer, width) / Speed);
        timeline.Estimate(StageName.Train, Preparation + StageRates.Train((long)config.Steps * config.Batch, config.Latents, width, stepCost) / Speed);
        if (plan.Evaluation is not null) timeline.Estimate(StageName.Evaluate, StageRates.Evaluate(evaluatedColumns, plan.Layer, model.Config.Decoder.Layers, width) / Speed);
        timeline.Estimate(StageName.Index, (StageRates.Collect(selectColumns, plan.Layer, width) + StageRates.Index(trainColumns + selectColumns, config.Latents, width)
            + StageRates.Describe(selectClips, frames) + StageRates.Finish(config.Latents)
            + (detectionClips == 0 ? 0 : StageRates.Detection(frames * detectionClips, trainColumns, plan.Layer, config.Latents, width))) / Speed);
    }

    /// <summary>The clips of select that features are measured on.</summary>
    private IReadOnlyList<Clip> Measured(ClipDataset dataset) => PartOf(dataset, dataset.InSplit("select"));

    /// <summary>The clips that names are made from and tested on; null: the plan asks for none. Read before anything is collected.</summary>
    private DetectionSets? Tested(ClipDataset dataset, IReadOnlyList<Clip> train, IReadOnlyList<Clip> select) =>
        plan.Detection ? DetectionSets.Of(dataset, train, select, PartOf(dataset, [.. dataset.Clips.Where(clip => clip.Split == "test")])) : null;

    /// <summary>Of the clips of another split: a run on a part of the data takes an equal part, to be as quick.</summary>
    private IReadOnlyList<Clip> PartOf(ClipDataset dataset, IReadOnlyList<Clip> all)
    {
        const int least = 24;
        if (plan.Clips is not { } clips) return all;
        var share = (double)clips / dataset.InSplit(plan.Split).Count;
        return Spread(all, (int)Math.Max(least, Math.Ceiling(all.Count * share)));
    }

    /// <summary>The clips that the SAE is evaluated on; empty: it is not. Read before anything is collected: what cannot be evaluated is reported at once.</summary>
    private IReadOnlyList<Clip> Evaluated(ClipDataset dataset)
    {
        if (plan.Evaluation is not { } wanted) return [];
        var config = Path.Combine(run.Path, "config.json");
        if (wanted.Split == plan.Split) throw new UserException($"{config}: \"evaluation\" names the split {wanted.Split}, which the SAE is trained on: name another.");
        if (wanted.Clips < 1) throw new UserException($"{config}: \"evaluation\" asks for {wanted.Clips} clips: at least 1.");
        return EvaluationSubject.Spread(dataset.InSplit(wanted.Split), wanted.Clips);
    }

    /// <summary>The given number of clips, evenly spread.</summary>
    private static IReadOnlyList<Clip> Spread(IReadOnlyList<Clip> clips, int? count)
    {
        if (count is not { } wanted || wanted >= clips.Count) return clips;
        if (wanted < 2) throw new UserException($"A run needs at least 2 clips, not {wanted}.");
        return [.. Enumerable.Range(0, wanted).Select(i => clips[(int)((long)i * clips.Count / wanted)])];
    }
}
