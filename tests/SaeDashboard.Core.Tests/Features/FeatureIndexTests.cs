using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Features;

public sealed class FeatureIndexTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        var (info, data, strips) = Make(features: 17, clips: 3, columns: 40);
        FeatureIndexWriter.Save(folder["index"], info, data);
        Assert.Equal(["features.safetensors", "index.json"], Directory.EnumerateFiles(folder["index"]).Select(Path.GetFileName).Order());
        using var index = FeatureIndex.Open(folder["index"]);
        Assert.Equal(info with { TopClipSplits = index.Info.TopClipSplits, Examples = index.Info.Examples }, index.Info);
        Assert.Equal(info.TopClipSplits, index.Info.TopClipSplits);
        Assert.Empty(index.Info.Examples);
        for (var f = 0; f < 17; f++)
        {
            var expected = new FeatureStatistics(
                data.ColumnDensity[f], data.ClipDensity[f], data.ClipDensityAny[f], data.P99[f], data.P99Thin[f] != 0, data.Maximum[f],
                data.Mean[f], data.Variance[f], data.Skewness[f], data.Kurtosis[f], data.Positives[f],
                data.Kept[f] != 0, data.KeptAny[f] != 0, data.Hue[f], data.DecoderNorm[f]);
            Assert.Equal(expected, index[f]);
            Assert.Equal(data.Histogram[(f * 5)..(f * 5 + 5)], index.Histogram(f));
            Assert.Equal(data.Neighbour[(f * 8)..(f * 8 + 8)].Where(n => n is >= 0 and < 17), index.Neighbours(f).Select(n => n.Feature));
            var tops = index.TopClips(f);
            Assert.Equal(f == 4 ? 1 : 3, tops.Count);
            for (var rank = 0; rank < tops.Count; rank++)
            {
                var place = f * 3 + rank;
                Assert.Equal(new TopClip(data.TopClip[place], data.TopValue[place], data.TopColumn[place]), tops[rank]);
                AssertClose(strips[place], Dense(index.Strip(f, rank), 40), tops[rank].Value);
            }
        }
        Assert.Empty(index.Strip(4, 2).Columns);
        Assert.Equal(data.ClipDensity, index.ClipDensity.ToArray());
        Assert.Equal(data.Hue, index.Hue.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => index[17]);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Strip(0, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Histogram(-1));
    }

    [Fact]
    public void A_new_index_takes_the_place_of_the_old_one_under_its_readers()
    {
        var (info, data, _) = Make(5, 2, 20);
        FeatureIndexWriter.Save(folder["index"], info, data);
        using var old = FeatureIndex.Open(folder["index"]);
        FeatureIndexWriter.Save(folder["index"], info with { Dataset = "another" }, data);
        using var index = FeatureIndex.Open(folder["index"]);
        Assert.Equal("another", index.Info.Dataset);
        Assert.Equal("set", old.Info.Dataset);
        Assert.Equal(old[3], index[3]);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Far_apart_columns_and_faint_values_survive_the_packing()
    {
        var encoder = new StripEncoder();
        int[] columns = [0, 1, 255, 256, 511, 767, 1500, 1501, 5000];
        float[] values = [8f, 0.001f, 4f, 2f, 0f, 1f, 8f, 3f, 5f];
        encoder.Append(columns, values, 8f);
        encoder.AppendEmpty();
        encoder.AppendDense([0, 0, 8f, 0, -1f, float.NaN, 4f], 4, 8f);
        var starts = encoder.Starts();
        Assert.Equal(4, starts.Length);
        ActivationStrip Strip(int i)
        {
            var range = (int)starts[i]..(int)starts[i + 1];
            return StripEncoder.Decode(encoder.Columns().AsSpan(range), encoder.Values().AsSpan(range), 8f);
        }

        Assert.Equal([0, 1, 255, 256, 767, 1500, 1501, 5000], Strip(0).Columns);
        for (var i = 0; i < 8; i++) Assert.Equal(values.Where(v => v > 0).ElementAt(i), Strip(0).Values[i], 8f / 255);
        Assert.All(Strip(0).Values, value => Assert.True(value > 0));
        Assert.Equal(8f, Strip(0).Values[0]);
        Assert.Empty(Strip(1).Columns);
        Assert.Equal([6, 10], Strip(2).Columns);
        Assert.Equal(3, Dense(Strip(0), 256).Count(v => v > 0));
        Assert.Throws<ArgumentException>(() => encoder.Append([3, 3], [1f, 1f], 1f));
        Assert.Throws<ArgumentException>(() => encoder.Append([3], [1f, 1f], 1f));
    }

    [Fact]
    public void An_index_of_2048_features_with_12_clips_stays_below_six_megabytes_of_strips()
    {
        // 110 of 512 columns a top clip: more than the features of a TopK dictionary fire on theirs.
        var encoder = new StripEncoder();
        var random = new Random(2);
        for (var strip = 0; strip < 2048 * 12; strip++)
        {
            var columns = Enumerable.Range(1, 512).Where(_ => random.Next(512) < 110).ToArray();
            encoder.Append(columns, columns.Select(_ => (float)random.NextDouble() + 0.01f).ToArray(), 1.01f);
        }
        Assert.InRange(encoder.Columns().Length + encoder.Values().Length, 1, 6_000_000);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_refused_and_nothing_is_written()
    {
        var (info, data, _) = Make(5, 2, 20);
        Assert.Throws<ArgumentException>(() => FeatureIndexWriter.Save(folder["index"], info with { Features = 6 }, data));
        Assert.Throws<ArgumentException>(() => FeatureIndexWriter.Save(folder["index"], info with { HistogramBins = 6 }, data));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_explained()
    {
        Assert.Contains("no feature index", Refused(folder["index"]), StringComparison.Ordinal);
        var (info, data, _) = Make(5, 2, 20);
        FeatureIndexWriter.Save(folder["index"], info, data);
        var json = File.ReadAllText(folder["index/index.json"]);
        var newer = json.Replace("\"schemaVersion\": 1", "\"schemaVersion\": 2", StringComparison.Ordinal);
        File.WriteAllText(folder["index/index.json"], newer);
        Assert.Contains("schema version 2", Refused(folder["index"]), StringComparison.Ordinal);
        File.WriteAllText(folder["index/index.json"], json.Replace("\"features\": 5", "\"features\": 6", StringComparison.Ordinal));
        Assert.Contains("does not fit 6 features", Refused(folder["index"]), StringComparison.Ordinal);
        File.WriteAllText(folder["index/index.json"], json.Replace("\"features\": 5,", "", StringComparison.Ordinal));
        Assert.Contains("features", Refused(folder["index"]), StringComparison.Ordinal);
        File.WriteAllText(folder["index/index.json"], json);
        File.Delete(folder["index/features.safetensors"]);
        Assert.Contains("does not exist", Refused(folder["index"]), StringComparison.Ordinal);
    }

    private static float[] Dense(ActivationStrip strip, int columns)
    {
        var dense = new float[columns];
        for (var i = 0; i < strip.Columns.Length && strip.Columns[i] < columns; i++) dense[strip.Columns[i]] = strip.Values[i];
        return dense;
    }

    [Fact]
    public void A_strip_outside_the_file_is_a_damaged_index()
    {
        var (info, data, _) = Make(5, 2, 20);
        FeatureIndexWriter.Save(folder["index"], info, data);
        using (var file = SafetensorsFile.Open(folder["index/features.safetensors"]))
        {
            var bytes = File.ReadAllBytes(file.Path);
            BitConverter.GetBytes(long.MaxValue - 3).CopyTo(bytes, file.Entry("strip_start").Offset + 8);
            File.WriteAllBytes(folder["damaged"], bytes);
        }
        File.Move(folder["damaged"], folder["index/features.safetensors"], overwrite: true);
        using var index = FeatureIndex.Open(folder["index"]);
        Assert.Throws<UserException>(() => index.Strip(0, 0));
        Assert.Throws<UserException>(() => index.Strip(0, 1));
    }

    private static string Refused(string path) => Assert.Throws<UserException>(() => FeatureIndex.Open(path)).Message;

    private static void AssertClose(float[] expected, float[] actual, float largest)
    {
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], largest / 255);
    }

    // Feature 4 has a single top clip.
    internal static (FeatureIndexInfo Info, FeatureIndexData Data, float[][] Strips) Make(int features, int clips, int columns)
    {
        const int bins = 5, neighbours = 8;
        var random = new Random(9);
        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
        int[] Ints(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(1000))];
        byte[] Bytes(int count, int below) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(below))];

        var encoder = new StripEncoder();
        int[] topClip = Ints(features * clips), topColumn = new int[features * clips];
        var topValue = new float[features * clips];
        var strips = new float[features * clips][];
        for (var i = 0; i < strips.Length; i++)
        {
            if (i / clips == 4 && i % clips > 0)
            {
                topClip[i] = topColumn[i] = -1;
                encoder.AppendEmpty();
                continue;
            }
            strips[i] = [.. Enumerable.Range(0, columns).Select(_ => random.Next(3) == 0 ? random.NextSingle() + 0.01f : 0f)];
            strips[i][random.Next(columns)] = 2f;
            topValue[i] = 2f;
            topColumn[i] = Array.IndexOf(strips[i], 2f);
            encoder.AppendDense(strips[i], 0, 2f);
        }
        var neighbour = Ints(features * neighbours);
        neighbour[neighbours - 1] = -1;
        var info = new FeatureIndexInfo
        {
            SaeHash = "a", ModelHash = "b", DatasetHash = "c", Dataset = "set", Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50,
            Features = features, ColumnsMeasured = 1000, ClipsMeasured = 10, TopClips = clips, HistogramBins = bins,
            Neighbours = neighbours, KeptDefault = 3, KeptAnyFrame = 2,
            CreatedUtc = new DateTimeOffset(2026, 11, 23, 1, 2, 3, TimeSpan.Zero),
        };
        var data = new FeatureIndexData
        {
            ColumnDensity = Floats(features), ClipDensity = Floats(features), ClipDensityAny = Floats(features), P99 = Floats(features),
            P99Thin = Bytes(features, 2), Maximum = Floats(features), Mean = Floats(features), Variance = Floats(features),
            Skewness = Floats(features), Kurtosis = Floats(features), Positives = [.. Ints(features).Select(i => (long)i << 33)],
            Kept = Bytes(features, 2), KeptAny = Bytes(features, 2), Hue = Bytes(features, 24), DecoderNorm = Floats(features),
            Histogram = Ints(features * bins), Neighbour = neighbour, NeighbourCosine = Floats(features * neighbours),
            TopClip = topClip, TopValue = topValue, TopColumn = topColumn,
            StripStart = encoder.Starts(), StripColumn = encoder.Columns(), StripValue = encoder.Values(),
        };
        return (info, data, strips);
    }
}
