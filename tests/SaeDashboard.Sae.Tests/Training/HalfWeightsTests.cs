using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>The encoder in bfloat16 is that of the weights at hand, as libtorch would round them.</summary>
public sealed class HalfWeightsTests : IDisposable
{
    private const int Width = 70, Latents = 300, Columns = 64;
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly WorkerTeam team = new(2);

    [Fact]
    public void They_are_rounded_as_libtorch_rounds()
    {
        using var state = State(new SparseEngine(Config, Width, team));
        // Halves of the last place go to the even one, at both signs; next to them, and where the exponent changes.
        var bits = new[] { 0x3F808000u, 0x3F818000u, 0xBF808000u, 0x3F807FFFu, 0x3F808001u, 0x3FFFFFFFu, 0x00000000u, 0x80000000u, 0x00018000u };
        bits.Select(BitConverter.UInt32BitsToSingle).ToArray().CopyTo(TensorData.AsSpan(state.Encoder.Value));
        using var half = new HalfWeights(Latents, Width);
        half.Update(state, team);
        AssertOf(state, half);
    }

    [Fact]
    public void A_steps_pass_leaves_those_of_the_moved_weights()
    {
        using var engine = new SparseEngine(Config, Width, team);
        using var state = State(engine);
        using var batch = new SparseBatch(Columns, Width, Latents, [Latents]);
        using var half = new HalfWeights(Latents, Width);
        using var selection = new TopKSelection(batch, Config.K, half, team);
        var before = state.Encoder.Value.clone();
        batch.Take(randn([Columns, Width], generator: new Generator(5)), state, team);
        selection.Train(state, batch);
        new Reconstruction(batch, team).Run(state, deltas: true);
        new LatentUpdate(batch, half, team).Run(state, null, new AdamOptimizer(Config, team).At(state, 0.01));
        state.Step++;

        Assert.True(before.sub(state.Encoder.Value).abs().max().item<float>() > 1e-3f);
        AssertOf(state, half);

        // Weights that came from elsewhere at another step are converted.
        state.Step = 100;
        state.Encoder.Value.mul_(-1.5);
        half.Update(state, team);
        AssertOf(state, half);
    }

    public void Dispose()
    {
        team.Dispose();
        scope.Dispose();
    }

    private static TrainConfig Config => new() { Latents = Latents, K = 8, Batch = Columns, Candidates = TrainCandidates.BFloat16 };

    private static TrainingState State(SparseEngine engine)
    {
        var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 1);
        engine.Start(state, randn([Columns, Width], generator: new Generator(4)));
        return state;
    }

    private static void AssertOf(TrainingState state, HalfWeights half) =>
        Assert.True(state.Encoder.Value.to(ScalarType.BFloat16).equal(half.Value).all().item<bool>());
}
