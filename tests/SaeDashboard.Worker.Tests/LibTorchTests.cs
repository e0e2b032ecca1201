using System.Text.Json;

namespace SaeDashboard.Worker.Tests;

/// <summary>Another libtorch than the one the program was built with: a PyTorch installation's folder of libraries.</summary>
public sealed class LibTorchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string Built { get; } = Path.Combine(WorkerProcess.Root, "artifacts", "libtorch", "cpu");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Info_says_which_libraries_were_loaded()
    {
        var outcome = Info(LikePyTorch("torch"), "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var compute = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("compute");
        Assert.Equal(folder["torch"], compute.GetProperty("libtorchFolder").GetString());
        Assert.Equal(compute.GetProperty("libtorchCompiled").GetString(), compute.GetProperty("libtorchLoaded").GetString());
    }

    [Fact]
    public void A_folder_without_libtorch_is_named() =>
        Refused(Info(folder.Path), Path.Combine(folder.Path, "libtorch_cpu.so"), "SAE_LIBTORCH", "site-packages/torch/lib");

    [Fact]
    public void A_libtorch_that_does_not_fit_is_refused_before_anything_runs()
    {
        // A library that loads and cannot say its version, as every libtorch before 2.9.
        Directory.CreateDirectory(folder["old"]);
        File.Copy(Path.Combine(Built, "libc10.so"), Path.Combine(folder["old"], "libtorch_cpu.so"));
        Refused(Info(folder["old"]), "2.10.0", folder["old"], "SAE_LIBTORCH");
    }

    [Fact]
    public void A_file_that_is_not_a_library_is_named()
    {
        Directory.CreateDirectory(folder["torn"]);
        File.WriteAllText(Path.Combine(folder["torn"], "libtorch_cpu.so"), "not a library");
        Refused(Info(folder["torn"]), Path.Combine(folder["torn"], "libtorch_cpu.so"));
    }

    private WorkerOutcome Info(string libtorch, params string[] more) =>
        WorkerProcess.RunProgram("env", folder.Path, [$"SAE_LIBTORCH={libtorch}", WorkerProcess.Program, "info", "--model", WorkerProcess.DemoModel, .. more]);

    // The same libraries in another place, without TorchSharp's own: what a PyTorch installation has.
    private string LikePyTorch(string name)
    {
        Directory.CreateDirectory(folder[name]);
        foreach (var file in Directory.GetFiles(Built).Where(file => Path.GetFileName(file) is not ("libLibTorchSharp.so" or "libtorch.version")))
            File.CreateSymbolicLink(Path.Combine(folder[name], Path.GetFileName(file)), file);
        return folder[name];
    }

    private static void Refused(WorkerOutcome outcome, params string[] said)
    {
        Assert.True(outcome.ExitCode == 1, $"exit code {outcome.ExitCode}\n{outcome.Output}\n{outcome.Error}");
        Assert.All(said, word => Assert.Contains(word, outcome.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }
}
