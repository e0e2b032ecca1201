using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>The streaming builder against lists of everything, in float64 and without any cleverness.</summary>
public class FeatureIndexBuilderTests
{
    private const int Width = 8;
    private const int Features = 60;
    private const int Columns = 90;
    private const int SelectClips = 70;
    private const int ExtraClips = 30;
    private static readonly FeatureIndexOrigin Origin = new("model", "data", "small", "layers.4.resid_post", 4, 50);

    public static TheoryData<SaeArchitecture> Architectures => [SaeArchitecture.TopK, SaeArchitecture.JumpRelu, SaeArchitecture.Standard];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Statistics_equal_brute_force(SaeArchitecture architecture)
    {
        using var sae = Sae(architecture);
        var select = MemorySource.Random(11, Width, Columns, SelectClips);
        var built = Build(sae, select, null);
        var data = built.Data;
        var clips = Latents(sae, select);
        var measured = SelectClips * (Columns - 3);
        Assert.Equal(measured, built.Info.ColumnsMeasured);
        Assert.Equal(SelectClips, built.Info.ClipsMeasured);
        Assert.True(built.PercentilesExact);

        for (var feature = 0; feature < Features; feature++)
        {
            var positive = clips.SelectMany(clip => clip.Skip(3).Select(row => row[feature])).Where(value => value > 0).Order().ToArray();
            var n = positive.Length;
            Assert.Equal(n, data.Positives[feature]);
            AssertNear((double)n / measured, data.ColumnDensity[feature]);
            Assert.Equal(n < 50 ? 1 : 0, data.P99Thin[feature]);
            if (n == 0)
            {
                Assert.Equal((0f, 0f, 0f, 0f), (data.P99[feature], data.Maximum[feature], data.Mean[feature], data.Kurtosis[feature]));
                Assert.Equal((0, 0), (data.Kept[feature], data.KeptAny[feature]));
                continue;
            }

            var mean = positive.Average();
            var variance = Moment(positive, mean, 2);
            AssertNear(mean, data.Mean[feature]);
            AssertNear(variance, data.Variance[feature]);
            AssertNear(n < 2 ? 0 : Moment(positive, mean, 3) / Math.Pow(variance, 1.5), data.Skewness[feature]);
            AssertNear(n < 2 ? 0 : Moment(positive, mean, 4) / (variance * variance) - 3, data.Kurtosis[feature]);
            Assert.Equal((float)positive[^1], data.Maximum[feature]);
            var position = 0.99 * (n - 1);
            var low = (int)position;
            var p99 = n < 50 ? positive[^1] : positive[low] + (position - low) * (positive[Math.Min(low + 1, n - 1)] - positive[low]);
            AssertNear(p99, data.P99[feature]);

            // Column p is row p − 1; half a second is 25 columns, so columns 26..65 count.
            var maxima = clips.Select(clip => clip.Where((_, row) => row + 1 is >= 26 and <= Columns - 25).Max(row => row[feature])).ToArray();
            var any = maxima.Count(value => value > 0) / (double)SelectClips;
            var rate = maxima.Count(value => value > 0.1 * data.P99[feature]) / (double)SelectClips;
            AssertNear(any, data.ClipDensityAny[feature]);
            AssertNear(rate, data.ClipDensity[feature]);
            Assert.Equal(any is >= 0.01 and <= 0.25 ? 1 : 0, data.KeptAny[feature]);
            Assert.Equal(rate is >= 0.01 and <= 0.25 ? 1 : 0, data.Kept[feature]);

            var bins = built.Info.HistogramBins;
            var histogram = new int[bins];
            foreach (var value in positive)
                histogram[Math.Min(bins - 1, (int)(value / positive[^1] * bins))]++;
            Assert.Equal(histogram, data.Histogram.Skip(feature * bins).Take(bins));
        }

        Assert.Equal(data.Kept.Count(kept => kept == 1), built.Info.KeptDefault);
        Assert.Equal(data.KeptAny.Count(kept => kept == 1), built.Info.KeptAnyFrame);
        // The case is worth its name only if every kind of feature is in it.
        Assert.Contains(data.Positives, count => count == 0);
        Assert.Contains(data.Positives, count => count is > 0 and < 50);
        Assert.Contains(data.Positives, count => count > 500);
        Assert.InRange(built.Info.KeptDefault, 1, Features - 1);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Top_clips_and_strips_equal_brute_force(SaeArchitecture architecture)
    {
        using var sae = Sae(architecture);
        var select = MemorySource.Random(11, Width, Columns, SelectClips, firstRow: 500);
        // Ten rows overlap with select: they must not take two places.
        var extra = MemorySource.Random(11, Width, Columns, ExtraClips, "sae-train", firstRow: 480);
        var overlapping = MemorySource.Random(11, Width, Columns, SelectClips).Rows.Count;
        Assert.Equal(SelectClips, overlapping);
        var built = Build(sae, select, extra);
        Assert.Equal(["sae-train", "select"], built.Info.TopClipSplits);
        Assert.Equal("select", built.Info.StatisticsSplit);

        var all = select.Rows.Zip(Latents(sae, select)).Concat(extra.Rows.Zip(Latents(sae, extra))).DistinctBy(clip => clip.First).ToArray();
        Assert.Equal(SelectClips + 20, all.Length);
        using var folder = TestFolders.Temporary();
        built.Save(folder.In("index"));
        using var index = FeatureIndex.Open(folder.In("index"));
        for (var feature = 0; feature < Features; feature++)
        {
            var expected = all
                .Select(clip => (Row: clip.First, Rows: clip.Second, Peak: clip.Second.Skip(3).Max(row => row[feature])))
                .Where(clip => clip.Peak > 0)
                .OrderByDescending(clip => clip.Peak).ThenBy(clip => clip.Row)
                .Take(12)
                .ToArray();
            var actual = index.TopClips(feature);
            Assert.Equal(expected.Select(clip => clip.Row), actual.Select(clip => clip.Row));
            for (var rank = 0; rank < expected.Length; rank++)
            {
                var (_, rows, peak) = expected[rank];
                Assert.Equal((float)peak, actual[rank].Value);
                Assert.Equal(Enumerable.Range(4, Columns - 3).First(column => rows[column - 1][feature] == peak), actual[rank].Column);
                var strip = index.Strip(feature, rank);
                var firing = Enumerable.Range(1, Columns).Where(column => rows[column - 1][feature] > 0).ToArray();
                Assert.Equal(firing, strip.Columns);
                for (var i = 0; i < firing.Length; i++)
                {
                    // To a 255th of the peak; columns 1..3 may be above it and are cut there.
                    var value = Math.Min(peak, rows[firing[i] - 1][feature]);
                    Assert.InRange(strip.Values[i] - value, -peak / 509, peak / 254);
                }
            }
        }
    }

    [Fact]
    public void A_budget_too_small_for_all_activations_samples_them_and_says_so()
    {
        using var sae = Sae(SaeArchitecture.Standard);
        var select = MemorySource.Random(11, Width, 400, SelectClips);
        var exact = Build(sae, select, null);
        var sampled = Build(sae, select, null, new FeatureIndexOptions { ValueBudget = Features * 3000 });
        Assert.True(exact.PercentilesExact);
        Assert.False(sampled.PercentilesExact);
        // What is streamed stays exact.
        Assert.Equal(exact.Data.Positives, sampled.Data.Positives);
        Assert.Equal(exact.Data.Mean, sampled.Data.Mean);
        Assert.Equal(exact.Data.Maximum, sampled.Data.Maximum);
        Assert.Equal(exact.Data.ClipDensity.Length, sampled.Data.ClipDensity.Length);
        for (var feature = 0; feature < Features; feature++)
        {
            if (exact.Data.Positives[feature] < 3000)
            {
                Assert.Equal(exact.Data.P99[feature], sampled.Data.P99[feature]);
                continue;
            }

            // The 99th percentile of 3000 draws is between the 98.3rd and the 99.7th with more than five sigma a side.
            var deviation = Math.Sqrt(exact.Data.Variance[feature]);
            Assert.InRange(sampled.Data.P99[feature] - exact.Data.P99[feature], -deviation, deviation);
            var counted = sampled.Data.Histogram.Skip(feature * 40).Take(40).Sum(count => (long)count);
            Assert.InRange(counted, exact.Data.Positives[feature] - 40, exact.Data.Positives[feature] + 40);
        }
    }

    [Fact]
    public void The_order_of_the_clips_and_their_number_a_pass_do_not_matter()
    {
        using var sae = Sae(SaeArchitecture.TopK);
        var select = MemorySource.Random(11, Width, Columns, 20);
        var extra = MemorySource.Random(12, Width, Columns, 20, "sae-train", 100);
        var once = Build(sae, select, extra).Data;
        var again = Build(sae, new Reversed(select), new Reversed(extra)).Data;
        Assert.Equal(once.TopClip, again.TopClip);
        Assert.Equal(once.TopValue, again.TopValue);
        Assert.Equal(once.StripColumn, again.StripColumn);
        Assert.Equal(once.P99, again.P99);
        Assert.Equal(once.Histogram, again.Histogram);
        Assert.Equal(once.Hue, again.Hue);
    }

    [Fact]
    public void Clips_too_short_for_the_filter_still_count_columns()
    {
        using var sae = Sae(SaeArchitecture.TopK);
        var built = Build(sae, MemorySource.Random(11, Width, 50, 3), null);
        Assert.Equal(0, built.Info.ClipsMeasured);
        Assert.Equal(3 * 47, built.Info.ColumnsMeasured);
        Assert.All(built.Data.ClipDensity, rate => Assert.Equal(0, rate));
        Assert.Equal(0, built.Info.KeptDefault);
    }

    [Fact]
    public void What_is_wrong_with_the_clips_is_reported()
    {
        using var sae = Sae(SaeArchitecture.TopK);
        Assert.Contains("nothing to measure", Message(sae, MemorySource.Random(1, Width, Columns, 0)), StringComparison.Ordinal);
        Assert.Contains("width 8", Message(sae, MemorySource.Random(1, Width + 1, Columns, 1)), StringComparison.Ordinal);
        var clip = MemorySource.Random(1, Width, Columns, 1).Clips().Single().Columns.data<float>().ToArray();
        Assert.Contains("twice", Message(sae, new MemorySource(Width, [(3, "select", clip), (3, "select", clip)])), StringComparison.Ordinal);
        clip[100] = float.NaN;
        Assert.Contains("clip 3 (select)", Message(sae, new MemorySource(Width, [(3, "select", clip)])), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_is_reported_and_cancelling_stops()
    {
        using var sae = Sae(SaeArchitecture.TopK);
        using var cancellation = new CancellationTokenSource();
        var reports = new List<ClipProgress>();
        var progress = new Recorder(reports, step => { if (step.Clips == 3) cancellation.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => FeatureIndexBuilder.Build(
            sae, MemorySource.Random(1, Width, Columns, 9), null, Origin, null, progress, cancellation.Token));
        Assert.Equal([new("statistics", 1, 9), new("statistics", 2, 9), new ClipProgress("statistics", 3, 9)], reports);
    }

    /// <summary>An SAE with features that never fire, hardly ever, sometimes and nearly always.</summary>
    private static SparseAutoencoder Sae(SaeArchitecture architecture)
    {
        var sae = RandomSae.Create(10, Width, Features, 6, architecture);
        for (var feature = 0; feature < Features; feature++)
        {
            using var bias = sae.BEnc.narrow(0, feature, 1);
            bias.AddInPlace(feature < 5 ? -100f : -0.12f * feature + 1.5f);
        }

        return sae;
    }

    private static BuiltFeatureIndex Build(SparseAutoencoder sae, IActivationSource select, IActivationSource? extra, FeatureIndexOptions? options = null) =>
        FeatureIndexBuilder.Build(sae, select, extra, Origin, options, null, TestContext.Current.CancellationToken);

    private static string Message(SparseAutoencoder sae, IActivationSource select) => Assert.Throws<UserException>(() => Build(sae, select, null)).Message;

    /// <summary>[clip][column − 1][feature]</summary>
    private static double[][][] Latents(SparseAutoencoder sae, MemorySource source) =>
        [.. source.Clips().Select(clip => RandomSae.Rows(sae.Encode(clip.Columns)))];

    private static double Moment(double[] values, double mean, int power) => values.Average(value => Math.Pow(value - mean, power));

    private static void AssertNear(double expected, float actual) => Assert.Equal(expected, actual, 1e-6 + 2e-6 * Math.Abs(expected));

    private sealed class Reversed(MemorySource source) : IActivationSource
    {
        public int Width => source.Width;

        public IEnumerable<ClipActivations> Clips() => source.Clips().Reverse();
    }

    private sealed class Recorder(List<ClipProgress> reports, Action<ClipProgress> then) : IProgress<ClipProgress>
    {
        public void Report(ClipProgress value)
        {
            reports.Add(value);
            then(value);
        }
    }
}
