using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Fills a <see cref="PanelWeight"/> from a mapped file, panel by panel: rounded to bfloat16 if the run is, then scaled.</summary>
internal sealed unsafe class WeightPacking(PanelWeight weight, WeightPart[] parts, StoredTensor[] stored, bool rounds) : PoolWork
{
    private const int Width = PanelProduct.Width;
    private const int HalfWidth = Width / 2;

    // Inputs of a piece: 32 outputs of it fit the first-level cache.
    private const int Piece = 64;

    protected override void Part(int part)
    {
        var to = (byte*)weight.Panel(part);
        var piece = stackalloc float[Width * Piece];
        for (var first = 0; first < weight.Inputs; first += Piece)
        {
            var count = Math.Min(Piece, weight.Inputs - first);
            for (var column = 0; column < Width; column++) Read(part * Width + column, first, count, piece + column * Piece);
            for (var k = 0; k < count; k++)
            {
                if (weight.IsBrain) WriteBrain(piece + k, (uint*)to + (long)(first + k) * HalfWidth);
                else WriteSingle(piece + k, (float*)to + (long)(first + k) * Width);
            }
        }
    }

    private static void WriteSingle(float* column, float* row)
    {
        for (var output = 0; output < Width; output++) row[output] = column[output * Piece];
    }

    private static void WriteBrain(float* column, uint* row)
    {
        for (var word = 0; word < HalfWidth; word++)
        {
            var lower = BitConverter.SingleToUInt32Bits(column[word * Piece]) >> 16;
            var upper = BitConverter.SingleToUInt32Bits(column[(word + HalfWidth) * Piece]) & 0xFFFF0000;
            row[word] = upper | lower;
        }
    }

    /// <summary>Weights from inputs <paramref name="first"/> and on to one output; zeros past the last output.</summary>
    private void Read(int output, int first, int count, float* to)
    {
        var part = 0;
        while (part < parts.Length && output >= parts[part].Outputs) output -= (int)parts[part++].Outputs;
        if (part == parts.Length)
        {
            new Span<float>(to, count).Clear();
            return;
        }
        var place = (long)output * weight.Inputs + first;
        var from = (byte*)stored[part].Address + place * stored[part].Type.Size();
        Widen(from, stored[part].Type, count, to);
        if (rounds)
        {
            for (var index = 0; index < count; index++) to[index] = BrainRounding.Round(to[index]);
        }
        if (parts[part].Scale == 1) return;
        for (var index = 0; index < count; index++) to[index] *= parts[part].Scale;
    }

    private static void Widen(byte* from, TensorDType type, int count, float* to)
    {
        switch (type)
        {
            case TensorDType.Float32: Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float)); break;
            case TensorDType.BFloat16: for (var index = 0; index < count; index++) to[index] = BitConverter.UInt32BitsToSingle((uint)((ushort*)from)[index] << 16); break;
            case TensorDType.Float16: for (var index = 0; index < count; index++) to[index] = (float)((Half*)from)[index]; break;
            case TensorDType.Float64: for (var index = 0; index < count; index++) to[index] = (float)((double*)from)[index]; break;
            default: throw new InvalidOperationException($"{type} is no floating type.");
        }
    }
}
