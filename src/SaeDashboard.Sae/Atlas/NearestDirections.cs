using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Atlas;

/// <summary>
/// The nearest neighbours of each direction by cosine distance 1 − cos, exactly: every pair is looked at, a block of rows at a time, so that
/// memory is bounded at any size. Row i of the result is [itself, its nearest, …].
/// </summary>
internal sealed class NearestDirections
{
    // Cosines of a block against all: at most 2^24 floats, 64 MB.
    private const int CosineBlock = 1 << 24;

    // The product of matrices may round differently with another number of threads. It only chooses candidates, these many more than asked
    // for; their cosines are computed again, one by one.
    private const int Spare = 8;

    private NearestDirections(int count, int neighbours, int[] indices, float[] distances) =>
        (Count, Neighbours, Indices, Distances) = (count, neighbours, indices, distances);

    /// <summary>Directions, n.</summary>
    public int Count { get; }

    /// <summary>Neighbours of each, k: itself included.</summary>
    public int Neighbours { get; }

    /// <summary><c>[n, k]</c>: itself first, then by distance, ties by number.</summary>
    public int[] Indices { get; }

    /// <summary><c>[n, k]</c>: 1 − cosine, never below 0.</summary>
    public float[] Distances { get; }

    /// <summary>Finds them.</summary>
    /// <param name="units">Directions of length 1 (or 0, which have cosine 0 with all) <c>[n, width]</c>, row-major.</param>
    /// <param name="width">Width.</param>
    /// <param name="neighbours">k, at most n.</param>
    /// <param name="progress">Called with the rows done.</param>
    /// <param name="cancellation">Checked between blocks.</param>
    public static NearestDirections Find(float[] units, int width, int neighbours, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var count = units.Length / width;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(neighbours, count);
        var indices = new int[count * neighbours];
        var distances = new float[count * neighbours];
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var all = TensorData.FromFloats(units, count, width);
        var transposed = all.transpose(0, 1);
        var candidates = Math.Min(count, neighbours + Spare);
        var block = Math.Clamp(CosineBlock / count, 1, count);
        for (var from = 0; from < count; from += block)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var rows = Math.Min(block, count - from);
            var (_, best) = all.narrow(0, from, rows).mm(transposed).topk(candidates, 1);
            var numbers = MemoryMarshal.Cast<byte, long>(best.contiguous().bytes).ToArray();
            var first = from;
            Parallel.For(0, rows, row => Rank(units, width, first + row, numbers.AsSpan(row * candidates, candidates), indices.AsSpan((first + row) * neighbours, neighbours),
                distances.AsSpan((first + row) * neighbours, neighbours)));
            progress?.Invoke(from + rows);
        }
        return new NearestDirections(count, neighbours, indices, distances);
    }

    private static void Rank(float[] units, int width, int row, ReadOnlySpan<long> candidates, Span<int> indices, Span<float> distances)
    {
        var others = new List<(float Distance, int Index)>(candidates.Length);
        var own = units.AsSpan(row * width, width);
        foreach (var candidate in candidates)
        {
            if (candidate != row) others.Add((MathF.Max(0, 1 - TensorPrimitives.Dot<float>(own, units.AsSpan((int)candidate * width, width))), (int)candidate));
        }
        others.Sort();
        (indices[0], distances[0]) = (row, 0);
        for (var place = 1; place < indices.Length; place++) (distances[place], indices[place]) = others[place - 1];
    }
}
