using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Architectures;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>
/// The gradients written by hand against libtorch's automatic ones and against differences, both in float64. The active sets (TopK's and
/// AuxK's) are held fixed, and so is what the loss takes as constant: the error that the dead latents reconstruct and the variance it is
/// divided by.
/// </summary>
public sealed unsafe class GradientTests : IDisposable
{
    private const int Width = 40;
    private const int Latents = 150;
    private const int K = 8;
    private const int Columns = 300;
    private const double Coefficient = 1.0 / 32;

    private readonly WorkerTeam team = new(2);
    private readonly StepBuffers buffers;
    private readonly TrainingState state = new(Width, Latents);
    private readonly Tensor inputs;
    private readonly float[] original;

    public GradientTests()
    {
        buffers = new StepBuffers(Columns, Width, Latents, K, team.Size);
        var random = new Random(7);
        state.Initialize(Noise(random, Width, 0.1), 3);
        foreach (var tensor in (TrainedTensor[])[state.Encoder, state.EncoderBias])
        {
            var values = TensorData.AsSpan(tensor.Value);
            foreach (ref var value in values)
                value += 0.05f * (float)(random.NextDouble() - 0.5);
        }
        original = Noise(random, Columns * Width, 0.3);
        inputs = TensorData.FromFloats(original, Columns, Width);
    }

    public void Dispose()
    {
        inputs.Dispose();
        state.Dispose();
        buffers.Dispose();
        team.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)] // fewer dead latents than k_aux = 20: all of them reconstruct
    [InlineData(60)] // more: the 20 largest of each column do
    public void Gradients_are_those_of_automatic_differentiation_in_float64(int deadCount)
    {
        using var scope = NewDisposeScope();
        var (auxLoss, loss) = Step(deadCount);
        var problem = new Reference(this, deadCount, requiresGrad: true);

        var total = problem.Loss();
        total.backward();

        Assert.Equal(problem.Loss().item<double>(), loss + Coefficient * auxLoss, 1e-6);
        AssertClose("encoder", Grad(problem.Encoder), state.Encoder.Gradient, 1e-5);
        AssertClose("encoder bias", Grad(problem.EncoderBias), state.EncoderBias.Gradient, 1e-5);
        AssertClose("decoder", Projected(problem), state.Decoder.Gradient, 1e-5);
        AssertClose("decoder bias", Grad(problem.DecoderBias), state.DecoderBias.Gradient, 1e-5);
    }

    [Theory, InlineData(0), InlineData(60)]
    public void Gradients_are_those_of_differences_with_the_active_set_frozen(int deadCount)
    {
        using var scope = NewDisposeScope();
        Step(deadCount);
        var problem = new Reference(this, deadCount, requiresGrad: false);
        var random = new Random(5);

        foreach (var (name, value, gradient) in ((string, Tensor, Tensor)[])
                 [("encoder", problem.Encoder, state.Encoder.Gradient), ("encoder bias", problem.EncoderBias, state.EncoderBias.Gradient),
                  ("decoder", problem.Decoder, state.Decoder.Gradient), ("decoder bias", problem.DecoderBias, state.DecoderBias.Gradient)])
        {
            // Along random directions every element counts; of the decoder only what a fixed norm leaves free.
            for (var trial = 0; trial < 4; trial++)
            {
                var direction = tensor(Array.ConvertAll(Noise(random, (int)value.numel(), 1), x => (double)x)).reshape(value.shape);
                if (name == "decoder")
                    direction = direction.sub(problem.Decoder.mul(direction.mul(problem.Decoder).sum(1, true)));
                const double Step = 1e-5;
                var start = value.clone();
                value.copy_(start.add(direction.mul(Step)));
                var above = problem.Loss().item<double>();
                value.copy_(start.sub(direction.mul(Step)));
                var below = problem.Loss().item<double>();
                value.copy_(start);

                var difference = (above - below) / (2 * Step);
                var formula = gradient.to(ScalarType.Float64).mul(direction).sum().item<double>();
                var scale = gradient.to(ScalarType.Float64).norm().item<double>() * direction.norm().item<double>();
                var error = Math.Abs(difference - formula) / scale;
                TestContext.Current.TestOutputHelper?.WriteLine($"{name}, {deadCount} dead: |difference − formula|/(‖g‖‖v‖) = {error:E2}");
                Assert.True(error <= 1e-6, $"{name}: {difference} by differences, {formula} by formula");
            }
        }
    }

    [Fact]
    public void The_forward_pass_is_the_exported_autoencoders()
    {
        using var scope = NewDisposeScope();
        Step(0);
        using var sae = new TopKArchitecture(K).Publish(SaeWeights.Of(state), new SaeMetadata(), 0);
        var x = TensorData.FromFloats(original, Columns, Width);

        var (latents, reconstruction) = sae.Forward(x);

        AssertClose("error", x.sub(reconstruction).to(ScalarType.Float64), buffers.Error, 1e-5);
        var dense = new float[Columns * Latents];
        for (var column = 0; column < Columns; column++)
        {
            for (var i = 0; i < buffers.Counts[column]; i++)
                dense[column * Latents + buffers.Chosen[column * K + i]] = buffers.Values[column * K + i];
        }
        AssertClose("latents", latents.to(ScalarType.Float64), TensorData.FromFloats(dense, Columns, Latents), 1e-5);
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        using var scope = NewDisposeScope();
        Step(60);
        var expected = state.Trained.Select(tensor => TensorData.AsSpan(tensor.Gradient).ToArray()).ToArray();
        using var one = new WorkerTeam(1);

        Step(60, one);

        Assert.Equal(expected, state.Trained.Select(tensor => TensorData.AsSpan(tensor.Gradient).ToArray()));
    }

    private (double AuxLoss, double Loss) Step(int deadCount, WorkerTeam? other = null)
    {
        var workers = other ?? team;
        original.CopyTo(TensorData.AsSpan(inputs));
        Array.Clear(state.ColumnsSinceActive);
        for (var j = 0; j < deadCount; j++)
            state.ColumnsSinceActive[2 * j] = 1000;
        using var dead = DeadLatents.Find(state, 1000, buffers, workers);
        var outcome = new TopKForward(buffers, workers).Run(state, inputs, dead);
        var auxLoss = dead?.Gradients(state, Coefficient) ?? 0;
        var norm = new TopKGradients(buffers, workers).Run(state, dead);

        var squares = state.Trained.Sum(tensor => tensor.Gradient.to(ScalarType.Float64).square().sum().item<double>());
        Assert.Equal(Math.Sqrt(squares), norm, 1e-5 * norm);
        return (auxLoss, outcome.ReconstructionLoss);
    }

    /// <summary>The decoder's gradient without its part along each row.</summary>
    private static Tensor Projected(Reference problem)
    {
        var gradient = Grad(problem.Decoder);
        var decoder = problem.Decoder.detach();
        return gradient.sub(decoder.mul(gradient.mul(decoder).sum(1, true)));
    }

    private static Tensor Grad(Tensor tensor) => tensor.grad ?? throw new InvalidOperationException("No gradient arrived.");

    /// <summary>max|a − b| / max|b|</summary>
    private static void AssertClose(string name, Tensor expected, Tensor actual, double tolerance)
    {
        var error = actual.to(ScalarType.Float64).sub(expected).abs().max().item<double>() / expected.abs().max().item<double>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {error:E2}");
        Assert.True(error <= tolerance, $"{name}: relative error {error}");
    }

    private static float[] Noise(Random random, int count, double scale)
    {
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. Enumerable.Range(0, count).Select(_ => (float)(scale * Normal()))];
    }

    /// <summary>The same loss in float64 tensors, with the active sets of our step.</summary>
    private sealed class Reference
    {
        private readonly Tensor x;
        private readonly Tensor mask;
        private readonly Tensor? deadMask;
        private readonly Tensor error;

        public Reference(GradientTests test, int deadCount, bool requiresGrad)
        {
            Tensor Double(TrainedTensor tensor) => tensor.Value.to(ScalarType.Float64).requires_grad_(requiresGrad);
            Encoder = Double(test.state.Encoder);
            EncoderBias = Double(test.state.EncoderBias);
            Decoder = Double(test.state.Decoder);
            DecoderBias = Double(test.state.DecoderBias);
            x = tensor(Array.ConvertAll(test.original, value => (double)value)).reshape(Columns, Width);

            var p = PreActivations().detach();
            mask = Ones(p.topk(K, 1).indexes).mul(p.gt(0).to(ScalarType.Float64));
            error = x.sub(Reconstruction()).detach();
            if (deadCount > 0)
            {
                var dead = tensor([.. Enumerable.Range(0, Latents).Select(j => j % 2 == 0 && j < 2 * deadCount ? 1.0 : 0.0)]);
                var limit = Math.Min(Width / 2, deadCount);
                deadMask = Ones(p.masked_fill(dead.eq(0), double.NegativeInfinity).topk(limit, 1).indexes);
            }
        }

        public Tensor Encoder { get; }

        public Tensor EncoderBias { get; }

        public Tensor Decoder { get; }

        public Tensor DecoderBias { get; }

        public Tensor Loss()
        {
            var loss = x.sub(Reconstruction()).square().sum().div(Columns);
            if (deadMask is null)
                return loss;
            var estimate = PreActivations().mul(deadMask).matmul(Decoder);
            var variance = error.sub(error.mean([0], true)).square().sum();
            return loss.add(error.sub(estimate).square().sum().div(variance).mul(Coefficient));
        }

        /// <summary>[columns, latents], 1 at the indices [columns, n].</summary>
        private static Tensor Ones(Tensor indices) =>
            zeros([Columns, Latents], ScalarType.Float64).scatter_(1, indices, ones(indices.shape, ScalarType.Float64));

        private Tensor PreActivations() => x.sub(DecoderBias).matmul(Encoder.t()).add(EncoderBias);

        private Tensor Reconstruction() => PreActivations().mul(mask).matmul(Decoder).add(DecoderBias);
    }
}
