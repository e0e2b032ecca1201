using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Training;

/// <summary>Several SAEs from one pass: a run folder each, one progress, one table at the end.</summary>
/// <param name="folder">Holds a run folder for each.</param>
/// <param name="outFolder">Holds an SAE folder for each; null: each run's own.</param>
/// <param name="device">What they are trained on.</param>
/// <param name="context">The command's.</param>
internal sealed class SideBySide(string folder, string? outFolder, ComputeDevice device, VerbContext context)
{
    /// <summary>Trains what is not trained yet.</summary>
    /// <param name="wanted">Name, settings, source and the layer's place in it.</param>
    /// <param name="start">Decides from the run's folder whether to resume; may throw.</param>
    public VerbResult Train(IReadOnlyList<(string Name, TrainConfig Config, IColumnSource Source, int Layer)> wanted, Func<RunFolder, bool> start)
    {
        var runs = new List<RunFolder>();
        try
        {
            var jobs = new List<SaeJob>();
            var resume = true;
            foreach (var (name, config, source, layer) in wanted)
            {
                config.Validate(gpu: Gpu);
                var run = RunFolder.Open(Path.Combine(folder, name));
                run.Device = device.ToString();
                runs.Add(run);
                resume &= start(run);
                var export = outFolder is null ? Path.Combine(run.Path, "sae") : Path.Combine(outFolder, name);
                jobs.Add(new SaeJob(name, config, source, layer, run, export, () => TrainerConfig.Write(run, config, null, source.Layers[layer], source, export)));
            }
            // Killed after some were finished: an exported folder is whole.
            var left = resume ? [.. jobs.Where(job => !Directory.Exists(job.ExportFolder))] : jobs;
            RequireMemory(jobs, left);
            var results = left.Count == 0 ? [] : SeveralSaes.Train(left, resume, Progress(left), context.Progress.Clips(""), device.TensorDevice, context.Cancellation).ToDictionary(result => result.Name);
            foreach (var job in jobs.Except(left).Where(job => job.Run.Earlier?.State != RunState.Done)) job.Run.Report(SaeTrainer.Stage, RunState.Done, job.Config.Steps, job.Config.Steps, 0, 0);
            context.Progress.CloseLine();
            return Report(jobs, results);
        }
        finally
        {
            foreach (var run in runs) run.Dispose();
        }
    }

    private string? Gpu => device.IsCuda ? device.ToString() : null;

    private void RequireMemory(List<SaeJob> jobs, List<SaeJob> left)
    {
        var (host, gpu) = left.Count == 0 ? (0, 0) : SeveralSaes.EstimateBytes(left, Gpu);
        var there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var onGpu = Gpu is null ? "" : string.Create(CultureInfo.InvariantCulture, $" and {gpu / 1e9:F2} GB of {Gpu}'s");
        context.Progress.Note(string.Create(CultureInfo.InvariantCulture,
            $"{left.Count} of {jobs.Count} SAEs to train, side by side; about {host / 1e9:F2} GB of memory ({there / 1e9:F1} GB here){onGpu}."));
        Require("this machine", host, there, "latents, batch or shuffleMegabytes");
        if (Gpu is not null && CudaDriver.Describe(device.Index) is var (_, bytes)) Require(Gpu, gpu, bytes, "latents or batch");

        void Require(string place, long needed, long has, string settings)
        {
            if (needed > has)
                throw new UserException(string.Create(CultureInfo.InvariantCulture,
                    $"Training {left.Count} SAEs side by side needs about {needed / 1e9:F1} GB; {place} has {has / 1e9:F1} GB. Train fewer at a time, or lower {settings}."));
        }
    }

    private Action<string, TrainProgress> Progress(List<SaeJob> jobs)
    {
        var steps = new Dictionary<string, long>();
        var total = jobs.Sum(job => job.Config.Steps);
        return (name, progress) =>
        {
            steps[name] = progress.Step;
            // Those that were resumed and are ahead have not spoken yet; the rate is that of the sum, so all must have.
            if (steps.Count == jobs.Count) context.Progress.Report($"Training {jobs.Count} SAEs", steps.Values.Sum(), total, "steps");
        };
    }

    private static VerbResult Report(List<SaeJob> jobs, Dictionary<string, SaeJobResult> results)
    {
        var text = new StringBuilder();
        var width = Math.Max(4, jobs.Max(job => job.Name.Length));
        text.AppendLine(CultureInfo.InvariantCulture, $"{"name".PadRight(width)}  {"layer",5} {"latents",8} {"explained",10} {"L0",7} {"dead",7}  state");
        foreach (var job in jobs)
        {
            var result = results.GetValueOrDefault(job.Name);
            var state = result is null ? "done before" : result.Error is { } error ? "failed: " + error.ReplaceLineEndings(" ")
                : result.Result!.Finished ? "done" : string.Create(CultureInfo.InvariantCulture, $"stopped at step {result.Result.Step}");
            var (measure, dead) = (result?.Result?.HeldOut, result?.Result?.DeadShare);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{job.Name.PadRight(width)}  {job.Source.Layers[job.Layer].Layer,5} {job.Config.Latents,8} {measure?.ExplainedVariance,10:F4} {measure?.L0,7:F2} {dead,7:P1}  {state}");
        }
        var all = jobs.Select(job => new
        {
            job.Name,
            job.Source.Layers[job.Layer].Layer,
            Run = job.Run.Path,
            Sae = job.ExportFolder,
            results.GetValueOrDefault(job.Name)?.Result,
            results.GetValueOrDefault(job.Name)?.Error,
        }).ToArray();
        var failed = results.Values.Count(result => result.Error is not null);
        var stopped = results.Values.Count(result => result.Result is { Finished: false });
        if (stopped > 0) text.AppendLine(CultureInfo.InvariantCulture, $"{stopped} stopped, with their states kept: continue with the same command and --resume.");
        return new VerbResult(new { saes = all, failed, stopped }, text.ToString().TrimEnd(), Failed: failed + stopped > 0);
    }
}

/// <summary>config.json of a run of <c>train</c>: the training settings, what they are applied to, and the checkpoint that the run begins with.</summary>
internal static class TrainerConfig
{
    /// <param name="run">The run.</param>
    /// <param name="config">Its settings.</param>
    /// <param name="fork">The checkpoint it begins with; null: random weights.</param>
    /// <param name="at">What its columns are.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="export">The SAE folder it makes.</param>
    /// <exception cref="Core.UserException">The file cannot be written.</exception>
    public static void Write(RunFolder run, TrainConfig config, RunFork? fork, ActivationSource at, IColumnSource source, string export)
    {
        var json = JsonSerializer.SerializeToNode(config, JsonDefaults.Data)!.AsObject();
        if (fork is not null) json[RunFork.Member] = JsonSerializer.SerializeToNode(fork, JsonDefaults.Data);
        var activations = source is ActivationStore store ? Path.GetFullPath(store.Folder) : null;
        var line = new CommandLineRun(at.Model, at.Dataset, at.Hook, at.Condition, at.Split, source.Clips.Count, at.ComputeType, Path.GetFullPath(export), activations, run.Device ?? ComputeNames.Cpu);
        json[CommandLineRun.Member] = JsonSerializer.SerializeToNode(line, JsonDefaults.Data);
        run.WriteConfig(json);
    }
}
