using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training.Architectures;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// A step by hand over the active latents alone; only the encoder's product is dense, and no gradient is ever held as a whole. What a step
/// consists of reads from top to bottom in <see cref="Step"/>. Its results do not depend on the number of threads.
/// </summary>
internal sealed class SparseEngine : ITrainingEngine
{
    private readonly TrainConfig config;
    private readonly WorkerTeam team;
    private readonly Architecture architecture;
    private readonly AdamOptimizer adam;
    private readonly SparseBatch batch;
    private readonly HalfWeights? half;
    private readonly LatentSelection selection;
    private readonly Reconstruction reconstruction;
    private readonly ThresholdGradient? thresholds;
    private readonly LatentUpdate update;
    private SparseBatch? measured;
    private LatentSelection? measuring;

    public SparseEngine(TrainConfig config, int width, WorkerTeam team)
    {
        (this.config, this.team) = (config, team);
        architecture = Architecture.Of(config);
        adam = new AdamOptimizer(config, team);
        var groups = config.Architecture == TrainArchitecture.Matryoshka ? MatryoshkaArchitecture.Groups(config.Latents) : [config.Latents];
        batch = new SparseBatch(config.Batch, width, config.Latents, groups);
        half = config.Candidates == TrainCandidates.BFloat16 ? new HalfWeights(config.Latents, width) : null;
        selection = Selection(batch, half);
        reconstruction = new Reconstruction(batch, team);
        thresholds = architecture is JumpReluArchitecture jump ? new ThresholdGradient(config.Latents, jump.Bandwidth, config.K) : null;
        update = new LatentUpdate(batch, half, team);
    }


    public TrainingState CreateState(int width) => new(width, config.Latents, architecture.ExtraTensors(config.Latents));

    public void Start(TrainingState state, Tensor sample) => architecture.Start(SaeWeights.Of(state), sample);

    public StepOutcome Step(TrainingState state, Tensor inputs, double learningRate)
    {
        // Forward: the latents of each column, its error, what each latent would change.
        using var dead = config.AuxCoefficient > 0 ? DeadLatents.Find(state, config.DeadWindowColumns()) : null;
        var sparsity = config.SparsityWeight(state.Step);
        batch.Take(inputs, state, team);
        selection.Train(state, batch);
        var outcome = reconstruction.Run(state, deltas: true);
        outcome = outcome with { Dead = dead?.Count ?? 0, ExtraLoss = outcome.ExtraLoss + (thresholds?.Penalty(outcome, sparsity) ?? 0) };
        if (!outcome.IsFinite)
        {
            state.GradientNorm = double.NaN;
            return outcome;
        }

        // Dead latents learn from what the others leave.
        if (dead is not null)
            outcome = outcome with { AuxLoss = dead.Gradients(state, batch, config.AuxCoefficient, team) };

        // Backward and Adam, latent by latent.
        var step = adam.At(state, learningRate);
        var squares = thresholds?.Run(state.Extra[0], batch, outcome, sparsity, step) ?? 0;
        state.GradientNorm = Math.Sqrt(squares + update.Run(state, dead, step));
        return outcome;
    }

    public unsafe StepOutcome Measure(TrainingState state, Tensor inputs, long[]? active)
    {
        if (measured is null || measuring is null || inputs.size(0) > measured.Capacity)
        {
            measuring?.Dispose();
            measured?.Dispose();
            measured = new SparseBatch((int)inputs.size(0), state.Width, config.Latents, [config.Latents]);
            measuring = Selection(measured, half: null);
        }
        measured.Take(inputs, state, team);
        measuring.Use(state, measured);
        var outcome = new Reconstruction(measured, team).Run(state, deltas: false);
        foreach (var list in measured.Lists.AsSpan(0, active is null ? 0 : measured.Blocks))
        {
            for (var i = 0; i < list.Count; i++)
                active![list.Numbers[i]]++;
        }
        return outcome;
    }

    public void Finish(TrainingState state, IEnumerable<Tensor> heldOut) => architecture.Settle(state, heldOut);

    public SparseAutoencoder Publish(TrainingState state, SaeMetadata metadata) =>
        architecture.Publish(SaeWeights.Of(state), metadata, state.Threshold.Value);

    public void Dispose()
    {
        selection.Dispose();
        half?.Dispose();
        batch.Dispose();
        measuring?.Dispose();
        measured?.Dispose();
    }

    private LatentSelection Selection(SparseBatch target, HalfWeights? half) => config.Architecture switch
    {
        TrainArchitecture.TopK => new TopKSelection(target, config.K, half, team),
        TrainArchitecture.BatchTopK or TrainArchitecture.Matryoshka => new BatchTopKSelection(target, config.K, half, team),
        TrainArchitecture.JumpRelu => new JumpReluSelection(target, ((JumpReluArchitecture)architecture).Bandwidth, half, team),
        _ => throw new ArgumentException($"The sparse engine does not make {config.Architecture}."),
    };
}
