using System.Diagnostics;
using System.Text.Json;

namespace SaeDashboard.Worker.Tests;

/// <summary>Starts the worker as people do: as a process, in a folder that is not the repository.</summary>
internal static class WorkerProcess
{
    public static string Root { get; } = Repository.Root;

    public static string DemoModel { get; } = Path.Combine(Root, "demo", "model");

    public static string DemoDataset { get; } = Path.Combine(Root, "demo", "dataset");

    public static string DemoSae { get; } = Path.Combine(Root, "demo", "sae");

    /// <summary>Next to the tests' own output folder, in the same build.</summary>
    public static string Program { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "SaeDashboard.Worker", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "SaeDashboard.Worker"));

    /// <summary>Runs a verb to its end.</summary>
    public static WorkerOutcome Run(string folder, params string[] arguments) => RunProgram(Program, folder, arguments);

    /// <summary>Runs a copy of the worker to its end.</summary>
    public static WorkerOutcome RunProgram(string program, string folder, params string[] arguments)
    {
        using var process = StartProgram(program, folder, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("The worker ran for four minutes: " + string.Join(' ', arguments));
        }
        process.WaitForExit();
        return new WorkerOutcome(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Runs a verb that must succeed, and gives its JSON.</summary>
    public static JsonElement Json(string folder, params string[] arguments)
    {
        var outcome = Run(folder, [.. arguments, "--json"]);
        Assert.True(outcome.ExitCode == 0, $"{string.Join(' ', arguments)}: exit code {outcome.ExitCode}\n{outcome.Error}");
        return JsonDocument.Parse(outcome.Output).RootElement;
    }

    /// <summary>Runs a verb that must fail as people's mistakes do: exit code 1, these words on standard error, no stack trace, nothing on
    /// standard output. A process that aborts ends with 134.</summary>
    public static void Fails(string folder, string[] arguments, params string[] said)
    {
        var outcome = Run(folder, arguments);
        Assert.True(outcome.ExitCode == 1, $"{string.Join(' ', arguments)}: exit code {outcome.ExitCode}\n{outcome.Output}\n{outcome.Error}");
        Assert.All(said, word => Assert.Contains(word, outcome.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    /// <summary>Starts a verb and leaves it running.</summary>
    public static Process Start(string folder, params string[] arguments) => StartProgram(Program, folder, arguments);

    private static Process StartProgram(string program, string folder, string[] arguments)
    {
        // A shell that starts the tests in the background has them ignore SIGINT, and all they start: "env", which replaces itself by the
        // program, gives the signal its meaning back.
        var start = new ProcessStartInfo("env") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--default-signal=INT", program, .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
