using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// Chooses the active latents of each column; the sparse engine's architectures differ in this and in the gradient of a threshold.
/// </summary>
internal abstract class LatentSelection : IDisposable
{
    /// <summary>Fills the batch's lists as the training loss defines them.</summary>
    public abstract void SelectForTraining(TrainingState state, SparseBatch batch);

    /// <summary>Fills the batch's lists as the exported SAE would: each column by itself.</summary>
    public abstract void SelectForInference(TrainingState state, SparseBatch batch);

    public abstract void Dispose();
}

/// <summary>TopK: the k largest positive pre-activations of each column.</summary>
internal sealed class TopKSelection : LatentSelection
{
    private readonly EncoderProduct product;
    private readonly TopKCollector[] collectors;

    public TopKSelection(SparseBatch batch, int k, BFloat16Weights? candidates, WorkerTeam team)
    {
        product = new EncoderProduct(batch, candidates, team);
        collectors = [.. Enumerable.Range(0, team.Size).Select(
            _ => new TopKCollector(batch.BlockRows, batch.Latents, k, candidates is not null))];
    }

    public override void SelectForTraining(TrainingState state, SparseBatch batch) => product.Run(state, batch, collectors);

    public override void SelectForInference(TrainingState state, SparseBatch batch) => SelectForTraining(state, batch);

    public override void Dispose() => product.Dispose();
}

/// <summary>
/// BatchTopK and Matryoshka: exactly the k·B largest positive pre-activations of a batch. All above a bound are collected, the bound a
/// little below the smallest value that the last batch kept, and the largest of them kept. If there are too few, the bound is lowered and
/// the product computed again. Among equal values those of the first columns are kept, then those of the first latents.
/// </summary>
internal sealed class BatchTopKSelection : LatentSelection
{
    /// <summary>How far the smallest kept value may fall from one batch to the next before the product is computed twice.</summary>
    private const float Slack = 0.9f;

    /// <summary>Without a previous batch, the bound is the one that leaves the first block this many times its share.</summary>
    private const double FirstMargin = 1.5;

    private readonly EncoderProduct product;
    private readonly ThresholdCollector[] collectors;
    private readonly int k;
    private readonly bool inexact;
    private int[] keys = [];

    public BatchTopKSelection(SparseBatch batch, int k, BFloat16Weights? candidates, WorkerTeam team)
    {
        (this.k, this.inexact) = (k, candidates is not null);
        product = new EncoderProduct(batch, candidates, team);
        collectors = Enumerable.Range(0, team.Size).Select(_ => new ThresholdCollector(batch.BlockRows, batch.Latents, inexact)).ToArray();
    }

    public override void SelectForTraining(TrainingState state, SparseBatch batch)
    {
        var wanted = (int)Math.Min((long)k * batch.Columns, int.MaxValue);
        var bound = state.SmallestKept > 0 ? Slack * state.SmallestKept : FirstBound(state, batch);
        Collect(state, batch, bound);
        while (Count(batch) < wanted && bound > 0)
        {
            // After a few attempts every positive value.
            bound = bound > 1e-6f ? bound / 4 : 0;
            Collect(state, batch, bound);
        }
        if (KeepLargest(batch, wanted) is not { } smallest)
            return;
        state.SmallestKept = smallest;
        state.Threshold.Add(smallest);
    }

    public override void SelectForInference(TrainingState state, SparseBatch batch) =>
        Collect(state, batch, (float)Math.Max(0, state.Threshold.Value));

    public override void Dispose()
    {
        product.Dispose();
        foreach (var collector in collectors)
            collector.Dispose();
    }

    private void Collect(TrainingState state, SparseBatch batch, float bound)
    {
        foreach (var collector in collectors)
            collector.SetBound(bound);
        product.Run(state, batch, collectors);
    }

    private float FirstBound(TrainingState state, SparseBatch batch)
    {
        // Only the 2k largest of each column of the first block are looked at: at worst the bound is lower than it could be.
        var collector = new TopKCollector(batch.BlockRows, batch.Latents, Math.Min(2 * k, batch.Latents), inexact);
        product.RunBlock(state, batch, collector, 0);
        var found = Keys([batch.Lists[0]]);
        var margin = (int)Math.Ceiling(FirstMargin * k * batch.Block(0).Rows);
        return found.Length <= margin ? 0 : FloatOrder.Value(FloatOrder.Largest(found, margin));
    }

    private static long Count(SparseBatch batch) => batch.Lists.Take(batch.Blocks).Sum(list => (long)list.Count);

    /// <summary>
    /// Drops all but the <paramref name="wanted"/> largest; returns the smallest of those, or null when the lists are empty.
    /// </summary>
    private float? KeepLargest(SparseBatch batch, int wanted)
    {
        var lists = batch.Lists.AsSpan(0, batch.Blocks);
        var found = Keys(lists);
        if (found.Length == 0)
            return null;
        if (found.Length <= wanted)
        {
            var smallest = found[0];
            foreach (var key in found)
                smallest = Math.Min(smallest, key);
            return FloatOrder.Value(smallest);
        }
        var last = FloatOrder.Value(FloatOrder.Largest(found, wanted));
        var equals = wanted;
        for (var b = 0; b < lists.Length; b++)
            equals -= CountAbove(lists[b], last);
        for (var b = 0; b < lists.Length; b++)
            lists[b].Filter(batch.Block(b).Rows, value => value > last || (value == last && equals-- > 0));
        return last;
    }

    private static unsafe int CountAbove(LatentList list, float bound)
    {
        var above = 0;
        for (var i = 0; i < list.Count; i++)
            above += list.Values[i] > bound ? 1 : 0;
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

/// <summary>
/// JumpReLU: the active latents, p > θ, and in training also the inactive ones near enough to their threshold to move it, |p − θ| &lt; ε/2.
/// </summary>
internal sealed unsafe class JumpReluSelection : LatentSelection
{
    private readonly EncoderProduct product;
    private readonly ThresholdCollector[] collectors;
    private readonly WorkerTeam team;
    private readonly float reach;
    private readonly float[] bounds;

    public JumpReluSelection(SparseBatch batch, double bandwidth, BFloat16Weights? candidates, WorkerTeam team)
    {
        this.team = team;
        reach = (float)(bandwidth / 2);
        bounds = new float[batch.Latents];
        product = new EncoderProduct(batch, candidates, team);
        collectors = [.. Enumerable.Range(0, team.Size).Select(
            _ => new ThresholdCollector(batch.BlockRows, batch.Latents, candidates is not null))];
    }

    public override void SelectForTraining(TrainingState state, SparseBatch batch)
    {
        // A little below θ − ε/2, so that rounding loses none; Partition then tests exactly.
        var thresholds = TensorData.AsSpan(state.Extra[0].Value);
        for (var j = 0; j < bounds.Length; j++)
            bounds[j] = thresholds[j] - reach - 1e-6f * (reach + thresholds[j]);
        Collect(state, batch);
        team.Run(batch.Blocks, (_, block) => Partition(batch.Lists[block], batch.Block(block).Rows, state.Extra[0].ValueStart));
    }

    public override void SelectForInference(TrainingState state, SparseBatch batch)
    {
        TensorData.AsSpan(state.Extra[0].Value).CopyTo(bounds);
        Collect(state, batch);
    }

    /// <summary>Whether a pre-activation contributes to its threshold's gradient.</summary>
    public static bool IsNear(float p, float threshold, float reach) => MathF.Abs(p - threshold) < reach;

    public override void Dispose()
    {
        product.Dispose();
        foreach (var collector in collectors)
            collector.Dispose();
    }

    private void Collect(TrainingState state, SparseBatch batch)
    {
        foreach (var collector in collectors)
            collector.SetBounds(bounds);
        product.Run(state, batch, collectors);
    }

    /// <summary>Moves each column's active latents to its front and drops those that are neither active nor near.</summary>
    private void Partition(LatentList list, int rows, float* thresholds)
    {
        var near = new List<(int Latent, float Value)>();
        var (kept, from) = (0, 0);
        for (var column = 0; column < rows; column++)
        {
            var (start, end) = (kept, list.Starts[column + 1]);
            near.Clear();
            for (var i = from; i < end; i++)
            {
                var (latent, p) = (list.Latents[i], list.Values[i]);
                if (p > thresholds[latent])
                    (list.Latents[kept], list.Values[kept++]) = (latent, p);
                else if (IsNear(p, thresholds[latent], reach))
                    near.Add((latent, p));
            }
            from = end;
            list.Active[column] = kept - start;
            foreach (var (latent, p) in near)
                (list.Latents[kept], list.Values[kept++]) = (latent, p);
            list.Starts[column + 1] = kept;
        }
        list.Truncate(kept);
    }
}
