using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>What a group of example clips shows of a feature.</summary>
public enum ExampleKind
{
    /// <summary>Clips whose largest activation is in an interval of the feature's largest, drawn at random.</summary>
    Interval,

    /// <summary>Clips drawn at random from all, whether the feature fires or not.</summary>
    Random,

    /// <summary>Clips in which the feature never fires and came nearest to firing.</summary>
    NearMiss,
}

/// <summary>A group of example clips, the same for each feature.</summary>
/// <param name="Kind">What it shows.</param>
/// <param name="Places">Clips per feature, at most.</param>
/// <param name="Above">Interval: the clip's largest activation is above this share of the feature's largest.</param>
/// <param name="UpTo">Interval: and not above this share.</param>
public sealed record ExampleGroup(ExampleKind Kind, int Places, double Above = 0, double UpTo = 0);

/// <summary>An example clip of a feature.</summary>
/// <param name="Place">Its place among the feature's examples, from 0: <see cref="FeatureIndex.ExampleStrip"/> takes it.</param>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Value">The feature's largest activation there; 0: it does not fire.</param>
/// <param name="Column">The column of that activation; 0 where it does not fire.</param>
public readonly record struct ExampleClip(int Place, int Row, float Value, int Column);

/// <summary>
/// Example clips of F features as plain arrays, E places per feature: the groups one after the other.
/// </summary>
public sealed class FeatureExampleData
{
    /// <summary>The groups; their places add up to E.</summary>
    public required IReadOnlyList<ExampleGroup> Groups { get; init; }

    /// <summary><c>[F, E]</c>: rows of the dataset; −1: none</summary>
    public required int[] Clip { get; init; }

    /// <summary><c>[F, E]</c></summary>
    public required float[] Value { get; init; }

    /// <summary><c>[F, E]</c></summary>
    public required int[] Column { get; init; }

    /// <summary>The strips, feature by feature, place by place.</summary>
    public required StripEncoder Strips { get; init; }
}

/// <summary>examples.safetensors: written and read next to the index's own file. Rows, values and columns are in memory; strips are read on demand.</summary>
internal sealed class FeatureExamples : IDisposable
{
    public const string FileName = "examples.safetensors";

    private const string ClipName = "example_clip", ValueName = "example_value", ColumnName = "example_column";
    private const string StripStart = "strip_start", StripColumn = "strip_column", StripValue = "strip_value";
    private const int MostGroups = 32, MostPlaces = 64;

    private readonly SafetensorsFile file;
    private readonly StripReader strips;
    private readonly int[] clip, column, firstPlace;
    private readonly float[] value;
    private readonly int places;

    private FeatureExamples(SafetensorsFile file, FeatureIndexInfo info)
    {
        this.file = file;
        places = info.Examples.Sum(group => group.Places);
        firstPlace = [.. info.Examples.Select((_, group) => info.Examples.Take(group).Sum(before => before.Places))];
        long features = info.Features;
        foreach (var (name, dtype, shape) in new (string, TensorDType, long[])[]
        {
            (ClipName, TensorDType.Int32, [features, places]), (ValueName, TensorDType.Float32, [features, places]),
            (ColumnName, TensorDType.Int32, [features, places]), (StripStart, TensorDType.Int64, [features * places + 1]),
        })
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || !entry.Shape.SequenceEqual(shape))
                throw new UserException($"{file.Path}: '{name}' is {entry.Describe()}, which does not fit {info.Features} features with {places} examples: build the index again.");
        }
        (clip, value, column) = (file.ReadInt32(ClipName), file.ReadFloat32(ValueName), file.ReadInt32(ColumnName));
        strips = new StripReader(file, file.ReadInt64(StripStart), file.Entry(StripColumn), file.Entry(StripValue));
    }

    /// <summary>Opens the examples of an index folder; null: the index has none (one of an earlier program).</summary>
    /// <exception cref="UserException">They are damaged, or do not belong to this index.</exception>
    public static FeatureExamples? Open(string folder, FeatureIndexInfo info)
    {
        if (info.Examples.Count == 0) return null;
        if (info.Examples.Count > MostGroups || info.Examples.Any(group => group is not { Places: > 0 and <= MostPlaces } || !Enum.IsDefined(group.Kind) || !double.IsFinite(group.Above) || !double.IsFinite(group.UpTo)))
            throw new UserException($"{Path.Combine(folder, FeatureTensors.InfoName)} has groups of examples that make no sense: build the index again.");
        var file = SafetensorsFile.Open(Path.Combine(folder, FileName));
        try
        {
            return new FeatureExamples(file, info);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the file into a folder that is being made.</summary>
    public static void Write(string folder, int features, FeatureExampleData data)
    {
        var places = data.Groups.Sum(group => group.Places);
        if (data.Clip.Length != features * places || data.Value.Length != data.Clip.Length || data.Column.Length != data.Clip.Length)
            throw new ArgumentException($"The examples do not have {features} × {places} places.", nameof(data));
        var starts = data.Strips.Starts();
        if (starts.Length != data.Clip.Length + 1) throw new ArgumentException($"There are {starts.Length - 1} strips for {data.Clip.Length} places.", nameof(data));
        var (columns, values) = (data.Strips.Columns(), data.Strips.Values());
        var writer = new SafetensorsWriter();
        writer.AddStreamed(ClipName, TensorDType.Int32, stream => FeatureIndexWriter.Write(stream, data.Clip), features, places);
        writer.AddStreamed(ValueName, TensorDType.Float32, stream => FeatureIndexWriter.Write(stream, data.Value), features, places);
        writer.AddStreamed(ColumnName, TensorDType.Int32, stream => FeatureIndexWriter.Write(stream, data.Column), features, places);
        writer.AddStreamed(StripStart, TensorDType.Int64, stream => FeatureIndexWriter.Write(stream, starts), starts.Length);
        writer.AddStreamed(StripColumn, TensorDType.UInt8, stream => stream.Write(columns), columns.Length);
        writer.AddStreamed(StripValue, TensorDType.UInt8, stream => stream.Write(values), values.Length);
        writer.Save(Path.Combine(folder, FileName));
    }

    public IReadOnlyList<ExampleClip> Of(int feature, int group, int groupPlaces)
    {
        var found = new List<ExampleClip>(groupPlaces);
        for (var place = firstPlace[group]; place < firstPlace[group] + groupPlaces; place++)
        {
            if (At(feature, place) is { } example) found.Add(example);
        }
        return found;
    }

    public ExampleClip? At(int feature, int place)
    {
        if ((uint)place >= (uint)places) return null;
        var at = feature * places + place;
        return clip[at] < 0 ? null : new ExampleClip(place, clip[at], value[at], column[at]);
    }

    public ActivationStrip Strip(int feature, int place) => strips.Read(feature * places + place, value[feature * places + place], $"example {place} of feature {feature}");

    public void Dispose() => file.Dispose();
}
