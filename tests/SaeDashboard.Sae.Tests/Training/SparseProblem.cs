using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>A sparse engine at the beginning of a run, on random weights and inputs, some latents dead.</summary>
internal sealed class SparseProblem : IDisposable
{
    public const int Width = 40;
    public const int Latents = 150;
    public const int Columns = 300;
    public const int K = 8;
    private const int Window = 1000;

    private readonly float[] inputs;

    public SparseProblem(TrainArchitecture kind, int dead, WorkerTeam team)
    {
        Config = new TrainConfig
        {
            Architecture = kind,
            Latents = Latents,
            K = K,
            Batch = Columns,
            DeadWindow = Window,
            Bandwidth = kind == TrainArchitecture.JumpRelu ? 0.1 : null,
            SparsityWarmUp = kind == TrainArchitecture.JumpRelu ? 0 : null,
        };
        Engine = new SparseEngine(Config, Width, team);
        State = Engine.CreateState(Width);
        var random = new Random(7);
        State.Initialize(Noise(random, Width, 0.1), 3);
        foreach (var tensor in (TrainedTensor[])[State.Encoder, State.EncoderBias])
        {
            foreach (ref var value in TensorData.AsSpan(tensor.Value))
                value += 0.05f * (float)(random.NextDouble() - 0.5);
        }
        foreach (var tensor in State.Extra)
        {
            foreach (ref var value in TensorData.AsSpan(tensor.Value))
                value = 0.3f + 0.2f * (float)random.NextDouble();
        }
        inputs = Noise(random, Columns * Width, 0.3);
        for (var j = 0; j < dead; j++)
            State.ColumnsSinceActive[2 * j] = Window;
        Dead = [.. Enumerable.Range(0, dead).Select(j => 2L * j)];
        Before = new(Double(State.Encoder), Double(State.EncoderBias), Double(State.Decoder), Double(State.DecoderBias), [.. State.Extra.Select(Double)]);
    }

    public TrainConfig Config { get; }

    public SparseEngine Engine { get; }

    public TrainingState State { get; }

    public long[] Dead { get; }

    /// <summary>The weights at the beginning, in float64.</summary>
    public SaeWeights Before { get; }

    /// <summary>[columns, d], a copy.</summary>
    public Tensor Inputs() => TensorData.FromFloats(inputs, Columns, Width);

    public StepOutcome Step(double learningRate = 1e-3)
    {
        using var batch = Inputs();
        var outcome = Engine.Step(State, batch, learningRate);
        State.Step++;
        return outcome;
    }

    /// <summary>After the first step: every gradient, which is what Adam's first moments hold then, over 1 − β1. In float64.</summary>
    public Tensor[] Gradients() =>
        [.. State.Trained.Select(tensor => tensor.FirstMoment.to(ScalarType.Float64).Div((double)(float)(1 - (float)Config.Beta1)))];

    public void Dispose()
    {
        State.Dispose();
        Engine.Dispose();
    }

    public static float[] Noise(Random random, int count, double scale)
    {
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => (float)(scale * Normal()))];
    }

    private static Tensor Double(TrainedTensor tensor) => tensor.Value.to(ScalarType.Float64);
}
