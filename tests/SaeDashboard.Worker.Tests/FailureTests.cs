using System.Text.Json.Nodes;
using SaeDashboard.Core.Data;

namespace SaeDashboard.Worker.Tests;

/// <summary>What a person gets wrong: exit code 1, a message that names the file and the way out, nothing half-written.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_model_folder_that_is_not_there() => Fails(["info", "--model", "nowhere"], "nowhere");

    [Fact]
    public void A_truncated_model()
    {
        CopyModel("cut");
        var path = Path.Combine(folder["cut"], "model.safetensors");
        using (var file = File.OpenWrite(path)) file.SetLength(file.Length / 2);
        Fails(["generate", "--model", "cut", "--out", "x.wav"], "model.safetensors");
        Assert.False(File.Exists(folder["x.wav"]));
    }

    [Fact]
    public void A_config_that_does_not_fit_its_tensors()
    {
        CopyModel("odd");
        var path = Path.Combine(folder["odd"], "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["decoder"]!["hidden_size"] = 320;
        config["decoder"]!["num_attention_heads"] = 5;
        File.WriteAllText(path, config.ToJsonString());
        Fails(["info", "--model", "odd"], "320", "256");
    }

    [Fact]
    public void A_config_that_is_not_json()
    {
        CopyModel("torn");
        File.WriteAllText(Path.Combine(folder["torn"], "config.json"), "{ \"model_type\": ");
        Fails(["info", "--model", "torn"], "config.json");
    }

    [Fact]
    public void A_prompt_of_ten_thousand_characters() =>
        Fails(["generate", "--model", WorkerProcess.DemoModel, "--prompt", string.Concat(Enumerable.Repeat("slow sad piano. ", 625)), "--out", "x.wav"], "tokens", "at most 512", "Shorten");

    [Fact]
    public void A_data_set_with_a_line_that_cannot_be_read()
    {
        SmallDataset.Write(folder["data"], 4, 2, 1);
        var path = Path.Combine(folder["data"], "metadata.jsonl");
        var lines = File.ReadAllLines(path);
        lines[2] = "{\"id\": \"clip-0002\", \"split\": ";
        File.WriteAllLines(path, lines);
        Fails(["collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--out", "acts"], "metadata.jsonl", "3");
        Assert.False(Directory.Exists(folder["acts"]));
    }

    [Fact]
    public void A_split_that_does_not_exist()
    {
        SmallDataset.Write(folder["data"], 4, 2, 1);
        Fails(["collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--split", "train", "--out", "acts"], "sae-train");
    }

    [Fact]
    public void An_sae_of_another_width()
    {
        Directory.CreateDirectory(folder["sae"]);
        foreach (var file in Directory.GetFiles(Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.Sae.Tests", "Golden", "saelens-v6", "topk"))) File.Copy(file, Path.Combine(folder["sae"], Path.GetFileName(file)));
        Fails(["evaluate", "--sae", "sae", "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset], "24", "256");
    }

    [Fact]
    public void A_stride_as_long_as_the_window() =>
        Fails(["generate", "--model", WorkerProcess.DemoModel, "--seconds", "11", "--stride", "10.24", "--out", "x.wav"], "512", "10.24 s");

    [Fact]
    public void A_point_that_is_none()
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        dataset.Codes(dataset.Clips[0]).Slice(0, 8).WriteJson(folder["clip.json"]);
        Fails(["trace", "--model", WorkerProcess.DemoModel, "--codes", "clip.json", "--points", "layers.0.resid_pre,layers.8.attn_out", "--out", "x.safetensors"], "layers.8.attn_out", "0 to 7");
    }

    [Fact]
    public void A_feature_that_the_dictionary_lacks() =>
        Fails(["generate", "--model", WorkerProcess.DemoModel, "--steer", WorkerProcess.DemoSae + ":2048=1", "--out", "x.wav"], "2048", "2047");

    [Fact]
    public void A_folder_that_exists_already()
    {
        Directory.CreateDirectory(folder["acts"]);
        Fails(["collect", "--model", WorkerProcess.DemoModel, "--dataset", WorkerProcess.DemoDataset, "--out", "acts"], "acts", "exists");
    }

    [Fact]
    public void A_machine_without_libtorch()
    {
        // A copy of the program elsewhere: libtorch is not where the build said, as in a clone whose artifacts/libtorch was deleted.
        var copy = CopyProgram();
        var outcome = WorkerProcess.RunProgram(Path.Combine(copy, "SaeDashboard.Worker"), folder.Path, "info", "--model", WorkerProcess.DemoModel);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("libtorch could not be loaded", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Build again", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "Unable to load shared library")]
    [InlineData("libc10.so", "Unable to find an entry point")]
    public void A_machine_without_the_tokenizers_library(string? instead, string said)
    {
        var copy = CopyProgram();
        Directory.CreateSymbolicLink(Path.Combine(copy, "libtorch"), LibTorch);
        var arguments = (string[])["tokenize", "--model", WorkerProcess.DemoModel, "--text", "solo taiko"];
        var program = Path.Combine(copy, "SaeDashboard.Worker");
        Assert.Equal(0, WorkerProcess.RunProgram(program, folder.Path, arguments).ExitCode);

        var library = Path.Combine(copy, "libhf_tokenizers.so");
        File.Delete(library);
        if (instead is not null) File.Copy(Path.Combine(LibTorch, instead), library);
        var outcome = WorkerProcess.RunProgram(program, folder.Path, arguments);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("The Hugging Face tokenizers library could not be loaded on linux-x64", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Contains("copy the whole output folder", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    private static string LibTorch => Path.Combine(WorkerProcess.Root, "artifacts", "libtorch", "cpu");

    private string CopyProgram()
    {
        var copy = Directory.CreateDirectory(folder["program"]).FullName;
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(WorkerProcess.Program)!)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private void Fails(string[] arguments, params string[] said) => WorkerProcess.Fails(folder.Path, arguments, said);

    private void CopyModel(string name)
    {
        Directory.CreateDirectory(folder[name]);
        foreach (var file in Directory.GetFiles(WorkerProcess.DemoModel)) File.Copy(file, Path.Combine(folder[name], Path.GetFileName(file)));
    }
}
