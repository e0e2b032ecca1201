using System.Globalization;
using SaeDashboard.Core.Files;
using IoPath = System.IO.Path;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// A run's checkpoints/ as files: <c>&lt;step&gt;/state.safetensors</c>, an empty file <c>pinned</c> next to it
/// for pinned ones, and <c>best.json</c>. Safe while the run continues: the trainer checks for the mark when it deletes.
/// </summary>
public static class RunCheckpoints
{
    /// <summary>The file in a checkpoint's folder that holds everything.</summary>
    public const string StateFile = "state.safetensors";

    /// <summary>The empty file next to it that marks it as pinned.</summary>
    public const string PinFile = "pinned";

    private const string FolderName = "checkpoints", BestName = "best.json";

    /// <summary>The checkpoints of a run, oldest first; empty if there is no such run.</summary>
    public static IReadOnlyList<RunCheckpoint> List(string runPath)
    {
        var best = Best(runPath);
        var found = new List<RunCheckpoint>();
        foreach (var step in StepsIn(IoPath.Combine(runPath, FolderName)))
        {
            var file = new FileInfo(IoPath.Combine(PathOf(runPath, step), StateFile));
            // Deleted since it was listed: the trainer keeps few.
            if (file.Exists) found.Add(new RunCheckpoint(step, file.Length, new DateTimeOffset(file.LastWriteTimeUtc), step == best?.Step, IsPinned(PathOf(runPath, step)), step == best?.Step ? best.HeldOutLoss : null));
        }
        return found;
    }

    /// <summary>The best checkpoint if it still exists, or null.</summary>
    public static RunBest? Best(string runPath)
    {
        try
        {
            var best = JsonFile.Read<RunBest>(IoPath.Combine(runPath, FolderName, BestName));
            return File.Exists(IoPath.Combine(PathOf(runPath, best.Step), StateFile)) ? best : null;
        }
        catch (UserException)
        {
            // Missing or damaged: the trainer finds it again from the checkpoints.
            return null;
        }
    }

    /// <summary>Pins a checkpoint, so that it is never pruned.</summary>
    /// <exception cref="UserException">There is no checkpoint of that step; the message lists the existing ones.</exception>
    public static void Pin(string runPath, long step)
    {
        var folder = Existing(runPath, step);
        try
        {
            // Not through a helper that creates folders: a checkpoint that was just deleted must not reappear empty.
            RegularFile.OpenOrCreate(IoPath.Combine(folder, PinFile)).Dispose();
            Posix.Flush(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"Checkpoint {step.ToString(CultureInfo.InvariantCulture)} of {runPath} cannot be pinned: {error.Message}", error);
        }
    }

    /// <summary>Unpins a checkpoint: it may be pruned when the next one is saved, unless it is one of the newest or the best.</summary>
    /// <exception cref="UserException">There is no checkpoint of that step; the message lists the existing ones.</exception>
    public static void Unpin(string runPath, long step)
    {
        try
        {
            File.Delete(IoPath.Combine(Existing(runPath, step), PinFile));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"Checkpoint {step.ToString(CultureInfo.InvariantCulture)} of {runPath} cannot be unpinned: {error.Message}", error);
        }
    }

    /// <summary>The folder of a checkpoint.</summary>
    public static string PathOf(string runPath, long step) => IoPath.Combine(runPath, FolderName, step.ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether a checkpoint's folder has the mark.</summary>
    public static bool IsPinned(string checkpointFolder) => File.Exists(IoPath.Combine(checkpointFolder, PinFile));

    /// <summary>The steps with a folder in checkpoints/, oldest first, complete or not.</summary>
    public static IReadOnlyList<long> StepsIn(string checkpointsFolder) => !Directory.Exists(checkpointsFolder) ? [] :
        Directory.EnumerateDirectories(checkpointsFolder).Select(path => StepOf(IoPath.GetFileName(path))).Where(step => step >= 0).Order().ToArray();

    /// <summary>Records the best checkpoint; null: none.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteBest(string checkpointsFolder, RunBest? best)
    {
        var path = IoPath.Combine(checkpointsFolder, BestName);
        if (best is null) File.Delete(path);
        else AtomicFile.WriteJson(path, best);
    }

    /// <summary>The step of a folder's name, or −1. "007" is not a step.</summary>
    private static long StepOf(string name) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step.ToString(CultureInfo.InvariantCulture) == name ? step : -1;

    private static string Existing(string runPath, long step)
    {
        var folder = PathOf(runPath, step);
        if (File.Exists(IoPath.Combine(folder, StateFile))) return folder;
        var there = string.Join(", ", List(runPath).Select(checkpoint => checkpoint.Step.ToString(CultureInfo.InvariantCulture)));
        throw new UserException($"{runPath} has no checkpoint of step {step.ToString(CultureInfo.InvariantCulture)}; it has {(there.Length > 0 ? there : "none")}.");
    }
}

/// <summary>One saved state of a run.</summary>
/// <param name="Step">Steps done when it was saved.</param>
/// <param name="Bytes">Its size on disk.</param>
/// <param name="Time">When it was saved, UTC.</param>
/// <param name="Best">Whether it has the smallest loss on the held-out clips of all saved checkpoints.</param>
/// <param name="Pinned">Whether a user pinned it, so that it is never pruned.</param>
/// <param name="HeldOutLoss">That loss; known for the best checkpoint only.</param>
public sealed record RunCheckpoint(long Step, long Bytes, DateTimeOffset Time, bool Best, bool Pinned, double? HeldOutLoss = null);

/// <summary>The run's best saved state: checkpoints/best.json.</summary>
/// <param name="Step">Its checkpoint.</param>
/// <param name="HeldOutLoss">Its loss on the held-out clips: Σ_d e², mean over the columns, in the scaled space.</param>
public sealed record RunBest(long Step, double HeldOutLoss);
