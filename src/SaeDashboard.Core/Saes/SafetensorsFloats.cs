using System.Runtime.InteropServices;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Saes;

/// <summary>Puts an SAE's tensors into a safetensors file without a copy of them: W_enc and W_dec may have a gigabyte each.</summary>
internal static class SafetensorsFloats
{
    private const int Piece = 1 << 20;

    /// <summary>Adds float32 values, which must not change before the file is saved.</summary>
    public static void AddFloats(this SafetensorsWriter writer, string name, float[] values, params long[] shape) =>
        writer.AddStreamed(name, TensorDType.Float32, stream =>
        {
            for (var from = 0; from < values.Length; from += Piece)
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan(from, Math.Min(Piece, values.Length - from))));
        }, shape);
}
