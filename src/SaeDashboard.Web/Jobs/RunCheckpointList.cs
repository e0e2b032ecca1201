using System.Globalization;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// The saved states of a run: <c>checkpoints/&lt;step&gt;/state.safetensors</c>, with a file <c>pinned</c> beside it where a person wants it
/// kept, and <c>checkpoints/best.json</c>.
/// </summary>
internal static class RunCheckpointList
{
    private const string Folder = "checkpoints", State = "state.safetensors", Pinned = "pinned", Best = "best.json";

    /// <summary>Newest first. One that vanishes while it is looked at is passed over: the worker keeps few.</summary>
    public static IReadOnlyList<RunCheckpointView> Of(string runFolder)
    {
        var folder = Path.Combine(runFolder, Folder);
        if (!Directory.Exists(folder)) return [];
        var (best, loss) = ReadBest(Path.Combine(folder, Best));
        var found = new List<RunCheckpointView>();
        foreach (var path in Directory.EnumerateDirectories(folder))
        {
            if (!long.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var step)) continue;
            var state = new FileInfo(Path.Combine(path, State));
            if (!state.Exists) continue;
            found.Add(new RunCheckpointView(step, state.Length, state.LastWriteTimeUtc, step == best, step == best ? loss : null, File.Exists(Path.Combine(path, Pinned))));
        }
        return [.. found.OrderByDescending(each => each.Step)];
    }

    /// <summary>Keeps a state whatever comes after it, or lets it go like the others.</summary>
    /// <exception cref="UserException">It is no longer there, or the mark cannot be written.</exception>
    public static void Pin(string runFolder, long step, bool pinned)
    {
        var folder = Path.Combine(runFolder, Folder, step.ToString(CultureInfo.InvariantCulture));
        if (!File.Exists(Path.Combine(folder, State))) throw new UserException($"The checkpoint of step {step} is no longer there: newer ones have taken its place.");
        var mark = Path.Combine(folder, Pinned);
        try
        {
            // Never through a helper that makes folders: one that has just been deleted must not come back empty.
            if (pinned) File.Create(mark).Dispose();
            else File.Delete(mark);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{mark} cannot be {(pinned ? "written" : "removed")}: {error.Message}", error);
        }
    }

    private static (long? Step, double? Loss) ReadBest(string path)
    {
        try
        {
            if (!File.Exists(path)) return default;
            var best = JsonFile.Read<JsonObject>(path);
            return best["step"] is JsonValue step && step.TryGetValue<long>(out var number)
                ? (number, best["heldOutLoss"] is JsonValue loss && loss.TryGetValue<double>(out var measure) ? measure : null)
                : default;
        }
        catch (UserException)
        {
            return default; // A list without its best is still a list.
        }
    }
}
