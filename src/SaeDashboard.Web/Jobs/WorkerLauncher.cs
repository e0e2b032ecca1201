using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>
/// Starts the worker on a run so that it outlives this process: in a session of its own (setsid), where Ctrl+C in the site's terminal
/// does not reach it, with its output in the run's worker.log.
/// </summary>
internal sealed class WorkerLauncher(IOptions<SiteOptions> site, IOptions<ComputeOptions> compute)
{
    public const string OutputName = "worker.log";

    /// <summary>The program; throws when there is none, before anything is queued.</summary>
    /// <exception cref="UserException">It is not built.</exception>
    public string Program => WorkerProgram.Find(site.Value);

    /// <exception cref="UserException">It cannot be started.</exception>
    public Process Start(string runFolder, bool resume)
    {
        // The shell would wait for a reader of a pipe with that name.
        RegularFile.RequireOrMissing(Path.Combine(runFolder, OutputName));
        var options = compute.Value;
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = runFolder, UseShellExecute = false };
        // setsid does not fork here (a child of ours leads no group), nice and sh exec: the process keeps its id all the way.
        string[] command =
        [
            "nice", "-n", Math.Clamp(options.Niceness, 0, 19).ToString(CultureInfo.InvariantCulture),
            "sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", Path.Combine(runFolder, OutputName),
            Program, "run", "--run-dir", runFolder,
        ];
        foreach (var word in command) start.ArgumentList.Add(word);
        if (resume) start.ArgumentList.Add("--resume");
        options.Apply(start);
        var threads = options.JobThreads > 0 ? options.JobThreads : options.Threads;
        if (threads > 0)
        {
            start.ArgumentList.Add("--threads");
            start.ArgumentList.Add(threads.ToString(CultureInfo.InvariantCulture));
        }
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new UserException($"The worker cannot be started: {error.Message} (setsid and nice are needed: packages util-linux and coreutils).", error);
        }
    }
}
