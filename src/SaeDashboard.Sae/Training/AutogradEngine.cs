using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training.Architectures;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Every architecture, dense and by automatic differentiation: the reference. A step reads from top to bottom in <see cref="Gradients"/>.
/// libtorch computes on as many threads as the run has, and their number may change the last bits.
/// </summary>
internal sealed class AutogradEngine(TrainConfig config, WorkerTeam team) : ITrainingEngine
{
    private readonly Architecture architecture = Architecture.Of(config);
    private readonly AdamOptimizer adam = new(config, team);

    public TrainingState CreateState(int width) => new(width, config.Latents, architecture.ExtraTensors(config.Latents));

    public void Start(TrainingState state, Tensor sample) => architecture.Start(SaeWeights.Of(state), sample);

    public StepOutcome Step(TrainingState state, Tensor batch, double learningRate)
    {
        var step = adam.At(state, learningRate);
        var outcome = Gradients(state, batch);
        if (outcome.IsFinite && double.IsFinite(state.GradientNorm))
            adam.Step(state, step);
        return outcome;
    }

    /// <summary>Writes the gradient of every tensor, and their norm.</summary>
    private StepOutcome Gradients(TrainingState state, Tensor batch)
    {
        // A worker team keeps libtorch's own loops to one thread.
        using var threads = new TorchThreads(team.Size);
        using var scope = NewDisposeScope();

        // Forward: latents, error, the architecture's loss.
        var weights = SaeWeights.Of(state).AsLeaves();
        var pass = architecture.Forward(weights, batch, config.SparsityWeight(state.Step));
        if (pass.SmallestKept is { } smallest)
        {
            state.SmallestKept = (float)smallest;
            state.Threshold.Add(smallest);
        }

        // Dead latents learn from what the others leave.
        var dead = config.AuxCoefficient > 0 ? Dead(state) : [];
        var auxLoss = dead.Length > 0 ? AuxiliaryLoss.Of(weights, pass, dead) : null;
        var loss = auxLoss is null ? pass.Loss : pass.Loss.add(auxLoss.mul(config.AuxCoefficient));

        // Backward. A tensor that played no part has no gradient.
        loss.backward();
        var squares = 0.0;
        foreach (var (tensor, leaf) in state.Trained.Zip(weights.All))
        {
            var gradient = leaf.grad ?? zeros_like(leaf);
            if (tensor == state.Decoder)
                gradient = WithoutPartAlong(gradient, state.Decoder.Value);
            tensor.Gradient.copy_(gradient);
            squares += gradient.square().sum(ScalarType.Float64).item<double>();
        }

        // Who was active.
        Count(state, pass.Latents);
        var outcome = Outcome(batch, pass.Error.detach(), pass.Latents.detach());
        state.GradientNorm = Math.Sqrt(squares);
        return outcome with
        {
            AuxLoss = auxLoss?.item<float>() ?? 0,
            ExtraLoss = pass.Loss.item<float>() - outcome.ReconstructionLoss,
            Dead = dead.Length,
        };
    }

    public StepOutcome Measure(TrainingState state, Tensor batch, long[]? active)
    {
        using var threads = new TorchThreads(team.Size);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weights = SaeWeights.Of(state);
        var f = architecture.Encode(weights, batch, state.Threshold.Value);
        if (active is not null)
        {
            var counts = ActiveCounts(f);
            for (var j = 0; j < active.Length; j++)
                active[j] += counts[j];
        }
        return Outcome(batch, batch.sub(weights.Decode(f)), f);
    }

    public void Finish(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        using var threads = new TorchThreads(team.Size);
        architecture.Settle(state, heldOut);
    }

    public SparseAutoencoder Publish(TrainingState state, SaeMetadata metadata) =>
        architecture.Publish(SaeWeights.Of(state), metadata, state.Threshold.Value);

    public void Dispose()
    {
        // The weights are the state's, and nothing else outlives a step.
    }

    private long[] Dead(TrainingState state)
    {
        var window = config.DeadWindowColumns();
        return [.. Enumerable.Range(0, state.Latents).Where(j => state.ColumnsSinceActive[j] >= window).Select(j => (long)j)];
    }

    private static Tensor WithoutPartAlong(Tensor gradient, Tensor rows) => gradient.sub(rows.mul(gradient.mul(rows).sum(1, true)));

    private static void Count(TrainingState state, Tensor latents)
    {
        var columns = latents.size(0);
        var counts = ActiveCounts(latents);
        for (var j = 0; j < counts.Length; j++)
        {
            state.ColumnsSinceActive[j] = counts[j] > 0 ? 0 : state.ColumnsSinceActive[j] + columns;
            state.ActiveCounts[j] += counts[j];
        }
        state.CountedColumns += columns;
    }

    private static long[] ActiveCounts(Tensor latents) => TensorData.ToInt64Array(latents.detach().gt(0).sum([0]));

    private static StepOutcome Outcome(Tensor x, Tensor error, Tensor latents) => new()
    {
        Columns = (int)x.size(0),
        SquaredError = error.square().sum(ScalarType.Float64).item<double>(),
        Variance = x.sub(x.mean([0], true)).square().sum(ScalarType.Float64).item<double>(),
        Active = latents.gt(0).sum().item<long>(),
    };
}
