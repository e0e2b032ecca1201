using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Tests;

/// <summary>Files whose shapes are chosen by a test: data sets, SAEs, and copies of files that say another shape than they had.</summary>
internal static class ShapeFiles
{
    /// <summary>Says another shape of a tensor in a safetensors file; the numbers stay.</summary>
    /// <param name="path">The file, rewritten.</param>
    /// <param name="tensor">Its name.</param>
    /// <param name="shape">The shape to say.</param>
    public static void Reshape(string path, string tensor, params long[] shape)
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!;
        header[tensor]!["shape"] = JsonSerializer.SerializeToNode(shape);
        var written = JsonSerializer.SerializeToUtf8Bytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, written.Length);
        File.WriteAllBytes(path, [.. prefix, .. written, .. bytes.AsSpan(8 + length)]);
    }

    /// <summary>Changes a JSON file.</summary>
    public static void Edit(string path, Action<JsonNode> change)
    {
        var node = JsonNode.Parse(File.ReadAllText(path))!;
        change(node);
        File.WriteAllText(path, node.ToJsonString());
    }

    /// <summary>Copies a folder's own files.</summary>
    public static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        return to;
    }

    /// <summary>A data set of random codes: <paramref name="clips"/> of each split.</summary>
    public static void Dataset(string folder, int codebooks, int codes, int frames = 40, int clips = 5)
    {
        var random = new Random(3);
        Directory.CreateDirectory(folder);
        string[] splits = ["sae-train", "select", "test"];
        File.WriteAllLines(Path.Combine(folder, "metadata.jsonl"), Enumerable.Range(0, splits.Length * clips).Select(row =>
            JsonSerializer.Serialize(new { id = $"clip{row}", split = splits[row / clips], caption = "organ", seconds = frames / 50.0 })));
        var writer = new SafetensorsWriter();
        var values = Enumerable.Range(0, splits.Length * clips * codebooks * frames).Select(_ => (short)random.Next(codes)).ToArray();
        // The largest code is there for certain.
        values[0] = (short)(codes - 1);
        writer.Add("codes", values, splits.Length * clips, codebooks, frames);
        writer.Save(Path.Combine(folder, "codes.safetensors"));
    }

    /// <summary>Codes as <c>trace</c> and <c>decode</c> read them.</summary>
    public static void Codes(string path, int codebooks, int frames, int code = 0)
    {
        var grid = new CodeGrid(codebooks, frames);
        for (var codebook = 0; codebook < codebooks; codebook++) grid[codebook, frames - 1] = code;
        grid.WriteJson(path);
    }

    /// <summary>A TopK SAE in SAELens's format that reads after layer <paramref name="layer"/>.</summary>
    public static void Sae(string folder, int width, int latents = 8, int layer = 1)
    {
        Directory.CreateDirectory(folder);
        var config = new
        {
            architecture = "topk", d_in = width, d_sae = latents, k = 2, dtype = "float32", device = "cpu", apply_b_dec_to_input = true,
            normalize_activations = "none", reshape_activations = "none", rescale_acts_by_decoder_norm = false,
            metadata = new { sae_lens_version = "6.18.0", hook_name = $"layers.{layer}.resid_post" },
        };
        File.WriteAllText(Path.Combine(folder, "cfg.json"), JsonSerializer.Serialize(config));
        var random = new Random(width);
        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        var writer = new SafetensorsWriter();
        writer.Add("W_enc", Noise(width * latents), width, latents);
        writer.Add("b_enc", Noise(latents), latents);
        writer.Add("W_dec", Noise(width * latents), latents, width);
        writer.Add("b_dec", Noise(width), width);
        writer.Save(Path.Combine(folder, "sae_weights.safetensors"));
    }
}
