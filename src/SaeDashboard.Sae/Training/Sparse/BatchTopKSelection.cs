namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// BatchTopK's k·B largest positive pre-activations of a whole batch, exactly: all above a bound are taken, a little under the smallest that
/// the last batch kept, and the largest of them chosen. Should they be too few, the bound falls and the batch is looked through again. Of
/// equal ones the first columns' are kept, then the first latents'.
/// </summary>
internal sealed class BatchTopKSelection : LatentSelection
{
    /// <summary>What the smallest value kept may fall by from one batch to the next before the batch has to be looked through twice.</summary>
    private const float Slack = 0.9f;

    /// <summary>Without a batch before, the bound is that which leaves the first block so many times its share.</summary>
    private const double FirstMargin = 1.5;

    private readonly SparseEncoder encoder;
    private readonly ThresholdCollector[] collectors;
    private readonly int k;
    private readonly bool inexact;
    private int[] keys = [];

    public BatchTopKSelection(SparseBatch batch, int k, HalfWeights? half, WorkerTeam team)
    {
        (this.k, this.inexact) = (k, half is not null);
        encoder = new SparseEncoder(batch, half, team);
        collectors = Enumerable.Range(0, team.Size).Select(_ => new ThresholdCollector(batch.BlockRows, batch.Latents, inexact)).ToArray();
    }

    public override void Train(TrainingState state, SparseBatch batch)
    {
        var wanted = (int)Math.Min((long)k * batch.Columns, int.MaxValue);
        var bound = state.SmallestKept > 0 ? Slack * state.SmallestKept : FirstBound(state, batch);
        Collect(state, batch, bound);
        while (Count(batch) < wanted && bound > 0)
        {
            // Every positive one, after some tries.
            bound = bound > 1e-6f ? bound / 4 : 0;
            Collect(state, batch, bound);
        }
        if (Keep(batch, wanted) is not { } smallest)
            return;
        state.SmallestKept = smallest;
        state.Threshold.Add(smallest);
    }

    public override void Use(TrainingState state, SparseBatch batch) => Collect(state, batch, (float)Math.Max(0, state.Threshold.Value));

    public override void Dispose()
    {
        encoder.Dispose();
        foreach (var collector in collectors)
            collector.Dispose();
    }

    private void Collect(TrainingState state, SparseBatch batch, float bound)
    {
        foreach (var collector in collectors)
            collector.SetBound(bound);
        encoder.Run(state, batch, collectors);
    }

    private float FirstBound(TrainingState state, SparseBatch batch)
    {
        // No column of the first block can tell of more than its largest few: the bound is then only lower than it could be.
        var collector = new LargestCollector(batch.BlockRows, batch.Latents, Math.Min(2 * k, batch.Latents), inexact);
        encoder.RunBlock(state, batch, collector, 0);
        var found = Keys([batch.Lists[0]]);
        var margin = (int)Math.Ceiling(FirstMargin * k * batch.Block(0).Rows);
        return found.Length <= margin ? 0 : FloatOrder.Value(FloatOrder.Largest(found, margin));
    }

    private static long Count(SparseBatch batch) => batch.Lists.Take(batch.Blocks).Sum(list => (long)list.Count);

    /// <summary>Drops all but the so many largest; returns the smallest of them, or null when there is none.</summary>
    private float? Keep(SparseBatch batch, int wanted)
    {
        var lists = batch.Lists.AsSpan(0, batch.Blocks);
        var found = Keys(lists);
        if (found.Length == 0)
            return null;
        if (found.Length <= wanted)
        {
            var least = found[0];
            foreach (var key in found)
                least = Math.Min(least, key);
            return FloatOrder.Value(least);
        }
        var last = FloatOrder.Value(FloatOrder.Largest(found, wanted));
        var equals = wanted;
        for (var b = 0; b < lists.Length; b++)
            equals -= Above(lists[b], last);
        for (var b = 0; b < lists.Length; b++)
            lists[b].Filter(batch.Block(b).Rows, value => value > last || (value == last && equals-- > 0));
        return last;
    }

    private static unsafe int Above(LatentList list, float last)
    {
        var above = 0;
        for (var i = 0; i < list.Count; i++)
            above += list.Values[i] > last ? 1 : 0;
        return above;
    }

    private unsafe Span<int> Keys(ReadOnlySpan<LatentList> lists)
    {
        var total = 0;
        foreach (var list in lists)
            total = checked(total + list.Count);
        if (keys.Length < total)
            keys = new int[total + total / 4];
        var place = 0;
        foreach (var list in lists)
        {
            for (var i = 0; i < list.Count; i++)
                keys[place++] = FloatOrder.Key(list.Values[i]);
        }
        return keys.AsSpan(0, total);
    }
}
