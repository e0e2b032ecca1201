using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Worker.Tests;

/// <summary>SAEs of other places than the residual stream after a layer: trained, indexed, evaluated and steered there, or refused by name.</summary>
public sealed class HookPointTests : IDisposable
{
    private static readonly string[] Model = ["--model", WorkerProcess.DemoModel];

    private readonly TemporaryFolder folder = new();

    public HookPointTests()
    {
        SmallDataset.Write(folder["data"], train: 16, select: 6, test: 3, frames: 120);
        File.WriteAllText(folder["small.json"], JsonSerializer.Serialize(new { latents = 256, k = 16, batch = 128, steps = 150, scaleSamples = 1000, medianSamples = 500, heldOut = 0.1 }));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("mlp_out", "layers.4.mlp_out", Traits = ["Length", "Long"])]
    [InlineData("attn_out", "layers.4.attn_out", Traits = ["Length", "Long"])]
    [InlineData("resid_pre", "layers.3.resid_post", Traits = ["Length", "Long"])]
    public void An_SAE_of_another_point_goes_the_whole_way_there(string point, string place)
    {
        var collected = Json("collect", [.. Model, "--dataset", "data", "--layers", "4", "--point", point, "--out", "acts"]);
        Assert.Equal(place, collected.GetProperty("points")[0].GetString());
        Assert.Equal(place, JsonFile.Read<JsonElement>(folder["acts/manifest.json"]).GetProperty("source").GetProperty("hook").GetString());
        Json("train", ["--activations", "acts", "--config", "small.json", "--run-dir", "run", "--out", "sae"]);
        Assert.Equal(place, SaeFolders.Inspect(folder["sae"]).Config.Metadata.HookName);

        Assert.Equal(place, Json("index", ["--sae", "sae", .. Model, "--dataset", "data", "--activations", "acts"]).GetProperty("hook").GetString());
        using (var index = FeatureIndex.Open(folder["sae/index"])) Assert.Equal(place, index.Info.Hook);
        // The reconstruction explains what is computed there, and the model with it in that place says nearly what it said.
        var evaluation = Json("evaluate", ["--sae", "sae", .. Model, "--dataset", "data", "--split", "test", "--ce-clips", "2", "--score-columns", "1"]);
        Assert.Equal(place, evaluation.GetProperty("hook").GetString());
        Assert.InRange(evaluation.GetProperty("report").GetProperty("explainedVariance").GetDouble(), 0.4, 1);
        var recovered = evaluation.GetProperty("recovery")[0].GetProperty("overall");
        Assert.True(recovered.GetProperty("klSae").GetDouble() < recovered.GetProperty("klZero").GetDouble());

        int[] kept;
        using (var index = FeatureIndex.Open(folder["sae/index"])) kept = [.. Enumerable.Range(0, index.Count).Where(feature => index[feature].P99 > 0).Take(1)];
        foreach (var strength in new[] { 0, 8 })
            Json("generate", [.. Model, "--prompt", "Simple melody", "--seconds", "1", "--seed", "3", "--steer", $"sae:{kept[0]}={strength}", "--out", $"{strength}.wav"]);
        Json("generate", [.. Model, "--prompt", "Simple melody", "--seconds", "1", "--seed", "3", "--out", "none.wav"]);
        Assert.Equal(File.ReadAllBytes(folder["none.wav"]), File.ReadAllBytes(folder["0.wav"]));
        Assert.NotEqual(File.ReadAllBytes(folder["none.wav"]), File.ReadAllBytes(folder["8.wav"]));
    }

    [Fact]
    public void Activations_and_indexes_of_another_place_are_refused_by_name()
    {
        Json("collect", [.. Model, "--dataset", "data", "--layers", "4", "--out", "acts"]);
        CopyDemo("mlp", metadata => metadata["hook_name"] = "layers.4.hook_mlp_out");
        WorkerProcess.Fails(folder.Path, ["index", "--sae", "mlp", .. Model, "--dataset", "data", "--activations", "acts"], "layers.4.resid_post", "layers.4.mlp_out");
        // The index that came with the weights was made after the layer.
        WorkerProcess.Fails(folder.Path, ["generate", .. Model, "--prompt", "Simple melody", "--seconds", "1", "--steer", "mlp:5=1", "--out", "a.wav"], "made at layers.4.resid_post", "layers.4.mlp_out");
    }

    [Theory]
    [InlineData("blocks.4.hook_resid_mid")]
    [InlineData("layers.4.mlp.hook_pre", Traits = ["Length", "Long"])]
    [InlineData("gpt_neox.layers.4", Traits = ["Length", "Long"])]
    public void A_place_that_is_not_there_is_refused_by_hook_name(string name)
    {
        CopyDemo("sae", metadata => metadata["hook_name"] = name);
        foreach (var arguments in new string[][]
        {
            ["evaluate", "--sae", "sae", .. Model, "--dataset", "data", "--split", "test"], ["index", "--sae", "sae", .. Model, "--dataset", "data"],
            ["generate", .. Model, "--prompt", "Simple melody", "--seconds", "1", "--steer", "sae:5=1", "--out", "a.wav"],
        })
            WorkerProcess.Fails(folder.Path, arguments, "\"hook_name\"", name, "cfg.json");
    }

    [Fact]
    public void A_layer_that_the_model_lacks_is_refused()
    {
        CopyDemo("sae", metadata => metadata["hook_name"] = "blocks.40.hook_mlp_out");
        WorkerProcess.Fails(folder.Path, ["evaluate", "--sae", "sae", .. Model, "--dataset", "data", "--split", "test"], "layers.40.mlp_out", "layers 0 to");
    }

    [Fact]
    public void A_run_at_another_point_is_one_of_its_own()
    {
        var plan = new RunPlan
        {
            ModelPath = WorkerProcess.DemoModel, DatasetPath = folder["data"], Layer = 4, Point = SaeHook.FeedForwardOut, Clips = 8, ActivationsPath = folder["acts"], SaePath = folder["saes/run"],
            Train = JsonFile.Read<TrainSettings>(folder["small.json"]),
        };
        Directory.CreateDirectory(folder["run"]);
        AtomicFile.WriteJson(folder["run/config.json"], plan);
        Json("run", ["--run-dir", "run"]);
        using (var index = FeatureIndex.Open(folder["saes/run/index"])) Assert.Equal("layers.4.mlp_out", index.Info.Hook);
        Directory.CreateDirectory(folder["other"]);
        AtomicFile.WriteJson(folder["other/config.json"], plan with { Point = SaeHook.ResidualPost, SaePath = folder["saes/other"] });
        WorkerProcess.Fails(folder.Path, ["run", "--run-dir", "other"], "another place in the model (layers.4.mlp_out instead of layers.4.resid_post)");
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_checkpoint_becomes_an_SAE_and_an_SAE_gets_its_index_by_a_run()
    {
        Json("collect", [.. Model, "--dataset", "data", "--layers", "4", "--out", "acts"]);
        Json("train", ["--activations", "acts", "--config", "small.json", "--run-dir", "run", "--out", "trained"]);
        var made = Json("export-checkpoint", ["--run-dir", "run", "--activations", "acts", "--out", "sae"]);
        Assert.Equal(SaeFolders.WeightsHash(folder["trained"]), made.GetProperty("weightsHash").GetString());
        Assert.True(Json("export-checkpoint", ["--run-dir", "run", "--best", "--out", "best"]).GetProperty("step").GetInt64() > 0);
        WorkerProcess.Fails(folder.Path, ["export-checkpoint", "--run-dir", "run", "--step", "7", "--out", "no"], "no checkpoint of step 7");

        var plan = new RunPlan { Kind = RunKind.Index, ModelPath = WorkerProcess.DemoModel, DatasetPath = folder["data"], Layer = 0, ActivationsPath = "", SaePath = folder["sae"] };
        Directory.CreateDirectory(folder["index"]);
        AtomicFile.WriteJson(folder["index/config.json"], plan);
        Json("run", ["--run-dir", "index"]);
        var status = RunFolder.ReadStatus(folder["index"])!;
        Assert.Equal((RunState.Done, StageName.Index), (status.State, status.Stage));
        Assert.Equal(["Collect Reused", "Train Reused", "Index Done"], status.Stages!.Select(stage => $"{stage.Name} {stage.State}"));
        using (var index = FeatureIndex.Open(folder["sae/index"])) Assert.Equal(made.GetProperty("weightsHash").GetString(), index.Info.SaeHash);

        var step = RunCheckpoints.List(folder["run"])[0].Step;
        Directory.CreateDirectory(folder["export"]);
        AtomicFile.WriteJson(folder["export/config.json"], plan with { Kind = RunKind.Export, Fork = new RunFork(folder["run"], step), Layer = 4, ActivationsPath = folder["acts"], SaePath = folder["saes/made"] });
        Json("run", ["--run-dir", "export"]);
        Assert.Equal(RunState.Done, RunFolder.ReadStatus(folder["export"])!.State);
        using var exported = FeatureIndex.Open(folder["saes/made/index"]);
        Assert.Equal(SaeFolders.WeightsHash(folder["saes/made"]), exported.Info.SaeHash);
    }

    private void CopyDemo(string name, Action<JsonObject> change)
    {
        foreach (var file in Directory.GetFiles(WorkerProcess.DemoSae, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(folder[name], Path.GetRelativePath(WorkerProcess.DemoSae, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        var path = Path.Combine(folder[name], "cfg.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config["metadata"]!.AsObject());
        File.WriteAllText(path, config.ToJsonString());
    }

    private JsonElement Json(string verb, string[] arguments) => WorkerProcess.Json(folder.Path, [verb, .. arguments]);
}
