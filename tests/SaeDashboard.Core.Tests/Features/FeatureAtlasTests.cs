using SaeDashboard.Core.Features;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Tests.Features;

/// <summary>atlas.safetensors: written, read, and refused with the reason when it is damaged or of another index.</summary>
public sealed class FeatureAtlasTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static FeatureAtlasInfo Made { get; } = new()
    {
        SaeHash = "abc", Neighbours = 15, MinDistance = 0.1, Spread = 1, Epochs = 500, NegativeSamples = 5, Seed = 42, NeighboursKept = 0.4, NeighboursKeptByComponents = 0.02,
    };

    private static FeatureIndexInfo Index { get; } = new()
    {
        SaeHash = "abc", ModelHash = "m", DatasetHash = "d", Dataset = "set", Hook = "layers.1.resid_post", Layer = 1, FrameRate = 50, Features = 3, ColumnsMeasured = 1, ClipsMeasured = 1,
        TopClips = 1, HistogramBins = 1, Neighbours = 1, KeptDefault = 0, KeptAnyFrame = 0, CreatedUtc = DateTimeOffset.UnixEpoch,
    };

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        FeatureAtlas.Write(folder.Path, Made, [1, 2, -3, 4.5f, 0, 1e-3f]);
        var atlas = FeatureAtlas.Open(folder.Path, Index)!;
        Assert.Equal(Made, atlas.Info);
        Assert.Equal(3, atlas.Count);
        Assert.Equal([1, 2, -3, 4.5f, 0, 1e-3f], atlas.Positions.ToArray());
    }

    [Fact]
    public void An_index_can_be_without_one()
    {
        Assert.Null(FeatureAtlas.Open(folder.Path, Index));
    }

    [Fact]
    public void Positions_that_cannot_be_drawn_are_not_written()
    {
        Assert.Throws<ArgumentException>(() => FeatureAtlas.Write(folder.Path, Made, [1, float.NaN]));
        Assert.Throws<ArgumentException>(() => FeatureAtlas.Write(folder.Path, Made, [1, 2, 3]));
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void One_of_other_weights_or_another_number_of_features_is_refused()
    {
        FeatureAtlas.Write(folder.Path, Made, [1, 2, 3, 4, 5, 6]);
        Refuses("other weights", Index with { SaeHash = "def" });
        Refuses("does not fit 4 features", Index with { Features = 4 });
        FeatureAtlas.Write(folder.Path, Made with { Version = 2 }, [1, 2, 3, 4, 5, 6]);
        Refuses("version 2", Index);
    }

    [Fact]
    public void A_damaged_one_is_refused_with_the_place()
    {
        Save("{", [1, 2, 3, 4, 5, 6]);
        Refuses("its settings", Index);
        Save("null", [1, 2, 3, 4, 5, 6]);
        Refuses("null", Index);
        Save(null, [1, 2, 3, 4, 5, 6]);
        Refuses("does not say how it was made", Index);
        Save(new string(' ', 10_000), [1, 2, 3, 4, 5, 6]);
        Refuses("does not say how it was made", Index);
        var settings = System.Text.Json.JsonSerializer.Serialize(Made, JsonDefaults.Lines);
        Save(settings, [1, 2, 3, float.PositiveInfinity, 5, 6]);
        Refuses("feature 1", Index);
        Save(settings, [1, 2, 3, 4, 5, float.NaN]);
        Refuses("feature 2", Index);
        File.WriteAllText(folder["atlas.safetensors"], "none");
        Assert.Throws<UserException>(() => FeatureAtlas.Open(folder.Path, Index));
    }

    private void Refuses(string reason, FeatureIndexInfo index) =>
        Assert.Contains(reason, Assert.Throws<UserException>(() => FeatureAtlas.Open(folder.Path, index)).Message, StringComparison.Ordinal);

    private void Save(string? settings, float[] positions)
    {
        var writer = new SafetensorsWriter();
        if (settings is not null) writer.Metadata["atlas"] = settings;
        writer.Add("position", positions, positions.Length / 2, 2);
        writer.Save(folder["atlas.safetensors"]);
    }
}
