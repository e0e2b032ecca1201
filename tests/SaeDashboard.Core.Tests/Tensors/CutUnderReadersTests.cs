using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Tensors;

/// <summary>Files are overwritten in place while they are open, as cp and rsync do. Readers get an error message, and the process continues.</summary>
public sealed class CutUnderReadersTests : IDisposable
{
    private static readonly string Demo = Path.Combine(Repository.Root, "demo");
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_tensor_of_a_file_that_was_cut_is_an_error()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", new float[1 << 20], 1 << 20);
        writer.Save(folder["a.safetensors"]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Cut(folder["a.safetensors"], 5000);
        Assert.Contains("became shorter", Refused(() => file.ReadFloat32("a")), StringComparison.Ordinal);
        Assert.Contains(folder["a.safetensors"], Refused(() => file.Bytes("a")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_a_file_that_was_overwritten_is_an_error_and_not_another_files_numbers()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", [1f, 2f], 2);
        writer.Save(folder["a.safetensors"]);
        using var file = SafetensorsFile.Open(folder["a.safetensors"]);
        Assert.Equal([1f, 2f], file.ReadFloat32("a"));
        var bytes = File.ReadAllBytes(folder["a.safetensors"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        Assert.Contains("was changed while it was open", Refused(() => file.ReadFloat32("a")), StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_of_an_index_that_was_cut_are_whole_and_its_strips_are_errors()
    {
        Copy(Path.Combine(Demo, "sae", "index"), folder["index"]);
        using var index = FeatureIndex.Open(folder["index"]);
        var (top, statistics, strip) = (index.TopClips(7), index[7], index.Strip(7, 0));
        Assert.NotEmpty(strip.Columns);
        Cut(folder["index/features.safetensors"], 1000);
        Assert.Equal(top, index.TopClips(7));
        Assert.Equal(statistics, index[7]);
        Assert.Equal(40, index.Histogram(7).Length);
        Assert.Equal(8, index.Neighbours(7).Count);
        Assert.Equal(index.Count, index.ClipDensity.ToArray().Count(density => density >= 0));
        Assert.Contains("became shorter", Refused(() => index.Strip(7, 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_of_a_data_set_that_was_cut_are_errors()
    {
        Copy(Path.Combine(Demo, "dataset"), folder["set"]);
        using var set = ClipDataset.Open(folder["set"]);
        Assert.Equal(set.Frames, set.Codes(set.Clips[^1]).Frames);
        Cut(folder["set/codes.safetensors"], 100_000);
        Assert.Contains("became shorter", Refused(() => set.Codes(set.Clips[^1])), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_32768_features_takes_half_a_kilobyte_of_memory_for_each()
    {
        const int features = 32_768, clips = 12, bins = 40, neighbours = 8;
        LargeIndex(features, clips, bins, neighbours);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var index = FeatureIndex.Open(folder["large"]);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(taken / (double)features, 400, 540);
        Assert.Equal(160, index.Strip(features - 1, clips - 1).Columns.Length);
    }

    private void LargeIndex(int features, int clips, int bins, int neighbours)
    {
        // 160 columns a strip: what the demo's have, times three; 126 MB of strips in all.
        var strips = new long[features * clips + 1];
        for (var i = 0; i < strips.Length; i++) strips[i] = 160L * i;
        var (columns, values) = (new byte[strips[^1]], new byte[strips[^1]]);
        Array.Fill(columns, (byte)1);
        Array.Fill(values, (byte)255);
        var floats = new float[features];
        var info = new FeatureIndexInfo
        {
            SaeHash = "a", ModelHash = "b", DatasetHash = "c", Dataset = "set", Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = features, ColumnsMeasured = 1000,
            ClipsMeasured = 10, TopClips = clips, HistogramBins = bins, Neighbours = neighbours, KeptDefault = 3, KeptAnyFrame = 2, CreatedUtc = DateTimeOffset.UnixEpoch,
        };
        FeatureIndexWriter.Save(folder["large"], info, new FeatureIndexData
        {
            ColumnDensity = floats, ClipDensity = floats, ClipDensityAny = floats, P99 = floats, P99Thin = new byte[features], Maximum = floats, Mean = floats, Variance = floats,
            Skewness = floats, Kurtosis = floats, Positives = new long[features], Kept = new byte[features], KeptAny = new byte[features], Hue = new byte[features],
            DecoderNorm = floats, Histogram = new int[features * bins], Neighbour = new int[features * neighbours], NeighbourCosine = new float[features * neighbours],
            TopClip = new int[features * clips], TopValue = new float[features * clips], TopColumn = new int[features * clips], StripStart = strips, StripColumn = columns, StripValue = values,
        });
    }

    private static void Cut(string path, long length)
    {
        // With cp's manners: it asks no lock.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(length);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static string Refused(Action read) => Assert.Throws<UserException>(read).Message;
}
