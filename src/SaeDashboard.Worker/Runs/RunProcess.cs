using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.Runs;

/// <summary>What a whole run computes on and in: as its config.json says, or as the command line does, which config.json then keeps.</summary>
/// <param name="plan">What config.json says.</param>
/// <param name="configPath">config.json, for messages.</param>
/// <param name="device">The command line's device; null: config.json's.</param>
/// <param name="type">The command line's type; null: config.json's.</param>
internal sealed class RunCompute(RunPlan plan, string configPath, string? device, string? type)
{
    private RunPlan? settled;

    /// <summary>What was asked for, which this machine may not have.</summary>
    public string Wanted => ComputeNames.Normal(device ?? plan.Device);

    /// <summary>Finds the device.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="UserException">This machine has no such device, or it does not compute in that type.</exception>
    public ModelOptions Settle(RunFolder run)
    {
        var where = device is null ? $"{configPath}: \"device\" is" : "--device";
        var name = type ?? plan.ComputeType;
        if (ComputeNames.Problem(Wanted, name) is { } problem) throw new UserException($"{configPath}: {problem}");
        var found = ComputeDevice.Parse(Wanted, where);
        // "auto" may have become the CPU.
        if (ComputeNames.Problem(found.ToString(), name) is { } misfit) throw new UserException($"{configPath}: {misfit}");
        settled = plan with { Device = found.ToString(), ComputeType = name };
        run.Device = settled.Device;
        return new ModelOptions(ModelOptions.ParseType(name), found);
    }

    /// <summary>Has config.json name what was found, where it does not yet: once the run is not refused.</summary>
    public void Keep(RunFolder run)
    {
        if (settled is not null && settled != plan) run.WriteConfig(settled);
    }
}

/// <summary>
/// Checks five times a second whether a run's end was requested, and says twice a second that its process is alive, on a timer
/// of its own: a stage may be busy for seconds.
/// </summary>
internal sealed class CancelWatch : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(200);

    private readonly RunFolder run;
    private readonly CancellationTokenSource source;
    private readonly Timer timer;

    public CancelWatch(RunFolder run, CancellationToken outer)
    {
        this.run = run;
        source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        timer = new Timer(_ => Poll(), null, Period, Period);
    }

    /// <summary>Cancelled by the cancel or the pause file, Ctrl+C or SIGTERM.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        using var stopped = new ManualResetEvent(false);
        if (timer.Dispose(stopped)) stopped.WaitOne();
        source.Dispose();
    }

    private void Poll()
    {
        try
        {
            run.Beat();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Core.UserException)
        {
            // A disk that is full for a moment: the next beat, or the stage itself, will say so.
        }
        if (run.EndRequested) source.Cancel();
    }
}

/// <summary>A line in the run's log every five seconds, of those that are offered.</summary>
internal sealed class PeriodicLog(RunFolder run)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly Stopwatch since = Stopwatch.StartNew();

    public void Log(string message)
    {
        if (since.Elapsed < Period) return;
        run.Log(message);
        since.Restart();
    }
}

/// <summary>Gives a finished folder its final name: in one step, also from one file system to another.</summary>
internal static class FolderMove
{
    /// <exception cref="UserException">The target exists, or cannot be written.</exception>
    public static void IntoPlace(string from, string to)
    {
        if (Path.Exists(to)) throw new UserException($"{to} exists already: remove it or give the run another place for its SAE.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
        try
        {
            Directory.Move(from, to);
        }
        catch (IOException)
        {
            // Another file system: a copy that appears whole, then the original goes.
            using var target = AtomicFolder.Create(to);
            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(target.WorkPath, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
            target.Commit();
            Directory.Delete(from, recursive: true);
        }
    }

    /// <summary>Removes an SAE that was copied to its place by a process which was killed before it could remove the original: they have the same index.</summary>
    public static void RemoveCopied(string from, string to)
    {
        var (original, copy) = (Path.Combine(from, "index", "index.json"), Path.Combine(to, "index", "index.json"));
        // It names the moment at which the index was made: equal bytes are of the same index.
        if (File.Exists(original) && File.Exists(copy) && Hashing.Sha256File(original) == Hashing.Sha256File(copy)) Directory.Delete(from, recursive: true);
    }
}
