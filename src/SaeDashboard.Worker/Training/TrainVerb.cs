using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Worker.Activations;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Training;

/// <summary><c>train</c>: an SAE, or several side by side, from stored activations or straight from the model.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly Option<string[]> activationsOption = new("--activations") { Description = "Folders made by collect, one a layer's point", HelpName = "dir", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> modelOption = new("--model") { Description = "Instead: the model whose activations are computed as they are needed", HelpName = "dir" };
    private readonly Option<string?> datasetOption = new("--dataset") { Description = "With --model: dataset to run through the model", HelpName = "dir" };
    private readonly Option<string?> layersOption = new("--layers", "--layer") { Description = "With --model: of which layer, or layers (default: 4, or the grid's)", HelpName = "layers" };
    private readonly Option<string> pointOption = CommonOptions.Point("With --model: ");
    private readonly Option<string> conditionOption = new Option<string>("--condition") { Description = "With --model: none or caption" }.Default(TextConditions.None);
    private readonly Option<string> splitOption = CommonOptions.Split("sae-train");
    private readonly ComputeOptions compute;
    private readonly Option<string?> configOption = new("--config") { Description = "Training settings as JSON (without it: the default run)", HelpName = "json" };
    private readonly Option<string[]> configsOption = new("--configs") { Description = "Several of them: an SAE each, side by side", HelpName = "json", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> gridOption = new("--grid") { Description = "Settings that vary: an SAE for each combination, side by side", HelpName = "json" };
    private readonly Option<string> runOption = new("--run-dir") { Description = "Folder of the run: settings, status, metrics, checkpoints; of several SAEs it holds a run each", Required = true, HelpName = "dir" };
    private readonly Option<string?> outOption = new("--out") { Description = "SAE folder to make (default: RUN/sae); of several, the folder to make them in", HelpName = "dir" };
    private readonly Option<string?> forkOption = new("--fork") { Description = "Begin with a checkpoint of another run (without a step: its newest); settings that --config leaves out are that run's", HelpName = "run[:step]" };
    private readonly Option<bool> resumeOption = new("--resume") { Description = "Continue from the newest checkpoint" };
    private readonly Option<bool> restartOption = new("--restart") { Description = "Throw the run's checkpoints and metrics away and start over" };

    public TrainVerb() : base("train", "Trains a sparse autoencoder, or several from one pass.",
        "train --activations data/activations/demo/layer-4 --run-dir data/runs/demo",
        "train --model demo/model --dataset demo/dataset --layer 4 --run-dir data/runs/direct")
    {
        Option[] all = [activationsOption, modelOption, datasetOption, layersOption, pointOption, conditionOption, splitOption, configOption, configsOption, gridOption, runOption, outOption, forkOption, resumeOption, restartOption];
        foreach (var option in all) Options.Add(option);
        conditionOption.AcceptOnlyFromAmong([.. TextConditions.All]);
        compute = new ComputeOptions(this, "; a GPU trains with the autograd engine, columns are read and shuffled by the CPU");
        Validators.Add(result =>
        {
            if (result.GetValue(resumeOption) && result.GetValue(restartOption)) result.AddError("--resume and --restart contradict each other.");
            var (stored, model) = (result.GetValue(activationsOption) is { Length: > 0 }, result.GetValue(modelOption) is not null);
            if (!stored && !model) result.AddError("Option '--activations' is required: a folder made by collect; or --model and --dataset, to train straight from the model.");
            if (stored && model) result.AddError("--activations and --model contradict each other: the columns come from the one or the other.");
            if (model && result.GetValue(datasetOption) is null) result.AddError("--model needs --dataset: the clips to run through it.");
            if (stored && result.GetValue(layersOption) is not null) result.AddError("--layers goes with --model: an activation folder has its layer.");
            if (stored && result.GetResult(pointOption) is { Implicit: false }) result.AddError("--point goes with --model: an activation folder has its point.");
            Option[] settings = [configOption, configsOption, gridOption];
            if (settings.Count(option => result.GetResult(option) is { Implicit: false }) > 1) result.AddError("Give one of --config, --configs and --grid.");
            if (result.GetValue(forkOption) is not null && (result.GetValue(gridOption) is not null || result.GetValue(configsOption) is { Length: > 0 })) result.AddError("--fork begins one run: give it --config, or nothing.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var clock = Stopwatch.StartNew();
        var options = compute.Read(context);
        var grid = context.Find(gridOption) is { } path ? TrainingGrid.Read(path) : null;
        var (settings, fork) = ReadSettings(context, grid);
        using var columns = new Columns();
        OpenColumns(context, grid, options, columns);
        return settings.Count > 1 || columns.Places.Count > 1 || grid is not null
            ? TrainSeveral(context, settings, options.Device, columns)
            : TrainOne(context, settings[0].Config, fork, options.Device, columns.Places[0].Source, clock);
    }

    private VerbResult TrainOne(VerbContext context, TrainConfig config, RunFork? fork, ComputeDevice device, IColumnSource source, Stopwatch clock)
    {
        using var run = RunFolder.Open(context.Get(runOption));
        run.Device = device.ToString();
        var resume = DecideWhereToStart(context, run);
        var export = context.Find(outOption) ?? Path.Combine(run.Path, "sae");
        var progress = new SynchronousProgress<TrainProgress>(p => context.Progress.Report("Training", p.Step, p.Steps, "steps"));
        var result = SaeTrainer.Train(source, config, run, export, resume, progress, fork, context.Progress.Clips(""), device.TensorDevice, () => TrainerConfig.Write(run, config, fork, source.Layers[0], source, export), context.Cancellation);
        context.Progress.CloseLine();
        if (!result.Finished)
            throw new UserException($"Stopped at step {result.Step}; its state is kept. Continue with the same command and --resume.");

        var seconds = clock.Elapsed.TotalSeconds;
        return new VerbResult(
            new { sae = export, seconds, result },
            string.Create(CultureInfo.InvariantCulture, $"{export}: {result.Step:N0} steps, {result.ColumnsPerSecond:N0} columns/s ({result.WaitShare:P1} of the time spent waiting for columns), explained variance {result.HeldOut?.ExplainedVariance:F4} on held-out clips; {seconds:F1} s"));
    }

    private VerbResult TrainSeveral(VerbContext context, IReadOnlyList<(string Name, TrainConfig Config)> settings, ComputeDevice device, Columns columns)
    {
        string NameOf(string name, ActivationSource source) => columns.Places.Count == 1 ? name
            : ActivationCollector.FolderOf(source) + (name.Length > 0 ? "-" + name : "");
        var wanted = columns.Places.SelectMany(place => settings.Select(each =>
            (Name: NameOf(each.Name, place.Source.Layers[place.Layer]), each.Config, place.Source, place.Layer))).Select(each => each.Name.Length > 0 ? each : each with { Name = "sae" }).ToList();
        if (wanted.CountBy(each => each.Name).FirstOrDefault(pair => pair.Value > 1).Key is { } twice)
            throw new UserException($"Two SAEs would be named \"{twice}\": give files of different names, and activations of different layers.");
        return new SideBySide(context.Get(runOption), context.Find(outOption), device, context).Train(wanted, run => DecideWhereToStart(context, run));
    }

    private (IReadOnlyList<(string Name, TrainConfig Config)> Settings, RunFork? Fork) ReadSettings(VerbContext context, TrainingGrid? grid)
    {
        if (grid is not null) return (grid.Combinations(context.Find(gridOption)!), null);
        if (context.Find(configsOption) is { Length: > 0 } files) return ([.. files.Select(file => (Path.GetFileNameWithoutExtension(file), TrainConfigFile.Read(file)))], null);
        var runPath = context.Get(runOption);
        var fork = context.Find(forkOption) is { } given ? ForkArgument.Parse(given) : context.Get(resumeOption) ? ForkArgument.Of(runPath) : null;
        var begun = context.Get(resumeOption) && RunCheckpoints.List(runPath).Count > 0;
        var (config, from) = ReadSettings(context.Find(configOption), fork, begun ? runPath : null);
        return ([("", config)], from);
    }

    /// <summary>The settings, and the fork with its step settled.</summary>
    /// <param name="path">The settings' file, or null.</param>
    /// <param name="fork">What the run begins with, or null.</param>
    /// <param name="begun">The run's own folder when it resumes from its own checkpoint: the other run may be deleted by then.</param>
    private static (TrainConfig Config, RunFork? Fork) ReadSettings(string? path, RunFork? fork, string? begun)
    {
        var point = fork is null ? null : ForkPoint.Find(begun is null ? fork : new RunFork(begun));
        var config = path is null ? point?.Config ?? new TrainConfig() : TrainConfigFile.Read(path, point?.Config);
        return (config, fork is null || begun is not null ? fork : fork with { Step = point!.Step });
    }

    private void OpenColumns(VerbContext context, TrainingGrid? grid, ModelOptions options, Columns columns)
    {
        if (context.Find(modelOption) is not { } folder)
        {
            foreach (var activations in context.Find(activationsOption)!) columns.Add(ActivationStore.Open(activations), grid?.Layers);
            if (grid?.Layers is { Count: 0 }) throw new UserException($"{context.Find(gridOption)}: \"layers\" is empty: leave it out for all that are given.");
            if (grid?.Layers?.Except(columns.Places.Select(place => place.Source.Layers[place.Layer].Layer)).ToList() is { Count: > 0 } missing)
                throw new UserException($"{context.Find(gridOption)}: none of the activations are of layer {string.Join(", ", missing)}.");
            return;
        }
        var dataset = columns.Keep(ClipDataset.Open(context.Find(datasetOption)!));
        var clips = dataset.InSplit(context.Get(splitOption));
        var model = columns.Keep(ModelLoading.Load(folder, options, context.Progress));
        var text = context.Find(layersOption) ?? (grid?.Layers is { Count: > 0 } listed ? string.Join(',', listed) : "4");
        var sites = LayerList.At(LayerList.Parse(text, model.Config.Decoder.Layers), context.Get(pointOption));
        ClipLengths.RequireWhole(dataset, clips, model);
        foreach (var note in ClipLengths.Notes(dataset, clips, model)) context.Progress.Note(note);
        var source = new ModelColumns(model, dataset, clips, context.Get(splitOption), sites, context.Get(conditionOption));
        for (var i = 0; i < sites.Count; i++) columns.Places.Add((source, i));
    }

    /// <summary>Whether to resume. An earlier attempt's checkpoints are neither used nor thrown away unless a person says which.</summary>
    private bool DecideWhereToStart(VerbContext context, RunFolder run)
    {
        var (resume, restart) = (context.Get(resumeOption), context.Get(restartOption));
        // With --resume or --restart an unreadable status is ignored; otherwise it is an error.
        var earlier = resume || restart ? run.Earlier : RunFolder.ReadStatus(run.Path);
        if (earlier is null) return resume;
        var kept = Directory.GetDirectories(run.CheckpointsPath).Count(folder => !Path.GetFileName(folder).StartsWith('.'));
        if (earlier.State != RunState.Done)
            context.Progress.Note($"{run.Path}: the run before was {earlier.State.Name()} at step {earlier.Step:N0} of {earlier.Total:N0}; {kept} checkpoints are kept.");
        if (resume && kept == 0) context.Progress.Note("There is no checkpoint to resume from: it starts over.");
        if (resume || restart || kept == 0) return resume;
        throw new UserException($"{run.Path} holds checkpoints of an earlier attempt ({earlier.State.Name()}, step {earlier.Step:N0}). Give --resume to continue from the newest, --restart to throw them away, or another --run-dir.");
    }

    /// <summary>Where columns come from, and what has to be closed in the end.</summary>
    private sealed class Columns : IDisposable
    {
        private readonly Stack<IDisposable> kept = new();

        /// <summary>A source and a layer's place in it.</summary>
        public List<(IColumnSource Source, int Layer)> Places { get; } = [];

        public T Keep<T>(T thing) where T : IDisposable
        {
            kept.Push(thing);
            return thing;
        }

        public void Add(ActivationStore store, IReadOnlyList<int>? layers)
        {
            Keep(store);
            if (layers is null || layers.Contains(store.Source.Layer)) Places.Add((store, 0));
        }

        public void Dispose()
        {
            while (kept.TryPop(out var thing)) thing.Dispose();
        }
    }
}
