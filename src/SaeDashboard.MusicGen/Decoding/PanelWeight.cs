using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// A weight in host memory, kept as panels of <see cref="PanelWidth"/> outputs:
/// <c>[panels, inputs, PanelWidth]</c>, the last one filled up with zeros. A product reads a panel from its beginning to its end, and
/// what it needs at once lies together.
/// </summary>
/// <remarks>
/// A panel's row is <see cref="PanelWidth"/> float32 numbers, or as many bfloat16 ones in half as many words: word j holds output j in
/// its lower half and output j + 16 in its upper one, so that one shift and one mask widen them.
/// </remarks>
/// <param name="address">Where the panels lie, on a border of 64 bytes; the arena's.</param>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
/// <param name="isBrain">Whether the numbers are bfloat16.</param>
internal sealed unsafe class PanelWeight(nint address, int inputs, int outputs, bool isBrain) : LinearWeight(inputs, outputs)
{
    /// <summary>Outputs of a panel.</summary>
    public const int PanelWidth = 32;

    /// <summary>bfloat16 instead of float32.</summary>
    public bool IsBrain { get; } = isBrain;

    public int Panels { get; } = PanelsOf(outputs);

    /// <summary>Bytes of one panel.</summary>
    public long PanelBytes { get; } = PanelBytesOf(inputs, isBrain);

    /// <summary>Bytes of all panels.</summary>
    public long Bytes => Panels * PanelBytes;

    public void* Panel(int panel) => (byte*)address + panel * PanelBytes;

    public static int PanelsOf(int outputs) => (outputs + PanelWidth - 1) / PanelWidth;

    public static long PanelBytesOf(int inputs, bool isBrain) => (long)inputs * PanelWidth * (isBrain ? sizeof(ushort) : sizeof(float));

    public override Tensor Multiply(Tensor rows) => RowArithmetic.Multiply(rows, this);

    public override Tensor MultiplySequence(Tensor x)
    {
        // A sequence's product takes hundreds of times longer than laying out its weight, and no second copy stays.
        using var matrix = ToTensor();
        return x.mm(matrix);
    }

    /// <summary>The weight as a float32 tensor <c>[inputs, outputs]</c>, for products of whole sequences: made for one product and
    /// disposed of after it.</summary>
    public Tensor ToTensor()
    {
        var result = empty(Inputs, Outputs);
        WorkerPool.Run(new Unpacking(this, (float*)TensorData.UncheckedAddress(result)), Panels);
        return result;
    }

    private sealed class Unpacking(PanelWeight weight, float* to) : PoolWork
    {
        protected override void Part(int part)
        {
            var columns = Math.Min(PanelWidth, weight.Outputs - part * PanelWidth);
            var row = stackalloc float[PanelWidth];
            for (var k = 0; k < weight.Inputs; k++)
            {
                var from = row;
                if (weight.IsBrain) Widen((uint*)weight.Panel(part) + (long)k * PanelWidth / 2, row);
                else from = (float*)weight.Panel(part) + (long)k * PanelWidth;
                new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to + (long)k * weight.Outputs + part * PanelWidth, columns));
            }
        }

        private static void Widen(uint* words, float* row)
        {
            for (var word = 0; word < PanelWidth / 2; word++)
            {
                row[word] = BitConverter.UInt32BitsToSingle(words[word] << 16);
                row[word + PanelWidth / 2] = BitConverter.UInt32BitsToSingle(words[word] & 0xFFFF0000);
            }
        }
    }
}
