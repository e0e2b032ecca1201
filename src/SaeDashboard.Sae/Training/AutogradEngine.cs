using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Trains every architecture by automatic differentiation of dense products: the reference. A step reads from top to bottom in
/// <see cref="ComputeGradients"/>. libtorch computes on as many threads as the run has, and their number may change the last bits. On a
/// GPU, weights, moments and everything a step computes stay there; batches come from host memory, counts and losses go back.
/// </summary>
/// <param name="config">The settings.</param>
/// <param name="team">Threads for Adam in host memory.</param>
/// <param name="device">Computes the steps, with Adam by tensor operations; null: host memory, with Adam by our kernels. Tests pass the CPU
/// to cover a GPU's code.</param>
internal sealed class AutogradEngine(TrainConfig config, WorkerTeam team, Device? device = null) : ITrainingEngine
{
    private readonly Architecture architecture = Architecture.Of(config);
    private readonly AdamOptimizer adam = new(config, team);

    public TrainingState CreateState(int width) => new(width, config.Latents, device, architecture.ExtraTensors(config.Latents, device));

    public void InitializeThresholds(TrainingState state, Tensor sample)
    {
        using var here = Here(sample);
        architecture.InitializeThresholds(SaeWeights.Of(state), here);
    }

    public StepOutcome Step(TrainingState state, Tensor batch, double learningRate)
    {
        var step = adam.At(state, learningRate);
        using var here = Here(batch);
        var outcome = ComputeGradients(state, here);
        if (!outcome.IsFinite || !double.IsFinite(state.GradientNorm))
            return outcome;
        if (device is null)
            adam.Step(state, step);
        else
            TensorAdam.Step(state, step);
        return outcome;
    }

    /// <summary>Computes the gradient of every tensor, and their norm.</summary>
    private StepOutcome ComputeGradients(TrainingState state, Tensor batch)
    {
        // A worker team limits libtorch to one thread.
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

        // AuxK: dead latents are trained to reconstruct the error.
        var dead = config.AuxCoefficient > 0 ? DeadLatents(state) : [];
        var auxLoss = dead.Length > 0 ? AuxiliaryLoss.Of(weights, pass, dead) : null;
        var loss = auxLoss is null ? pass.Loss : pass.Loss.Add(auxLoss.Mul(config.AuxCoefficient));

        // Backward. A tensor that the loss does not depend on has no gradient.
        loss.backward();
        var squares = zeros([], ScalarType.Float64, device);
        foreach (var (tensor, leaf) in state.Trained.Zip(weights.All))
        {
            var gradient = leaf.grad ?? zeros_like(leaf);
            if (tensor == state.Decoder)
                gradient = RemoveParallelGradient(gradient, state.Decoder.Value);
            tensor.Gradient.copy_(gradient);
            squares = squares.Add(gradient.Square().sum(ScalarType.Float64));
        }

        // Activation counts.
        CountActivations(state, pass.Latents);
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

    public void CalibrateThreshold(TrainingState state, IEnumerable<Tensor> heldOut)
    {
        using var threads = new TorchThreads(team.Size);
        architecture.CalibrateThreshold(state, heldOut);
    }

    public SparseAutoencoder Export(TrainingState state, SaeMetadata metadata)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return architecture.Export(SaeWeights.Of(state).InHostMemory(), metadata, state.Threshold.Value);
    }

    public void Dispose()
    {
        // The state owns the weights, and nothing else outlives a step.
    }

    /// <summary>A batch on the weights' device, to be disposed of by the caller; an alias if it is there already.</summary>
    private Tensor Here(Tensor batch) => batch.to(device ?? CPU);

    private long[] DeadLatents(TrainingState state)
    {
        var window = config.DeadWindowColumns();
        return [.. Enumerable.Range(0, state.Latents).Where(j => state.ColumnsSinceActive[j] >= window).Select(j => (long)j)];
    }

    private static Tensor RemoveParallelGradient(Tensor gradient, Tensor rows) => gradient.sub(rows.mul(gradient.mul(rows).sum(1, true)));

    private static void CountActivations(TrainingState state, Tensor latents)
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

    private static long[] ActiveCounts(Tensor latents) => TensorData.ToInt64Array(latents.detach().Gt(0).sum([0]));

    private static StepOutcome Outcome(Tensor x, Tensor error, Tensor latents) => new()
    {
        Columns = (int)x.size(0),
        SquaredError = error.Square().sum(ScalarType.Float64).item<double>(),
        Variance = x.sub(x.mean([0], true)).Square().sum(ScalarType.Float64).item<double>(),
        Active = latents.Gt(0).sum().item<long>(),
    };
}

/// <summary>
/// The step of <see cref="AdamOptimizer.Step"/> by libtorch's operations, on the tensors' device: the same formula in the same order, with
/// the device's rounding.
/// </summary>
internal static class TensorAdam
{
    /// <summary>Takes a step with the gradients stored in the tensors. Decoder rows are normalised afterwards.</summary>
    public static void Step(TrainingState state, AdamStep adam)
    {
        using var noGradient = no_grad();
        foreach (var tensor in state.Trained)
        {
            using var scope = NewDisposeScope();
            Update(tensor, adam);
            if (tensor == state.Decoder)
                tensor.Value.div_(tensor.Value.norm(1, true));
            if (float.IsFinite(tensor.Minimum))
                tensor.Value.ClampMinInPlace(tensor.Minimum);
        }
    }

    private static void Update(TrainedTensor tensor, AdamStep adam)
    {
        var gradient = tensor.Gradient.Mul(adam.GradientScale);
        tensor.FirstMoment.MulInPlace(adam.Beta1).AddInPlace(gradient, alpha: 1 - adam.Beta1);
        tensor.SecondMoment.MulInPlace(adam.Beta2).AddProductInPlace(gradient, gradient, 1 - adam.Beta2);
        var root = tensor.SecondMoment.sqrt().MulInPlace(adam.Root).AddInPlace(adam.Epsilon);
        tensor.Value.AddQuotientInPlace(tensor.FirstMoment, root, (float)(-adam.Rate * tensor.RateFactor));
    }
}

/// <summary>
/// AuxK (Gao et al. 2024, arXiv:2406.04093) for any architecture, as <see cref="Sparse.DeadLatents"/> computes it: dead latents reconstruct
/// the error e, taken as constant, with the min(d/2, dead) largest of their raw pre-activations: Σ‖e − ê‖² / Σ‖e − ē‖², ê = p·W_dec without
/// b_dec.
/// </summary>
internal static class AuxiliaryLoss
{
    /// <param name="weights">The weights.</param>
    /// <param name="pass">The forward pass.</param>
    /// <param name="dead">The dead latents' numbers, at least one.</param>
    /// <returns>The loss [] without its coefficient.</returns>
    public static Tensor Of(SaeWeights weights, ArchitecturePass pass, long[] dead)
    {
        var index = tensor(dead).to(pass.Error.device);
        var e = pass.Error.detach();
        var p = pass.PreActivations.index_select(1, index);
        var limit = Math.Max(1, weights.Width / 2);
        if (dead.Length > limit)
        {
            var indices = p.detach().topk(limit, 1, true, false).indexes;
            p = p.mul(zeros_like(p).scatter(1, indices, ones(indices.shape, p.dtype, p.device)));
        }
        var estimate = p.mm(weights.Decoder.index_select(0, index));
        var variance = e.sub(e.mean([0], true)).Square().sum();
        return e.sub(estimate).Square().sum().div(variance);
    }
}
