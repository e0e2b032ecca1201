using SaeDashboard.Core.Features;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Web.Tests.Kills;

/// <summary>A feature index with every part, all of whose numbers say the same mark: parts of two indexes are seen at once.</summary>
internal static class MarkedIndex
{
    private const int Features = 512, Width = 4, Clips = 6, Bins = 4, Neighbours = 4, StripLength = 30, Examples = 3;

    /// <summary>Writes an SAE without an index; gives the hash of its weights.</summary>
    public static string WriteSae(string folder)
    {
        var config = new SaeConfig { Architecture = SaeArchitecture.TopK, DIn = Width, DSae = Features, K = 2, Metadata = new SaeMetadata { HookName = "layers.4.resid_post" } };
        var random = new Random(1);
        var tensors = config.TensorShapes().ToDictionary(each => each.Name, each => Enumerable.Range(0, (int)each.Shape.Aggregate((one, other) => one * other)).Select(_ => random.NextSingle() - 0.5f).ToArray());
        var sae = new SaeContents(config, tensors);
        SaeFolders.Write(folder, sae, SaeFormat.SaeLens);
        return sae.WeightsHash();
    }

    /// <summary>Writes the index of this mark, as the verb does.</summary>
    public static void Write(string folder, string saeHash, int mark)
    {
        float[] Floats(int count) => [.. Enumerable.Repeat((float)mark, count)];
        int[] Ints(int count) => [.. Enumerable.Repeat(mark, count)];
        byte[] Bytes(int count) => [.. Enumerable.Repeat((byte)(mark % 24), count)];
        const int places = Features * Clips;
        var hash = new string('a', 64);
        var info = new FeatureIndexInfo
        {
            SaeHash = saeHash, ModelHash = hash, DatasetHash = hash, Dataset = Name(mark), Hook = "layers.4.resid_post", Layer = 4, FrameRate = 50, Features = Features, ColumnsMeasured = mark, ClipsMeasured = mark,
            TopClips = Clips, HistogramBins = Bins, Neighbours = Neighbours, KeptDefault = mark, KeptAnyFrame = mark, CreatedUtc = DateTimeOffset.UtcNow,
        };
        var data = new FeatureIndexData
        {
            ColumnDensity = Floats(Features), ClipDensity = Floats(Features), ClipDensityAny = Floats(Features), P99 = Floats(Features), P99Thin = Bytes(Features), Maximum = Floats(Features), Mean = Floats(Features),
            Variance = Floats(Features), Skewness = Floats(Features), Kurtosis = Floats(Features), Positives = [.. Ints(Features).Select(value => (long)value)], Kept = Bytes(Features), KeptAny = Bytes(Features), Hue = Bytes(Features),
            DecoderNorm = Floats(Features), Histogram = Ints(Features * Bins), Neighbour = Ints(Features * Neighbours), NeighbourCosine = Floats(Features * Neighbours), TopClip = Ints(places), TopValue = Floats(places), TopColumn = Ints(places),
            StripStart = [.. Enumerable.Range(0, places + 1).Select(at => (long)at * StripLength)], StripColumn = Bytes(places * StripLength), StripValue = Bytes(places * StripLength),
        };
        var strips = new StripEncoder();
        for (var example = 0; example < Features * Examples; example++) strips.Append([mark], [mark], mark);
        var examples = new FeatureExampleData { Groups = [new ExampleGroup(ExampleKind.Random, Examples)], Clip = Ints(Features * Examples), Value = Floats(Features * Examples), Column = Ints(Features * Examples), Strips = strips };
        var measures = new FeatureMeasuresData
        {
            Info = new FeatureMeasuresInfo { Clips = mark, Columns = mark, PositionBins = Bins, CoFiring = 1, SecondSae = hash, SecondSaeName = Name(mark) },
            PositionHistogram = Ints(Features * Bins), PositionR2 = Floats(Features), CoFiring = Ints(Features), CoFiringPhi = Floats(Features), CoFiringLag = Ints(Features), CoFiringPhiAtLag = Floats(Features), Stability = Floats(Features),
        };
        var map = new FeatureAtlasInfo { SaeHash = saeHash, Neighbours = 2, MinDistance = 0.1, Spread = 1, Epochs = 1, NegativeSamples = 1, Seed = mark, NeighboursKept = 1, NeighboursKeptByComponents = 1 };
        FeatureIndexWriter.Save(folder, info, data, examples, measures, inside => FeatureAtlas.Write(inside, map, Floats(2 * Features)));
    }

    /// <summary>The marks of all parts of an index; one, unless it is a mixture. The atlas is −1 where it is missing.</summary>
    public static int[] Marks(string folder)
    {
        using var index = FeatureIndex.Open(folder);
        var atlas = FeatureAtlas.Open(folder, index.Info);
        var measures = index.Measures!;
        var figures = new List<float> { index.Info.ClipsMeasured, measures.Info.Clips, atlas?.Info.Seed ?? -1 };
        foreach (var values in (float[][])[index.ColumnDensity.ToArray(), index.P99.ToArray(), index.Maximum.ToArray(), measures.PositionR2.ToArray(), measures.Stability.ToArray(), atlas is null ? [] : atlas.Positions.ToArray()]) figures.AddRange(values.Distinct());
        for (var feature = 0; feature < index.Count; feature++)
        {
            figures.AddRange(index.TopClips(feature).Select(clip => (float)clip.Row));
            figures.AddRange(index.Examples(feature, 0).Select(clip => clip.Value));
            figures.AddRange(index.ExampleStrip(feature, 0).Values);
        }
        var marks = figures.Select(value => (int)value).Distinct().ToArray();
        return index.Info.Dataset == Name(marks[0]) && measures.Info.SecondSaeName == Name(marks[0]) && index.Hue.ToArray().All(hue => hue == marks[0] % 24) ? marks : [.. marks, -2];
    }

    private static string Name(int mark) => FormattableString.Invariant($"mark-{mark}");
}
