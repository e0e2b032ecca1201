using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>
/// A feature index. The values for filtering, sorting and drawing lists are in memory, about half a kilobyte per feature; the activation
/// strips, nine tenths of the file, are read on demand. Thread-safe.
/// </summary>
public sealed class FeatureIndex : IDisposable
{
    // An index that would fill the site's memory is damaged.
    private const long MostInMemory = 1L << 30;

    private const int MostAttempts = 5;

    private readonly SafetensorsFile file;
    private readonly StripReader strips;
    private readonly FeatureExamples? examples;
    private readonly float[] columnDensity, clipDensity, clipDensityAny, p99, maximum, mean, variance, skewness, kurtosis, decoderNorm, neighbourCosine, topValue;
    private readonly byte[] p99Thin, kept, keptAny, hue;
    private readonly long[] positives;
    private readonly int[] histogram, neighbour, topClip, topColumn;
    private readonly int[]? guestRank;

    private FeatureIndex(string folder, FeatureIndexInfo info, SafetensorsFile file, FeatureExamples? examples, FeatureMeasures? measures)
    {
        Folder = folder;
        Info = info;
        this.file = file;
        this.examples = examples;
        Measures = measures;
        strips = new StripReader(file, file.ReadInt64(FeatureTensors.StripStart), file.Entry(FeatureTensors.StripColumn), file.Entry(FeatureTensors.StripValue));
        columnDensity = file.ReadFloat32(FeatureTensors.ColumnDensity);
        clipDensity = file.ReadFloat32(FeatureTensors.ClipDensity);
        clipDensityAny = file.ReadFloat32(FeatureTensors.ClipDensityAny);
        p99 = file.ReadFloat32(FeatureTensors.P99);
        maximum = file.ReadFloat32(FeatureTensors.Maximum);
        mean = file.ReadFloat32(FeatureTensors.Mean);
        variance = file.ReadFloat32(FeatureTensors.Variance);
        skewness = file.ReadFloat32(FeatureTensors.Skewness);
        kurtosis = file.ReadFloat32(FeatureTensors.Kurtosis);
        decoderNorm = file.ReadFloat32(FeatureTensors.DecoderNorm);
        neighbourCosine = file.ReadFloat32(FeatureTensors.NeighbourCosine);
        topValue = file.ReadFloat32(FeatureTensors.TopValue);
        p99Thin = file.ReadUInt8(FeatureTensors.P99Thin);
        kept = file.ReadUInt8(FeatureTensors.Kept);
        keptAny = file.ReadUInt8(FeatureTensors.KeptAny);
        hue = file.ReadUInt8(FeatureTensors.Hue);
        positives = file.ReadInt64(FeatureTensors.Positives);
        histogram = file.ReadInt32(FeatureTensors.Histogram);
        neighbour = file.ReadInt32(FeatureTensors.Neighbour);
        topClip = file.ReadInt32(FeatureTensors.TopClip);
        topColumn = file.ReadInt32(FeatureTensors.TopColumn);
        Guests = MysteryGuests.Of(this);
        if (Guests is null) return;
        guestRank = new int[Count];
        for (var rank = 0; rank < Guests.Count; rank++) guestRank[Guests[rank].Feature] = rank + 1;
    }

    public string Folder { get; }

    public FeatureIndexInfo Info { get; }

    /// <summary>Number of features, F.</summary>
    public int Count => Info.Features;

    /// <summary>Share of the columns on which each feature fires <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ColumnDensity => columnDensity;

    /// <summary>Share of the clips in which each exceeds a tenth of its p99 <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ClipDensity => clipDensity;

    /// <summary>Share of the clips in which each fires at all <c>[F]</c>.</summary>
    public ReadOnlySpan<float> ClipDensityAny => clipDensityAny;

    /// <summary>99th percentile of each feature's positive activations <c>[F]</c>.</summary>
    public ReadOnlySpan<float> P99 => p99;

    /// <summary>Each feature's largest activation <c>[F]</c>.</summary>
    public ReadOnlySpan<float> Maximum => maximum;

    /// <summary>1 where the filter keeps the feature <c>[F]</c>.</summary>
    public ReadOnlySpan<byte> Kept => kept;

    /// <summary>0 … 23 <c>[F]</c>.</summary>
    public ReadOnlySpan<byte> Hue => hue;

    /// <summary>Positions, co-firing features, descriptors, concepts, stability; null in an index of an earlier program.</summary>
    public FeatureMeasures? Measures { get; }

    /// <summary>The mystery guests, first rank first; null: the index lacks a measurement that they take.</summary>
    public IReadOnlyList<MysteryGuest>? Guests { get; }

    /// <summary>The feature's rank among the mystery guests, from 1; null: it is none, or they are not known.</summary>
    public int? GuestRank(int feature)
    {
        CheckFeature(feature);
        return guestRank is null || guestRank[feature] == 0 ? null : guestRank[feature];
    }

    /// <summary>Opens the folder that <see cref="FeatureIndexWriter"/> wrote.</summary>
    /// <exception cref="UserException">The index is missing, damaged, of a newer program, or its parts do not belong together.</exception>
    public static FeatureIndex Open(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            var info = ReadInfo(folder);
            FeatureIndex index;
            try
            {
                index = Open(folder, info);
            }
            catch (UserException) when (attempt < MostAttempts && WasReplaced(folder, info))
            {
                continue;
            }
            if (attempt == MostAttempts || !WasReplaced(folder, info)) return index;
            index.Dispose();
        }
    }

    // The folder may be replaced between two of its files: then they are of two indexes, and all are opened again.
    private static bool WasReplaced(string folder, FeatureIndexInfo info)
    {
        try
        {
            return ReadInfo(folder).CreatedUtc != info.CreatedUtc;
        }
        catch (UserException)
        {
            return false;
        }
    }

    private static FeatureIndexInfo ReadInfo(string folder)
    {
        var path = Path.Combine(folder, FeatureTensors.InfoName);
        return File.Exists(path) ? JsonFile.Read<FeatureIndexInfo>(path)
            : throw new UserException($"{folder} holds no feature index (no {FeatureTensors.InfoName}): build it with the verb 'index'.");
    }

    private static FeatureIndex Open(string folder, FeatureIndexInfo info)
    {
        var infoPath = Path.Combine(folder, FeatureTensors.InfoName);
        if (info.SchemaVersion != FeatureIndexInfo.CurrentSchemaVersion)
            throw new UserException($"{infoPath} has schema version {info.SchemaVersion}; this program reads " +
                $"{FeatureIndexInfo.CurrentSchemaVersion}: update the program or build the index again.");
        if (info.Features < 1 || info.TopClips < 0 || info.HistogramBins < 0 || info.Neighbours < 0)
            throw new UserException($"{infoPath} has sizes that make no sense: build the index again.");
        var file = SafetensorsFile.Open(Path.Combine(folder, FeatureTensors.FileName));
        FeatureExamples? examples = null;
        try
        {
            Check(file, info);
            examples = FeatureExamples.Open(folder, info);
            return new FeatureIndex(folder, info, file, examples, FeatureMeasures.Open(folder, info));
        }
        catch
        {
            file.Dispose();
            examples?.Dispose();
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
                columnDensity[feature], clipDensity[feature], clipDensityAny[feature], p99[feature], p99Thin[feature] != 0, maximum[feature], mean[feature],
                variance[feature], skewness[feature], kurtosis[feature], positives[feature], kept[feature] != 0, keptAny[feature] != 0, hue[feature],
                decoderNorm[feature]);
        }
    }

    /// <summary>
    /// The clips in which the feature fires most strongly, strongest first: at most <see cref="FeatureIndexInfo.TopClips"/>.
    /// </summary>
    public IReadOnlyList<TopClip> TopClips(int feature)
    {
        var rows = TopRows(feature);
        var clips = new List<TopClip>(rows.Length);
        for (int rank = 0, place = feature * Info.TopClips; rank < rows.Length; rank++, place++)
        {
            if (rows[rank] >= 0) clips.Add(new TopClip(rows[rank], topValue[place], topColumn[place]));
        }
        return clips;
    }

    /// <summary>The rows of those clips <c>[T]</c>; −1 where there is no clip of that rank.</summary>
    public ReadOnlySpan<int> TopRows(int feature)
    {
        CheckFeature(feature);
        return topClip.AsSpan(feature * Info.TopClips, Info.TopClips);
    }

    /// <summary>The feature's activation along its top clip of this rank, from 0; empty when it has no such clip.</summary>
    /// <exception cref="UserException">The index is damaged, or its file was cut or changed since it was opened.</exception>
    public ActivationStrip Strip(int feature, int rank)
    {
        CheckFeature(feature);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rank, (uint)Info.TopClips, nameof(rank));
        var place = feature * Info.TopClips + rank;
        return strips.Read(place, topValue[place], $"feature {feature}, clip {rank}");
    }

    /// <summary>The groups of example clips; none in an index of an earlier program.</summary>
    public IReadOnlyList<ExampleGroup> ExampleGroups => Info.Examples;

    /// <summary>A feature's example clips of a group: an interval's strongest first, near misses nearest first.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="group">Index into <see cref="ExampleGroups"/>.</param>
    public IReadOnlyList<ExampleClip> Examples(int feature, int group)
    {
        CheckFeature(feature);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)group, (uint)ExampleGroups.Count, nameof(group));
        return examples!.Of(feature, group, ExampleGroups[group].Places);
    }

    /// <summary>The example clip at a place; null: there is none.</summary>
    public ExampleClip? Example(int feature, int place)
    {
        CheckFeature(feature);
        return examples?.At(feature, place);
    }

    /// <summary>The feature's activation along an example clip; empty where it does not fire.</summary>
    /// <exception cref="UserException">The file is damaged, or was cut or changed since it was opened.</exception>
    public ActivationStrip ExampleStrip(int feature, int place) => Example(feature, place) is null ? ActivationStrip.Empty : examples!.Strip(feature, place);

    /// <summary>Counts of its positive activations over 0 … its maximum <c>[bins]</c>.</summary>
    public int[] Histogram(int feature)
    {
        CheckFeature(feature);
        return histogram.AsSpan(feature * Info.HistogramBins, Info.HistogramBins).ToArray();
    }

    /// <summary>The features with the nearest decoder directions, nearest first.</summary>
    public IReadOnlyList<Neighbour> Neighbours(int feature)
    {
        CheckFeature(feature);
        var neighbours = new List<Neighbour>(Info.Neighbours);
        for (var place = feature * Info.Neighbours; place < (feature + 1) * Info.Neighbours; place++)
        {
            if ((uint)neighbour[place] < (uint)Count) neighbours.Add(new Neighbour(neighbour[place], neighbourCosine[place]));
        }
        return neighbours;
    }

    public void Dispose()
    {
        file.Dispose();
        examples?.Dispose();
    }

    private static void Check(SafetensorsFile file, FeatureIndexInfo info)
    {
        var inMemory = 0L;
        foreach (var (name, dtype, shape) in FeatureTensors.Layout(info))
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || (shape is null ? entry.Shape.Count != 1 : !entry.Shape.SequenceEqual(shape)))
                throw new UserException($"{file.Path}: '{name}' is {entry.Describe()}, which does not fit {info.Features} features in " +
                    $"{FeatureTensors.InfoName}: build the index again.");
            if (shape is not null) inMemory += entry.ByteLength;
        }
        if (inMemory > MostInMemory)
            throw new UserException($"{file.Path} would take {inMemory} bytes of memory; an index takes at most {MostInMemory}. Build it again with fewer top clips or histogram bins.");
        if (file.Entry(FeatureTensors.StripColumn).ByteLength != file.Entry(FeatureTensors.StripValue).ByteLength)
            throw new UserException($"{file.Path}: {FeatureTensors.StripColumn} and {FeatureTensors.StripValue} differ in length: build " +
                "the index again.");
    }

    private void CheckFeature(int feature)
    {
        if ((uint)feature >= (uint)Count)
            throw new ArgumentOutOfRangeException(nameof(feature), feature, $"There are features 0 … {Count - 1}.");
    }
}

/// <summary>Statistics of one feature's activations. Moments are over the columns on which it is positive.</summary>
/// <param name="ColumnDensity">Share of the columns on which it fires.</param>
/// <param name="ClipDensity">Share of the clips in which it exceeds a tenth of its p99.</param>
/// <param name="ClipDensityAny">Share of the clips in which it fires at all.</param>
/// <param name="P99">99th percentile of its positive activations: the unit of steering strength.</param>
/// <param name="P99Thin">Whether the percentile is from too few positive activations.</param>
/// <param name="Maximum">Its largest activation.</param>
/// <param name="Mean">Mean of the positive activations.</param>
/// <param name="Variance">Their variance.</param>
/// <param name="Skewness">Their skewness.</param>
/// <param name="Kurtosis">Their kurtosis.</param>
/// <param name="Positives">Number of columns on which it fires.</param>
/// <param name="Kept">Whether the filter keeps it.</param>
/// <param name="KeptAny">Whether the filter keeps it when any frame counts.</param>
/// <param name="Hue">0 … 23: the angle of its decoder direction in the plane of the first two principal components.</param>
/// <param name="DecoderNorm">‖d_j‖, the length of its direction per unit of activation.</param>
public readonly record struct FeatureStatistics(
    float ColumnDensity, float ClipDensity, float ClipDensityAny, float P99, bool P99Thin, float Maximum, float Mean, float Variance,
    float Skewness, float Kurtosis, long Positives, bool Kept, bool KeptAny, int Hue, float DecoderNorm);

/// <summary>A feature's activation along one clip, where it is above 0.</summary>
/// <param name="Columns">Columns, ascending.</param>
/// <param name="Values">Its activation on each, to a 255th of the clip's largest.</param>
public sealed record ActivationStrip(int[] Columns, float[] Values)
{
    public static ActivationStrip Empty { get; } = new([], []);
}

/// <summary>A clip in which a feature fires most strongly.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Value">The feature's largest activation there.</param>
/// <param name="Column">The column of that activation; column c is frame c − 1.</param>
public readonly record struct TopClip(int Row, float Value, int Column);

/// <summary>A feature with a decoder direction near another's.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Cosine">Cosine of the two directions.</param>
public readonly record struct Neighbour(int Feature, float Cosine);
