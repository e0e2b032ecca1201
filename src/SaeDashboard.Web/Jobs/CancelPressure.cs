using System.Diagnostics;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Sees to it that a worker ends that is to: it has its time to obey; then it gets SIGTERM, then SIGKILL. For one thread.
/// </summary>
/// <param name="workers">The workers.</param>
/// <param name="patience">How long each of the three has.</param>
/// <param name="sent">Called for each signal, with the run and the signal's name.</param>
internal sealed class CancelPressure(WorkerTable workers, TimeSpan patience, Action<string, string> sent)
{
    public const string FileName = "cancel";

    private readonly Dictionary<string, (Stopwatch Since, int Sent)> cancels = [];

    /// <summary>Whether the worker of this folder is to end: someone asked for it, or the folder was removed.</summary>
    public static bool IsWanted(string folder) => File.Exists(Path.Combine(folder, FileName)) || !Directory.Exists(folder);

    /// <summary>One look at a worker at work.</summary>
    public void Press(string runId, string folder)
    {
        if (!IsWanted(folder))
        {
            cancels.Remove(runId);
            return;
        }
        if (!cancels.TryGetValue(runId, out var cancel)) cancel = (Stopwatch.StartNew(), 0);
        var due = cancel.Since.Elapsed > 2 * patience ? 2 : cancel.Since.Elapsed > patience ? 1 : 0;
        if (due > cancel.Sent && workers.ProcessOf(runId) is { } id)
        {
            sent(runId, due == 1 ? "SIGTERM" : "SIGKILL");
            ProcessSignal.Send(id, due == 1 ? ProcessSignal.Terminate : ProcessSignal.Kill);
            cancel.Sent = due;
        }
        cancels[runId] = cancel;
    }

    /// <summary>The worker has ended.</summary>
    public void Forget(string runId) => cancels.Remove(runId);
}
