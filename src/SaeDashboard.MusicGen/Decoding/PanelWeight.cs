using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// A weight in host memory, kept as panels of <see cref="PanelProduct.Width"/> outputs:
/// <c>[panels, inputs, PanelProduct.Width]</c>, the last one filled up with zeros. A product reads a panel from its beginning to its end, and
/// what it needs at once lies together.
/// </summary>
/// <remarks>
/// A panel's row is <see cref="PanelProduct.Width"/> float32 numbers, or as many bfloat16 ones in half as many words: word j holds output j in
/// its lower half and output j + 16 in its upper one, so that one shift and one mask widen them.
/// </remarks>
/// <param name="address">Where the panels lie, on a border of 64 bytes; the arena's.</param>
/// <param name="inputs">Inputs.</param>
/// <param name="outputs">Outputs.</param>
/// <param name="isBrain">Whether the numbers are bfloat16.</param>
internal sealed unsafe class PanelWeight(nint address, int inputs, int outputs, bool isBrain) : LinearWeight(inputs, outputs)
{
    /// <summary>bfloat16 instead of float32.</summary>
    public bool IsBrain { get; } = isBrain;

    public int Panels { get; } = PanelsOf(outputs);

    /// <summary>Bytes of one panel.</summary>
    public long PanelBytes { get; } = PanelBytesOf(inputs, isBrain);

    /// <summary>Bytes of all panels.</summary>
    public long Bytes => Panels * PanelBytes;

    public void* Panel(int panel) => (byte*)address + panel * PanelBytes;

    public static int PanelsOf(int outputs) => (outputs + PanelProduct.Width - 1) / PanelProduct.Width;

    public static long PanelBytesOf(int inputs, bool isBrain) => (long)inputs * PanelProduct.Width * (isBrain ? sizeof(ushort) : sizeof(float));

    public override Tensor Multiply(Tensor rows) => RowArithmetic.Multiply(rows, this);
}
