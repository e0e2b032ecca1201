using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests;

/// <summary>--device and --dtype of the verbs that compute: what is refused, with which words, and what info lists.</summary>
public sealed class DeviceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, string[]> Verbs => new()
    {
        { "collect", ["--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--out", "acts"] },
        { "train", ["--activations", "acts", "--run-dir", "run"] },
        { "index", ["--sae", WorkerProcess.DemoSae, "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset] },
        { "evaluate", ["--sae", WorkerProcess.DemoSae, "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset] },
    };

    [Theory, MemberData(nameof(Verbs))]
    public void A_device_that_is_not_there_is_named_with_what_to_do(string verb, string[] arguments)
    {
        // No machine has a hundred GPUs.
        var refused = WorkerProcess.Run(folder.Path, [verb, .. arguments, "--device", "cuda:99"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--device cuda:99", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--device cpu", refused.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        var half = WorkerProcess.Run(folder.Path, [verb, .. arguments, "--dtype", "float16"]);
        Assert.Equal(1, half.ExitCode);
        Assert.Contains("--dtype float16: float16 is for GPUs", half.Error, StringComparison.Ordinal);

        var typo = WorkerProcess.Run(folder.Path, [verb, .. arguments, "--device", "gpu"]);
        Assert.Equal(2, typo.ExitCode);
        Assert.Contains("--device gpu: write cpu, cuda, cuda:0 or auto.", typo.Error, StringComparison.Ordinal);

        var help = WorkerProcess.Run(folder.Path, verb, "--help").Output;
        Assert.Contains("--device <device>", help, StringComparison.Ordinal);
        Assert.Contains("--dtype <type>", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_lists_what_can_be_computed_on()
    {
        var devices = WorkerProcess.Json(folder.Path, "info", "--model", WorkerProcess.DemoModel).GetProperty("compute").GetProperty("devices");
        Assert.Equal("cpu", devices[0].GetProperty("id").GetString());
        Assert.All(devices.EnumerateArray().Skip(1), device => Assert.StartsWith("cuda:", device.GetProperty("id").GetString(), StringComparison.Ordinal));
        Assert.Contains("devices       cpu", WorkerProcess.Run(folder.Path, "info", "--model", WorkerProcess.DemoModel).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_trained_on_a_type_of_its_own_says_its_device_in_its_status()
    {
        SmallDataset.Write(folder["data"], train: 8, select: 2, test: 2, frames: 60);
        WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--out", "acts", "--device", "cpu", "--dtype", "bfloat16");
        File.WriteAllText(folder["config.json"], """{ "latents": 64, "k": 8, "steps": 5, "batch": 64, "scaleSamples": 200, "medianSamples": 100 }""");
        WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--run-dir", "run", "--config", "config.json", "--device", "cpu");
        Assert.Equal("cpu", JsonDocument.Parse(File.ReadAllText(folder["run/status.json"])).RootElement.GetProperty("device").GetString());
        var line = JsonDocument.Parse(File.ReadAllText(folder["run/config.json"])).RootElement.GetProperty(CommandLineRun.Member).Deserialize<CommandLineRun>(JsonDefaults.Data)!;
        Assert.Equal(
            ("model", "data", "layers.4.resid_post", "sae-train", 8, "bfloat16", folder["run/sae"], folder["acts"]),
            (line.Model, line.Dataset, line.Hook, line.Split, line.Clips, line.ComputeType, line.SaePath, line.ActivationsPath));
        Assert.Contains("by Sparse on cpu", File.ReadAllText(folder["run/log.txt"]), StringComparison.Ordinal);
    }
}
