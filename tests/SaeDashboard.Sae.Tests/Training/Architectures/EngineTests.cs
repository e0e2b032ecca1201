using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training.Architectures;

/// <summary>The reference engine against the sparse one, where both make the same SAE, and its bookkeeping.</summary>
public sealed class EngineTests : IDisposable
{
    private const int Width = 32;
    private const int Batch = 200;

    private static readonly TrainConfig Config = new()
    {
        Latents = 128,
        K = 6,
        Batch = Batch,
        Steps = 50,
        LearningRate = 2e-3,
        DeadWindow = 1000,
    };

    private readonly WorkerTeam team = new(1);
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly float[] data = TensorData.ToArray(Inputs());

    public void Dispose()
    {
        scope.Dispose();
        team.Dispose();
    }

    [Fact]
    public void An_exported_sae_does_not_change_while_training_continues()
    {
        // One latent: its encoder is in memory as its own transpose is.
        using var scope = NewDisposeScope();
        var config = new TrainConfig { Architecture = TrainArchitecture.TopK, Latents = 1, K = 1 };
        using var state = new TrainingState(4, 1);
        foreach (var tensor in state.Trained) tensor.Value.Fill(1);
        using var sae = Architecture.Of(config).Export(SaeWeights.Of(state), new SaeMetadata(), 0);
        foreach (var tensor in state.Trained) tensor.Value.Fill(2);
        Assert.All(sae.Tensors.Values, tensor => Assert.All(TensorData.ToArray(tensor), value => Assert.Equal(1f, value)));
    }

    [Theory, InlineData(nameof(TrainArchitecture.TopK)), InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.Matryoshka)), InlineData(nameof(TrainArchitecture.JumpRelu))]
    public void Both_engines_take_the_same_steps(string kind)
    {
        var config = Config with { Architecture = Enum.Parse<TrainArchitecture>(kind) };
        using var sparse = new SparseEngine(config, Width, team);
        using var autograd = new AutogradEngine(config, team);
        using var ours = Begin(sparse);
        using var reference = Begin(autograd);
        var sawDead = false;
        for (var step = 0; step < config.Steps; step++)
        {
            var outcome = sparse.Step(ours, Columns(step), config.LearningRate);
            var expected = autograd.Step(reference, Columns(step), config.LearningRate);
            if (step == 0)
            {
                // After one step Adam's first moments are the gradients, a tenth of them.
                foreach (var (a, b) in ours.Trained.Zip(reference.Trained))
                {
                    AssertClose(a.Name, b.FirstMoment, a.FirstMoment, 1e-5);
                    AssertClose(a.Name, b.Value, a.Value, 1e-5);
                }
                Assert.Equal(reference.GradientNorm, ours.GradientNorm, 1e-5 * reference.GradientNorm);
                Assert.Equal(expected.Active, outcome.Active);
                Assert.Equal(expected.Variance, outcome.Variance, 1e-4 * expected.Variance);
            }
            Assert.Equal(expected.ReconstructionLoss + expected.ExtraLoss, outcome.ReconstructionLoss + outcome.ExtraLoss, 1e-3 * expected.ReconstructionLoss);
            Assert.Equal(expected.AuxLoss, outcome.AuxLoss, 1e-2);
            sawDead |= expected.Dead > 0 && outcome.Dead > 0;
            ours.Step = reference.Step = step + 1;
        }
        Assert.Equal(reference.Threshold.Value, ours.Threshold.Value, 1e-3);
        Assert.True(sawDead, "no latent died: the dead ones' loss was not compared");
    }

    [Theory, InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.Gated))]
    public void Who_was_active_is_counted_in_columns(string kind)
    {
        var config = Config with { Architecture = Enum.Parse<TrainArchitecture>(kind), DeadWindow = 2 * Batch };
        using var engine = new AutogradEngine(config, team);
        using var state = Begin(engine);
        // Never active, and active in every column.
        TensorData.AsSpan(state.EncoderBias.Value)[3] = -100;
        TensorData.AsSpan(state.EncoderBias.Value)[4] = 100;
        if (kind == nameof(TrainArchitecture.Gated))
            TensorData.AsSpan(state.Extra[0].Value)[4] = 100;
        int[] dead = [.. Enumerable.Range(0, 3).Select(step => engine.Step(state, Columns(step), 1e-9).Dead)];

        Assert.Equal(3 * Batch, state.CountedColumns);
        Assert.Equal((3 * Batch, 0), (state.ColumnsSinceActive[3], state.ActiveCounts[3]));
        Assert.Equal((0, 3 * Batch), (state.ColumnsSinceActive[4], state.ActiveCounts[4]));
        // Dead is who had been silent for the window before a batch.
        Assert.Equal([0, 0], dead[..2]);
        Assert.True(dead[2] >= 1);
    }

    [Fact]
    public void Training_with_thresholds_begins_with_three_times_as_many_active_and_none_falls_below_zero()
    {
        var config = Config with { Architecture = TrainArchitecture.JumpRelu, ThresholdLearningRate = 0.5, LearningRate = 0.01 };
        using var engine = new AutogradEngine(config, team);
        using var state = Begin(engine);
        Assert.Equal(3.0 * config.K, engine.Measure(state, Inputs(), null).L0, 0.01);

        var adam = new AdamOptimizer(config, team);
        var gradient = TensorData.AsSpan(state.Extra[0].Gradient);
        gradient.Fill(1);
        adam.Step(state, adam.At(state, config.LearningRate));
        Assert.All(TensorData.ToArray(state.Extra[0].Value), value => Assert.Equal(0, value));
        gradient.Fill(-1);
        adam.Step(state, adam.At(state, config.LearningRate));
        // Their own step size, 50 times the weights'. Adam's first moment is 0.9·0.1 − 0.1.
        Assert.All(TensorData.ToArray(state.Extra[0].Value), value => Assert.InRange(value, 0.01f, 0.5f));
    }

    private static TrainingState Begin(ITrainingEngine engine)
    {
        var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 2);
        using var sample = Inputs();
        engine.InitializeThresholds(state, sample);
        return state;
    }

    /// <summary>[batch, width], other columns first at each step.</summary>
    private Tensor Columns(int step)
    {
        var rolled = data.AsSpan(step * Width % (data.Length - Batch * Width), Batch * Width);
        return TensorData.FromFloats(rolled, Batch, Width);
    }

    private static Tensor Inputs()
    {
        using var generator = new Generator(9);
        var strengths = randn([2 * Batch, 20], generator: generator).relu();
        var directions = randn([20, Width], generator: generator);
        return strengths.matmul(directions).Div(Math.Sqrt(Width * 10)).contiguous();
    }

    private static void AssertClose(string name, Tensor expected, Tensor actual, double tolerance)
    {
        var error = actual.sub(expected).abs().max().item<float>() / Math.Max(expected.abs().max().item<float>(), 1e-20f);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {error:E2}");
        Assert.True(error <= tolerance, $"{name}: relative error {error}");
    }
}
