using System.Text.Json.Nodes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Sae.Tests.Formats.SaeLens;

/// <summary>A folder as a version of SAELens writes it, and what that version's source computes with it.</summary>
/// <param name="Version">The version whose source was read.</param>
/// <param name="Kind">What is saved: "sae" (save_model) or "runner" (a trainer's checkpoint, whose cfg.json is the whole run's).</param>
/// <param name="Label">What it is.</param>
/// <param name="Config">Its cfg.json.</param>
/// <param name="Formula">What it computes.</param>
/// <param name="Refused">The member that is not read here, or null.</param>
internal sealed record SaeLensCase(string Version, string Kind, string Label, JsonObject Config, SourceFormula Formula, string? Refused = null)
{
    public const int Width = 16, Latents = 40, K = 5;

    /// <summary>A factor of each latent's contribution to the reconstruction, as finetuning learnt it; null: the folder has none.</summary>
    public FactorTensor Factors { get; init; }

    /// <summary>The factor in activation_scaler.json; null: the file does not exist.</summary>
    public double? Scale { get; init; }

    public string Name => $"{Version} {Kind} {Label}";

    public Dictionary<string, float[]> Tensors()
    {
        var random = new Random(Name.Length * 31 + Version[0]);
        var tensors = new Dictionary<string, float[]>
        {
            ["W_enc"] = Normal(random, Width * Latents, 0.5),
            ["W_dec"] = Normal(random, Latents * Width, 0.3),
            ["b_dec"] = Normal(random, Width, 0.4),
        };
        foreach (var bias in Formula.Architecture == "gated" ? ["b_gate", "b_mag", "r_mag"] : new[] { "b_enc" }) tensors[bias] = Normal(random, Latents, 0.3);
        if (Formula.Architecture == "jumprelu") tensors["threshold"] = [.. Normal(random, Latents, 0.3).Select(Math.Abs)];
        if (Factors != FactorTensor.None)
            tensors["scaling_factor"] = [.. Normal(random, Latents, 0.3).Select(value => Factors == FactorTensor.Ones ? 1 : 1 + Math.Abs(value))];
        return tensors;
    }

    /// <summary>[columns, width], as large as activations are.</summary>
    public float[] Columns(int count) => Normal(new Random(7), count * Width, 1.5);

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "cfg.json"), Config.ToJsonString());
        if (Scale is { } scale) File.WriteAllText(Path.Combine(folder, "activation_scaler.json"), new JsonObject { ["scaling_factor"] = scale }.ToJsonString());
        var weights = new SafetensorsWriter();
        foreach (var (name, values) in Tensors())
        {
            if (name == "W_enc") weights.Add(name, values, Width, Latents);
            else if (name == "W_dec") weights.Add(name, values, Latents, Width);
            else weights.Add(name, values, values.Length);
        }
        weights.Save(Path.Combine(folder, "sae_weights.safetensors"));
    }

    private static float[] Normal(Random random, int count, double deviation)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}

/// <summary>Whether a folder has the tensor scaling_factor.</summary>
internal enum FactorTensor
{
    None,
    Ones,
    Learnt,
}
