using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>
/// The sparse engine's gradients against libtorch's automatic ones and against differences, both in float64. For the differences the active
/// sets are held fixed, and so is what the loss takes as constant: the error that dead latents reconstruct and the variance it is divided by.
/// </summary>
public sealed class GradientTests : IDisposable
{
    private const double Coefficient = 1.0 / 32;
    private readonly WorkerTeam team = new(2);
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        team.Dispose();
    }

    public static TheoryData<string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var kind in (TrainArchitecture[])[TrainArchitecture.TopK, TrainArchitecture.BatchTopK, TrainArchitecture.Matryoshka, TrainArchitecture.JumpRelu])
            {
                // Fewer dead latents than k_aux = 20: all of them reconstruct. More: the 20 largest of each column do.
                foreach (var dead in (int[])[0, 9, 60])
                    cases.Add(kind.ToString(), dead);
            }
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_those_of_automatic_differentiation_in_float64(string kind, int dead)
    {
        using var problem = new SparseProblem(Enum.Parse<TrainArchitecture>(kind), dead, team);
        var outcome = problem.Step();

        var weights = problem.Before.AsLeaves();
        var pass = Architecture.Of(problem.Config).Forward(weights, problem.Inputs().to(ScalarType.Float64), 1);
        var auxLoss = dead > 0 ? AuxiliaryLoss.Of(weights, pass, problem.Dead) : zeros([], ScalarType.Float64);
        pass.Loss.Add(auxLoss.Mul(Coefficient)).backward();

        Assert.Equal(dead, outcome.Dead);
        Assert.Equal(pass.Loss.item<double>(), outcome.ReconstructionLoss + outcome.ExtraLoss, 1e-6 * pass.Loss.item<double>());
        Assert.Equal(auxLoss.item<double>(), outcome.AuxLoss, 1e-5);
        Assert.Equal(pass.Latents.Gt(0).sum().item<long>(), outcome.Active);
        var squares = 0.0;
        foreach (var (tensor, (leaf, gradient)) in problem.State.Trained.Zip(weights.All.Zip(problem.Gradients())))
        {
            var expected = leaf.grad!;
            if (tensor == problem.State.Decoder)
                expected = expected.sub(problem.Before.Decoder.mul(expected.mul(problem.Before.Decoder).sum(1, true)));
            AssertClose(tensor.Name, expected, gradient, 1e-5);
            squares += expected.Square().sum().item<double>();
        }
        Assert.Equal(Math.Sqrt(squares), problem.State.GradientNorm, 1e-5 * Math.Sqrt(squares));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradients_are_those_of_differences_with_the_active_set_frozen(string kind, int dead)
    {
        using var problem = new SparseProblem(Enum.Parse<TrainArchitecture>(kind), dead, team);
        var frozen = new Frozen(problem);
        problem.Step();
        var gradients = problem.Gradients();
        var random = new Random(5);
        // The thresholds have a written derivative and no other.
        for (var t = 0; t < 4; t++)
        {
            var value = problem.Before.All[t];
            var start = value.clone();
            // Along random directions every element counts; of the decoder only what a fixed norm leaves free.
            for (var trial = 0; trial < 3; trial++)
            {
                var noise = SparseProblem.Noise(random, (int)value.numel(), 1);
                var direction = TensorData.FromFloats(noise, noise.Length).to(ScalarType.Float64).reshape(value.shape);
                if (t == 2)
                    direction = direction.sub(start.mul(direction.mul(start).sum(1, true)));
                const double Step = 1e-5;
                value.copy_(start.Add(direction.Mul(Step)));
                var above = frozen.Loss();
                value.copy_(start.sub(direction.Mul(Step)));
                var below = frozen.Loss();
                value.copy_(start);

                var difference = (above - below) / (2 * Step);
                var formula = gradients[t].mul(direction).sum().item<double>();
                var size = gradients[t].norm().item<double>() * direction.norm().item<double>();
                Assert.True(Math.Abs(difference - formula) <= 1e-6 * size, $"tensor {t}: {difference} by differences, {formula} by formula");
            }
        }
    }

    [Theory, InlineData(nameof(TrainArchitecture.TopK)), InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.Matryoshka)), InlineData(nameof(TrainArchitecture.JumpRelu))]
    public void The_number_of_threads_changes_nothing(string kind)
    {
        using var one = new WorkerTeam(1);
        Assert.Equal(Values(team), Values(one));

        float[][] Values(WorkerTeam workers)
        {
            using var problem = new SparseProblem(Enum.Parse<TrainArchitecture>(kind), 60, workers);
            for (var step = 0; step < 3; step++)
                problem.Step();
            return [.. problem.State.Trained.Select(tensor => TensorData.AsSpan(tensor.Value).ToArray())];
        }
    }

    [Fact]
    public void A_latent_without_gradient_moves_as_dense_Adam_says()
    {
        using var problem = new SparseProblem(TrainArchitecture.TopK, 0, team);
        var state = problem.State;
        const int Silent = 5;
        TensorData.AsSpan(state.EncoderBias.Value)[Silent] = -100;
        TensorData.AsSpan(state.Encoder.FirstMoment).Slice(Silent * SparseProblem.Width, SparseProblem.Width).Fill(0.5f);
        TensorData.AsSpan(state.Encoder.SecondMoment).Slice(Silent * SparseProblem.Width, SparseProblem.Width).Fill(2f);
        state.Step = 3;
        var before = TensorData.AsSpan(state.Encoder.Value)[Silent * SparseProblem.Width];
        problem.Step(1e-2);

        Assert.Equal(0, state.ActiveCounts[Silent]);
        Assert.Equal(0.45f, TensorData.AsSpan(state.Encoder.FirstMoment)[Silent * SparseProblem.Width], 1e-6f);
        Assert.Equal(1.998f, TensorData.AsSpan(state.Encoder.SecondMoment)[Silent * SparseProblem.Width], 1e-6f);
        var moved = 1e-2 * 0.45 / (1 - Math.Pow(0.9, 4)) / Math.Sqrt(1.998 / (1 - Math.Pow(0.999, 4)));
        Assert.Equal(before - moved, TensorData.AsSpan(state.Encoder.Value)[Silent * SparseProblem.Width], 1e-6);
    }

    [Fact]
    public void What_is_not_a_number_changes_no_weight()
    {
        using var problem = new SparseProblem(TrainArchitecture.BatchTopK, 0, team);
        problem.Step();
        var before = problem.State.Trained.Select(tensor => TensorData.AsSpan(tensor.Value).ToArray()).ToArray();
        using var batch = problem.Inputs();
        TensorData.AsSpan(batch)[777] = float.NaN;
        var outcome = problem.Engine.Step(problem.State, batch, 1e-3);
        Assert.False(outcome.IsFinite);
        Assert.Equal(before, problem.State.Trained.Select(tensor => TensorData.AsSpan(tensor.Value).ToArray()));
    }

    [Fact]
    public void The_step_before_says_how_much_a_gradient_is_clipped()
    {
        using var problem = new SparseProblem(TrainArchitecture.TopK, 0, team);
        problem.State.GradientNorm = 4;
        problem.Step();
        using var free = new SparseProblem(TrainArchitecture.TopK, 0, team);
        free.Step();
        Assert.Equal(free.State.GradientNorm, problem.State.GradientNorm);
        foreach (var (clipped, whole) in problem.Gradients().Zip(free.Gradients()))
            AssertClose("a quarter", whole.Mul(0.25), clipped, 1e-6);
    }

    /// <summary>max|a − b| / max|b|</summary>
    private static void AssertClose(string name, Tensor expected, Tensor actual, double tolerance)
    {
        var error = actual.sub(expected).abs().max().item<double>() / expected.abs().max().item<double>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {error:E2}");
        Assert.True(error <= tolerance, $"{name}: relative error {error}");
    }

    /// <summary>The loss in float64 with the active sets of the beginning.</summary>
    private sealed class Frozen
    {
        private readonly SparseProblem problem;
        private readonly Tensor x;
        private readonly Tensor mask;
        private readonly Tensor? deadMask;
        private readonly Tensor error;

        public Frozen(SparseProblem problem)
        {
            this.problem = problem;
            x = problem.Inputs().to(ScalarType.Float64);
            var p = problem.Before.PreActivations(x);
            mask = problem.Config.Architecture switch
            {
                TrainArchitecture.TopK => Ones(p.topk(SparseProblem.K, 1).indexes).mul(p.Gt(0).to(ScalarType.Float64)),
                TrainArchitecture.JumpRelu => p.gt(problem.Before.Extra[0]).to(ScalarType.Float64),
                _ => p.ge(p.flatten().topk(SparseProblem.K * SparseProblem.Columns).values.min()).to(ScalarType.Float64),
            };
            error = x.sub(problem.Before.Decode(p.mul(mask)));
            if (problem.Dead.Length == 0)
                return;
            var dead = zeros([SparseProblem.Latents], ScalarType.Float64);
            foreach (var j in problem.Dead)
                dead[j].Fill(1);
            deadMask = Ones(p.MaskedFill(dead.eq(0), double.NegativeInfinity).topk(Math.Min(SparseProblem.Width / 2, problem.Dead.Length), 1).indexes);
        }

        public double Loss()
        {
            var weights = problem.Before;
            var p = weights.PreActivations(x);
            var f = p.mul(mask);
            // Of 150 latents 4, 9, 18, 37 and the rest; what JumpReLU's penalty is at an active set that does not change has no derivative.
            int[] ends = problem.Config.Architecture == TrainArchitecture.Matryoshka ? [4, 13, 31, 68, 150] : [150];
            var loss = ends.Average(end =>
                x.sub(f.narrow(1, 0, end).matmul(weights.Decoder.narrow(0, 0, end)).Add(weights.DecoderBias)).Square().sum().item<double>() / SparseProblem.Columns);
            if (deadMask is null)
                return loss;
            var variance = error.sub(error.mean([0], true)).Square().sum();
            return loss + Coefficient * error.sub(p.mul(deadMask).matmul(weights.Decoder)).Square().sum().div(variance).item<double>();
        }

        /// <summary>[columns, latents], 1 at the indices [columns, n].</summary>
        private static Tensor Ones(Tensor indices) =>
            zeros([SparseProblem.Columns, SparseProblem.Latents], ScalarType.Float64).scatter_(1, indices, ones(indices.shape, ScalarType.Float64));
    }
}
