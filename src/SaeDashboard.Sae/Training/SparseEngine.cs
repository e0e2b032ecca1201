using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training.Architectures;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// TopK by hand: <see cref="TopKForward"/>, <see cref="DeadLatents"/>, <see cref="TopKGradients"/>. Only the encoder's product is dense.
/// </summary>
internal sealed class SparseEngine : ITrainingEngine
{
    private readonly TrainConfig config;
    private readonly WorkerTeam team;
    private readonly StepBuffers buffers;
    private readonly TopKForward forward;
    private readonly TopKGradients gradients;
    private StepBuffers? measured;
    private TopKForward? measuring;

    public SparseEngine(TrainConfig config, int width, WorkerTeam team)
    {
        (this.config, this.team) = (config, team);
        buffers = new StepBuffers(config.Batch, width, config.Latents, config.K, team.Size);
        forward = new TopKForward(buffers, team);
        gradients = new TopKGradients(buffers, team);
    }

    public TrainingState CreateState(int width) => new(width, config.Latents);

    public void Start(TrainingState state, Tensor sample)
    {
        // Decoder, encoder and biases are all there is.
    }

    public (StepOutcome Outcome, double GradientNorm) Gradients(TrainingState state, Tensor batch)
    {
        using var dead = config.AuxCoefficient > 0 ? DeadLatents.Find(state, config.DeadWindowColumns(), buffers, team) : null;
        var outcome = forward.Run(state, batch, dead);
        if (dead is not null)
            outcome = outcome with { AuxLoss = dead.Gradients(state, config.AuxCoefficient) };
        return (outcome, gradients.Run(state, dead));
    }

    public unsafe StepOutcome Measure(TrainingState state, Tensor batch, long[]? active)
    {
        var columns = (int)batch.size(0);
        if (measured is null || measuring is null || columns > measured.Counts.Length)
        {
            measured?.Dispose();
            measured = new StepBuffers(columns, state.Width, config.Latents, config.K, team.Size);
            measuring = new TopKForward(measured, team);
        }
        measured.Batch = columns;
        var outcome = measuring.Run(state, batch, null);
        for (var i = 0; active is not null && i < columns; i++)
        {
            for (var slot = 0; slot < measured.Counts[i]; slot++)
                active[measured.Chosen[(long)i * config.K + slot]]++;
        }
        return outcome;
    }

    public void Finish(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        // A column's k largest need no threshold.
    }

    public SparseAutoencoder Publish(TrainingState state, SaeMetadata metadata) =>
        new TopKArchitecture(config.K).Publish(SaeWeights.Of(state), metadata, state.Threshold.Value);

    public void Dispose()
    {
        buffers.Dispose();
        measured?.Dispose();
    }
}
