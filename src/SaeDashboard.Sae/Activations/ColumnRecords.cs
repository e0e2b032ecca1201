using System.Numerics;

namespace SaeDashboard.Sae.Activations;

/// <summary>Converts stored activations to float32, optionally scaling them in the same pass.</summary>
internal static unsafe class ColumnRecords
{
    /// <summary>Bytes per value.</summary>
    public static int Bytes(ActivationDType type) => type == ActivationDType.Float32 ? 4 : 2;

    /// <summary>Converts values without scaling.</summary>
    public static void Convert(ActivationDType type, byte* from, float* to, long count)
    {
        switch (type)
        {
            case ActivationDType.Float32:
                Buffer.MemoryCopy(from, to, count * 4, count * 4);
                break;
            case ActivationDType.Float16:
                Run<Float16>((ushort*)from, to, count, null, 1);
                break;
            case ActivationDType.BFloat16:
                Run<BFloat16>((ushort*)from, to, count, null, 1);
                break;
            default:
                throw new InvalidOperationException($"Activations of type {type} cannot be read.");
        }
    }

    /// <summary>Converts a column of <paramref name="width"/> values to scale · (x − mean).</summary>
    public static void Scale(ActivationDType type, byte* from, float* to, int width, float* mean, float scale)
    {
        switch (type)
        {
            case ActivationDType.Float32:
                Floats((float*)from, to, width, mean, scale);
                break;
            case ActivationDType.Float16:
                Run<Float16>((ushort*)from, to, width, mean, scale);
                break;
            case ActivationDType.BFloat16:
                Run<BFloat16>((ushort*)from, to, width, mean, scale);
                break;
            default:
                throw new InvalidOperationException($"Activations of type {type} cannot be read.");
        }
    }

    private static void Floats(float* from, float* to, int width, float* mean, float scale)
    {
        var d = 0;
        for (; d <= width - Vector<float>.Count; d += Vector<float>.Count)
            ((Vector.Load(from + d) - Vector.Load(mean + d)) * scale).Store(to + d);
        for (; d < width; d++)
            to[d] = (from[d] - mean[d]) * scale;
    }

    private static void Run<TWiden>(ushort* from, float* to, long count, float* mean, float scale) where TWiden : IWiden
    {
        var i = 0L;
        for (; i <= count - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.Load(from + i), out var low, out var high);
            var (first, second) = (TWiden.Float(low), TWiden.Float(high));
            if (mean != null)
            {
                first = (first - Vector.Load(mean + i)) * scale;
                second = (second - Vector.Load(mean + i + Vector<float>.Count)) * scale;
            }
            first.Store(to + i);
            second.Store(to + i + Vector<float>.Count);
        }
        for (; i < count; i++)
        {
            var value = TWiden.Float(from[i]);
            to[i] = mean == null ? value : (value - mean[i]) * scale;
        }
    }

    /// <summary>Converts 16 bits to float32.</summary>
    private interface IWiden
    {
        static abstract Vector<float> Float(Vector<uint> bits);

        static abstract float Float(ushort bits);
    }

    private readonly struct BFloat16 : IWiden
    {
        public static Vector<float> Float(Vector<uint> bits) => Vector.AsVectorSingle(bits << 16);

        public static float Float(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }

    /// <summary>
    /// IEEE half precision. The exponent's bias changes from 15 to 127. Below the normal range the exponent is set to that of 2⁻¹⁴ and 2⁻¹⁴
    /// is subtracted again, which is exact even where the processor flushes subnormal values to zero.
    /// </summary>
    private readonly struct Float16 : IWiden
    {
        private const uint Bias = (127 - 15) << 23, Exponent = 0x1Fu << 23, Tiny = 113u << 23;

        public static Vector<float> Float(Vector<uint> bits)
        {
            var magnitude = (bits & new Vector<uint>(0x7FFF)) << 13;
            var exponent = magnitude & new Vector<uint>(Exponent);
            var normal = magnitude + new Vector<uint>(Bias);
            var infinite = Vector.Equals(exponent, new Vector<uint>(Exponent));
            normal += infinite & new Vector<uint>(Bias);
            var subnormal = Vector.AsVectorSingle(magnitude + new Vector<uint>(Tiny)) - Vector.AsVectorSingle(new Vector<uint>(Tiny));
            var value = Vector.ConditionalSelect(Vector.Equals(exponent, Vector<uint>.Zero), Vector.AsVectorUInt32(subnormal), normal);
            return Vector.AsVectorSingle(value | ((bits & new Vector<uint>(0x8000)) << 16));
        }

        public static float Float(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);
    }
}

/// <summary>
/// x' = s·(x − μ) with E x' = 0 and E‖x'‖² = 1: dictionary_learning's convention, to which the constants of the training losses belong. The
/// scaling is folded into the weights on export.
/// </summary>
public sealed record ColumnScaling(float[] Mean, float Scale)
{
    /// <summary>The scaling that changes nothing.</summary>
    public static ColumnScaling Identity(int width) => new(new float[width], 1);

    /// <summary>Whether both are equal bit for bit.</summary>
    public bool SameAs(ColumnScaling other) => Scale.Equals(other.Scale) && Mean.AsSpan().SequenceEqual(other.Mean);

    /// <summary>Replaces a column [width] by x'.</summary>
    public void Apply(Span<float> column)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(column.Length, Mean.Length);
        var d = 0;
        for (; d <= column.Length - Vector<float>.Count; d += Vector<float>.Count)
            ((new Vector<float>(column[d..]) - new Vector<float>(Mean, d)) * Scale).CopyTo(column[d..]);
        for (; d < column.Length; d++)
            column[d] = (column[d] - Mean[d]) * Scale;
    }
}
