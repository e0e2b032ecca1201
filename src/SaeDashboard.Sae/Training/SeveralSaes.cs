using SaeDashboard.Core;
using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>Trains several SAEs side by side from one reading of their columns. Each becomes, bit for bit, what it becomes alone.</summary>
public static class SeveralSaes
{
    /// <summary>
    /// Trains all; a job that fails does not hold up the others. With <paramref name="resume"/> each goes on from its newest whole
    /// checkpoint: those that are behind catch up first.
    /// </summary>
    /// <param name="jobs">What to train.</param>
    /// <param name="resume">Go on with what is there; otherwise old checkpoints are removed.</param>
    /// <param name="progress">Told a job's name and how it stands, at most some times a second each.</param>
    /// <param name="drawing">Told how far columns are that a model computes before the first step, for a measure, and after the last.</param>
    /// <param name="device">What computes the steps; null: the CPU.</param>
    /// <param name="cancellation">Ends all of them, with checkpoints.</param>
    /// <returns>In the order of the jobs.</returns>
    /// <exception cref="UserException">The columns cannot be read, or settings cannot work.</exception>
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
                    var told = progress is null ? null : new Told(step => progress(job.Name, step));
                    sessions.Add(TrainingSession.Open(data[job], job.Layer, job.Config, job.Run, job.ExportFolder, resume, null, team, told, device, job.Begin), job);
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
            // Those before it have begun and are at their first step or where they were resumed.
            foreach (var (session, job) in sessions)
                results[job] = new SaeJobResult(job.Name, session.Stop(), null);
            foreach (var job in jobs.Where(job => !results.ContainsKey(job)))
                results[job] = new SaeJobResult(job.Name, SaeTrainer.EndUnbegun(job.Run, job.Config), null);
        }
        catch (Exception error)
        {
            // What all depend on: none goes on.
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
    /// How many bytes training will need, about: weights, gradients and moments, a step's buffers, the columns in memory. What a GPU needs is
    /// its own memory's; columns stay in the host's.
    /// </summary>
    /// <param name="jobs">What is trained side by side.</param>
    /// <param name="gpu">The GPU it is trained on, such as "cuda:0"; null: the CPU.</param>
    /// <exception cref="UserException">Settings that cannot work.</exception>
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
            var data = new TrainingData(alike.Key.Source, [.. alike.Select(job => job.Layer).Distinct().Order()], alike.First().Config, drawing, () => cancellation.IsCancellationRequested);
            foreach (var job in alike)
                shared.Add(job, data);
        }
        return shared;
    }

    private sealed class Told(Action<TrainProgress> action) : IProgress<TrainProgress>
    {
        public void Report(TrainProgress value) => action(value);
    }
}
