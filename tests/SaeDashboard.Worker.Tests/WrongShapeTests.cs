using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>
/// Every verb that reads tensors, with files of another shape than it needs: exit code 1 and a message, never an abort. The model is a tiny one
/// (width 48, 4 layers, 4 codebooks of 64 codes). docs/decisions/0022-calls-that-end-the-process.md
/// </summary>
public sealed class WrongShapeTests : IDisposable
{
    private const int Width = 48;
    private static readonly string Golden = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden");
    private static readonly string Model = Path.Combine(Golden, "mono");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("decoder.model.decoder.layers.0.fc1.weight", Traits = ["Length", "Long"])]
    [InlineData("text_encoder.encoder.block.0.layer.0.SelfAttention.q.weight", Traits = ["Length", "Long"])]
    [InlineData("audio_encoder.quantizer.layers.1.codebook.embed")]
    public void A_model_with_a_tensor_of_another_shape(string tensor)
    {
        ShapeFiles.Copy(Model, folder["odd"]);
        var file = Path.Combine(folder["odd"], "model.safetensors");
        long elements;
        using (var opened = SafetensorsFile.Open(file)) elements = opened.Entries[tensor].Shape.Aggregate(1L, (product, size) => product * size);
        ShapeFiles.Reshape(file, tensor, 1, elements);
        ShapeFiles.Codes(folder["codes.json"], 4, 8);
        Fails(["info", "--model", "odd"], tensor, $"[1, {elements}]");
        Fails(["generate", "--model", "odd", "--seconds", "0.5", "--out", "x.wav"], tensor);
        Fails(["decode", "--model", "odd", "--codes", "codes.json", "--out", "x.wav"], tensor);
    }

    [Fact]
    public void Codes_of_another_number_of_codebooks_or_beyond_them()
    {
        ShapeFiles.Codes(folder["eight.json"], 8, 8);
        ShapeFiles.Codes(folder["large.json"], 4, 8, code: 64);
        File.WriteAllText(folder["ragged.json"], "[[1,2,3],[1,2],[1,2,3],[1,2,3]]");
        foreach (var verb in new[] { "decode", "trace" })
        {
            Fails([verb, "--model", Model, "--codes", "eight.json", "--out", "x.out"], "8 codebooks", "4");
            Fails([verb, "--model", Model, "--codes", "large.json", "--out", "x.out"], "64", "63");
            Fails([verb, "--model", Model, "--codes", "ragged.json", "--out", "x.out"], "ragged.json");
        }
        ShapeFiles.Codes(folder["fine.json"], 4, 8);
        Fails(["trace", "--model", Model, "--codes", "fine.json", "--layers", "4", "--out", "x.out"], "4", "0 to 3");
        Assert.False(File.Exists(folder["x.out"]));
    }

    [Fact]
    public void Sound_without_a_sample()
    {
        WavFile.Write(folder["empty.wav"], new Waveform([[]], 16000), WavEncoding.Pcm16);
        Fails(["encode", "--model", Model, "--audio", "empty.wav", "--codes", "x.json"], "empty.wav");
        Fails(["generate", "--model", Model, "--continue", "empty.wav", "--out", "x.wav"], "empty.wav");
        Fails(["generate", "--model", Path.Combine(Golden, "melody"), "--melody", "empty.wav", "--out", "x.wav"], "empty.wav");
    }

    [Theory]
    [InlineData(8, 64, "8 codebooks")]
    [InlineData(4, 65, "64", Traits = ["Length", "Long"])]
    public void A_data_set_of_another_model(int codebooks, int codes, string said)
    {
        ShapeFiles.Dataset(folder["data"], codebooks, codes);
        ShapeFiles.Sae(folder["sae"], Width);
        Fails(["collect", "--model", Model, "--dataset", "data", "--layers", "1", "--out", "acts"], said);
        Fails(["train", "--model", Model, "--dataset", "data", "--layers", "1", "--config", Config("small.json"), "--run-dir", "run"], said);
        Fails(["index", "--sae", "sae", "--model", Model, "--dataset", "data"], said);
        Plan("planned", Model, "data");
        Fails(["run", "--run-dir", "planned"], said);
        if (codebooks == 8) Fails(["evaluate", "--sae", "sae", "--model", Model, "--dataset", "data"], said);
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_data_set_whose_codes_are_not_a_clip_a_row()
    {
        ShapeFiles.Dataset(folder["data"], 4, 64);
        ShapeFiles.Reshape(Path.Combine(folder["data"], "codes.safetensors"), "codes", 15 * 4, 40);
        Fails(["collect", "--model", Model, "--dataset", "data", "--layers", "1", "--out", "acts"], "codes.safetensors");
        ShapeFiles.Reshape(Path.Combine(folder["data"], "codes.safetensors"), "codes", 30, 4, 20);
        Fails(["collect", "--model", Model, "--dataset", "data", "--layers", "1", "--out", "acts"], "30", "15");
    }

    [Fact]
    public void An_SAE_of_another_width_or_of_a_layer_that_is_not_there()
    {
        ShapeFiles.Dataset(folder["data"], 4, 64);
        ShapeFiles.Sae(folder["fits"], Width);
        ShapeFiles.Sae(folder["wide"], 40);
        ShapeFiles.Sae(folder["deep"], Width, layer: 9);
        foreach (var (sae, said) in new[] { ("wide", new[] { "40", "48" }), ("deep", ["layers.9.resid_post", "0 to 3"]) })
        {
            Fails(["index", "--sae", sae, "--model", Model, "--dataset", "data"], said);
            Fails(["evaluate", "--sae", sae, "--model", Model, "--dataset", "data"], said);
            Fails(["evaluate", "--sae", "fits", "--second", sae, "--model", Model, "--dataset", "data"], said);
        }
        Fails(["generate", "--model", Model, "--steer", WorkerProcess.DemoSae + ":3=1", "--out", "x.wav"], "256", "48");
        Fails(["steering", "--model", Model, "--sae", WorkerProcess.DemoSae, "--feature", "3"], "256", "48");
    }

    [Fact]
    [Trait("Length", "Long")]
    public void An_SAE_whose_tensors_do_not_fit_one_another()
    {
        ShapeFiles.Sae(folder["sae"], Width);
        ShapeFiles.Reshape(Path.Combine(folder["sae"], "sae_weights.safetensors"), "W_dec", Width, 8);
        Vectors("x.safetensors", 3, Width);
        ShapeFiles.Dataset(folder["data"], 4, 64);
        Fails(["sae-forward", "--sae", "sae", "--vectors", "x.safetensors", "--out", "y.safetensors"], "W_dec", "[48, 8]", "[8, 48]");
        Fails(["convert", "--from", "sae", "--to", "copy", "--format", "sparsify"], "W_dec", "[48, 8]");
        Fails(["index", "--sae", "sae", "--model", Model, "--dataset", "data"], "W_dec");
        Fails(["evaluate", "--sae", "sae", "--model", Model, "--dataset", "data"], "W_dec");
        Assert.False(Directory.Exists(folder["copy"]));
    }

    [Fact]
    public void Vectors_of_another_width()
    {
        ShapeFiles.Sae(folder["sae"], Width);
        Vectors("wide.safetensors", 3, 40);
        Vectors("cube.safetensors", 3, 1, Width);
        Vectors("flat.safetensors", Width);
        foreach (var (file, shape) in new[] { ("wide", "[3, 40]"), ("cube", "[3, 1, 48]"), ("flat", "[48]") })
            Fails(["sae-forward", "--sae", "sae", "--vectors", $"{file}.safetensors", "--out", "y.safetensors"], shape, "[n, 48]");
    }

    [Fact]
    [Trait("Length", "Long")]
    public void Activations_that_are_not_what_they_say_or_of_another_model()
    {
        ShapeFiles.Dataset(folder["data"], 4, 64);
        ShapeFiles.Sae(folder["sae"], Width);
        WorkerProcess.Json(folder.Path, "collect", "--model", Model, "--dataset", "data", "--layers", "1", "--out", "acts");
        foreach (var (width, columns) in new[] { (24, 40), (24, 80), (96, 40) })
        {
            // [40, 48] a clip: half the width is too few bytes, and with twice the columns as many as before.
            var lying = folder[$"acts-{width}-{columns}"];
            ShapeFiles.Copy(folder["acts"], lying);
            ShapeFiles.Edit(Path.Combine(lying, "manifest.json"), manifest => (manifest["source"]!["width"], manifest["source"]!["columnsPerClip"]) = (width, columns));
            Fails(["index", "--sae", "sae", "--model", Model, "--dataset", "data", "--activations", lying], columns == 80 ? "width" : "shard");
            if (columns != 80) Fails(["train", "--activations", lying, "--config", Config("small.json"), "--run-dir", "run"], "shard");
        }
    }

    [Fact]
    [Trait("Length", "Long")]
    public void A_run_resumed_with_weights_of_another_width()
    {
        ShapeFiles.Dataset(folder["data"], 4, 64);
        WorkerProcess.Json(folder.Path, "collect", "--model", Model, "--dataset", "data", "--layers", "1", "--out", "acts");
        WorkerProcess.Json(folder.Path, "train", "--activations", "acts", "--config", Config("small.json"), "--run-dir", "run");

        // The same numbers as 80 columns of half the width.
        ShapeFiles.Copy(folder["acts"], folder["half"]);
        ShapeFiles.Edit(Path.Combine(folder["half"], "manifest.json"), manifest => (manifest["source"]!["width"], manifest["source"]!["columnsPerClip"]) = (24, 80));
        Config("longer.json", steps: 40);
        Config("other.json", latents: 96, steps: 40);
        Fails(["train", "--activations", "half", "--config", "longer.json", "--fork", "run", "--run-dir", "forked"], "48", "24");
        Fails(["train", "--activations", "half", "--config", "small.json", "--run-dir", "run", "--out", "again", "--resume"], "48", "24");
        Fails(["train", "--activations", "acts", "--config", "other.json", "--fork", "run", "--run-dir", "forked2"], "96", "64");

        // All of them: a damaged checkpoint is passed over for an older one.
        foreach (var checkpoint in Directory.GetDirectories(Path.Combine(folder["run"], "checkpoints")))
            ShapeFiles.Reshape(Assert.Single(Directory.GetFiles(checkpoint, "*.safetensors")), "encoder", Width, 64);
        Fails(["train", "--activations", "acts", "--config", "small.json", "--run-dir", "run", "--out", "again", "--resume"], "None of the 2 checkpoints");
        Fails(["train", "--activations", "acts", "--config", "longer.json", "--fork", "run", "--run-dir", "forked3"], "encoder");
        Plan("planned", Model, "data", fork: folder["run"]);
        Fails(["run", "--run-dir", "planned"], "encoder");
        Plan("vague", Model, "data");
        ShapeFiles.Edit(folder["vague/config.json"], plan => plan["fork"] = new JsonObject { ["step"] = 20 });
        Fails(["run", "--run-dir", "vague"], "config.json", "runPath");
    }

    [Fact]
    public void An_index_whose_tables_are_of_another_size()
    {
        ShapeFiles.Copy(WorkerProcess.DemoSae, folder["sae"]);
        ShapeFiles.Copy(Path.Combine(WorkerProcess.DemoSae, "index"), folder["sae/index"]);
        var table = Path.Combine(folder["sae/index"], "features.safetensors");
        string name;
        long elements;
        using (var opened = SafetensorsFile.Open(table))
        {
            name = opened.Entries.Keys.Order(StringComparer.Ordinal).First();
            elements = opened.Entries[name].Shape.Aggregate(1L, (product, size) => product * size);
        }
        ShapeFiles.Reshape(table, name, 1, elements);
        Fails(["features", "--sae", "sae", "--dataset", WorkerProcess.DemoDataset], name);
        Fails(["generate", "--model", WorkerProcess.DemoModel, "--steer", "sae:3=1", "--out", "x.wav"], name);
    }

    [Fact]
    public void A_model_to_redraw_whose_file_says_more_than_it_holds()
    {
        ShapeFiles.Copy(Model, folder["odd"]);
        var file = Path.Combine(folder["odd"], "model.safetensors");
        // Whole matrices are drawn, whatever their shape: only that the numbers are there matters.
        ShapeFiles.Reshape(file, "decoder.model.decoder.layers.0.fc1.weight", 1 << 20, Width);
        Fails(["redraw", "--model", "odd", "--out", "noise"], "decoder.model.decoder.layers.0.fc1.weight");
        Assert.False(Directory.Exists(folder["noise"]));
    }

    [Fact]
    public void A_golden_folder_of_another_model()
    {
        ShapeFiles.Copy(Model, folder["golden/mono"]);
        ShapeFiles.Copy(Path.Combine(Golden, "stereo", "expected"), folder["golden/mono/expected"]);
        var outcome = WorkerProcess.Run(folder.Path, "selftest", "--golden", "golden");
        Assert.True(outcome.ExitCode == 1, $"exit code {outcome.ExitCode}\n{outcome.Error}");
    }

    private void Fails(string[] arguments, params string[] said) => WorkerProcess.Fails(folder.Path, arguments, said);

    private string Config(string name, int latents = 64, int steps = 20)
    {
        var settings = new { latents, k = 4, batch = 64, steps, scaleSamples = 100, medianSamples = 50, checkpoints = 2, heldOut = 0.2, engine = "autograd" };
        File.WriteAllText(folder[name], JsonSerializer.Serialize(settings));
        return name;
    }

    private void Plan(string name, string model, string dataset, string? fork = null)
    {
        Directory.CreateDirectory(folder[name]);
        var plan = new
        {
            modelPath = model, datasetPath = folder[dataset], layer = 1, activationsPath = folder[$"{name}-acts"], saePath = folder[$"{name}-sae"],
            train = new { latents = 64, k = 4, batch = 64, steps = 40, scaleSamples = 100, medianSamples = 50, heldOut = 0.2, engine = "autograd" },
            fork = fork is null ? null : new { runPath = fork },
        };
        File.WriteAllText(Path.Combine(folder[name], "config.json"), JsonSerializer.Serialize(plan));
    }

    private void Vectors(string name, params long[] shape)
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", new float[shape.Aggregate(1L, (product, size) => product * size)], shape);
        writer.Save(folder[name]);
    }
}
