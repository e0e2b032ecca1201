namespace SaeDashboard.Sae.Atlas;

/// <summary>How true a map is to the distances it was made of. Everything is compared, nothing is sampled.</summary>
internal static class MapQuality
{
    /// <summary>Of each point's nearest neighbours, the share that is among as many nearest on the map: 0 … 1.</summary>
    /// <param name="nearest">The true neighbours.</param>
    /// <param name="positions"><c>[n, 2]</c>.</param>
    /// <param name="cancellation">Checked between points.</param>
    public static double NeighboursKept(NearestDirections nearest, float[] positions, CancellationToken cancellation = default)
    {
        var (count, wanted) = (nearest.Count, nearest.Neighbours - 1);
        if (wanted < 1) return 1;
        var kept = new int[count];
        var grid = new PointGrid(positions);
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, row =>
        {
            foreach (var near in grid.Nearest(row, wanted))
            {
                if (Array.IndexOf(nearest.Indices, near, row * nearest.Neighbours + 1, wanted) >= 0) kept[row]++;
            }
        });
        return (double)kept.Sum(each => (long)each) / ((long)count * wanted);
    }

    /// <summary>
    /// Trustworthiness (Venna and Kaski 2001) at k neighbours: 1 when every neighbour on the map is one in truth, less the further in truth
    /// those are that only the map makes neighbours. Takes n² memory: for tests.
    /// </summary>
    /// <param name="ranks">Rank of j among the true neighbours of i, from 1 <c>[n][n]</c>.</param>
    /// <param name="positions"><c>[n, 2]</c>.</param>
    /// <param name="neighbours">k.</param>
    internal static double Trustworthiness(int[][] ranks, float[] positions, int neighbours)
    {
        var count = ranks.Length;
        var grid = new PointGrid(positions);
        var penalty = Enumerable.Range(0, count).Sum(row => grid.Nearest(row, neighbours).Sum(near => Math.Max(0, ranks[row][near] - neighbours)));
        return 1 - 2.0 / ((double)count * neighbours * (2 * count - 3 * neighbours - 1)) * penalty;
    }
}

/// <summary>The points of a map in square cells, so that the nearest of a point are found without looking at all of them.</summary>
internal sealed class PointGrid
{
    private readonly float[] positions;
    private readonly int[] starts, members;
    private readonly int columns, rows;
    private readonly float left, top, cell;

    /// <param name="positions"><c>[n, 2]</c>; kept, not copied.</param>
    public PointGrid(float[] positions)
    {
        this.positions = positions;
        var count = positions.Length / 2;
        var (right, bottom) = (float.MinValue, float.MinValue);
        (left, top) = (float.MaxValue, float.MaxValue);
        for (var i = 0; i < count; i++)
        {
            (left, right) = (MathF.Min(left, positions[2 * i]), MathF.Max(right, positions[2 * i]));
            (top, bottom) = (MathF.Min(top, positions[2 * i + 1]), MathF.Max(bottom, positions[2 * i + 1]));
        }
        // About two points to a cell.
        var side = Math.Max(1, (int)Math.Sqrt(count / 2.0));
        cell = MathF.Max(1e-6f, MathF.Max(right - left, bottom - top) / side);
        (columns, rows) = (Column(right) + 1, Row(bottom) + 1);
        starts = new int[columns * rows + 1];
        for (var i = 0; i < count; i++) starts[Cell(i) + 1]++;
        for (var i = 0; i < columns * rows; i++) starts[i + 1] += starts[i];
        members = new int[count];
        var place = (int[])starts.Clone();
        for (var i = 0; i < count; i++) members[place[Cell(i)]++] = i;
    }

    /// <summary>The points nearest to a point, without itself, nearest first, ties by number.</summary>
    public IEnumerable<int> Nearest(int point, int wanted)
    {
        var (x, y) = (positions[2 * point], positions[2 * point + 1]);
        var (column, row) = (Column(x), Row(y));
        var found = new List<(float Squared, int Index)>();
        for (var ring = 0; ring <= Math.Max(columns, rows); ring++)
        {
            // A point of a farther ring is at least so far away.
            var safe = (ring - 1) * cell;
            if (found.Count >= wanted && ring > 0)
            {
                found.Sort();
                if (found[wanted - 1].Squared <= safe * safe) break;
            }
            Collect(point, column, row, ring, found);
        }
        found.Sort();
        return found.Take(wanted).Select(each => each.Index);
    }

    private void Collect(int point, int column, int row, int ring, List<(float Squared, int Index)> found)
    {
        for (var r = Math.Max(0, row - ring); r <= Math.Min(rows - 1, row + ring); r++)
        {
            var edge = Math.Abs(r - row) == ring;
            for (var c = column - ring; c <= column + ring; c += edge || ring == 0 ? 1 : 2 * ring)
            {
                if (c < 0 || c >= columns) continue;
                for (var at = starts[r * columns + c]; at < starts[r * columns + c + 1]; at++)
                {
                    var other = members[at];
                    if (other == point) continue;
                    var (dx, dy) = (positions[2 * other] - positions[2 * point], positions[2 * other + 1] - positions[2 * point + 1]);
                    found.Add((dx * dx + dy * dy, other));
                }
            }
        }
    }

    private int Column(float x) => (int)((x - left) / cell);

    private int Row(float y) => (int)((y - top) / cell);

    private int Cell(int point) => Row(positions[2 * point + 1]) * columns + Column(positions[2 * point]);
}
