using SaeDashboard.Core;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Atlas;

/// <summary>Maps as a whole: what is near stays near, better than in two principal components, and the same seed gives the same bits.</summary>
public class AtlasTests
{
    private const int Width = 48, Groups = 40, Members = 18;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Clusters_stay_together_and_neighbours_stay_neighbours()
    {
        var directions = Clusters.Make(Groups, Members, Width, 0.25, seed: 3);
        var built = AtlasBuilder.Build(directions, Width, "hash", cancellation: Stop);
        var units = Clusters.Units(directions, Width);
        var ranks = Clusters.Ranks(units, Width);
        var components = FirstComponents.Scores(units, Width, Stop);

        // The neighbour on the map is of the same cluster.
        var grid = new PointGrid(built.Positions);
        var same = Enumerable.Range(0, Groups * Members).Count(point => grid.Nearest(point, 1).Single() / Members == point / Members);
        Assert.True(same > 0.99 * Groups * Members, $"{same} of {Groups * Members}");

        var (map, baseline) = (MapQuality.Trustworthiness(ranks, built.Positions, 10), MapQuality.Trustworthiness(ranks, components, 10));
        Assert.InRange(map, 0.96, 1);
        Assert.True(baseline < map - 0.1, $"two components {baseline}, map {map}");
        Assert.True(built.Info.NeighboursKept > built.Info.NeighboursKeptByComponents + 0.2, $"{built.Info.NeighboursKept} against {built.Info.NeighboursKeptByComponents}");
    }

    [Fact]
    public void A_curve_stays_a_curve()
    {
        // Directions along an arc: the map is one thread of points in their order, though it fills two dimensions.
        const int points = 300;
        var directions = new float[points * 3];
        for (var i = 0; i < points; i++)
        {
            var angle = Math.PI * i / points;
            (directions[3 * i], directions[3 * i + 1], directions[3 * i + 2]) = ((float)Math.Cos(angle), (float)Math.Sin(angle), 0.5f);
        }
        var built = AtlasBuilder.Build(directions, 3, "hash", new AtlasOptions { Neighbours = 10 }, cancellation: Stop);
        var grid = new PointGrid(built.Positions);
        var near = Enumerable.Range(0, points).Count(point => grid.Nearest(point, 2).All(other => Math.Abs(other - point) <= 5));
        Assert.True(near > 0.95 * points, $"{near} of {points}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_for_any_number_of_threads()
    {
        var directions = Clusters.Make(6, 40, 32, 0.4, seed: 5);
        var options = new AtlasOptions { Epochs = 60 };
        var before = get_num_threads();
        try
        {
            var maps = new List<float[]>();
            foreach (var threads in new[] { 1, 2, 3 })
            {
                set_num_threads(threads);
                // Loops over rows too are given other threads: the pool has none to spare for the second.
                using var busy = new BusyPool(threads);
                maps.Add(AtlasBuilder.Build(directions, 32, "hash", options, cancellation: Stop).Positions);
            }
            Assert.All(maps, map => Assert.Equal(maps[0], map));
        }
        finally
        {
            set_num_threads(before);
        }
        Assert.NotEqual(AtlasBuilder.Build(directions, 32, "hash", options, cancellation: Stop).Positions, AtlasBuilder.Build(directions, 32, "hash", options with { Seed = 7 }, cancellation: Stop).Positions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(17)]
    public void Few_features_have_a_map(int features)
    {
        var built = AtlasBuilder.Build(Clusters.Make(1, features, 8, 1, seed: 1), 8, "hash", cancellation: Stop);
        Assert.Equal(2 * features, built.Positions.Length);
        Assert.All(built.Positions, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(features, Enumerable.Range(0, features).Select(i => (built.Positions[2 * i], built.Positions[2 * i + 1])).Distinct().Count());
    }

    [Fact]
    public void Twins_directions_of_length_0_and_one_dimension_are_mapped()
    {
        var directions = Clusters.Make(3, 20, 8, 0.5, seed: 2);
        directions.AsSpan(0, 8).CopyTo(directions.AsSpan(8, 8));
        directions.AsSpan(16, 16).Clear();
        Assert.All(AtlasBuilder.Build(directions, 8, "hash", cancellation: Stop).Positions, value => Assert.True(float.IsFinite(value)));
        Assert.All(AtlasBuilder.Build(new float[40 * 4], 4, "hash", cancellation: Stop).Positions, value => Assert.True(float.IsFinite(value)));
        Assert.All(AtlasBuilder.Build([.. Enumerable.Range(1, 30).Select(i => i % 2 == 0 ? 1f : -1f)], 1, "hash", cancellation: Stop).Positions, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_direction_that_is_not_finite_is_refused_by_its_number()
    {
        var directions = Clusters.Make(1, 10, 8, 1, seed: 1);
        directions[3 * 8 + 2] = float.NaN;
        Assert.Contains("feature 3", Assert.Throws<UserException>(() => AtlasBuilder.Build(directions, 8, "hash", cancellation: Stop)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_reaches_its_end_and_cancelling_ends_it()
    {
        var directions = Clusters.Make(4, 30, 16, 0.5, seed: 4);
        var seen = new Recorder();
        AtlasBuilder.Build(directions, 16, "hash", new AtlasOptions { Epochs = 20 }, seen, Stop);
        Assert.Equal(new ClipProgress("nearest directions", 120, 120, "features"), seen.All.Last(each => each.Stage == "nearest directions"));
        Assert.Equal(Enumerable.Range(1, 20), seen.All.Where(each => each.Stage == "map").Select(each => each.Clips));
        using var cancel = new CancellationTokenSource();
        var stopping = new Recorder(each =>
        {
            if (each is { Stage: "map", Clips: 5 }) cancel.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => AtlasBuilder.Build(directions, 16, "hash", new AtlasOptions { Epochs = 20 }, stopping, cancel.Token));
        Assert.Equal(5, stopping.All.Count(each => each.Stage == "map"));
    }

    private sealed class Recorder(Action<ClipProgress>? then = null) : IProgress<ClipProgress>
    {
        public List<ClipProgress> All { get; } = [];

        public void Report(ClipProgress value)
        {
            All.Add(value);
            then?.Invoke(value);
        }
    }

    // Takes threads of the pool away while it lives.
    private sealed class BusyPool : IDisposable
    {
        private readonly ManualResetEventSlim over = new();

        public BusyPool(int threads)
        {
            for (var i = 0; i < 8 - threads; i++) ThreadPool.QueueUserWorkItem(_ => over.Wait(TimeSpan.FromSeconds(5)));
        }

        public void Dispose() => over.Set();
    }
}

/// <summary>Directions in clusters, and their true neighbours by brute force in float64.</summary>
internal static class Clusters
{
    /// <summary>Directions of random lengths around random centres <c>[groups · members, width]</c>.</summary>
    public static float[] Make(int groups, int members, int width, double noise, int seed)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var directions = new float[groups * members * width];
        for (var group = 0; group < groups; group++)
        {
            var centre = Enumerable.Range(0, width).Select(_ => Normal()).ToArray();
            for (var member = 0; member < members; member++)
            {
                var length = 0.2 + random.NextDouble();
                for (var i = 0; i < width; i++) directions[(group * members + member) * width + i] = (float)(length * (centre[i] + noise * Normal()));
            }
        }
        return directions;
    }

    /// <summary>The same directions with length 1.</summary>
    public static float[] Units(float[] directions, int width)
    {
        var units = (float[])directions.Clone();
        for (var row = 0; row < units.Length / width; row++)
        {
            var norm = Math.Sqrt(Enumerable.Range(0, width).Sum(i => (double)units[row * width + i] * units[row * width + i]));
            for (var i = 0; i < width; i++) units[row * width + i] = (float)(units[row * width + i] / norm);
        }
        return units;
    }

    /// <summary>1 − cosine of two rows.</summary>
    public static double Distance(float[] units, int width, int one, int other) =>
        1 - Enumerable.Range(0, width).Sum(i => (double)units[one * width + i] * units[other * width + i]);

    /// <summary>Rank of each among the neighbours of each, from 1.</summary>
    public static int[][] Ranks(float[] units, int width)
    {
        var count = units.Length / width;
        return [.. Enumerable.Range(0, count).Select(row =>
        {
            var order = Enumerable.Range(0, count).Where(other => other != row).OrderBy(other => Distance(units, width, row, other)).ToArray();
            var ranks = new int[count];
            for (var rank = 0; rank < order.Length; rank++) ranks[order[rank]] = rank + 1;
            return ranks;
        })];
    }
}
