using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Training;

/// <summary>The small parts of a training step against their formulas.</summary>
public sealed class StepPartsTests
{
    [Fact]
    public void Adam_takes_the_steps_of_its_formula_in_double_precision()
    {
        const int Width = 21;
        const int Latents = 70;
        var config = new TrainConfig();
        using var team = new WorkerTeam(2);
        using var state = new TrainingState(Width, Latents);
        state.Initialize(new float[Width], 1);
        var random = new Random(2);
        var (value, first, second) = (ToDoubles(state.Encoder.Value), new double[Latents * Width], new double[Latents * Width]);
        var adam = new AdamOptimizer(config, team);
        for (var step = 1; step <= 20; step++)
        {
            foreach (var tensor in state.Trained)
            {
                // Rows without gradient decay and move too.
                var gradients = TensorData.AsSpan(tensor.Gradient);
                for (var i = 0; i < gradients.Length; i++)
                    gradients[i] = step > 10 && i < gradients.Length / 2 ? 0 : (float)(random.NextDouble() - 0.4);
            }
            state.Step = step - 1;
            state.GradientNorm = 2;
            adam.Step(state, adam.At(state, 1e-3));

            var gradient = TensorData.AsSpan(state.Encoder.Gradient);
            for (var i = 0; i < value.Length; i++)
            {
                var g = 0.5 * gradient[i];
                first[i] = 0.9 * first[i] + 0.1 * g;
                second[i] = 0.999 * second[i] + 0.001 * g * g;
                value[i] -= 1e-3 * (first[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        Assert.Equal(value, ToDoubles(state.Encoder.Value), (a, b) => Math.Abs(a - b) < 2e-6);
        var decoder = TensorData.AsSpan(state.Decoder.Value).ToArray();
        for (var j = 0; j < Latents; j++)
            Assert.Equal(1, Math.Sqrt(decoder.Skip(j * Width).Take(Width).Sum(x => (double)x * x)), 1e-6);
    }

    [Fact]
    public void The_learning_rate_rises_stays_and_falls_to_nothing()
    {
        var config = new TrainConfig { Steps = 100, LearningRate = 0.01 };
        var rates = Enumerable.Range(0, 100).Select(step => LearningRate.At(config, step)).ToArray();
        Assert.Equal(0.002, rates[0], 1e-12);
        Assert.Equal(0.01, rates[4], 1e-12);
        Assert.All(rates[4..80], rate => Assert.Equal(0.01, rate, 1e-12));
        Assert.Equal(0.01, rates[80], 1e-12);
        Assert.Equal(0.005, rates[90], 1e-12);
        Assert.Equal(0.0005, rates[99], 1e-12);
        // In a long run the warm-up is no longer than 1,000 steps.
        Assert.Equal(0.01, LearningRate.At(config with { Steps = 1_000_000 }, 999), 1e-12);
    }

    [Fact]
    public void The_dead_window_is_a_tenth_of_the_run_but_at_most_ten_million_columns()
    {
        Assert.Equal(163_840, new TrainConfig().DeadWindowColumns());
        Assert.Equal(10_000_000, new TrainConfig { Steps = 1_000_000 }.DeadWindowColumns());
        Assert.Equal(77, new TrainConfig { DeadWindow = 77 }.DeadWindowColumns());
    }

    [Fact]
    public void The_geometric_median_is_where_the_sum_of_distances_is_least()
    {
        const int Count = 3000;
        const int Width = 5;
        using var team = new WorkerTeam(2);
        var random = new Random(1);
        var points = new float[Count * Width];
        for (var i = 0; i < points.Length; i++)
            points[i] = (float)(random.NextDouble() + (i / Width % 10 == 0 ? 30 : 0));

        var median = GeometricMedian.Of(points, Count, Width, team);

        double Distance(int i, float[] at) => Math.Sqrt(Enumerable.Range(0, Width).Sum(d => Math.Pow(points[i * Width + d] - at[d], 2)));
        double Sum(float[] at) => Enumerable.Range(0, Count).Sum(i => Distance(i, at));
        var least = Sum(median);
        for (var d = 0; d < Width; d++)
        {
            foreach (var step in (float[])[-0.02f, 0.02f])
            {
                var moved = median.ToArray();
                moved[d] += step;
                Assert.True(Sum(moved) > least);
            }
        }
        // One point in ten is 30 away: the mean moves 3, the median stays.
        Assert.All(median, value => Assert.InRange(value, 0.3f, 1f));
    }

    [Fact]
    public void Settings_that_cannot_work_are_all_reported_at_once()
    {
        var message = Assert.Throws<UserException>(() => new TrainConfig { K = 0, Batch = 1, LearningRate = -1 }.Validate()).Message;
        Assert.Contains("\"k\"", message, StringComparison.Ordinal);
        Assert.Contains("\"batch\"", message, StringComparison.Ordinal);
        Assert.Contains("\"learningRate\"", message, StringComparison.Ordinal);
        new TrainConfig().Validate();
    }

    [Fact]
    public void Settings_of_another_architecture_are_refused_by_name()
    {
        var config = new TrainConfig { SparsityCoefficient = 1, SparsityWarmUp = 0.1, Bandwidth = 0.1, ThresholdLearningRate = 1e-3 };
        var message = Assert.Throws<UserException>(() => config.Validate()).Message;
        foreach (var name in (string[])["sparsityCoefficient", "sparsityWarmUp", "bandwidth", "thresholdLearningRate"])
            Assert.Contains($"\"{name}\" does not belong to architecture topK", message, StringComparison.Ordinal);
        (config with { Architecture = TrainArchitecture.JumpRelu }).Validate();

        var impossible = new TrainConfig
        {
            Architecture = TrainArchitecture.JumpRelu,
            SparsityCoefficient = -1,
            SparsityWarmUp = 2,
            Bandwidth = 0,
            ThresholdLearningRate = 0,
        };
        message = Assert.Throws<UserException>(() => impossible.Validate()).Message;
        foreach (var name in (string[])["sparsityCoefficient", "sparsityWarmUp", "bandwidth", "thresholdLearningRate"])
            Assert.Contains($"\"{name}\" is ", message, StringComparison.Ordinal);
        var dense = new TrainConfig { Architecture = TrainArchitecture.Gated, Engine = TrainEngine.Sparse };
        Assert.Contains("\"engine\" is ", Assert.Throws<UserException>(() => dense.Validate()).Message, StringComparison.Ordinal);
        dense = new TrainConfig { Engine = TrainEngine.Autograd, Candidates = TrainCandidates.BFloat16 };
        Assert.Contains("\"candidates\" is ", Assert.Throws<UserException>(() => dense.Validate()).Message, StringComparison.Ordinal);
        message = Assert.Throws<UserException>(() => new TrainConfig { Architecture = TrainArchitecture.Matryoshka, Latents = 31, K = 4 }.Validate()).Message;
        Assert.Contains("\"latents\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sparsity_weight_rises_over_a_share_of_the_run()
    {
        var config = new TrainConfig { Architecture = TrainArchitecture.Relu, SparsityCoefficient = 0.5, SparsityWarmUp = 0.1, Steps = 100 };
        Assert.Equal(0.05, config.SparsityWeight(0), 1e-12);
        Assert.Equal(0.5, config.SparsityWeight(9), 1e-12);
        Assert.Equal(0.5, config.SparsityWeight(99), 1e-12);
        Assert.Equal(0.05, (config with { Steps = 100_000 }).SparsityWeight(999), 1e-12);
        Assert.Equal(0.5, (config with { SparsityWarmUp = 0 }).SparsityWeight(0), 1e-12);
    }

    [Fact]
    public void Candidates_are_named_as_everyone_names_their_types()
    {
        using var folder = TestFolders.Temporary();
        File.WriteAllText(folder.In("train.json"), """{"candidates": "bfloat16"}""");
        Assert.Equal(TrainCandidates.BFloat16, TrainConfigFile.Read(folder.In("train.json")).Candidates);
        Assert.Contains("\"bfloat16\"", JsonSerializer.Serialize(new TrainConfig { Candidates = TrainCandidates.BFloat16 }, JsonDefaults.Data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"latent": 512}""", "latent")]
    [InlineData("""{"candidates": "int8"}""", "candidates")]
    [InlineData("""{"architecture": "vanilla"}""", "architecture")]
    [InlineData("""{"latents": "many"}""", "latents")]
    [InlineData("""{"k": 0, "warmUp": 2}""", "warmUp")]
    public void A_settings_file_with_a_mistake_is_named_with_it(string json, string part)
    {
        using var folder = TestFolders.Temporary();
        File.WriteAllText(folder.In("train.json"), json);
        var message = Assert.Throws<UserException>(() => TrainConfigFile.Read(folder.In("train.json"))).Message;
        Assert.Contains("train.json", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_worker_that_fails_fails_the_loop()
    {
        using var team = new WorkerTeam(2);
        for (var trial = 0; trial < 20; trial++)
        {
            Assert.Throws<InvalidOperationException>(() => team.Run(8, (_, block) =>
            {
                if (block == 5)
                    throw new InvalidOperationException("five");
            }));
            var blocks = new int[100];
            team.Run(100, (_, block) => blocks[block]++);
            Assert.All(blocks, count => Assert.Equal(1, count));
        }
    }

    private static double[] ToDoubles(TorchSharp.torch.Tensor tensor) =>
        Array.ConvertAll(TensorData.AsSpan(tensor).ToArray(), value => (double)value);
}
