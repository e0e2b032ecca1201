namespace SaeDashboard.Clap.Audio;

/// <summary>
/// How a square of patches is cut into square windows, shifted or not (Liu et al., "Swin Transformer: Hierarchical Vision Transformer using
/// Shifted Windows", 2021). A shifted square is rolled up and left, so that its last windows hold patches of opposite edges, which may not
/// attend to each other.
/// </summary>
/// <param name="side">Rows and columns of the square, in patches; a multiple of the window.</param>
/// <param name="window">Rows and columns of a window.</param>
/// <param name="shift">Patches by which the square is rolled; 0: not at all.</param>
internal sealed class AttentionWindows(int side, int window, int shift)
{
    // What a pair of patches that may not attend to each other gets added before the softmax.
    private const float Masked = -100;

    /// <summary>Windows of the square.</summary>
    public int Count => side / window * (side / window);

    /// <summary>Patches of a window.</summary>
    public int Patches => window * window;

    /// <summary>The patch (row · side + column) at each place of each window: <c>[windows · patches of one]</c>, a permutation.</summary>
    public long[] ToWindows()
    {
        var order = new long[side * side];
        for (var place = 0; place < order.Length; place++)
        {
            var (row, column) = Rolled(place);
            order[place] = (row + shift) % side * side + (column + shift) % side;
        }
        return order;
    }

    /// <summary>The place in the windows of each patch: the inverse of <see cref="ToWindows"/>.</summary>
    public long[] FromWindows()
    {
        var order = ToWindows();
        var inverse = new long[order.Length];
        for (var place = 0; place < order.Length; place++) inverse[order[place]] = place;
        return inverse;
    }

    /// <summary>The row of the table of relative positions for each pair of patches of a window: <c>[patches, patches]</c>, query by key.</summary>
    public long[] RelativePositions()
    {
        var rows = new long[Patches * Patches];
        for (var query = 0; query < Patches; query++)
        {
            for (var key = 0; key < Patches; key++)
            {
                var (down, right) = (query / window - key / window, query % window - key % window);
                rows[query * Patches + key] = (down + window - 1) * (2 * window - 1) + right + window - 1;
            }
        }
        return rows;
    }

    /// <summary>What is added to the attention of each pair of patches of each window: <c>[windows, patches, patches]</c>; null: nothing, the
    /// square is not shifted.</summary>
    public float[]? Mask()
    {
        if (shift == 0) return null;
        var regions = new int[side * side];
        for (var place = 0; place < regions.Length; place++)
        {
            var (row, column) = Rolled(place);
            regions[place] = 3 * Band(row) + Band(column);
        }
        var mask = new float[Count * Patches * Patches];
        for (var index = 0; index < mask.Length; index++)
        {
            var (cell, key) = Math.DivRem(index, Patches);
            var first = cell / Patches * Patches;
            if (regions[cell] != regions[first + key]) mask[index] = Masked;
        }
        return mask;

        int Band(int at) => at < side - window ? 0 : at < side - shift ? 1 : 2;
    }

    /// <summary>Row and column, in the rolled square, of a place in the windows.</summary>
    private (int Row, int Column) Rolled(int place)
    {
        var (cell, inside) = Math.DivRem(place, Patches);
        var across = side / window;
        return (cell / across * window + inside / window, cell % across * window + inside % window);
    }
}
