using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Formats;

/// <summary>Loads and saves SAE folders as tensors. Formats and errors are those of <see cref="SaeFolders"/>.</summary>
public static class SaeFolder
{
    /// <summary>Loads a folder of any supported format.</summary>
    /// <exception cref="Core.UserException">A file is missing, damaged or not supported; the message names file and field.</exception>
    public static SparseAutoencoder Load(string folder)
    {
        var (config, tensors) = SaeFolders.Read(folder, (values, shape) => TensorData.FromFloats(values, shape));
        return new SparseAutoencoder(config, tensors);
    }

    /// <summary>Writes a SAELens folder, completely or not at all; an existing folder is an error.</summary>
    /// <param name="folder">The folder to create.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="firingFrequency">[F]: the share of training columns in which each latent was active; written as log10(frequency +
    /// 1e-10).</param>
    /// <exception cref="Core.UserException">The folder exists or cannot be written, or SAELens does not support the SAE.</exception>
    public static void Save(string folder, SparseAutoencoder sae, ReadOnlySpan<float> firingFrequency = default)
    {
        if (!firingFrequency.IsEmpty && firingFrequency.Length != sae.Config.DSae)
            throw new ArgumentException($"{firingFrequency.Length} numbers for {sae.Config.DSae} latents.", nameof(firingFrequency));
        var sparsity = firingFrequency.IsEmpty ? null : new float[firingFrequency.Length];
        for (var j = 0; j < firingFrequency.Length; j++)
            sparsity![j] = (float)Math.Log10(firingFrequency[j] + 1e-10);
        var tensors = sae.Tensors.ToDictionary(entry => entry.Key, entry => TensorData.ToArray(entry.Value));
        SaeFolders.Write(folder, new SaeContents(sae.Config, tensors, sparsity), SaeFormat.SaeLens);
    }
}
