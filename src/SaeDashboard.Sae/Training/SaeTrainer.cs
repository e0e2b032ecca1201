using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Training.Sparse;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Trains a sparse autoencoder on activations, stored or computed on demand, and exports it. One training step:
/// <see cref="TrainingSession.Advance"/> calls <see cref="SparseEngine.Step"/> or, for the other architectures and on GPUs,
/// <see cref="AutogradEngine.Step"/>.
/// </summary>
public static class SaeTrainer
{
    public const StageName Stage = StageName.Train;

    /// <summary>
    /// Trains, reports to the run folder and exports a SAELens folder at the end. The same settings and activations give the same weights,
    /// however often the run was stopped and resumed and, with the sparse engine, for any number of threads.
    /// </summary>
    /// <param name="source">The activations; the first layer is trained on.</param>
    /// <param name="config">The settings.</param>
    /// <param name="run">The folder for metrics, status, log and checkpoints.</param>
    /// <param name="exportFolder">The SAELens folder to create; it must not exist.</param>
    /// <param name="resume">Continue from the newest intact checkpoint, if there is one; otherwise old checkpoints are removed.</param>
    /// <param name="progress">Called at most a few times per second.</param>
    /// <param name="fork">The checkpoint of another run to start from; ignored when the run resumes from one of its own.</param>
    /// <param name="drawing">Progress of the columns that a model computes before the first step, for evaluations, and after the last
    /// step.</param>
    /// <param name="device">Computes the steps; null: the CPU. A run may be resumed on another device, with that device's rounding.</param>
    /// <param name="begin">Called after all checks and before anything is written to the run's folder: write its settings then.</param>
    /// <param name="cancellation">Stops the run with a checkpoint, as its cancel file does.</param>
    /// <exception cref="UserException">Invalid settings, a run that diverged, files that cannot be written.</exception>
    public static TrainResult Train(
        IColumnSource source, TrainConfig config, RunFolder run, string exportFolder, bool resume,
        IProgress<TrainProgress>? progress = null, RunFork? fork = null, IProgress<ClipProgress>? drawing = null, Device? device = null,
        Action? begin = null, CancellationToken cancellation = default)
    {
        try
        {
            using var team = new WorkerTeam(config.Threads);
            using var data = new TrainingData(source, [0], config, drawing, () => cancellation.IsCancellationRequested || run.EndRequested);
            using var session = TrainingSession.Open(data, 0, config, run, exportFolder, resume, fork, team, progress, device, begin);
            if (session.Done)
                return session.Finish();
            TrainResult? ended = null;
            using var loop = new TrainingLoop([session]) { Ended = (_, result) => ended = result, Failed = (_, error) => throw error };
            loop.Run(cancellation);
            return ended!;
        }
        catch (OperationCanceledException)
        {
            return EndUnbegun(run, config);
        }
        catch (Exception error)
        {
            Fail(run, config, error);
            throw;
        }
    }

    /// <summary>Reports a run that was stopped before its first step; its folder keeps what it had.</summary>
    internal static TrainResult EndUnbegun(RunFolder run, TrainConfig config)
    {
        run.RequirePresent();
        var step = RunCheckpoints.List(run.Path) is [.., var newest] ? newest.Step : 0;
        run.Log($"{(run.EndState == RunState.Paused ? "Paused" : "Cancelled")} before its first step.");
        run.Report(Stage, run.EndState, step, config.Steps, 0, null);
        return new TrainResult { Finished = false, Step = step, ResumedFrom = step, TrainingSeconds = 0, ColumnsPerSecond = 0, DeadShare = 0 };
    }

    /// <summary>Reports a run's failure in its folder.</summary>
    /// <exception cref="UserException">The folder was removed or moved.</exception>
    internal static void Fail(RunFolder run, TrainConfig config, Exception error)
    {
        // If the folder was removed during the run, that is the reason, whatever failed first.
        run.RequirePresent();
        // A run that was refused before it began leaves the log of an earlier attempt unchanged.
        if (run.Attempted || !run.HasRunBefore)
            run.Log($"Failed: {error}");
        run.Report(Stage, RunState.Failed, run.Last?.Step ?? 0, config.Steps, 0, null, error.Message);
    }
}

/// <summary>
/// Trains several SAEs side by side from one reading of their columns. Each gets the same weights, bit for bit, as when trained alone.
/// </summary>
public static class SeveralSaes
{
    /// <summary>
    /// Trains all; a job that fails does not stop the others. With <paramref name="resume"/> each continues from its newest intact
    /// checkpoint, and those that are behind catch up first.
    /// </summary>
    /// <param name="jobs">The SAEs to train.</param>
    /// <param name="resume">Continue from existing checkpoints; otherwise they are removed.</param>
    /// <param name="progress">A job's name and progress, at most a few times per second for each job.</param>
    /// <param name="drawing">Progress of the columns that a model computes before the first step, for evaluations, and after the last
    /// step.</param>
    /// <param name="device">Computes the steps; null: the CPU.</param>
    /// <param name="cancellation">Stops all of them, with checkpoints.</param>
    /// <returns>In the order of the jobs.</returns>
    /// <exception cref="UserException">The columns cannot be read, or settings are invalid.</exception>
    public static IReadOnlyList<SaeJobResult> Train(
        IReadOnlyList<SaeJob> jobs, bool resume, Action<string, TrainProgress>? progress = null, IProgress<ClipProgress>? drawing = null,
        Device? device = null, CancellationToken cancellation = default)
    {
        var data = Share(jobs, drawing, cancellation);
        var teams = new Dictionary<int, WorkerTeam>();
        var sessions = new Dictionary<TrainingSession, SaeJob>();
        var results = new Dictionary<SaeJob, SaeJobResult>();
        void Fail(SaeJob job, Exception error)
        {
            SaeTrainer.Fail(job.Run, job.Config, error);
            results[job] = new SaeJobResult(job.Name, null, error.Message);
        }

        try
        {
            foreach (var job in jobs)
            {
                if (!teams.TryGetValue(job.Config.Threads, out var team))
                    teams.Add(job.Config.Threads, team = new WorkerTeam(job.Config.Threads));
                try
                {
                    var jobProgress = progress is null ? null : new ProgressOf(step => progress(job.Name, step));
                    var session = TrainingSession.Open(
                        data[job], job.Layer, job.Config, job.Run, job.ExportFolder, resume, null, team, jobProgress, device, job.Begin);
                    sessions.Add(session, job);
                }
                catch (UserException error)
                {
                    Fail(job, error);
                }
            }
            foreach (var session in sessions.Keys.Where(session => session.Done))
                results[sessions[session]] = new SaeJobResult(sessions[session].Name, session.Finish(), null);
            using var loop = new TrainingLoop([.. sessions.Keys])
            {
                Ended = (session, result) => results[sessions[session]] = new SaeJobResult(sessions[session].Name, result, null),
                Failed = (session, error) => Fail(sessions[session], error),
            };
            loop.Run(cancellation);
        }
        catch (OperationCanceledException)
        {
            // Open sessions are at their first step or where they resumed; the other jobs never began.
            foreach (var (session, job) in sessions)
                results[job] = new SaeJobResult(job.Name, session.Stop(), null);
            foreach (var job in jobs.Where(job => !results.ContainsKey(job)))
                results[job] = new SaeJobResult(job.Name, SaeTrainer.EndUnbegun(job.Run, job.Config), null);
        }
        catch (Exception error)
        {
            // All jobs depend on what failed: none continues.
            foreach (var job in jobs.Where(job => !results.ContainsKey(job)))
                Fail(job, error);
            throw;
        }
        finally
        {
            foreach (var session in sessions.Keys)
                session.Dispose();
            foreach (var team in teams.Values.Reverse())
                team.Dispose();
            foreach (var shared in data.Values.Distinct())
                shared.Dispose();
        }
        return [.. jobs.Select(job => results[job])];
    }

    /// <summary>
    /// Estimates the bytes that training needs: weights, gradients and moments, a step's buffers, the columns in memory. On a GPU,
    /// everything but the columns is in its memory.
    /// </summary>
    /// <param name="jobs">The SAEs trained side by side.</param>
    /// <param name="gpu">The GPU, such as "cuda:0"; null: the CPU.</param>
    /// <exception cref="UserException">Invalid settings.</exception>
    public static (long Host, long Gpu) EstimateBytes(IReadOnlyList<SaeJob> jobs, string? gpu = null)
    {
        var data = Share(jobs);
        var (total, sessions) = (0L, 0L);
        foreach (var job in jobs)
        {
            var width = job.Source.Layers[job.Layer].Width;
            job.Config.Validate(gpu: gpu);
            sessions += TrainingMemory.OfSession(job.Config, width, gpu is not null);
        }
        foreach (var shared in jobs.GroupBy(job => data[job]))
        {
            total += shared.Select(job => shared.Key.Reader(job.Config)).Distinct().Sum(reader => reader.MemoryBytes);
            total += shared.Select(job => job.Layer).Distinct().Count() * TrainingMemory.OfPreparation(shared.First().Config, shared.Key.Width);
        }
        foreach (var shared in data.Values.Distinct())
            shared.Dispose();
        return gpu is null ? (total + sessions, 0) : (total, sessions);
    }

    private static Dictionary<SaeJob, TrainingData> Share(
        IReadOnlyList<SaeJob> jobs, IProgress<ClipProgress>? drawing = null, CancellationToken cancellation = default)
    {
        var shared = new Dictionary<SaeJob, TrainingData>();
        foreach (var alike in jobs.GroupBy(job => (job.Source, TrainingData.Key(job.Config))))
        {
            var layers = alike.Select(job => job.Layer).Distinct().Order().ToArray();
            var data = new TrainingData(alike.Key.Source, layers, alike.First().Config, drawing, () => cancellation.IsCancellationRequested);
            foreach (var job in alike)
                shared.Add(job, data);
        }
        return shared;
    }

    private sealed class ProgressOf(Action<TrainProgress> action) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value) => action(value);
    }
}

/// <summary>One of several SAEs that are trained side by side.</summary>
/// <param name="Name">Its name among them.</param>
/// <param name="Config">Its settings.</param>
/// <param name="Source">Its columns.</param>
/// <param name="Layer">The layer's index in the source.</param>
/// <param name="Run">The folder for metrics, status, log and checkpoints.</param>
/// <param name="ExportFolder">The SAELens folder to create; it must not exist.</param>
/// <param name="Begin">Called after all checks and before anything is written to the run's folder: write its settings then.</param>
public sealed record SaeJob(
    string Name, TrainConfig Config, IColumnSource Source, int Layer, RunFolder Run, string ExportFolder, Action? Begin = null);

/// <summary>The result of one of several SAEs.</summary>
/// <param name="Name">Its name among them.</param>
/// <param name="Result">Null if it failed.</param>
/// <param name="Error">The reason it failed, or null.</param>
public sealed record SaeJobResult(string Name, TrainResult? Result, string? Error);

/// <summary>The result of a run.</summary>
public sealed record TrainResult
{
    /// <summary>False: the run was stopped. Its state is saved and can be resumed; nothing was exported.</summary>
    public required bool Finished { get; init; }

    /// <summary>Completed steps.</summary>
    public required long Step { get; init; }

    /// <summary>The step from which it was resumed; 0 for a new run.</summary>
    public required long ResumedFrom { get; init; }

    /// <summary>Seconds of training in this process, without preparation and export.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Training throughput of this process, columns/s.</summary>
    public required double ColumnsPerSecond { get; init; }

    /// <summary>The share of that time spent waiting for columns, 0 to 1.</summary>
    public double WaitShare { get; init; }

    /// <summary>The share of latents that were dead at the end.</summary>
    public required double DeadShare { get; init; }

    /// <summary>Evaluation on the held-out clips before export; null without any.</summary>
    public HeldOutMeasure? HeldOut { get; init; }

    /// <summary>The SAELens folder that was written, or null.</summary>
    public string? ExportFolder { get; init; }

    /// <summary>The exported SAE's <see cref="SparseAutoencoder.WeightsHash"/>, or null.</summary>
    public string? WeightsHash { get; init; }
}

/// <summary>A run's progress.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Σ_d e², mean over the last batch.</param>
/// <param name="ExplainedVariance">Of the last batch.</param>
/// <param name="DeadShare">The share of latents that are dead.</param>
/// <param name="ColumnsPerSecond">Recent throughput, columns/s.</param>
/// <param name="EtaSeconds">Remaining seconds; null while unknown.</param>
public sealed record TrainProgress(
    long Step, long Steps, double Loss, double ExplainedVariance, double DeadShare, double ColumnsPerSecond, double? EtaSeconds);

/// <summary>Estimates of the memory that training needs.</summary>
internal static class TrainingMemory
{
    /// <summary>Tensors of size [batch, F] that differentiating a dense step keeps at the same time.</summary>
    private const int DenseTensors = 6;

    /// <summary>
    /// One session: weights with two moments and a step's buffers, in bytes. The sparse engine stores no gradients and, of the
    /// pre-activations, only the selected ones.
    /// </summary>
    /// <param name="config">Its settings.</param>
    /// <param name="width">d.</param>
    /// <param name="onGpu">Whether the steps are computed on a GPU.</param>
    public static long OfSession(TrainConfig config, int width, bool onGpu = false)
    {
        long latents = config.Latents, batch = config.Batch;
        var weights = 2 * latents * width + 2 * latents + width;
        var step = config.ChosenEngine(onGpu) == TrainEngine.Sparse
            ? 3 * weights + batch * width + 6 * batch * config.K + (config.Candidates == TrainCandidates.BFloat16 ? latents * width / 2 : 0)
            : 4 * weights + DenseTensors * batch * latents + 2 * latents * width;
        return sizeof(float) * (step + 4 * batch * width);
    }

    /// <summary>A layer's columns from which scaling, centre and evaluations are computed, in bytes.</summary>
    public static long OfPreparation(TrainConfig config, int width) => sizeof(float) * ((long)config.MedianSamples + 8192 + 1024) * width;
}
