using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// Arithmetic whose result for a row depends on nothing but that row: not on how many rows there are, nor on its place among them.
/// </summary>
/// <remarks>
/// A BLAS chooses its kernel by the matrices' sizes: with OpenBLAS 0.3.21 a row multiplied alone, among 8 and among 32 gives three results that
/// differ in their last bits, while at any one count every place gives the same. So the rows are always multiplied <see cref="Count"/> at a time,
/// empty places filled with zeros. An elementwise function's vector code and its scalar code for the leftover elements differ too, so <see cref="Gelu"/>
/// hands over pieces that are whole vectors and too small to be shared among threads. Tests hold both.
/// </remarks>
internal static class FixedRows
{
    /// <summary>Rows of every multiplication.</summary>
    public const int Count = 16;

    // libtorch gives a thread no less than this many elements.
    private const int ElementsOfOneThread = 32768;

    /// <summary>The smallest multiple of <see cref="Count"/> that holds so many rows.</summary>
    public static int Padded(int rows) => (rows + Count - 1) / Count * Count;

    /// <param name="x"><c>[rows, in]</c>, a multiple of <see cref="Count"/> rows.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <returns><c>[rows, out]</c>.</returns>
    public static Tensor Linear(Tensor x, Tensor weight) => InPieces(x, Count, piece => linear(piece, weight));

    /// <param name="x"><c>[rows, width]</c>, a multiple of <see cref="Count"/> rows.</param>
    public static Tensor Gelu(Tensor x)
    {
        var rows = Count;
        while (rows > 1 && rows * x.shape[1] > ElementsOfOneThread) rows /= 2;
        return InPieces(x, rows, gelu);
    }

    private static Tensor InPieces(Tensor x, int rows, Func<Tensor, Tensor> function)
    {
        if (x.shape[0] == rows) return function(x);
        using var scope = NewDisposeScope();
        var pieces = new List<Tensor>();
        for (long row = 0; row < x.shape[0]; row += rows) pieces.Add(function(x.narrow(0, row, rows)));
        return cat(pieces, 0).MoveToOuterDisposeScope();
    }
}
