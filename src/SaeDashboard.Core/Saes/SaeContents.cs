using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SaeDashboard.Core.Saes;

/// <summary>An SAE in memory, without a tensor library: whatever folder it came from, in SAELens's layout.</summary>
/// <param name="Config">What it is.</param>
/// <param name="Tensors">Row-major values of the tensors of <see cref="SaeConfig.TensorShapes"/>, and no others.</param>
/// <param name="Sparsity">[F] log10(frequency + 1e-10) of each latent in training; null when the folder does not say.</param>
public sealed record SaeContents(SaeConfig Config, IReadOnlyDictionary<string, float[]> Tensors, float[]? Sparsity = null)
{
    /// <summary>
    /// What people's writing names this SAE by: SHA-256 (lower-case hexadecimal) over its tensors in SAELens layout as float32 bytes, in
    /// ordinal order of their names. A renamed or re-imported folder keeps it, and so does a converted one whose values did not change.
    /// </summary>
    public string WeightsHash() => HashOf(Config, name => Tensors[name]);

    /// <summary>The same of values that are given one tensor at a time.</summary>
    public static string HashOf(SaeConfig config, SaeTensorValues values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, _) in config.TensorShapes()) hash.AppendData(MemoryMarshal.AsBytes(values(name)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
