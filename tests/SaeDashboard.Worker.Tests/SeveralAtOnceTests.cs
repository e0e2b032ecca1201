using System.Text.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Worker.Tests;

/// <summary>Several layers from one pass, several SAEs from one reading, an SAE straight from the model; and what a kill leaves of them.</summary>
public sealed class SeveralAtOnceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SeveralAtOnceTests()
    {
        SmallDataset.Write(folder["data"]);
        Write("small.json", new { latents = 256, k = 16, batch = 256, steps = 60, scaleSamples = 2000, medianSamples = 1000, checkpoints = 10, evaluations = 2, heldOut = 0.1, shuffleMegabytes = 2 });
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    [Trait("Length", "Long")]
    public void Layers_of_one_pass_are_what_each_is_alone_in_every_type()
    {
        var collected = Collect("2,4", "both", "float32");
        Assert.Equal(2, collected.GetProperty("folders").GetArrayLength());
        Collect("4", "four", "float32");
        Assert.Equal(Shard("four"), Shard("both/layer-4"));
        Assert.NotEqual(Shard("both/layer-2"), Shard("both/layer-4"));

        Collect("4,2", "short", "bfloat16");
        var read = new FileInfo(Path.Combine(folder["short/layer-4"], "shard-00000.bin")).Length;
        Assert.Equal(new FileInfo(Path.Combine(folder["four"], "shard-00000.bin")).Length, 2 * read);
        // Sixty steps explain little, but as much from half the bytes. Both fit into memory: so their order is the same.
        var settings = JsonFile.Read<Dictionary<string, JsonElement>>(folder["small.json"]);
        settings["shuffleMegabytes"] = JsonSerializer.SerializeToElement(8);
        Write("fits.json", settings);
        var (whole, half) = (Explained("four"), Explained("short/layer-4"));
        Assert.InRange(whole, 0.1, 1);
        Assert.Equal(whole, half, 0.02);

        double Explained(string activations)
        {
            var result = WorkerProcess.Json(folder.Path, "train", "--activations", activations, "--config", "fits.json", "--run-dir", "run-" + activations).GetProperty("result");
            Assert.InRange(result.GetProperty("waitShare").GetDouble(), 0, 1);
            return result.GetProperty("heldOut").GetProperty("explainedVariance").GetDouble();
        }
    }

    [Fact]
    public void Killed_while_collecting_several_layers_none_of_them_is_there()
    {
        foreach (var after in (int[])[500, 900, 1400])
        {
            using var process = WorkerProcess.Start(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", "2,4,6", "--out", "acts");
            Thread.Sleep(after);
            process.Kill();
            process.WaitForExit();
            // Or it had finished: then all are whole.
            if (Directory.Exists(folder["acts"])) Assert.Equal(3, Directory.GetFiles(folder["acts"], "manifest.json", SearchOption.AllDirectories).Length);
            if (Directory.Exists(folder["acts"])) Directory.Delete(folder["acts"], recursive: true);
        }
        Collect("2,4,6", "acts", "float32");
        Assert.Equal(3, Directory.GetFiles(folder["acts"], "manifest.json", SearchOption.AllDirectories).Length);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(folder.Path), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Straight_from_the_model_killed_and_resumed_it_makes_the_same_weights()
    {
        string[] how = ["train", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layer", "4", "--config", "small.json"];
        WorkerProcess.Json(folder.Path, [.. how, "--run-dir", "straight"]);
        KillOnceSaved([.. how, "--run-dir", "torn"], "torn");
        WorkerProcess.Json(folder.Path, [.. how, "--run-dir", "torn", "--resume"]);
        Assert.Equal(Weights("straight/sae"), Weights("torn/sae"));
        Assert.Contains("Resumed from step", File.ReadAllText(folder["torn/log.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_grid_killed_and_resumed_makes_each_SAE_as_it_is_alone()
    {
        Collect("2,4", "acts", "float32");
        Write("grid.json", new { layers = (int[])[2, 4], train = JsonSerializer.SerializeToNode(JsonFile.Read<JsonElement>(folder["small.json"])), vary = new { seed = (int[])[0, 1], architecture = (string[])["topK", "relu"] } });
        string[] how = ["train", "--activations", "acts/layer-2", "acts/layer-4", "--grid", "grid.json", "--run-dir", "grid"];
        KillOnceSaved(how, "grid/layer-4-seed-1-architecture-topK");
        var refused = WorkerProcess.Run(folder.Path, how);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--resume", refused.Error, StringComparison.Ordinal);

        var done = WorkerProcess.Json(folder.Path, [.. how, "--resume"]);
        Assert.Equal((8, 0), (done.GetProperty("saes").GetArrayLength(), done.GetProperty("failed").GetInt32()));
        Assert.All(Directory.GetDirectories(folder["grid"]), run => Assert.Equal(RunState.Done, RunFolder.ReadStatus(run)!.State));
        var alone = JsonFile.Read<Dictionary<string, JsonElement>>(folder["small.json"]);
        alone["seed"] = JsonSerializer.SerializeToElement(1);
        Write("alone.json", alone);
        WorkerProcess.Json(folder.Path, "train", "--activations", "acts/layer-4", "--config", "alone.json", "--run-dir", "alone");
        Assert.Equal(Weights("alone/sae"), Weights("grid/layer-4-seed-1-architecture-topK/sae"));

        // Asked once more, nothing is left to do; the table says so.
        var again = WorkerProcess.Run(folder.Path, [.. how, "--resume"]);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("done before", again.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "vary": { "k": [8, 16], "speed": [1] } }""", "speed")]
    [InlineData("""{ "train": { "k": 8 }, "vary": { "k": [8, 16] } }""", "\"train\" and in \"vary\"")]
    [InlineData("""{ "vary": { "k": [] } }""", "0 combinations")]
    [InlineData("""{ "vary": { "k": [8, 8] } }""", "more than once")]
    [InlineData("""{ "sweep": 1 }""", "sweep")]
    public void A_grid_that_cannot_be_is_refused(string grid, string said)
    {
        File.WriteAllText(folder["grid.json"], grid);
        var refused = WorkerProcess.Run(folder.Path, "train", "--activations", "none", "--grid", "grid.json", "--run-dir", "grid");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["grid"]));
    }

    private JsonElement Collect(string layers, string name, string type) =>
        WorkerProcess.Json(folder.Path, "collect", "--model", WorkerProcess.DemoModel, "--dataset", "data", "--layers", layers, "--store", type, "--out", name);

    private void KillOnceSaved(string[] arguments, string run)
    {
        using var process = WorkerProcess.Start(folder.Path, arguments);
        var until = DateTime.UtcNow.AddSeconds(60);
        while (!Directory.Exists(folder[run + "/checkpoints"]) || !Directory.GetDirectories(folder[run + "/checkpoints"]).Any(path => !Path.GetFileName(path).StartsWith('.')))
        {
            Assert.False(process.HasExited, "the worker has ended");
            Assert.True(DateTime.UtcNow < until, "waited for a minute in vain");
            Thread.Sleep(5);
        }
        process.Kill();
        process.WaitForExit();
        Assert.False(Directory.Exists(folder[run + "/sae"]));
    }

    private string Shard(string store) => Hashing.Sha256File(Path.Combine(folder[store], "shard-00000.bin"));

    private string Weights(string sae) => Hashing.Sha256File(Path.Combine(folder[sae], "sae_weights.safetensors"));

    private void Write(string name, object value) => File.WriteAllText(folder[name], JsonSerializer.Serialize(value));
}
