using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>
/// The code that trains on a device: weights, moments and Adam as tensors there. It is reached here with the CPU as the device, and once on a
/// GPU where there is one.
/// </summary>
public sealed class DeviceTrainingTests : IDisposable
{
    private const int Width = 32, Batch = 200;

    private static readonly TrainConfig Config = new()
    {
        Latents = 128,
        K = 6,
        Batch = Batch,
        Steps = 40,
        LearningRate = 2e-3,
        DeadWindow = 1000,
        Engine = TrainEngine.Autograd,
    };

    private readonly RunBench bench = new();
    private readonly WorkerTeam team = new(1);
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly float[] data = Inputs();

    public static TheoryData<string> All => [.. Enum.GetNames<TrainArchitecture>()];

    public void Dispose()
    {
        scope.Dispose();
        team.Dispose();
        bench.Dispose();
    }

    [Theory, MemberData(nameof(All))]
    public void Steps_on_a_device_are_those_in_host_memory(string kind) => Compare(kind, CPU, 1e-4);

    [Theory, MemberData(nameof(All)), Trait("Needs", "Gpu")]
    public void Steps_on_a_GPU_are_those_on_the_CPU(string kind)
    {
        Assert.SkipUnless(cuda.is_available(), "This machine has no GPU that libtorch can use.");
        Compare(kind, new Device(DeviceType.CUDA, 0), 1e-3);
    }

    [Fact, Trait("Needs", "Gpu")]
    public void A_run_that_is_stopped_on_a_GPU_resumes_there_and_on_the_CPU()
    {
        Assert.SkipUnless(cuda.is_available(), "This machine has no GPU that libtorch can use.");
        StopAndResume(new Device(DeviceType.CUDA, 0), 1e-2);
    }

    [Fact]
    public void A_run_that_is_stopped_on_a_device_resumes_there_and_elsewhere() => StopAndResume(CPU, 1e-3);

    [Fact]
    public void A_step_by_tensor_operations_is_the_kernels_step()
    {
        using var ours = State(null);
        using var tensors = State(CPU);
        var adam = new AdamOptimizer(Config, team);
        for (var step = 0; step < 5; step++)
        {
            foreach (var (one, other) in ours.Trained.Zip(tensors.Trained))
            {
                using var gradient = randn(one.Shape);
                one.Gradient.copy_(gradient);
                other.Gradient.copy_(gradient);
            }
            ours.GradientNorm = tensors.GradientNorm = 3;
            adam.Step(ours, adam.At(ours, 1e-2));
            TensorAdam.Step(tensors, adam.At(tensors, 1e-2));
            ours.Step = tensors.Step = step + 1;
        }
        AssertSame(ours, tensors, 1e-5);
        Assert.All(TensorData.ToArray(tensors.Extra[0].Value), value => Assert.True(value >= 0, $"a threshold of {value}"));
        Assert.Contains(TensorData.ToArray(tensors.Extra[0].Value), value => value == 0);

        TrainingState State(Device? device)
        {
            var state = new TrainingState(Width, 64, device, [new TrainedTensor("threshold", device, 64) { RateFactor = 3, Minimum = 0 }]);
            state.Initialize(new float[Width], 7);
            return state;
        }
    }

    [Fact]
    public void A_state_that_is_not_finite_is_known_on_a_device_too()
    {
        using var engine = new AutogradEngine(Config, team, CPU);
        using var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 2);
        Assert.True(CheckpointFile.IsFinite(state));
        state.Encoder.SecondMoment[3, 4] = float.PositiveInfinity;
        Assert.False(CheckpointFile.IsFinite(state));
    }

    [Fact]
    public void What_the_sparse_engine_alone_has_is_refused_on_a_GPU_with_the_way_out()
    {
        var sparse = new TrainConfig { Engine = TrainEngine.Sparse, Candidates = TrainCandidates.BFloat16 };
        var message = Assert.Throws<UserException>(() => sparse.Validate(gpu: "cuda:0")).Message;
        Assert.Contains("\"engine\" is sparse: that engine computes on CPUs only, and this run is to compute on cuda:0", message, StringComparison.Ordinal);
        Assert.Contains("\"candidates\" is bFloat16", message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("--device cpu", message, StringComparison.Ordinal);
        sparse.Validate();
        new TrainConfig().Validate(gpu: "cuda:0");
    }

    [Fact]
    public void Without_a_word_about_it_a_CPU_has_the_sparse_engine_and_a_GPU_the_other()
    {
        Assert.Equal(TrainEngine.Sparse, new TrainConfig().ChosenEngine());
        Assert.Equal(TrainEngine.Autograd, new TrainConfig().ChosenEngine(onGpu: true));
        Assert.True(TrainingMemory.OfSession(new TrainConfig(), 256, onGpu: true) > TrainingMemory.OfSession(new TrainConfig(), 256), "a dense step holds all pre-activations");
    }

    [Theory]
    [InlineData(SaeArchitecture.Standard)]
    [InlineData(SaeArchitecture.TopK)]
    [InlineData(SaeArchitecture.JumpRelu)]
    [InlineData(SaeArchitecture.Gated)]
    [InlineData(SaeArchitecture.GroupMax)]
    public void An_SAE_computes_the_same_with_its_weights_on_a_device(SaeArchitecture architecture)
    {
        var config = new SaeConfig
        {
            Architecture = architecture, DIn = Width, DSae = 64, K = 8, RescaleActsByDecoderNorm = architecture == SaeArchitecture.TopK,
            NormalizeActivations = architecture == SaeArchitecture.Standard ? InputNormalization.LayerNorm : InputNormalization.None,
        };
        using var sae = new SparseAutoencoder(config, config.TensorShapes().ToDictionary(entry => entry.Name, entry => randn(entry.Shape)));
        var x = TensorData.FromFloats(data.AsSpan(0, 20 * Width), 20, Width);
        var (latents, output) = sae.Forward(x);
        sae.ComputeOn(CPU);
        var (there, back) = sae.Forward(x);
        Assert.Equal(TensorData.ToArray(latents), TensorData.ToArray(there));
        Assert.Equal(TensorData.ToArray(output), TensorData.ToArray(back));
        // The copies compute, not the originals: with those changed the result stays.
        sae.WDec.zero_();
        Assert.Equal(TensorData.ToArray(output), TensorData.ToArray(sae.Decode(latents, x)));
    }

    private void Compare(string kind, Device device, double tolerance)
    {
        var config = Config with { Architecture = Enum.Parse<TrainArchitecture>(kind) };
        using var host = new AutogradEngine(config, team);
        using var there = new AutogradEngine(config, team, device);
        using var ours = Begin(host);
        using var theirs = Begin(there);
        Assert.All(theirs.Trained, tensor => Assert.Equal(device.type, tensor.Value.device_type));
        var sawDead = false;
        for (var step = 0; step < config.Steps; step++)
        {
            var expected = host.Step(ours, Columns(step), config.LearningRate);
            var outcome = there.Step(theirs, Columns(step), config.LearningRate);
            if (step == 0)
            {
                // After one step Adam's first moments are the gradients, a tenth of them.
                foreach (var (a, b) in ours.Trained.Zip(theirs.Trained)) AssertClose(a.Name, a.FirstMoment, b.FirstMoment, tolerance);
                Assert.Equal(ours.GradientNorm, theirs.GradientNorm, tolerance * ours.GradientNorm);
            }
            Assert.Equal(expected.ReconstructionLoss + expected.ExtraLoss, outcome.ReconstructionLoss + outcome.ExtraLoss, 10 * tolerance * expected.ReconstructionLoss);
            Assert.Equal(expected.AuxLoss, outcome.AuxLoss, 1e-2);
            sawDead |= outcome.Dead > 0;
            ours.Step = theirs.Step = step + 1;
        }
        Assert.True(sawDead || kind is nameof(TrainArchitecture.Gated) or nameof(TrainArchitecture.Relu), "no latent died: the dead ones' loss was not compared");
        var held = Columns(7);
        host.CalibrateThreshold(ours, [held]);
        there.CalibrateThreshold(theirs, [held]);
        Assert.Equal(ours.Threshold.Value, theirs.Threshold.Value, 1e-3);
        var active = new long[config.Latents];
        Assert.Equal(host.Measure(ours, held, null).ReconstructionLoss, there.Measure(theirs, held, active).ReconstructionLoss, 1e-2);
        Assert.True(active.Sum() > 0);
        // What is published is in host memory.
        using var sae = there.Export(theirs, new SaeMetadata());
        Assert.Equal(DeviceType.CPU, sae.WDec.device_type);
    }

    private void StopAndResume(Device device, double tolerance)
    {
        var config = RunBench.Config with { Engine = TrainEngine.Autograd, Threads = 1 };
        var whole = bench.Train("whole", config, device: device);
        bench.Train("stopped", config, onProgress: progress =>
        {
            if (progress.Step >= config.Steps / 2) RunFolder.RequestCancel(bench.In("stopped"));
        }, device: device);
        Assert.Equal(RunState.Cancelled, RunFolder.ReadStatus(bench.In("stopped"))!.State);
        bench.Copy("stopped", "elsewhere");
        var again = bench.Train("stopped", config, resume: true, device: device);
        Assert.True(again.ResumedFrom > 0);
        if (device.type == DeviceType.CPU) Assert.Equal(whole.WeightsHash, again.WeightsHash);
        Assert.Equal(whole.HeldOut!.ExplainedVariance, again.HeldOut!.ExplainedVariance, tolerance);
        var elsewhere = bench.Train("elsewhere", config, resume: true);
        Assert.Equal(again.ResumedFrom, elsewhere.ResumedFrom);
        Assert.Equal(whole.HeldOut.ExplainedVariance, elsewhere.HeldOut!.ExplainedVariance, tolerance);
        using var sae = SaeFolder.Load(bench.In("stopped.sae"));
        Assert.Equal(again.WeightsHash, sae.WeightsHash);
    }

    private static TrainingState Begin(AutogradEngine engine)
    {
        var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 2);
        using var sample = TensorData.FromFloats(Inputs(), 2 * Batch, Width);
        engine.InitializeThresholds(state, sample);
        return state;
    }

    private Tensor Columns(int step) => TensorData.FromFloats(data.AsSpan(step * Width % (data.Length - Batch * Width), Batch * Width), Batch, Width);

    private static float[] Inputs()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(9);
        var strengths = randn([2 * Batch, 20], generator: generator).relu();
        return TensorData.ToArray(strengths.matmul(randn([20, Width], generator: generator)).Div(Math.Sqrt(Width * 10)));
    }

    private static void AssertSame(TrainingState expected, TrainingState actual, double tolerance)
    {
        foreach (var (a, b) in expected.Trained.Zip(actual.Trained))
        {
            AssertClose(a.Name, a.Value, b.Value, tolerance);
            AssertClose(a.Name + " m", a.FirstMoment, b.FirstMoment, tolerance);
            AssertClose(a.Name + " v", a.SecondMoment, b.SecondMoment, tolerance);
        }
    }

    private static void AssertClose(string name, Tensor expected, Tensor actual, double tolerance)
    {
        var error = actual.cpu().sub(expected).abs().max().item<float>() / Math.Max(expected.abs().max().item<float>(), 1e-20f);
        Assert.True(error <= tolerance, $"{name}: relative error {error}");
    }
}
