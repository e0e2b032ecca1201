using System.Runtime.InteropServices;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>Where the worker's program is.</summary>
internal static class WorkerProgram
{
    private const string Name = "SaeDashboard.Worker";

    /// <summary>The program that the settings name, otherwise that of the same build (next to this program, or in the clone's outputs).</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static string Find(SiteOptions options)
    {
        if (options.Worker.Length > 0)
            return File.Exists(options.Worker) ? Path.GetFullPath(options.Worker) : throw new UserException($"Web:Worker names {options.Worker}, which does not exist. Fix appsettings.json.");
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] places = [Path.GetFullPath(Path.Combine(here, "..", "..", Name, Path.GetFileName(here), Name)), Path.Combine(here, "worker", Name)];
        return places.FirstOrDefault(File.Exists) ?? throw new UserException($"The worker is missing: neither {places[0]} nor {places[1]} exists. Start the site with scripts/run.sh, or publish it with scripts/publish.sh: both include the worker.");
    }
}

/// <summary>kill(2): .NET itself only knows SIGKILL, and only for processes it started.</summary>
internal static partial class ProcessSignal
{
    public const int Kill = 9, Terminate = 15;

    /// <summary>Sends a signal; false when there is no such process or it is not ours.</summary>
    public static bool Send(int processId, int signal) => processId > 1 && Raw(processId, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Raw(int processId, int signal);
}
