using System.Text.Json;
using SaeDashboard.Sae.Atlas;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Atlas;

/// <summary>The parts of a map, each against a second way: brute force, torch, or the values of umap-js.</summary>
public class AtlasPartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static JsonElement Golden() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "SaeDashboard.Sae.Tests", "Golden", "umap", "umap.json"))).RootElement;

    [Fact]
    public void Nearest_directions_are_those_of_brute_force()
    {
        const int width = 12;
        var units = Clusters.Units(Clusters.Make(5, 40, width, 0.6, seed: 9), width);
        var nearest = NearestDirections.Find(units, width, 9, cancellation: Stop);
        for (var row = 0; row < 200; row++)
        {
            Assert.Equal((row, 0f), (nearest.Indices[row * 9], nearest.Distances[row * 9]));
            var expected = Enumerable.Range(0, 200).Where(other => other != row).OrderBy(other => Clusters.Distance(units, width, row, other)).Take(8).ToArray();
            Assert.Equal(expected, nearest.Indices[(row * 9 + 1)..(row * 9 + 9)]);
            for (var i = 0; i < 8; i++) Assert.Equal(Clusters.Distance(units, width, row, expected[i]), nearest.Distances[row * 9 + 1 + i], 2e-6);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_curve_is_the_one_a_simplex_search_finds(int which)
    {
        var known = Golden().GetProperty("curves")[which];
        double Value(string name) => known.GetProperty(name).GetDouble();
        var curve = AttractionCurve.Fit(Value("minDistance"), Value("spread"));
        Assert.Equal(Value("a"), curve.A, 1e-4 * Value("a"));
        Assert.Equal(Value("b"), curve.B, 1e-4 * Value("b"));
        // And it is a minimum: every step away is worse.
        var error = AttractionCurve.Error(curve.A, curve.B, Value("minDistance"), Value("spread"));
        foreach (var (a, b) in new[] { (1e-4, 0), (-1e-4, 0), (0, 1e-4), (0, -1e-4), (1e-4, 1e-4), (-1e-4, 1e-4) })
            Assert.True(AttractionCurve.Error(curve.A + a, curve.B + b, Value("minDistance"), Value("spread")) > error);
    }

    [Fact]
    public void Smoothed_distances_and_the_graph_are_those_of_umap_js()
    {
        var known = Golden();
        var (count, width, neighbours) = (known.GetProperty("count").GetInt32(), known.GetProperty("width").GetInt32(), known.GetProperty("neighbours").GetInt32());
        float[] Floats(string name) => [.. known.GetProperty(name).EnumerateArray().Select(each => each.GetSingle())];
        var units = Clusters.Units(Floats("directions"), width);
        var nearest = NearestDirections.Find(units, width, neighbours, cancellation: Stop);
        Assert.Equal(known.GetProperty("indices").EnumerateArray().Select(each => each.GetInt32()), nearest.Indices);

        var (rho, sigma) = FuzzyGraph.SmoothDistances(nearest.Distances, count, neighbours);
        var (knownRho, knownSigma) = (Floats("rho"), Floats("sigma"));
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(knownRho[i], rho[i], 1e-5);
            Assert.Equal(knownSigma[i], sigma[i], 2e-3 * knownSigma[i]);
            // The definition: log2(k) neighbours, where no floor holds.
            var sum = Enumerable.Range(1, neighbours - 1).Sum(place => Math.Exp(-Math.Max(0, nearest.Distances[i * neighbours + place] - rho[i]) / sigma[i]));
            Assert.Equal(Math.Log2(neighbours), sum, 1e-4);
        }

        var graph = FuzzyGraph.Of(nearest);
        var mine = Enumerable.Range(0, graph.Weights.Length).ToDictionary(edge => (graph.Heads[edge], graph.Tails[edge]), edge => graph.Weights[edge]);
        var edges = known.GetProperty("edges").EnumerateArray().ToList();
        Assert.Equal(edges.Count, mine.Count);
        foreach (var edge in edges)
            Assert.Equal(edge[2].GetSingle(), mine[(edge[0].GetInt32(), edge[1].GetInt32())], 2e-3);
        Assert.All(mine, pair => Assert.Equal(pair.Value, mine[(pair.Key.Item2, pair.Key.Item1)]));
    }

    [Fact]
    public void First_components_are_those_of_the_covariance()
    {
        const int width = 10;
        var units = Clusters.Units(Clusters.Make(4, 60, width, 0.5, seed: 6), width);
        var scores = FirstComponents.Scores(units, width, Stop);
        using var tensor = TensorData.FromFloats(units, 240, width);
        var moments = new SecondMoments(width);
        moments.Add(tensor);
        var components = PrincipalComponents.Fit(moments);
        for (var dimension = 0; dimension < 2; dimension++)
        {
            var direction = components.Direction(dimension);
            var expected = Enumerable.Range(0, 240).Select(row => Enumerable.Range(0, width).Sum(i => (units[row * width + i] - components.Mean[i]) * direction[i])).ToArray();
            // Either end of a component may be its beginning.
            var sign = Math.Sign(expected[0] * scores[dimension]);
            for (var row = 0; row < 240; row++) Assert.Equal(sign * expected[row], scores[2 * row + dimension], 1e-4);
        }
    }

    [Fact]
    public void The_nearest_of_a_point_are_those_of_brute_force()
    {
        var random = new Random(11);
        // Uneven: a dense knot, a wide cloud and a few far away.
        var positions = Enumerable.Range(0, 2 * 700).Select(i => (float)(random.NextDouble() * (i < 600 ? 0.01 : i < 1380 ? 10 : 500))).ToArray();
        var grid = new PointGrid(positions);
        for (var point = 0; point < 700; point++)
        {
            float Squared(int other)
            {
                var (dx, dy) = (positions[2 * other] - positions[2 * point], positions[2 * other + 1] - positions[2 * point + 1]);
                return dx * dx + dy * dy;
            }
            Assert.Equal(Enumerable.Range(0, 700).Where(other => other != point).OrderBy(Squared).ThenBy(other => other).Take(12), grid.Nearest(point, 12));
        }
    }

    [Fact]
    public void Trustworthiness_is_1_for_the_truth_and_falls_with_strangers()
    {
        const int count = 60;
        var truth = Enumerable.Range(0, 2 * count).Select(i => i % 2 == 0 ? i / 2 + 0.001f * (i / 2) * (i / 2) : 0f).ToArray();
        var ranks = Enumerable.Range(0, count).Select(row =>
        {
            var order = Enumerable.Range(0, count).Where(other => other != row).OrderBy(other => Math.Abs(truth[2 * other] - truth[2 * row])).ToArray();
            return Enumerable.Range(0, count).Select(other => Array.IndexOf(order, other) + 1).ToArray();
        }).ToArray();
        Assert.Equal(1, MapQuality.Trustworthiness(ranks, truth, 5), 1e-12);
        var random = new Random(2);
        var shuffled = Enumerable.Range(0, 2 * count).Select(_ => (float)random.NextDouble()).ToArray();
        Assert.InRange(MapQuality.Trustworthiness(ranks, shuffled, 5), 0.35, 0.65);
    }

    [Fact]
    public void Random_numbers_are_even()
    {
        var random = new MapRandom(42);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++) counts[random.Next(10)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        var (one, other) = (new MapRandom(42), new MapRandom(42));
        Assert.Equal(Enumerable.Range(0, 20).Select(_ => one.NextUnit()), Enumerable.Range(0, 20).Select(_ => other.NextUnit()));
    }
}
