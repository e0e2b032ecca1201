using SaeDashboard.Sae.Training;
using SaeDashboard.Sae.Training.Sparse;
using SaeDashboard.Torch.Extensions;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>The latents that the sparse engine selects, against sorting and against the exported SAE.</summary>
public sealed unsafe class SelectionTests : IDisposable
{
    private readonly WorkerTeam team = new(2);
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        team.Dispose();
    }

    [Theory]
    [InlineData(2048, 32, 512)]
    [InlineData(2048, 100, 2048)]
    [InlineData(1000, 7, 100)]
    [InlineData(96, 8, 96)]
    [InlineData(40, 40, 13)]
    [InlineData(5, 2, 5)]
    [InlineData(1, 1, 1)]
    public void The_k_largest_match_a_sorted_reference(int latents, int k, int tile)
    {
        var random = new Random(latents + k);
        var collector = new TopKCollector(1, latents, k, false);
        using var list = new LatentList(1);
        for (var trial = 0; trial < 200; trial++)
        {
            // Coarse values have many ties; a shift makes rows with few or no positive values.
            var coarse = trial % 3 == 0;
            var shift = trial % 5 == 0 ? -3.0 : trial % 5 == 1 ? 3.0 : 0;
            var row = Enumerable.Range(0, latents).Select(_ => Value(random, coarse, shift)).ToArray();
            var bias = Enumerable.Range(0, latents).Select(_ => Value(random, coarse, 0)).ToArray();
            Take(collector, list, row, bias, tile);

            var sums = row.Zip(bias, (a, b) => a + b).ToArray();
            var expected = Enumerable.Range(0, latents).Where(j => sums[j] > 0)
                .OrderByDescending(j => sums[j]).ThenBy(j => j).Take(k).Order().ToArray();
            Assert.Equal(expected, new Span<int>(list.Latents, list.Count).ToArray());
            Assert.Equal(expected.Select(j => sums[j]), new Span<float>(list.Values, list.Count).ToArray());
        }
    }

    [Fact]
    public void A_selection_of_NaN_terminates()
    {
        using var list = new LatentList(1);
        var row = new float[256];
        Array.Fill(row, float.NaN);
        Take(new TopKCollector(1, 256, 8, false), list, row, new float[256], 256);
        Assert.InRange(list.Count, 0, 8);
        Assert.Equal(float.NaN, FloatOrder.Value(FloatOrder.Key(float.NaN)));
    }

    [Theory]
    [InlineData(0f)] // none: taken from the first block
    [InlineData(0.05f)] // far too low
    [InlineData(5f)] // far too high: computed again
    public void A_batch_keeps_its_largest_values_for_any_initial_bound(float guess)
    {
        using var problem = new SparseProblem(TrainArchitecture.BatchTopK, 0, team);
        using var batch = new SparseBatch(SparseProblem.Columns, SparseProblem.Width, SparseProblem.Latents, [SparseProblem.Latents]);
        using var selection = new BatchTopKSelection(batch, SparseProblem.K, null, team);
        problem.State.SmallestKept = guess;
        batch.Centre(problem.Inputs(), problem.State, team);
        selection.SelectForTraining(problem.State, batch);

        var p = problem.Before.PreActivations(problem.Inputs().to(ScalarType.Float64));
        const int Wanted = SparseProblem.K * SparseProblem.Columns;
        var last = p.flatten().topk(Wanted).values.min().item<double>();
        AssertClose(p.mul(p.ge(last).to(ScalarType.Float64)), Dense(batch));
        Assert.Equal(Wanted, batch.Lists.Take(batch.Blocks).Sum(list => list.Count));
        Assert.Equal(last, problem.State.SmallestKept, 1e-6);
        Assert.Equal(last, problem.State.Threshold.Value, 1e-6);
    }

    [Theory, InlineData(nameof(TrainArchitecture.TopK)), InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.Matryoshka)), InlineData(nameof(TrainArchitecture.JumpRelu))]
    public void Evaluations_match_the_exported_SAE(string kind)
    {
        using var problem = new SparseProblem(Enum.Parse<TrainArchitecture>(kind), 0, team);
        problem.State.Threshold.Fix(0.4);
        var active = new long[SparseProblem.Latents];
        var outcome = problem.Engine.Measure(problem.State, problem.Inputs(), active);

        using var sae = problem.Engine.Export(problem.State, new());
        var (latents, reconstruction) = sae.Forward(problem.Inputs());
        Assert.Equal(TensorData.ToInt64Array(latents.Gt(0).sum([0])), active);
        Assert.Equal(active.Sum(), outcome.Active);
        var error = problem.Inputs().sub(reconstruction).Square().sum(ScalarType.Float64).item<double>();
        Assert.Equal(error, outcome.SquaredError, 1e-5 * error);
    }

    [Theory, InlineData(nameof(TrainArchitecture.TopK)), InlineData(nameof(TrainArchitecture.BatchTopK)), InlineData(nameof(TrainArchitecture.JumpRelu))]
    public void Bfloat16_candidates_miss_less_than_one_latent_in_a_thousand(string kind)
    {
        // Not a multiple of the kernels' step.
        const int Width = 128, Latents = 2043, Columns = 600, K = 16;
        var config = new TrainConfig { Architecture = Enum.Parse<TrainArchitecture>(kind), Latents = Latents, K = K, Batch = Columns };
        using var engine = new SparseEngine(config, Width, team);
        using var state = engine.CreateState(Width);
        state.Initialize(new float[Width], 1);
        using var generator = new Generator(2);
        // Some shared directions make many pre-activations alike, as in a real residual stream.
        var x = randn([Columns, 24], generator: generator).matmul(randn([24, Width], generator: generator));
        x = x.div(x.norm(1, true).mean()).contiguous();
        engine.InitializeThresholds(state, x);
        Dictionary<bool, Tensor> found = [];
        foreach (var inexact in (bool[])[false, true])
        {
            using var batch = new SparseBatch(Columns, Width, Latents, [Latents]);
            using var weights = inexact ? new BFloat16Weights(Latents, Width) : null;
            using LatentSelection selection = config.Architecture switch
            {
                TrainArchitecture.TopK => new TopKSelection(batch, K, weights, team),
                TrainArchitecture.BatchTopK => new BatchTopKSelection(batch, K, weights, team),
                _ => new JumpReluSelection(batch, 0.05, weights, team),
            };
            batch.Centre(x.clone(), state, team);
            selection.SelectForTraining(state, batch);
            found[inexact] = Dense(batch, near: true);
        }
        var (exact, candidates) = (found[false], found[true]);
        var missed = exact.ne(0).logical_and(candidates.eq(0)).sum().item<long>();
        var total = exact.ne(0).sum().item<long>();
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {missed} of {total} missed");
        Assert.True(total > 5000);
        Assert.True(missed <= 1e-3 * total, $"{missed} of {total} missed");
        // Latents found by both have the same value, computed in float32.
        var both = exact.ne(0).logical_and(candidates.ne(0)).to(ScalarType.Float64);
        AssertClose(exact.mul(both), candidates.mul(both));
    }

    private static void Take(TopKCollector collector, LatentList list, float[] row, float[] bias, int tile)
    {
        list.Clear();
        fixed (float* r = row, b = bias)
        {
            collector.Begin(1, b);
            for (var first = 0; first < row.Length; first += tile)
                collector.Take(0, first, r + first, Math.Min(tile, row.Length - first));
            collector.End(list, null, null, 0);
        }
    }

    /// <summary>f [columns, F] in float64; with <paramref name="near"/> also p of those near their threshold.</summary>
    private static Tensor Dense(SparseBatch batch, bool near = false)
    {
        var dense = new float[batch.Columns * batch.Latents];
        for (var block = 0; block < batch.Blocks; block++)
        {
            var (first, rows) = batch.Block(block);
            var list = batch.Lists[block];
            for (var row = 0; row < rows; row++)
            {
                var end = near ? list.Starts[row + 1] : list.Starts[row] + list.Active[row];
                for (var i = list.Starts[row]; i < end; i++)
                    dense[(first + row) * batch.Latents + list.Latents[i]] = list.Values[i];
            }
        }
        return TensorData.FromFloats(dense, batch.Columns, batch.Latents).to(ScalarType.Float64);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        var error = actual.sub(expected).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.True(error <= 1e-5, $"relative error {error}");
    }

    private static float Value(Random random, bool coarse, double shift)
    {
        var value = 4 * random.NextDouble() - 2 + shift;
        return (float)(coarse ? Math.Round(value) : value);
    }
}
