using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>
/// The error function in float32, within one unit in the last place: a polynomial in x² near 0, 1 − exp of a polynomial beyond. Every
/// element takes the same operations; libtorch's differ between versions, processors and the last elements of a vector.
/// The polynomials are N. Juffa's minimax fits.
/// </summary>
internal static class ErrorFunction
{
    private const int Lane = 8;
    private const float Border = 0.927734375f;

    /// <summary>The exact gelu, x/2 · (1 + erf(x/√2)).</summary>
    /// <param name="x"><c>[rows, width]</c>, contiguous float32 in host memory.</param>
    public static Tensor Gelu(Tensor x)
    {
        var result = empty(x.shape);
        var length = TensorData.AsSpan(x).Length;
        unsafe
        {
            GeluLoop.Run((float*)TensorData.UncheckedAddress(x), (float*)TensorData.UncheckedAddress(result), length);
        }
        return result;
    }

    /// <summary>The exact gelu of every element.</summary>
    public static void Gelu(ReadOnlySpan<float> from, Span<float> to)
    {
        var start = 0;
        for (; start + Lane <= from.Length; start += Lane) Gelu(Vector256.Create(from[start..])).CopyTo(to[start..]);
        if (start == from.Length) return;

        Span<float> last = stackalloc float[Lane];
        last.Clear();
        from[start..].CopyTo(last);
        Gelu(Vector256.Create<float>(last)).CopyTo(last);
        last[..(from.Length - start)].CopyTo(to[start..]);
    }

    /// <summary>erf of every element.</summary>
    public static Vector256<float> Of(Vector256<float> x)
    {
        var size = Vector256.Abs(x);
        var square = x * x;

        var far = Polynomial(size, -1.72853470e-5f, 3.83197126e-4f);
        far = Vector256.FusedMultiplyAdd(far, square, Polynomial(size, -3.88396438e-3f, 2.42546219e-2f));
        far = Vector256.FusedMultiplyAdd(far, size, Vector256.Create(-1.06777877e-1f));
        far = Vector256.FusedMultiplyAdd(far, size, Vector256.Create(-6.34846687e-1f));
        far = Vector256.FusedMultiplyAdd(far, size, Vector256.Create(-1.28717512e-1f));
        far = Vector256.FusedMultiplyAdd(far, size, -size);
        far = Vector256.CopySign(Vector256<float>.One - Vector256.Exp(far), x);

        var near = Polynomial(square, -5.96761703e-4f, 4.99119423e-3f);
        near = Vector256.FusedMultiplyAdd(near, square, Vector256.Create(-2.67681349e-2f));
        near = Vector256.FusedMultiplyAdd(near, square, Vector256.Create(1.12819925e-1f));
        near = Vector256.FusedMultiplyAdd(near, square, Vector256.Create(-3.76125336e-1f));
        near = Vector256.FusedMultiplyAdd(near, square, Vector256.Create(1.28379166e-1f));
        near = Vector256.FusedMultiplyAdd(near, x, x);

        return Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(Border)), far, near);
    }

    private static Vector256<float> Gelu(Vector256<float> x) => x * 0.5f * (Vector256<float>.One + Of(x * 0.707106781186547524f));

    private static Vector256<float> Polynomial(Vector256<float> x, float slope, float offset) =>
        Vector256.FusedMultiplyAdd(Vector256.Create(slope), x, Vector256.Create(offset));
}

/// <summary>A gelu split across the <see cref="WorkerPool"/>. One per thread, reused.</summary>
internal sealed unsafe class GeluLoop : PoolWork
{
    // Whole vectors; with fewer elements than two parts a second thread does not pay.
    private const int ElementsOfAPart = 1024;

    [ThreadStatic]
    private static GeluLoop? mine;

    private float* from, to;
    private int length;

    /// <summary>to[i] = gelu(from[i]).</summary>
    public static void Run(float* from, float* to, int length)
    {
        var loop = mine ??= new GeluLoop();
        loop.from = from;
        loop.to = to;
        loop.length = length;
        WorkerPool.Run(loop, (length + ElementsOfAPart - 1) / ElementsOfAPart);
    }

    protected override void Part(int part)
    {
        var start = part * ElementsOfAPart;
        var count = Math.Min(ElementsOfAPart, length - start);
        ErrorFunction.Gelu(new ReadOnlySpan<float>(from + start, count), new Span<float>(to + start, count));
    }
}
