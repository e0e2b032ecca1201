using System.Diagnostics;
using System.Text.Json;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>A run as text: the commands are given to a shell, with a worker that only notes what it was asked.</summary>
public sealed class RunCopyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("data")]
    [InlineData("Ann's data; $(touch harm) `touch harm` ü")]
    public void The_commands_write_the_plan_into_a_new_folder_and_start_the_worker_on_it(string name)
    {
        var root = DataRoot.Open(folder[name], folder["demo"]);
        var run = RunSamples.View(RunState.Done);
        run = run with { Plan = run.Plan with { DatasetPath = "/data/It's \"$HOME\" `id` \\" } };
        Directory.CreateDirectory(folder["scripts"]);
        File.WriteAllText(folder["scripts/worker.sh"], "#!/bin/sh\nprintf '%s\\n' \"$@\" > asked\n");

        var start = new ProcessStartInfo("sh") { WorkingDirectory = folder.Path, RedirectStandardError = true };
        start.ArgumentList.Add("-ec");
        start.ArgumentList.Add("chmod +x scripts/worker.sh\n" + RunCopy.Commands(run, root));
        using var shell = Process.Start(start)!;
        var said = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.Equal((0, ""), (shell.ExitCode, said));

        var again = Path.Combine(root.Runs, $"again-{run.Key}");
        Assert.Equal(["run", "--run-dir", again], File.ReadAllLines(folder["asked"]));
        var written = JsonSerializer.Deserialize<RunPlan>(File.ReadAllText(Path.Combine(again, "config.json")), JsonDefaults.Data)!;
        Assert.Equal(run.Plan with { SaePath = Path.Combine(root.Saes, $"again-{run.Key}") }, written with { Train = run.Plan.Train });
        Assert.Equal(run.Plan.Train.Values, written.Train.Values);
        Assert.False(File.Exists(folder["harm"]));
    }
}
