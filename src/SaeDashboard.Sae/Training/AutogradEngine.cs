using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training.Architectures;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Every architecture, dense and by automatic differentiation: the reference. A step reads from top to bottom in <see cref="Gradients"/>.
/// libtorch computes on as many threads as the run has, and their number may change the last bits. On a device, weights, moments and all
/// that a step computes stay there; batches come from host memory, counts and losses go back.
/// </summary>
/// <param name="config">The settings.</param>
/// <param name="team">Threads for Adam in host memory.</param>
/// <param name="device">Where a step is computed, Adam by tensor operations; null: in host memory, Adam by our kernels. Tests give the CPU, to reach a GPU's code.</param>
internal sealed class AutogradEngine(TrainConfig config, WorkerTeam team, Device? device = null) : ITrainingEngine
{
    private readonly Architecture architecture = Architecture.Of(config);
    private readonly AdamOptimizer adam = new(config, team);

    public TrainingState CreateState(int width) => new(width, config.Latents, device, architecture.ExtraTensors(config.Latents, device));

    public void Start(TrainingState state, Tensor sample)
    {
        using var here = Here(sample);
        architecture.Start(SaeWeights.Of(state), here);
    }

    public StepOutcome Step(TrainingState state, Tensor batch, double learningRate)
    {
        var step = adam.At(state, learningRate);
        using var here = Here(batch);
        var outcome = Gradients(state, here);
        if (!outcome.IsFinite || !double.IsFinite(state.GradientNorm))
            return outcome;
        if (device is null)
            adam.Step(state, step);
        else
            TensorAdam.Step(state, step);
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
        var squares = zeros([], ScalarType.Float64, device);
        foreach (var (tensor, leaf) in state.Trained.Zip(weights.All))
        {
            var gradient = leaf.grad ?? zeros_like(leaf);
            if (tensor == state.Decoder)
                gradient = WithoutPartAlong(gradient, state.Decoder.Value);
            tensor.Gradient.copy_(gradient);
            squares = squares.add(gradient.square().sum(ScalarType.Float64));
        }

        // Who was active.
        Count(state, pass.Latents);
        var outcome = Outcome(batch, pass.Error.detach(), pass.Latents.detach());
        state.GradientNorm = Math.Sqrt(squares.item<double>());
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
        var x = Here(batch);
        var f = architecture.Encode(weights, x, state.Threshold.Value);
        if (active is not null)
        {
            var counts = ActiveCounts(f);
            for (var j = 0; j < active.Length; j++)
                active[j] += counts[j];
        }
        return Outcome(x, x.sub(weights.Decode(f)), f);
    }

    public void Finish(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        using var threads = new TorchThreads(team.Size);
        architecture.Settle(state, heldOut);
    }

    public SparseAutoencoder Publish(TrainingState state, SaeMetadata metadata)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return architecture.Publish(SaeWeights.Of(state).InHostMemory(), metadata, state.Threshold.Value);
    }

    public void Dispose()
    {
        // The weights are the state's, and nothing else outlives a step.
    }

    /// <summary>A batch where the weights are, the caller's to dispose of; of one that is there already, a second name.</summary>
    private Tensor Here(Tensor batch) => batch.to(device ?? CPU);

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
