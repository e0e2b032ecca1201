using System.Text.Json;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.TestSupport;

/// <summary>
/// An SAE with an index for one of the small models of <c>MusicGen.Tests/Golden</c> (one channel, stereo, melody), so that features of it can be
/// steered. A file of its own that two test projects compile: only they start the worker.
/// </summary>
internal static class SmallSae
{
    private const int Clips = 6, Frames = 24, Latents = 8;

    /// <summary>A copy of the model in the data folder, where it may be read.</summary>
    public static string Model(string folder, string name)
    {
        var model = Directory.CreateDirectory(Path.Combine(folder, "models", name)).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", name)))
        {
            // A worker that is running has the weights mapped: they are not written again.
            var copy = Path.Combine(model, Path.GetFileName(file));
            if (!File.Exists(copy)) File.Copy(file, copy);
        }
        return model;
    }

    /// <summary>Width of a model's residual stream.</summary>
    private static int Width(string model)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "config.json")));
        return config.RootElement.GetProperty("decoder").GetProperty("hidden_size").GetInt32();
    }

    /// <summary>Writes the SAE: latent l reads and writes dimension l of the residual stream after layer 1.</summary>
    /// <param name="folder">The data folder: it is put into <c>saes/</c>, and its clips into <c>datasets/</c>, named as the model.</param>
    /// <param name="model">The model.</param>
    /// <param name="codebooks">Of its codes, which are below 64.</param>
    /// <param name="worker">Runs a verb of the worker.</param>
    public static string Write(string folder, string model, int codebooks, Action<string[]> worker)
    {
        var (name, width) = (Path.GetFileName(model), Width(model));
        var (dataset, sae) = (Path.Combine(folder, "datasets", name), Path.Combine(folder, "saes", name));
        Directory.CreateDirectory(dataset);
        Directory.CreateDirectory(Path.Combine(folder, "saes"));
        string[] splits = ["sae-train", "select", "test"];
        File.WriteAllLines(Path.Combine(dataset, "metadata.jsonl"), Enumerable.Range(0, Clips).Select(clip => JsonSerializer.Serialize(new { id = $"clip-{clip}", split = splits[clip % splits.Length], caption = "noise", seconds = Frames / 50.0 })));
        var random = new Random(3);
        var writer = new SafetensorsWriter();
        writer.Add("codes", [.. Enumerable.Range(0, Clips * codebooks * Frames).Select(_ => (short)random.Next(64))], Clips, codebooks, Frames);
        writer.Save(Path.Combine(dataset, "codes.safetensors"));
        var (encode, decode) = (new float[width * Latents], new float[Latents * width]);
        for (var latent = 0; latent < Latents; latent++) encode[latent * Latents + latent] = decode[latent * width + latent] = 1;
        // Models of one width would have SAEs of one hash.
        var bias = new float[width];
        bias[^1] = codebooks / 1000f;
        var config = new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = width, DSae = Latents, Metadata = new SaeMetadata { HookName = "layers.1.resid_post" } };
        SaeFolders.Write(sae, new SaeContents(config, new Dictionary<string, float[]> { ["W_enc"] = encode, ["W_dec"] = decode, ["b_dec"] = bias, ["b_enc"] = new float[Latents] }), SaeFormat.SaeLens);
        worker(["index", "--sae", sae, "--model", model, "--dataset", dataset]);
        return sae;
    }
}
