using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>What a detection clip is for the feature whose label it tests.</summary>
public enum DetectionKind
{
    /// <summary>The feature fires in it. One clip is drawn from each tenth of the clips in which it fires, strongest tenth first.</summary>
    Positive,

    /// <summary>Drawn at random from the clips in which it never fires.</summary>
    Random,

    /// <summary>A near miss: it never fires in it, and came nearest to firing.</summary>
    NearMiss,
}

/// <summary>A clip that a label is tested on.</summary>
/// <param name="Kind">What it is for this feature.</param>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Value">The feature's largest activation there; 0: it does not fire.</param>
/// <param name="Column">The column of that activation; of a near miss the column in which it came nearest to firing; of a random clip a random one.</param>
public readonly record struct DetectionClip(DetectionKind Kind, int Row, float Value, int Column);

/// <summary>How the clips of detection.safetensors were chosen: part of that file.</summary>
public sealed record DetectionClipsInfo
{
    public const int CurrentVersion = 1;

    /// <summary>Clips of the test set that are read at most: a thousand positives say no more than ten.</summary>
    public const int MostTestClips = 2000;

    private const int MostPlaces = 256;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the dataset.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>Where the clips of the test come from: a split, or "half of select".</summary>
    public required string TestedOn { get; init; }

    /// <summary>Clips that they were chosen from.</summary>
    public required int TestClips { get; init; }

    /// <summary>Where the clips come from that labels may be made from.</summary>
    public required string LabelledOn { get; init; }

    /// <summary>Clips that those were chosen from.</summary>
    public required int LabelClips { get; init; }

    /// <summary>Clips of each kind for the test, per feature, at most.</summary>
    public int Places { get; init; } = 10;

    /// <summary>Clips in which a feature fires, and as many near misses, that its label is made from, at most.</summary>
    public int LabelPlaces { get; init; } = 32;

    /// <summary>How they were chosen, in one line: what is made with other clips has another.</summary>
    [JsonIgnore]
    public string Choice => string.Create(CultureInfo.InvariantCulture, $"{LabelClips} clips of {LabelledOn}; {TestClips} of {TestedOn}");

    internal bool MakesSense => Places is > 0 and <= MostPlaces && LabelPlaces is > 0 and <= MostPlaces && TestClips >= 0 && LabelClips >= 0;
}

/// <summary>The clips as plain arrays, for F features, P places of each kind, L places for labels.</summary>
public sealed class DetectionClipsData
{
    /// <summary><c>[F, 3, P]</c>: rows of the dataset, in the order of <see cref="DetectionKind"/>; −1: none</summary>
    public required int[] Clip { get; init; }

    /// <summary><c>[F, P]</c>: activations of the positives</summary>
    public required float[] Value { get; init; }

    /// <summary><c>[F, 3, P]</c></summary>
    public required int[] Column { get; init; }

    /// <summary><c>[F, L]</c>: rows in which the feature fires; −1: none</summary>
    public required int[] LabelFiring { get; init; }

    /// <summary><c>[F, L]</c>: rows of near misses; −1: none</summary>
    public required int[] LabelNearMiss { get; init; }
}

/// <summary>
/// Which clips a label of each feature may be made from, and on which it is tested: detection.safetensors of a feature index, a file of its own,
/// so that an index can be without one. The two sets of clips have none in common. All in memory. Immutable.
/// </summary>
public sealed class DetectionClips
{
    public const string FileName = "detection.safetensors";

    private const string ClipName = "clip", ValueName = "value", ColumnName = "column", FiringName = "label_firing", NearMissName = "label_near_miss", Settings = "detection";
    private const string MakeAgain = "make it again with the verb 'detection'.";
    private const int Kinds = 3, MostSettings = 4096;

    // A file that would fill the site's memory is damaged.
    private const long MostInMemory = 1L << 30;

    private readonly int[] clip, column, firing, nearMiss;
    private readonly float[] value;

    private DetectionClips(DetectionClipsInfo info, int count, SafetensorsFile file)
    {
        (Info, Count) = (info, count);
        (clip, column, value) = (file.ReadInt32(ClipName), file.ReadInt32(ColumnName), file.ReadFloat32(ValueName));
        (firing, nearMiss) = (file.ReadInt32(FiringName), file.ReadInt32(NearMissName));
    }

    public DetectionClipsInfo Info { get; }

    /// <summary>Number of features, F.</summary>
    public int Count { get; }

    /// <summary>The clips of one kind that a feature's label is tested on; fewer than <see cref="DetectionClipsInfo.Places"/> where there are no more.</summary>
    public IReadOnlyList<DetectionClip> Of(int feature, DetectionKind kind)
    {
        CheckFeature(feature);
        var found = new List<DetectionClip>(Info.Places);
        for (var place = 0; place < Info.Places; place++)
        {
            var at = (feature * Kinds + (int)kind) * Info.Places + place;
            if (clip[at] >= 0) found.Add(new DetectionClip(kind, clip[at], kind == DetectionKind.Positive ? value[feature * Info.Places + place] : 0, column[at]));
        }
        return found;
    }

    /// <summary>Rows of clips in which the feature fires and that its label may be made from.</summary>
    public IReadOnlyList<int> LabelFiring(int feature) => Rows(firing, feature);

    /// <summary>Rows of near misses that its label may be made from, nearest first.</summary>
    public IReadOnlyList<int> LabelNearMisses(int feature) => Rows(nearMiss, feature);

    /// <summary>The rows of all clips that the feature's label is tested on: what makes labels leaves them out.</summary>
    public HashSet<int> TestRows(int feature)
    {
        CheckFeature(feature);
        return [.. new ArraySegment<int>(clip, feature * Kinds * Info.Places, Kinds * Info.Places).Where(row => row >= 0)];
    }

    /// <summary>Opens the file of an index folder; null when the index has none.</summary>
    /// <param name="folder">The index's folder.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <exception cref="UserException">It is damaged, of a newer program, of other weights or of another dataset.</exception>
    public static DetectionClips? Open(string folder, FeatureIndexInfo index)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        using var file = SafetensorsFile.Open(path);
        var info = Read(file);
        if (info.Version != DetectionClipsInfo.CurrentVersion)
            throw new UserException($"{path} has version {info.Version}; this program reads {DetectionClipsInfo.CurrentVersion}: update the program or {MakeAgain}");
        if (!info.MakesSense) throw new UserException($"{path} has sizes that make no sense: {MakeAgain}");
        if (info.SaeHash != index.SaeHash || info.DatasetHash != index.DatasetHash)
            throw new UserException($"{path} was made for other weights or another dataset than the index next to it: {MakeAgain}");
        var inMemory = 0L;
        foreach (var (name, dtype, shape) in Layout(info, index.Features))
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || !entry.Shape.SequenceEqual(shape))
                throw new UserException($"{path}: '{name}' is {entry.Describe()}, which does not fit {index.Features} features: {MakeAgain}");
            inMemory += entry.ByteLength;
        }
        if (inMemory > MostInMemory) throw new UserException($"{path} would take {inMemory} bytes of memory; it takes at most {MostInMemory}: {MakeAgain}");
        return new DetectionClips(info, index.Features, file);
    }

    /// <summary>Writes the file into the folder of an index, whole or not at all.</summary>
    /// <exception cref="ArgumentException">The size of an array differs from <paramref name="info"/>, or a label would be tested on a clip that it is made from.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string folder, DetectionClipsInfo info, int features, DetectionClipsData data)
    {
        RequireApart(info, features, data);
        var writer = new SafetensorsWriter();
        writer.Metadata[Settings] = JsonSerializer.Serialize(info, JsonDefaults.Lines);
        foreach (var (name, dtype, shape) in Layout(info, features))
        {
            Array array = name switch
            {
                ClipName => data.Clip,
                ValueName => data.Value,
                ColumnName => data.Column,
                FiringName => data.LabelFiring,
                _ => data.LabelNearMiss,
            };
            var expected = shape.Aggregate(1L, (product, size) => product * size);
            if (array.Length != expected) throw new ArgumentException($"{name} has {array.Length} values; expected {expected}.", nameof(data));
            writer.AddStreamed(name, dtype, stream => FeatureIndexWriter.Write(stream, array), shape);
        }
        writer.Save(Path.Combine(folder, FileName));
    }

    private static void RequireApart(DetectionClipsInfo info, int features, DetectionClipsData data)
    {
        if (data.Clip.Length != (long)features * Kinds * info.Places || data.LabelFiring.Length != (long)features * info.LabelPlaces || data.LabelNearMiss.Length != data.LabelFiring.Length)
            throw new ArgumentException($"The clips do not have {features} × {info.Places} and {info.LabelPlaces} places.", nameof(data));
        var seen = new HashSet<int>();
        for (var feature = 0; feature < features; feature++)
        {
            seen.Clear();
            seen.UnionWith(new ArraySegment<int>(data.LabelFiring, feature * info.LabelPlaces, info.LabelPlaces));
            seen.UnionWith(new ArraySegment<int>(data.LabelNearMiss, feature * info.LabelPlaces, info.LabelPlaces));
            foreach (var row in data.Clip.AsSpan(feature * Kinds * info.Places, Kinds * info.Places))
            {
                if (row >= 0 && !seen.Add(row)) throw new ArgumentException($"Clip {row} is there twice for feature {feature}: a label is not tested on what it was made from.", nameof(data));
            }
        }
    }

    private static IEnumerable<(string Name, TensorDType DType, long[] Shape)> Layout(DetectionClipsInfo info, long features)
    {
        yield return (ClipName, TensorDType.Int32, [features, Kinds, info.Places]);
        yield return (ValueName, TensorDType.Float32, [features, info.Places]);
        yield return (ColumnName, TensorDType.Int32, [features, Kinds, info.Places]);
        yield return (FiringName, TensorDType.Int32, [features, info.LabelPlaces]);
        yield return (NearMissName, TensorDType.Int32, [features, info.LabelPlaces]);
    }

    private static DetectionClipsInfo Read(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(Settings, out var text) || text.Length > MostSettings)
            throw new UserException($"{file.Path} does not say how it was made: {MakeAgain}");
        try
        {
            return JsonSerializer.Deserialize<DetectionClipsInfo>(text, JsonDefaults.Lines) ?? throw new UserException($"{file.Path}: its settings are null: {MakeAgain}");
        }
        catch (JsonException error)
        {
            throw new UserException($"{file.Path}: its settings: {JsonFile.Reason(error, typeof(DetectionClipsInfo))}: {MakeAgain}", error);
        }
    }

    private List<int> Rows(int[] rows, int feature)
    {
        CheckFeature(feature);
        return [.. new ArraySegment<int>(rows, feature * Info.LabelPlaces, Info.LabelPlaces).Where(row => row >= 0)];
    }

    private void CheckFeature(int feature)
    {
        if ((uint)feature >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(feature), feature, $"There are features 0 … {Count - 1}.");
    }
}
