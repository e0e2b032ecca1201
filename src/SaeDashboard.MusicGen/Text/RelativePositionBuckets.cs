namespace SaeDashboard.MusicGen.Text;

/// <summary>
/// T5's buckets of relative positions, both directions: half of them for keys before the query, half for keys after it; in each,
/// half hold one distance exactly and the others grow logarithmically up to the greatest distance.
/// </summary>
internal static class RelativePositionBuckets
{
    /// <returns>Row-major <c>[tokens, tokens]</c>: query i, key j.</returns>
    public static long[] Of(int tokens, int buckets, int maxDistance)
    {
        var table = new long[checked(tokens * tokens)];
        for (var query = 0; query < tokens; query++)
        {
            for (var key = 0; key < tokens; key++) table[query * tokens + key] = Bucket(key - query, buckets, maxDistance);
        }
        return table;
    }

    /// <param name="offset">Key's position minus query's position.</param>
    /// <param name="buckets">All buckets.</param>
    /// <param name="maxDistance">Distances from here on share the last bucket.</param>
    public static int Bucket(int offset, int buckets, int maxDistance)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var first = offset > 0 ? half : 0;
        var distance = Math.Abs(offset);
        if (distance < exact) return first + distance;
        // In float32, as the weights were trained: at the edges of a bucket a double can fall on the other side.
        var logarithmic = MathF.Log(distance / (float)exact) / (float)Math.Log(maxDistance / (double)exact) * (half - exact);
        return first + Math.Min(half - 1, exact + (int)logarithmic);
    }
}
