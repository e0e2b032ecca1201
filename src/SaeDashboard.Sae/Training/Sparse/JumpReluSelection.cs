using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// JumpReLU's active latents, p > θ, and for training also those that are not active but near enough to move θ, |p − θ| &lt; ε/2.
/// </summary>
internal sealed unsafe class JumpReluSelection : LatentSelection
{
    private readonly SparseEncoder encoder;
    private readonly ThresholdCollector[] collectors;
    private readonly WorkerTeam team;
    private readonly float reach;
    private readonly float[] bounds;

    public JumpReluSelection(SparseBatch batch, double bandwidth, HalfWeights? half, WorkerTeam team)
    {
        this.team = team;
        reach = (float)(bandwidth / 2);
        bounds = new float[batch.Latents];
        encoder = new SparseEncoder(batch, half, team);
        collectors = Enumerable.Range(0, team.Size).Select(_ => new ThresholdCollector(batch.BlockRows, batch.Latents, half is not null)).ToArray();
    }

    public override void Train(TrainingState state, SparseBatch batch)
    {
        // The rounding of θ − ε/2 must not lose one; the exact question follows.
        var thresholds = TensorData.AsSpan(state.Extra[0].Value);
        for (var j = 0; j < bounds.Length; j++)
            bounds[j] = thresholds[j] - reach - 1e-6f * (reach + thresholds[j]);
        Collect(state, batch);
        team.Run(batch.Blocks, (_, block) => Sort(batch.Lists[block], batch.Block(block).Rows, state.Extra[0].ValueStart));
    }

    public override void Use(TrainingState state, SparseBatch batch)
    {
        TensorData.AsSpan(state.Extra[0].Value).CopyTo(bounds);
        Collect(state, batch);
    }

    /// <summary>Whether a pre-activation moves its threshold.</summary>
    public static bool IsNear(float p, float threshold, float reach) => MathF.Abs(p - threshold) < reach;

    public override void Dispose()
    {
        encoder.Dispose();
        foreach (var collector in collectors)
            collector.Dispose();
    }

    private void Collect(TrainingState state, SparseBatch batch)
    {
        foreach (var collector in collectors)
            collector.SetBounds(bounds);
        encoder.Run(state, batch, collectors);
    }

    /// <summary>In each column the active latents first.</summary>
    private void Sort(LatentList list, int rows, float* thresholds)
    {
        var near = new List<(int Number, float Value)>();
        var (kept, from) = (0, 0);
        for (var column = 0; column < rows; column++)
        {
            var (start, end) = (kept, list.Starts[column + 1]);
            near.Clear();
            for (var i = from; i < end; i++)
            {
                var (number, p) = (list.Numbers[i], list.Values[i]);
                if (p > thresholds[number])
                    (list.Numbers[kept], list.Values[kept++]) = (number, p);
                else if (IsNear(p, thresholds[number], reach))
                    near.Add((number, p));
            }
            from = end;
            list.Active[column] = kept - start;
            foreach (var (number, p) in near)
                (list.Numbers[kept], list.Values[kept++]) = (number, p);
            list.Starts[column + 1] = kept;
        }
        list.Truncate(kept);
    }
}
