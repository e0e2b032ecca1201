using System.Numerics;
using System.Runtime.InteropServices;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// The part of an LSTM that must go step by step. It is written here and not in libtorch: a step is a small matrix–vector product, and a
/// BLAS that spreads each over threads waits for all of them a thousand times a clip, which takes seconds as soon as another process
/// wants a core. So it is one thread's work, and its result does not depend on the number of threads.
/// </summary>
internal static class LstmRecurrence
{
    /// <param name="gates">[steps, 4·width] in the order i, f, g, o: the input's share; used as working memory.</param>
    /// <param name="weight">[4·width, width]</param>
    /// <param name="hidden">[width], moved on in place.</param>
    /// <param name="cell">[width], moved on in place.</param>
    /// <param name="output">[steps, width], receives the hidden values.</param>
    public static void Run(Span<float> gates, ReadOnlySpan<float> weight, Span<float> hidden, Span<float> cell, Span<float> output)
    {
        var width = hidden.Length;
        for (var step = 0; (step + 1) * width <= output.Length; step++)
        {
            var row = gates.Slice(step * 4 * width, 4 * width);
            AddProduct(row, weight, hidden);
            Move(row, hidden, cell);
            hidden.CopyTo(output.Slice(step * width, width));
        }
    }

    // Four rows at once: each loaded piece of the vector serves four products.
    private static void AddProduct(Span<float> sums, ReadOnlySpan<float> weight, ReadOnlySpan<float> vector)
    {
        var width = vector.Length;
        var whole = width - width % Vector<float>.Count;
        var pieces = MemoryMarshal.Cast<float, Vector<float>>(vector[..whole]);
        for (var row = 0; row < sums.Length; row += 4)
        {
            var rows = weight.Slice(row * width, 4 * width);
            var first = MemoryMarshal.Cast<float, Vector<float>>(rows[..whole]);
            var second = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(width, whole));
            var third = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(2 * width, whole));
            var fourth = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(3 * width, whole));
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var i = 0; i < pieces.Length; i++)
            {
                var piece = pieces[i];
                a = Vector.FusedMultiplyAdd(first[i], piece, a);
                b = Vector.FusedMultiplyAdd(second[i], piece, b);
                c = Vector.FusedMultiplyAdd(third[i], piece, c);
                d = Vector.FusedMultiplyAdd(fourth[i], piece, d);
            }

            var (sumA, sumB, sumC, sumD) = (Vector.Sum(a), Vector.Sum(b), Vector.Sum(c), Vector.Sum(d));
            for (var i = whole; i < width; i++)
            {
                sumA += rows[i] * vector[i];
                sumB += rows[width + i] * vector[i];
                sumC += rows[2 * width + i] * vector[i];
                sumD += rows[3 * width + i] * vector[i];
            }

            sums[row] += sumA;
            sums[row + 1] += sumB;
            sums[row + 2] += sumC;
            sums[row + 3] += sumD;
        }
    }

    private static void Move(ReadOnlySpan<float> gates, Span<float> hidden, Span<float> cell)
    {
        var width = hidden.Length;
        for (var n = 0; n < width; n++)
        {
            var input = Sigmoid(gates[n]);
            var forget = Sigmoid(gates[width + n]);
            var candidate = MathF.Tanh(gates[2 * width + n]);
            var open = Sigmoid(gates[3 * width + n]);
            cell[n] = forget * cell[n] + input * candidate;
            hidden[n] = open * MathF.Tanh(cell[n]);
        }
    }

    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}
