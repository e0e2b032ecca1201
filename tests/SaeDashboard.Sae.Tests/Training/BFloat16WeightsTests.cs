using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>The encoder in bfloat16 is the current one, rounded as libtorch rounds.</summary>
public sealed class BFloat16WeightsTests : IDisposable
{
    private const int Width = 70, Latents = 300, Columns = 64;
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly WorkerTeam team = new(2);

    [Fact]
    public void Values_are_rounded_as_libtorch_rounds()
    {
        using var engine = new SparseEngine(Config, Width, team);
        using var state = State(engine);
        // Ties of both signs, their neighbours, and values that round up to the next exponent.
        var bits = new[] { 0x3F808000u, 0x3F818000u, 0xBF808000u, 0x3F807FFFu, 0x3F808001u, 0x3FFFFFFFu, 0x00000000u, 0x80000000u, 0x00018000u };
        bits.Select(BitConverter.UInt32BitsToSingle).ToArray().CopyTo(TensorData.AsSpan(state.Encoder.Value));
        using var converted = new BFloat16Weights(Latents, Width);
        converted.Update(state, team);
        AssertConverted(state, converted);
    }

    [Fact]
    public void A_step_leaves_the_updated_weights_converted()
    {
        using var engine = new SparseEngine(Config, Width, team);
        using var state = State(engine);
        var before = state.Encoder.Value.clone();
        engine.Step(state, randn([Columns, Width], generator: new Generator(5)), 0.01);
        state.Step++;

        Assert.True(before.sub(state.Encoder.Value).abs().max().item<float>() > 1e-3f);
        AssertConverted(state, engine.CandidateWeights!);

        // Weights that were changed by other means are converted at the next step.
        state.Step = 100;
        state.Encoder.Value.MulInPlace(-1.5);
        engine.CandidateWeights!.Update(state, team);
        AssertConverted(state, engine.CandidateWeights!);
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
        engine.InitializeThresholds(state, randn([Columns, Width], generator: new Generator(4)));
        return state;
    }

    private static void AssertConverted(TrainingState state, BFloat16Weights converted) =>
        Assert.True(state.Encoder.Value.to(ScalarType.BFloat16).equal(converted.Value).all().item<bool>());
}
