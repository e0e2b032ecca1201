using System.Globalization;
using SaeDashboard.Core.Files;
using IoPath = System.IO.Path;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// A run's checkpoints/ as files: <c>&lt;step&gt;/state.safetensors</c>, beside it an empty file <c>pinned</c> for those a person wants
/// kept, and <c>best.json</c>. Safe while the run goes on: whoever trains asks for the mark at the moment it deletes.
/// </summary>
public static class RunCheckpoints
{
    /// <summary>The file in a checkpoint's folder that holds everything.</summary>
    public const string StateFile = "state.safetensors";

    /// <summary>The empty file beside it that keeps it for good.</summary>
    public const string PinFile = "pinned";

    private const string FolderName = "checkpoints", BestName = "best.json";

    /// <summary>The checkpoints of a run, oldest first; none when there is no such run.</summary>
    public static IReadOnlyList<RunCheckpoint> List(string runPath)
    {
        var best = Best(runPath);
        var found = new List<RunCheckpoint>();
        foreach (var step in StepsIn(IoPath.Combine(runPath, FolderName)))
        {
            var file = new FileInfo(IoPath.Combine(PathOf(runPath, step), StateFile));
            // Deleted between the listing and here: the trainer keeps few.
            if (file.Exists) found.Add(new RunCheckpoint(step, file.Length, file.LastWriteTimeUtc, step == best?.Step, IsPinned(PathOf(runPath, step)), step == best?.Step ? best.HeldOutLoss : null));
        }
        return found;
    }

    /// <summary>The best one that is still there, or null.</summary>
    public static RunBest? Best(string runPath)
    {
        try
        {
            var best = JsonFile.Read<RunBest>(IoPath.Combine(runPath, FolderName, BestName));
            return File.Exists(IoPath.Combine(PathOf(runPath, best.Step), StateFile)) ? best : null;
        }
        catch (UserException)
        {
            // Not there, or damaged: it can be found again from the checkpoints, and who trains does so.
            return null;
        }
    }

    /// <summary>Keeps a checkpoint for good.</summary>
    /// <exception cref="UserException">There is none of that step; the message lists those there are.</exception>
    public static void Pin(string runPath, long step)
    {
        var folder = Existing(runPath, step);
        try
        {
            // Never through a helper that makes folders: one that has just been deleted must not come back empty.
            RegularFile.OpenOrCreate(IoPath.Combine(folder, PinFile)).Dispose();
            Posix.Flush(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"Checkpoint {step.ToString(CultureInfo.InvariantCulture)} of {runPath} cannot be pinned: {error.Message}", error);
        }
    }

    /// <summary>Lets it go like the others: it is deleted when the next one is saved, unless it is one of the newest or the best.</summary>
    /// <exception cref="UserException">There is none of that step; the message lists those there are.</exception>
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

    /// <summary>Whether a checkpoint's folder carries the mark.</summary>
    public static bool IsPinned(string checkpointFolder) => File.Exists(IoPath.Combine(checkpointFolder, PinFile));

    /// <summary>The steps that have a folder in checkpoints/, oldest first, whole or not.</summary>
    public static IReadOnlyList<long> StepsIn(string checkpointsFolder) => !Directory.Exists(checkpointsFolder) ? [] :
        Directory.EnumerateDirectories(checkpointsFolder).Select(path => StepOf(IoPath.GetFileName(path))).Where(step => step >= 0).Order().ToArray();

    /// <summary>Says which is the best, or, with null, that none is.</summary>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void WriteBest(string checkpointsFolder, RunBest? best)
    {
        var path = IoPath.Combine(checkpointsFolder, BestName);
        if (best is null) File.Delete(path);
        else AtomicFile.WriteJson(path, best);
    }

    /// <summary>The step a folder is named after, or −1. "007" is nobody's.</summary>
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
/// <param name="Step">Steps that were done when it was saved.</param>
/// <param name="Bytes">What it takes on the disk.</param>
/// <param name="Time">When it was saved, UTC.</param>
/// <param name="Best">Whether it has the smallest loss on the held-out clips of all that were saved.</param>
/// <param name="Pinned">Whether a person wants it kept, however many come after it.</param>
/// <param name="HeldOutLoss">That loss; known of the best one alone.</param>
public sealed record RunCheckpoint(long Step, long Bytes, DateTimeOffset Time, bool Best, bool Pinned, double? HeldOutLoss = null);

/// <summary>The run's best saved state: checkpoints/best.json.</summary>
/// <param name="Step">Its checkpoint.</param>
/// <param name="HeldOutLoss">Its loss on the held-out clips: Σ_d e², mean over the columns, in the scaled space.</param>
public sealed record RunBest(long Step, double HeldOutLoss);
