using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training.Architectures;

/// <summary>Losses and gradients in float64: by differences where there is a derivative, by the written formula where there is none.</summary>
public sealed class ArchitectureGradientTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> All => [.. Enum.GetNames<TrainArchitecture>()];

    [Theory, MemberData(nameof(All))]
    public void Loss_and_gradients_are_those_of_the_formula_with_the_active_set_frozen(string kind)
    {
        var problem = new ArchitectureProblem(Enum.Parse<TrainArchitecture>(kind));
        var frozen = new FrozenLoss(problem);
        var leaves = problem.Weights.AsLeaves();
        var pass = problem.Forward(leaves);
        pass.Loss.backward();

        Assert.Equal(frozen.Of(problem.Weights), pass.Loss.item<double>(), 1e-12);
        // The learned thresholds have a written derivative, and a test of their own.
        var count = problem.Kind == TrainArchitecture.JumpRelu ? 4 : leaves.All.Count;
        CompareWithDifferences(problem.Weights, leaves, count, frozen.Of);
    }

    [Theory]
    [InlineData(nameof(TrainArchitecture.JumpRelu), 5)] // fewer dead latents than k_aux = 12
    [InlineData(nameof(TrainArchitecture.BatchTopK), 30)]
    [InlineData(nameof(TrainArchitecture.Gated), 30)]
    public void Dead_latents_learn_by_the_formula(string kind, int dead)
    {
        var problem = new ArchitectureProblem(Enum.Parse<TrainArchitecture>(kind));
        var frozen = new FrozenLoss(problem);
        var numbers = Enumerable.Range(0, dead).Select(i => 3L * i).ToArray();
        var leaves = problem.Weights.AsLeaves();
        var pass = problem.Forward(leaves);
        var loss = AuxiliaryLoss.Of(leaves, pass, numbers);
        loss.backward();

        // Sorted by hand: of each column the min(d/2, dead) largest of the dead ones, also where they are negative.
        var p = ArchitectureProblem.ToArray(pass.PreActivations.detach());
        var chosen = zeros([ArchitectureProblem.Columns, ArchitectureProblem.Latents], ScalarType.Float64);
        for (var i = 0; i < ArchitectureProblem.Columns; i++)
        {
            foreach (var j in numbers.OrderByDescending(j => p[i, j]).Take(ArchitectureProblem.Width / 2))
                chosen[i, j].Fill(1);
        }
        double Reference(SaeWeights w) => frozen.OfDead(w, chosen);
        Assert.Equal(Reference(problem.Weights), loss.item<double>(), 1e-12);
        CompareWithDifferences(problem.Weights, leaves, 4, Reference);
        var untouched = leaves.Encoder.grad!.select(0, 1);
        Assert.Equal(0, untouched.abs().sum().item<double>());
    }

    [Fact]
    public void Thresholds_get_the_straight_through_gradient()
    {
        const int B = ArchitectureProblem.Columns;
        const double E = ArchitectureProblem.Bandwidth;
        var problem = new ArchitectureProblem(TrainArchitecture.JumpRelu);
        var leaves = problem.Weights.AsLeaves();
        var pass = problem.Forward(leaves);
        pass.Loss.backward();

        var p = ArchitectureProblem.ToArray(pass.PreActivations.detach());
        // ∂L/∂f = −2/B·e·W_decᵀ
        var upstream = ArchitectureProblem.ToArray(pass.Error.detach().matmul(problem.Weights.Decoder.t()).Mul(-2.0 / B));
        var l0 = 0;
        for (var i = 0; i < B; i++)
        {
            for (var j = 0; j < ArchitectureProblem.Latents; j++)
                l0 += p[i, j] > Theta(j) ? 1 : 0;
        }
        double Theta(int j) => problem.Weights.Extra[0][j].item<double>();
        var byL0 = ArchitectureProblem.Sparsity * 2 * ((double)l0 / B / ArchitectureProblem.K - 1) / ArchitectureProblem.K;
        var moved = 0;
        for (var j = 0; j < ArchitectureProblem.Latents; j++)
        {
            var expected = 0.0;
            for (var i = 0; i < B; i++)
            {
                var near = Math.Abs(p[i, j] - Theta(j)) < E / 2 ? 1 : 0;
                moved += near;
                expected += upstream[i, j] * -(Theta(j) / E) * near + byL0 * -(1 / E) * near / B;
            }
            Assert.Equal(expected, leaves.Extra[0].grad![j].item<double>(), 1e-10);
        }
        Assert.True(moved > 100, $"{moved} pre-activations near a threshold prove little");
    }

    [Fact]
    public void Gates_get_the_gradient_of_penalty_and_gate_reconstruction_alone()
    {
        const int B = ArchitectureProblem.Columns;
        var problem = new ArchitectureProblem(TrainArchitecture.Gated);
        var leaves = problem.Weights.AsLeaves();
        var pass = problem.Forward(leaves);
        pass.Loss.backward();

        var gate = pass.PreActivations.detach();
        var w = problem.Weights;
        var gateError = problem.X.sub(gate.relu().matmul(w.Decoder).Add(w.DecoderBias));
        var back = ArchitectureProblem.ToArray(gateError.matmul(w.Decoder.t()));
        var open = ArchitectureProblem.ToArray(gate);
        for (var j = 0; j < ArchitectureProblem.Latents; j++)
        {
            // ∂L/∂π_gate = [π_gate > 0]·(λ − 2·(x − x̂_gate)·W_dec[j])/B, summed over columns at b_gate.
            var expected = Enumerable.Range(0, B).Sum(i => open[i, j] > 0 ? (ArchitectureProblem.Sparsity - 2 * back[i, j]) / B : 0);
            Assert.Equal(expected, leaves.EncoderBias.grad![j].item<double>(), 1e-10);
        }
    }

    [Theory, InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.Matryoshka))]
    public void A_batch_keeps_its_largest_wherever_they_are(string kind)
    {
        var problem = new ArchitectureProblem(Enum.Parse<TrainArchitecture>(kind));
        var pass = problem.Forward(problem.Weights);
        var p = ArchitectureProblem.ToArray(pass.PreActivations);
        var f = ArchitectureProblem.ToArray(pass.Latents);
        var sorted = p.Cast<double>().Where(value => value > 0).OrderDescending().Take(ArchitectureProblem.K * ArchitectureProblem.Columns).ToArray();
        Assert.Equal(sorted[^1], pass.SmallestKept);
        var perColumn = new HashSet<int>();
        for (var i = 0; i < ArchitectureProblem.Columns; i++)
        {
            var kept = 0;
            for (var j = 0; j < ArchitectureProblem.Latents; j++)
            {
                Assert.Equal(p[i, j] >= sorted[^1] ? p[i, j] : 0, f[i, j]);
                kept += f[i, j] > 0 ? 1 : 0;
            }
            perColumn.Add(kept);
        }
        Assert.True(perColumn.Count > 2, "columns share the batch's latents unevenly");
    }

    [Fact]
    public void A_threshold_leaves_k_latents_a_column_also_where_one_batch_holds_most_of_them()
    {
        using var generator = new Generator(3);
        var quiet = randn(50, 64, generator: generator).Sub(3);
        var loud = randn(50, 64, generator: generator).Add(3);
        Tensor[] batches = [quiet, loud, quiet];

        var threshold = BatchSelection.Threshold(batches.Select(batch => batch.clone()), 15);

        var active = batches.Sum(batch => batch.Gt(threshold).sum().item<long>());
        Assert.Equal(15 * 150, active);
        Assert.True(loud.Gt(threshold).sum().item<long>() > 2 * 15 * 50, "the first guess of a batch's share is too small here");
    }

    [Fact]
    public void A_threshold_average_begins_at_its_first_value_and_forgets()
    {
        var average = new ThresholdAverage();
        average.Add(0.5);
        Assert.Equal(0.5, average.Value, 1e-6);
        for (var i = 0; i < 20_000; i++)
            average.Add(2);
        Assert.Equal(2, average.Value, 1e-4);
    }

    private static void CompareWithDifferences(SaeWeights weights, SaeWeights leaves, int tensors, Func<SaeWeights, double> loss)
    {
        const double Step = 1e-5;
        using var generator = new Generator(5);
        for (var t = 0; t < tensors; t++)
        {
            var value = weights.All[t];
            var gradient = leaves.All[t].grad ?? zeros_like(value);
            var start = value.clone();
            for (var trial = 0; trial < 4; trial++)
            {
                var direction = randn(value.shape, ScalarType.Float64, generator: generator);
                value.copy_(start.Add(direction.Mul(Step)));
                var above = loss(weights);
                value.copy_(start.sub(direction.Mul(Step)));
                var below = loss(weights);
                value.copy_(start);
                var difference = (above - below) / (2 * Step);
                var formula = gradient.mul(direction).sum().item<double>();
                var scale = gradient.norm().item<double>() * direction.norm().item<double>();
                Assert.True(Math.Abs(difference - formula) <= 1e-6 * scale, $"tensor {t}: {difference} by differences, {formula} recorded");
                Assert.True(scale > 0, $"tensor {t} has no gradient");
            }
        }
    }
}
