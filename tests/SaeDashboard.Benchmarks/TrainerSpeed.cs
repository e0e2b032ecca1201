using System.Diagnostics;
using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// Training steps at d = 1024, F = 32,768, k = 32, batch 4096: the sparse engine over autograd, and both against what the machine's matrix
/// products and copies, measured in the same run, leave possible. Most of the time is autograd's.
/// </summary>
internal sealed class TrainerSpeed(TrainArchitecture kind) : IBenchmark
{
    private const int Width = 1024, Latents = 32_768, K = 32, Batch = 4096, Batches = 4;
    private const double ProductOperations = 2.0 * Batch * Width * Latents;

    // EleutherAI sparsify 1.3.3 at the same size on 2 cores whose float32 product ran at 127 GFLOP/s.
    private const double SparsifyTokens = 883, SparsifyRate = 127;

    public string Name => $"trainer-speed-{kind}";

    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        using var team = new WorkerTeam(TorchRuntime.Threads);
        // Into fresh memory each time, as autograd and other trainers compute, and into memory at hand, as the sparse engine does.
        var (rate, best) = ProductRates(ScalarType.Float32, team.Size);
        var panels = PanelRate(team);
        var (halfRate, bestHalf) = ProductRates(ScalarType.BFloat16, team.Size);
        var copied = CopyRate(team);
        yield return new("float32 product", rate / 1e9, "GFLOP/s");
        yield return new("float32 product into memory at hand", best / 1e9, "GFLOP/s");
        yield return new("float32 product by panels", panels / 1e9, "GFLOP/s");
        yield return new("bfloat16 product", halfRate / 1e9, "GFLOP/s");
        yield return new("bfloat16 product into memory at hand", bestHalf / 1e9, "GFLOP/s");
        yield return new("copy, read and written", copied / 1e9, "GB/s");

        // Values and two moments of encoder and decoder are read and written once.
        var adamFloor = 6.0 * 2 * sizeof(float) * Width * Latents / copied;
        var sparsify = SparsifyTokens * (rate / 1e9) / SparsifyRate;
        var sparse = Seconds(team, TrainEngine.Sparse, null, 3);
        yield return new($"{kind} sparse", Batch / sparse, "tokens/s");
        yield return new($"{kind} sparse of its floor", (ProductOperations / Math.Max(best, panels) + adamFloor) / sparse, "");
        yield return new($"{kind} sparse over sparsify, scaled", Batch / sparse / sparsify, "×");
        var half = Seconds(team, TrainEngine.Sparse, TrainCandidates.BFloat16, 5);
        yield return new($"{kind} bfloat16 candidates", Batch / half, "tokens/s");
        yield return new($"{kind} bfloat16 candidates of their floor", (ProductOperations / bestHalf + adamFloor) / half, "");
        yield return new($"{kind} bfloat16 candidates over sparsify, scaled", Batch / half / sparsify, "×");
        var autograd = Seconds(team, TrainEngine.Autograd, null, 1);
        yield return new($"{kind} autograd", Batch / autograd, "tokens/s");
        yield return new($"{kind} autograd of its floor", 5 * ProductOperations / rate / autograd, "");
        yield return new($"{kind} sparse over autograd", autograd / sparse, "×");
        yield return new($"{kind} bfloat16 candidates over autograd", autograd / half, "×");
    }

    private static (double Allocated, double AtHand) ProductRates(ScalarType type, int threads)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var before = get_num_threads();
        set_num_threads(threads);
        var (x, w, target) = (randn(Batch, Width).to(type), randn(Latents, Width).to(type), empty([Batch, Latents], type));
        var atHand = Clock.Median(() => target.addmm_(x, w.t(), 0, 1), 3);
        var allocated = Clock.Median(() => x.mm(w.t()).Dispose(), 5);
        set_num_threads(before);
        return (ProductOperations / allocated, ProductOperations / atHand);
    }

    private static unsafe double PanelRate(WorkerTeam team)
    {
        using var scope = NewDisposeScope();
        var (x, weights, target) = (randn(Batch, Width), randn(Latents, Width), empty(Batch, Latents));
        var (from, panel, to) = (TensorData.Address(x), TensorData.Address(weights), TensorData.Address(target));
        return ProductOperations / Clock.Median(() => team.Run(Latents / PanelProduct.Width, (_, part) => PanelProduct.Multiply(
            (float*)from, Batch, Width, (float*)panel + (long)part * Width * PanelProduct.Width, isBFloat16: false, Width,
            (float*)to + part * PanelProduct.Width, Latents)), 3);
    }

    private static unsafe double CopyRate(WorkerTeam team)
    {
        const int Part = 1 << 18, Parts = 128;
        using var source = zeros(Part * Parts);
        using var target = zeros(Part * Parts);
        var (from, to) = (TensorData.UncheckedAddress(source), TensorData.UncheckedAddress(target));
        var seconds = Clock.Median(() => team.Run(Parts, (_, part) =>
        {
            var offset = (long)part * Part * sizeof(float);
            Buffer.MemoryCopy((byte*)from + offset, (byte*)to + offset, Part * sizeof(float), Part * sizeof(float));
        }));
        return 2.0 * sizeof(float) * Part * Parts / seconds;
    }

    /// <summary>The median of this many steps after some that are not counted.</summary>
    private double Seconds(WorkerTeam team, TrainEngine engineKind, TrainCandidates? candidates, int steps)
    {
        using var scope = NewDisposeScope();
        var config = new TrainConfig { Architecture = kind, Candidates = candidates, Latents = Latents, K = K, Batch = Batch, Steps = 10_000 };
        using ITrainingEngine engine = engineKind == TrainEngine.Sparse ? new SparseEngine(config, Width, team) : new AutogradEngine(config, team);
        using var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 1);
        var inputs = Inputs();
        using (var sample = inputs[0].narrow(0, 0, 1024).clone())
            engine.InitializeThresholds(state, sample);
        var seconds = new double[steps];
        var warmUp = engineKind == TrainEngine.Sparse ? 3 : 1;
        for (var step = -warmUp; step < steps; step++)
        {
            using var batch = inputs[(step + warmUp) % Batches].clone();
            var start = Stopwatch.GetTimestamp();
            engine.Step(state, batch, LearningRate.At(config, state.Step));
            if (step >= 0)
                seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            state.Step++;
        }
        Array.Sort(seconds);
        return seconds[steps / 2];
    }

    /// <summary>Columns made of a few of 512 directions each, E‖x‖² = 1.</summary>
    private static Tensor[] Inputs()
    {
        using var generator = new Generator(1);
        var directions = randn([512, Width], generator: generator);
        return [.. Enumerable.Range(0, Batches).Select(_ =>
        {
            using var scope = NewDisposeScope();
            var strengths = randn([Batch, 512], generator: generator).sub(1.5).relu();
            var x = strengths.mm(directions).add(randn([Batch, Width], generator: generator).mul(0.5));
            return x.div(x.square().sum(1).mean().sqrt()).contiguous().MoveToOuterDisposeScope();
        })];
    }
}
