using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Formats;

/// <summary>
/// SAELens v6 folders: <c>cfg.json</c>, <c>sae_weights.safetensors</c> and, where it is there, <c>sparsity.safetensors</c>. Members of the
/// configuration that this program does not know are ignored; tensors are not: one too many or too few is an error.
/// </summary>
public static class SaeLensFolder
{
    public const string ConfigFile = "cfg.json";
    public const string WeightsFile = "sae_weights.safetensors";
    public const string SparsityFile = "sparsity.safetensors";

    /// <exception cref="UserException">A file is missing or malformed, or the tensors are not those of the architecture.</exception>
    public static SparseAutoencoder Load(string folder)
    {
        var configPath = Path.Combine(folder, ConfigFile);
        if (!File.Exists(configPath))
            throw new UserException($"{folder} is no SAE folder. Give the folder that holds {ConfigFile} and {WeightsFile}.");
        var config = SaeLensConfig.Parse(JsonFile.Read<JsonObject>(configPath), configPath);

        var weightsPath = Path.Combine(folder, WeightsFile);
        if (!File.Exists(weightsPath))
            throw new UserException($"{folder} has no {WeightsFile}: the SAE's weights are missing.");
        using var file = SafetensorsFile.Open(weightsPath);
        CheckTensors(config, file);
        var weights = config.TensorShapes().ToDictionary(
            entry => entry.Name, entry => TensorData.FromFloats(file.ReadFloat32(entry.Name), entry.Shape));
        return new SparseAutoencoder(config, weights);
    }

    /// <summary>Writes the folder whole or not at all; an existing folder of that name is an error.</summary>
    /// <param name="folder">The folder to make.</param>
    /// <param name="sae">What to write.</param>
    /// <param name="firingFrequency">[F]: the share of columns in which each latent is active; written as log10(frequency + 1e-10).</param>
    public static void Save(string folder, SparseAutoencoder sae, ReadOnlySpan<float> firingFrequency = default)
    {
        using var target = AtomicFolder.Create(folder);
        var config = SaeLensConfig.ToJson(sae.Config).ToJsonString(JsonDefaults.Data);
        AtomicFile.WriteAllText(Path.Combine(target.WorkPath, ConfigFile), config + "\n");

        var weights = new SafetensorsWriter();
        foreach (var (name, shape) in sae.Config.TensorShapes())
            weights.Add(name, TensorData.AsSpan(sae.Tensors[name]), shape);
        weights.Save(Path.Combine(target.WorkPath, WeightsFile));

        if (!firingFrequency.IsEmpty)
        {
            if (firingFrequency.Length != sae.Config.DSae)
                throw new ArgumentException($"{firingFrequency.Length} numbers for {sae.Config.DSae} latents.", nameof(firingFrequency));
            var sparsity = new float[firingFrequency.Length];
            for (var j = 0; j < sparsity.Length; j++)
                sparsity[j] = (float)Math.Log10(firingFrequency[j] + 1e-10);
            var writer = new SafetensorsWriter();
            writer.Add("sparsity", sparsity, sparsity.Length);
            writer.Save(Path.Combine(target.WorkPath, SparsityFile));
        }
        target.Commit();
    }

    private static void CheckTensors(SaeConfig config, SafetensorsFile file)
    {
        var expected = config.TensorShapes();
        var architecture = config.Architecture.ToString().ToLowerInvariant();
        foreach (var (name, shape) in expected)
        {
            if (!file.Entries.TryGetValue(name, out var entry))
                throw new UserException($"{file.Path} has no tensor \"{name}\", which a {architecture} SAE needs.");
            if (!entry.Shape.SequenceEqual(shape))
            {
                throw new UserException($"{file.Path}: tensor \"{name}\" is [{string.Join(", ", entry.Shape)}], " +
                    $"but {ConfigFile} (d_in {config.DIn}, d_sae {config.DSae}) asks for [{string.Join(", ", shape)}].");
            }
        }
        if (file.Entries.Keys.FirstOrDefault(name => expected.All(entry => entry.Name != name)) is { } unknown)
        {
            throw new UserException($"{file.Path} has a tensor \"{unknown}\" that a {architecture} SAE does not know: " +
                $"is \"architecture\" in {ConfigFile} right?");
        }
    }
}
