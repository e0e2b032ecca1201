using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>
/// A feature index, memory-mapped: opening it reads two headers, and a feature costs what is read of it. Spans live until this object is
/// disposed of. Safe for several readers.
/// </summary>
public sealed unsafe class FeatureIndex : IDisposable
{
    private readonly SafetensorsFile file;

    private FeatureIndex(string folder, FeatureIndexInfo info, SafetensorsFile file)
    {
        Folder = folder;
        Info = info;
        this.file = file;
    }

    public string Folder { get; }

    public FeatureIndexInfo Info { get; }

    /// <summary>Number of features, F.</summary>
    public int Count => Info.Features;

    /// <summary>Share of the columns on which each feature fires <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ColumnDensity => Span<float>(FeatureTensors.ColumnDensity, Count);

    /// <summary>Share of the clips in which each passes a tenth of its p99 <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ClipDensity => Span<float>(FeatureTensors.ClipDensity, Count);

    /// <summary>Share of the clips in which each fires at all <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ClipDensityAny => Span<float>(FeatureTensors.ClipDensityAny, Count);

    /// <summary>99th percentile of each feature's positive activations <c>[F]</c>.</summary>
    public ReadOnlySpan<float> P99 => Span<float>(FeatureTensors.P99, Count);

    /// <summary>Each feature's largest activation <c>[F]</c>.</summary>
    public ReadOnlySpan<float> Maximum => Span<float>(FeatureTensors.Maximum, Count);

    /// <summary>1 where the filter keeps the feature <c>[F]</c>.</summary>
    public ReadOnlySpan<byte> Kept => Span<byte>(FeatureTensors.Kept, Count);

    /// <summary>0 … 23 <c>[F]</c>.</summary>
    public ReadOnlySpan<byte> Hue => Span<byte>(FeatureTensors.Hue, Count);

    /// <summary>Opens the folder that <see cref="FeatureIndexWriter"/> wrote.</summary>
    /// <exception cref="UserException">It is missing, damaged, of a newer program, or its parts do not belong together.</exception>
    public static FeatureIndex Open(string folder)
    {
        var infoPath = Path.Combine(folder, FeatureTensors.InfoName);
        if (!File.Exists(infoPath))
            throw new UserException($"{folder} holds no feature index (no {FeatureTensors.InfoName}): build it with the verb 'index'.");
        var info = JsonFile.Read<FeatureIndexInfo>(infoPath);
        if (info.SchemaVersion != FeatureIndexInfo.CurrentSchemaVersion)
            throw new UserException($"{infoPath} has schema version {info.SchemaVersion}; this program reads " +
                $"{FeatureIndexInfo.CurrentSchemaVersion}: update the program or build the index again.");
        if (info.Features < 1 || info.TopClips < 0 || info.HistogramBins < 0 || info.Neighbours < 0)
            throw new UserException($"{infoPath} has sizes that make no sense: build the index again.");
        var file = SafetensorsFile.Open(Path.Combine(folder, FeatureTensors.FileName));
        try
        {
            Check(file, info);
            return new FeatureIndex(folder, info, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The statistics of one feature.</summary>
    public FeatureStatistics this[int feature]
    {
        get
        {
            CheckFeature(feature);
            return new FeatureStatistics(
                At<float>(FeatureTensors.ColumnDensity, feature),
                At<float>(FeatureTensors.ClipDensity, feature),
                At<float>(FeatureTensors.ClipDensityAny, feature),
                At<float>(FeatureTensors.P99, feature),
                At<byte>(FeatureTensors.P99Thin, feature) != 0,
                At<float>(FeatureTensors.Maximum, feature),
                At<float>(FeatureTensors.Mean, feature),
                At<float>(FeatureTensors.Variance, feature),
                At<float>(FeatureTensors.Skewness, feature),
                At<float>(FeatureTensors.Kurtosis, feature),
                At<long>(FeatureTensors.Positives, feature),
                At<byte>(FeatureTensors.Kept, feature) != 0,
                At<byte>(FeatureTensors.KeptAny, feature) != 0,
                At<byte>(FeatureTensors.Hue, feature),
                At<float>(FeatureTensors.DecoderNorm, feature));
        }
    }

    /// <summary>
    /// The clips in which the feature fires most strongly, strongest first: at most <see cref="FeatureIndexInfo.TopClips"/>.
    /// </summary>
    public IReadOnlyList<TopClip> TopClips(int feature)
    {
        CheckFeature(feature);
        var clips = new List<TopClip>(Info.TopClips);
        for (var rank = 0; rank < Info.TopClips; rank++)
        {
            var place = (long)feature * Info.TopClips + rank;
            if (At<int>(FeatureTensors.TopClip, place) is >= 0 and var row)
                clips.Add(new TopClip(row, At<float>(FeatureTensors.TopValue, place), At<int>(FeatureTensors.TopColumn, place)));
        }
        return clips;
    }

    /// <summary>The feature's activation along its top clip of this rank, from 0; empty when it has no such clip.</summary>
    /// <exception cref="UserException">The index is damaged.</exception>
    public ActivationStrip Strip(int feature, int rank)
    {
        CheckFeature(feature);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Info.TopClips, nameof(rank));
        var place = (long)feature * Info.TopClips + rank;
        long start = At<long>(FeatureTensors.StripStart, place), end = At<long>(FeatureTensors.StripStart, place + 1);
        if (start < 0 || end < start || end > file.Entry(FeatureTensors.StripValue).ByteLength || end - start > int.MaxValue)
            throw new UserException($"{file.Path}: the strip of feature {feature}, clip {rank} lies outside the file: build the index " +
                "again.");
        var length = (int)(end - start);
        return StripEncoder.Decode(
            new ReadOnlySpan<byte>((byte*)file.Address(FeatureTensors.StripColumn) + start, length),
            new ReadOnlySpan<byte>((byte*)file.Address(FeatureTensors.StripValue) + start, length),
            At<float>(FeatureTensors.TopValue, place));
    }

    /// <summary>Counts of its positive activations over 0 … its maximum <c>[bins]</c>.</summary>
    public int[] Histogram(int feature)
    {
        CheckFeature(feature);
        var first = (int*)file.Address(FeatureTensors.Histogram) + (long)feature * Info.HistogramBins;
        return new ReadOnlySpan<int>(first, Info.HistogramBins).ToArray();
    }

    /// <summary>The features whose decoder directions lie nearest, nearest first.</summary>
    public IReadOnlyList<Neighbour> Neighbours(int feature)
    {
        CheckFeature(feature);
        var neighbours = new List<Neighbour>(Info.Neighbours);
        for (var i = 0; i < Info.Neighbours; i++)
        {
            var place = (long)feature * Info.Neighbours + i;
            if (At<int>(FeatureTensors.Neighbour, place) is >= 0 and var other)
                neighbours.Add(new Neighbour(other, At<float>(FeatureTensors.NeighbourCosine, place)));
        }
        return neighbours;
    }

    public void Dispose() => file.Dispose();

    private static void Check(SafetensorsFile file, FeatureIndexInfo info)
    {
        foreach (var (name, dtype, shape) in FeatureTensors.Layout(info))
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || (shape is null ? entry.Shape.Count != 1 : !entry.Shape.SequenceEqual(shape)))
                throw new UserException($"{file.Path}: '{name}' is {entry.Describe()}, which does not fit {info.Features} features in " +
                    $"{FeatureTensors.InfoName}: build the index again.");
        }
        if (file.Entry(FeatureTensors.StripColumn).ByteLength != file.Entry(FeatureTensors.StripValue).ByteLength)
            throw new UserException($"{file.Path}: {FeatureTensors.StripColumn} and {FeatureTensors.StripValue} differ in length: build " +
                "the index again.");
    }

    private ReadOnlySpan<T> Span<T>(string name, int length) where T : unmanaged => new((void*)file.Address(name), length);

    private T At<T>(string name, long place) where T : unmanaged => ((T*)file.Address(name))[place];

    private void CheckFeature(int feature)
    {
        if ((uint)feature >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(feature), feature, $"There are features 0 … {Count - 1}.");
    }
}
