namespace SaeDashboard.Sae.Features.Measures;

/// <summary>
/// For a feature those that fire together with it, by the phi coefficient over columns, and the lag at which the two fire together most. Exact:
/// every feature that shares a column is counted, from the lists of firing columns; no matrix of features × features exists.
/// </summary>
internal sealed class CoFiringFinder
{
    /// <summary>Features kept for each.</summary>
    public const int Places = 8;

    /// <summary>Lags tried: −25 … 25 columns, half a second at 50 columns a second.</summary>
    public const int Reach = 25;

    /// <summary>With fewer shared columns two features are not said to fire together: two single columns that coincide have a phi of 1.</summary>
    public const int FewestShared = 10;

    private readonly FiringStore store;
    private readonly int[] starts, active;
    private readonly int[] clipOf;

    /// <summary>[feature, L − 1]: its firing columns among the first, and among the last, L of the clips.</summary>
    private readonly int[] head, tail;

    /// <summary>[L]: pairs of columns at a distance L within a clip.</summary>
    private readonly long[] columnsAtLag = new long[Reach + 1];

    public CoFiringFinder(FiringStore store)
    {
        this.store = store;
        (starts, active) = store.ByUnit();
        clipOf = store.ClipOfUnit();
        head = new int[store.Features * Reach];
        tail = new int[store.Features * Reach];
        for (var lag = 0; lag <= Reach; lag++) columnsAtLag[lag] = store.Clips.Sum(clip => (long)Math.Max(0, clip.Columns - lag));
        for (var feature = 0; feature < store.Features; feature++) CountEnds(feature);
    }

    /// <summary>A thread's buffers.</summary>
    public sealed class Scratch(int features)
    {
        internal readonly int[] Shared = new int[features];
        internal readonly List<int> Touched = [];
        internal readonly int[] AtLag = new int[2 * Reach + 1];
        internal readonly List<(int Feature, double Phi)> Best = [];
    }

    /// <summary>The features that fire together with one, the largest phi (above 0) first, then the lower number.</summary>
    public List<(int Feature, double Phi, int Lag, double PhiAtLag)> Of(int feature, Scratch scratch)
    {
        Count(feature, scratch);
        var own = store.Units(feature).Length;
        scratch.Best.Clear();
        foreach (var other in scratch.Touched)
        {
            var shared = scratch.Shared[other];
            scratch.Shared[other] = 0;
            if (other == feature || shared < FewestShared) continue;
            var phi = Phi(shared, own, store.Units(other).Length, columnsAtLag[0]);
            if (phi > 0) Insert(scratch.Best, other, phi);
        }
        scratch.Touched.Clear();
        return [.. scratch.Best.Select(best => WithLag(feature, best, scratch))];
    }

    /// <summary>
    /// Phi of two binary columns: (n·n₁₁ − n₁·n₂) / √(n₁(n − n₁)·n₂(n − n₂)), their Pearson correlation; 0 where one of them is constant.
    /// </summary>
    internal static double Phi(double shared, double first, double second, double columns)
    {
        var variance = first * (columns - first) * (second * (columns - second));
        return variance > 0 ? (columns * shared - first * second) / Math.Sqrt(variance) : 0;
    }

    private void Count(int feature, Scratch scratch)
    {
        foreach (var unit in store.Units(feature))
        {
            for (var i = starts[unit]; i < starts[unit + 1]; i++)
            {
                if (scratch.Shared[active[i]]++ == 0) scratch.Touched.Add(active[i]);
            }
        }
    }

    private static void Insert(List<(int Feature, double Phi)> best, int feature, double phi)
    {
        var place = best.Count;
        while (place > 0 && Before(phi, feature, best[place - 1])) place--;
        if (place == Places) return;
        best.Insert(place, (feature, phi));
        if (best.Count > Places) best.RemoveAt(Places);
    }

    private static bool Before(double phi, int feature, (int Feature, double Phi) other) => phi > other.Phi || (phi == other.Phi && feature < other.Feature);

    /// <summary>The lag of the largest phi; of equal ones the nearest to 0, then the positive.</summary>
    private (int Feature, double Phi, int Lag, double PhiAtLag) WithLag(int feature, (int Feature, double Phi) best, Scratch scratch)
    {
        CountLags(store.Units(feature), store.Units(best.Feature), scratch.AtLag);
        var (bestLag, bestPhi) = (0, best.Phi);
        for (var distance = 1; distance <= Reach; distance++)
        {
            Try(distance);
            Try(-distance);
        }
        return (best.Feature, best.Phi, bestLag, bestPhi);

        void Try(int lag)
        {
            var distance = Math.Abs(lag);
            // Of the earlier one's columns the last L have no partner, of the later one's the first L.
            var (earlier, later) = lag > 0 ? (feature, best.Feature) : (best.Feature, feature);
            var phi = Phi(
                scratch.AtLag[Reach + lag], store.Units(earlier).Length - tail[earlier * Reach + distance - 1],
                store.Units(later).Length - head[later * Reach + distance - 1], columnsAtLag[distance]);
            if (phi > bestPhi) (bestLag, bestPhi) = (lag, phi);
        }
    }

    /// <summary>[Reach + L]: columns p with the one at p and the other at p + L.</summary>
    private static void CountLags(ReadOnlySpan<int> own, ReadOnlySpan<int> other, int[] atLag)
    {
        Array.Clear(atLag);
        var first = 0;
        foreach (var unit in own)
        {
            while (first < other.Length && other[first] < unit - Reach) first++;
            for (var i = first; i < other.Length && other[i] <= unit + Reach; i++) atLag[other[i] - unit + Reach]++;
        }
    }

    private void CountEnds(int feature)
    {
        foreach (var unit in store.Units(feature))
        {
            var clip = store.Clips[clipOf[unit]];
            var before = unit - clip.Start;
            var after = clip.Columns - 1 - before;
            if (before < Reach) head[feature * Reach + before]++;
            if (after < Reach) tail[feature * Reach + after]++;
        }
        for (var place = feature * Reach + 1; place < (feature + 1) * Reach; place++)
        {
            head[place] += head[place - 1];
            tail[place] += tail[place - 1];
        }
    }
}
