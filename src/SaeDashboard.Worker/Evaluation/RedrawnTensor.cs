using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>Normal numbers with the mean and standard deviation of a tensor's own; which ones depends on the seed and the tensor's name alone.</summary>
/// <param name="file">Where the original is.</param>
/// <param name="entry">The original.</param>
/// <param name="seed">The model's seed.</param>
internal sealed class RedrawnTensor(SafetensorsFile file, TensorEntry entry, ulong seed)
{
    private ulong state = seed ^ BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(entry.Name)));

    /// <summary>Writes as many numbers as the original has, in its type.</summary>
    /// <exception cref="UserException">The original is not of a floating type, or not finite.</exception>
    public void Write(Stream stream)
    {
        var values = file.ReadFloat32(entry.Name);
        var mean = values.Sum(value => (double)value) / values.Length;
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length);
        if (!double.IsFinite(mean) || !double.IsFinite(deviation))
            throw new UserException($"{file.Path}: tensor '{entry.Name}' holds values that are not finite: fetch the model again.");
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box–Muller gives two at a time.
            var radius = deviation * Math.Sqrt(-2 * Math.Log(Uniform()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * Uniform());
            values[i] = (float)(mean + radius * cosine);
            if (i + 1 < values.Length) values[i + 1] = (float)(mean + radius * sine);
        }
        switch (entry.DType)
        {
            case TensorDType.Float32: WriteAll<float>(stream, values); break;
            case TensorDType.Float16: WriteAll<Half>(stream, [.. values.Select(value => (Half)value)]); break;
            case TensorDType.BFloat16: WriteAll<ushort>(stream, [.. values.Select(FloatFormats.ToBFloat16)]); break;
            default: WriteAll<double>(stream, [.. values.Select(value => (double)value)]); break;
        }
    }

    private static void WriteAll<T>(Stream stream, T[] values) where T : unmanaged
    {
        const int piece = 1 << 20;
        for (var from = 0; from < values.Length; from += piece)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(from, Math.Min(piece, values.Length - from))));
    }

    /// <summary>In (0, 1): SplitMix64 (Steele, Lea, Flood 2014).</summary>
    private double Uniform()
    {
        var value = state += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return (((value ^ (value >> 31)) >> 11) + 0.5) * (1.0 / (1UL << 53));
    }
}
