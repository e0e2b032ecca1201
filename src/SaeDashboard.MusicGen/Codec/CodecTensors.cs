using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Reads the codec's tensors from a checkpoint and keeps a hash of what was read. What it gives belongs to the caller, outside any
/// dispose scope.
/// </summary>
internal sealed class CodecTensors(CheckpointTensors checkpoint)
{
    private readonly SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);

    public bool Contains(string name) => checkpoint.Contains(name);

    /// <inheritdoc cref="CheckpointTensors.RequireAbsent"/>
    public void RequireAbsent(string name, string configured) => checkpoint.RequireAbsent(name, configured);

    /// <exception cref="UserException">The tensor is missing or has another shape.</exception>
    public Tensor Read(string name, params long[] shape) => ReadAs(name, name, shape);

    /// <summary>
    /// A convolution's weight: stored whole (<c>weight</c>), or as length g and direction v (<c>weight_g</c>, <c>weight_v</c>, in newer
    /// files
    /// <c>parametrizations.weight.original0</c>, <c>original1</c>), W = g·v/‖v‖ with the norm over all dimensions but the first.
    /// </summary>
    public Tensor Weight(string name, params long[] shape)
    {
        if (Contains($"{name}.weight")) return Read($"{name}.weight", shape);

        var parametrized = Contains($"{name}.parametrizations.weight.original1");
        if (!parametrized && !Contains($"{name}.weight_v"))
            throw new UserException($"{checkpoint.Folder} has no weight of the codec's layer {name}: neither {name}.weight_v, nor "
                + $"{name}.parametrizations.weight.original1, nor {name}.weight. Is it whole, and does config.json belong to it?");

        // Both spellings are hashed under one name: the same codec is the same codec.
        var (g, v) = parametrized ? ("parametrizations.weight.original0", "parametrizations.weight.original1") : ("weight_g", "weight_v");
        using var scope = NewDisposeScope();
        using var length = ReadAs($"{name}.{g}", $"{name}.weight_g", shape[0], 1, 1);
        using var direction = ReadAs($"{name}.{v}", $"{name}.weight_v", shape);
        var norm = direction.mul(direction).view(shape[0], -1).sum(1).sqrt().view(shape[0], 1, 1);
        return direction.mul(length.div(norm)).DetachFromDisposeScope();
    }

    /// <summary>
    /// SHA-256, lower-case hexadecimal, over <paramref name="fingerprint"/> and, in order of their names, name, shape and float32 values
    /// of every tensor read: independent of the file's element type, shards and order, and of the two spellings of a weight's norm.
    /// </summary>
    public string Hash(string fingerprint)
    {
        var lines = new StringBuilder(fingerprint).Append('\n');
        foreach (var (name, hash) in hashes) lines.Append(name).Append(' ').Append(hash).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private Tensor ReadAs(string name, string hashedName, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var tensor = checkpoint.Float32(name, shape).contiguous().DetachFromDisposeScope();
        var bytes = MemoryMarshal.AsBytes<float>(TensorData.AsSpan(tensor));
        var dimensions = string.Join('x', shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
        hashes[hashedName] = $"{dimensions} {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
        return tensor;
    }
}
