using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Serving;

/// <summary>
/// Starts the resident worker in a session of its own, so that neither Ctrl+C in the site's terminal nor the site's death reaches it. Its output
/// goes to <c>serve.log</c> in the data folder.
/// </summary>
internal sealed class ServeProcess(DataRoot root, IOptions<SiteOptions> site, IOptions<ComputeOptions> compute)
{
    private const long MaxLogBytes = 1 << 20;

    /// <summary>The worker's output.</summary>
    public string LogPath => Path.Combine(root.Path, "serve.log");

    /// <summary>The build that is started, or that a running one must have.</summary>
    /// <exception cref="UserException">The program is missing.</exception>
    public string Build() => BuildId.Of(Path.GetDirectoryName(WorkerProgram.Find(site.Value))!);

    /// <summary>Starts it on this socket.</summary>
    /// <exception cref="UserException">The program is missing, or cannot be started.</exception>
    public Process Start(string socket)
    {
        // The shell would wait for a reader of a pipe with that name.
        RegularFile.RequireOrMissing(LogPath);
        Rotate();
        // setsid becomes the worker: the process id stays.
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = root.Path };
        string[] shell = ["/bin/sh", "-c", "exec \"$0\" \"$@\" >>\"$SAE_SERVE_LOG\" 2>&1 </dev/null", WorkerProgram.Find(site.Value)];
        foreach (var argument in shell.Concat(Arguments(socket))) start.ArgumentList.Add(argument);
        start.Environment["SAE_SERVE_LOG"] = LogPath;
        // Without the compiler's second look the first take sounds two thirds of a second earlier; later ones are as quick.
        start.Environment["DOTNET_TieredPGO"] = "0";
        compute.Value.Apply(start);
        // Settings of the site only: the worker's address is an argument.
        start.Environment.Remove("ASPNETCORE_URLS");
        try
        {
            return Process.Start(start) ?? throw new UserException("The music worker could not be started.");
        }
        catch (Win32Exception error)
        {
            throw new UserException($"The music worker cannot be started: {error.Message} (it needs setsid of util-linux).", error);
        }
    }

    /// <summary>The last line of its output, if it tells why it ended.</summary>
    public string LastWords()
    {
        try
        {
            using var stream = RegularFile.OpenStream(LogPath);
            stream.Seek(-Math.Min(stream.Length, 2000), SeekOrigin.End);
            var lines = new StreamReader(stream).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            // What it says when all is well explains nothing.
            return lines is [.., var last] && !last.Contains("Z Serving ", StringComparison.Ordinal) ? last.Trim() : "";
        }
        catch (Exception error) when (error is IOException or UserException)
        {
            return "";
        }
    }

    private IEnumerable<string> Arguments(string socket)
    {
        string[] always = ["serve", "--data", root.Path, "--listen", "unix:" + socket, "--root", root.Demo];
        foreach (var argument in always) yield return argument;
        // What most people begin with is there before they ask for it.
        if (File.Exists(Path.Combine(root.Demo, "model", "config.json")))
        {
            yield return "--model";
            yield return Path.Combine(root.Demo, "model");
        }
        if (Directory.Exists(Path.Combine(root.Demo, "sae", "index")))
        {
            yield return "--sae";
            yield return Path.Combine(root.Demo, "sae");
        }
        yield return "--threads";
        yield return Threads().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Half of the cores unless the settings say otherwise: a step of the model is small, so more threads mostly wait for each other, for as long
    /// as a training job holds the core that one of them needs. Codes do not depend on it.
    /// </summary>
    private int Threads() => compute.Value switch
    {
        { ServeThreads: > 0 and var own } => own,
        { Threads: > 0 and var all } => all,
        _ => Math.Max(1, Environment.ProcessorCount / 2),
    };

    private void Rotate()
    {
        try
        {
            if (new FileInfo(LogPath) is { Exists: true, Length: > MaxLogBytes }) File.Move(LogPath, LogPath + ".old", overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A long log is better than no worker.
        }
    }
}
