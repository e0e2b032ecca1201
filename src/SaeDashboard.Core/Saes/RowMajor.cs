namespace SaeDashboard.Core.Saes;

/// <summary>Rearranges matrices.</summary>
internal static class RowMajor
{
    // A block of 64 × 64 values stays in the first cache.
    private const int Block = 64;

    /// <summary>[rows, columns] to [columns, rows].</summary>
    public static float[] Transpose(ReadOnlySpan<float> values, int rows, int columns)
    {
        var result = GC.AllocateUninitializedArray<float>(values.Length);
        for (var top = 0; top < rows; top += Block)
        {
            for (var left = 0; left < columns; left += Block)
            {
                var (bottom, right) = (Math.Min(rows, top + Block), Math.Min(columns, left + Block));
                for (var row = top; row < bottom; row++)
                {
                    var from = values.Slice((int)((long)row * columns), columns);
                    for (var column = left; column < right; column++) result[(long)column * rows + row] = from[column];
                }
            }
        }
        return result;
    }
}
