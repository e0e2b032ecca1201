namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>The k largest positive pre-activations of each column.</summary>
internal sealed class TopKSelection : LatentSelection
{
    private readonly SparseEncoder encoder;
    private readonly LargestCollector[] collectors;

    public TopKSelection(SparseBatch batch, int k, HalfWeights? half, WorkerTeam team)
    {
        encoder = new SparseEncoder(batch, half, team);
        collectors = Enumerable.Range(0, team.Size).Select(_ => new LargestCollector(batch.BlockRows, batch.Latents, k, half is not null)).ToArray();
    }

    public override void Train(TrainingState state, SparseBatch batch) => encoder.Run(state, batch, collectors);

    public override void Use(TrainingState state, SparseBatch batch) => Train(state, batch);

    public override void Dispose() => encoder.Dispose();
}
