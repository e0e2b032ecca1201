using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Steering;

/// <summary>What a file of ladders was made with: its first line.</summary>
public sealed record StrengthLaddersInfo
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the model's weights.</summary>
    public required string ModelHash { get; init; }

    /// <summary>SHA-256 of the dataset whose clips say what music is like.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The descriptors, in the order of every rung's deltas.</summary>
    public required IReadOnlyList<string> Descriptors { get; init; }

    /// <summary>Ladders that follow, one a line.</summary>
    public required int Count { get; init; }
}

/// <summary>
/// Strength ladders of an SAE's features: ladders.jsonl in the folder of its index, a file of its own that is missing where none were measured. The first line
/// says what it was made with, each further line is a ladder, by feature. All in memory. Immutable.
/// </summary>
public sealed class StrengthLadders
{
    public const string FileName = "ladders.jsonl";

    private const string MakeAgain = "delete it, and measure again with strength-ladder; an index works without ladders.";

    // A ladder is about 10 KB.
    private const long MostBytes = 64L << 20;

    // Held while ladders are added: two runs may end at the same time. Removed before it is released, so that it does not stay in an index.
    private const string LockName = ".ladders.lock";

    // Reading and writing the largest file takes seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private const int MostDescriptors = 32, MostRungs = 128, MostMoves = 64, MostPrompts = 64, LongestText = 4000, MostSeeds = 4096;

    private readonly Dictionary<int, FeatureLadder> byFeature;

    private StrengthLadders(StrengthLaddersInfo info, Dictionary<int, FeatureLadder> byFeature, string? stale) => (Info, this.byFeature, Stale) = (info, byFeature, stale);

    public StrengthLaddersInfo Info { get; }

    /// <summary>Why none of them counts for the index: it was made with another model or dataset; null: they count.</summary>
    public string? Stale { get; }

    /// <summary>The features that have a ladder, ascending.</summary>
    public IReadOnlyList<int> Features => [.. byFeature.Keys.Order()];

    /// <summary>The ladder of a feature; null: it was not measured.</summary>
    public FeatureLadder? Of(int feature) => byFeature.GetValueOrDefault(feature);

    /// <summary>Why a feature's ladder does not count any more; null: it counts.</summary>
    /// <param name="ladder">The ladder.</param>
    /// <param name="p99">The p99 that the index has now.</param>
    public string? StaleOf(FeatureLadder ladder, double p99)
    {
        ArgumentNullException.ThrowIfNull(ladder);
        // Both come from the same float32: the text of a double keeps it.
        return Stale ?? ((float)ladder.P99 == (float)p99 ? null : string.Create(CultureInfo.InvariantCulture, $"it was measured with a p99 of {ladder.P99:0.####}, and the index has {p99:0.####}"));
    }

    /// <summary>Opens the file of a folder; null when there is none.</summary>
    /// <param name="folder">The index's folder, or another that has ladders for it.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <exception cref="UserException">It is too large, damaged, of a newer program or of other weights; the message names the line.</exception>
    public static StrengthLadders? Open(string folder, FeatureIndexInfo index)
    {
        ArgumentNullException.ThrowIfNull(index);
        var path = Path.Combine(folder, FileName);
        if (FileLook.At(path) is not { } look) return null;
        if (look.Length > MostBytes) throw new UserException($"{path} has {look.Length} bytes; ladders have at most {MostBytes}: {MakeAgain}");
        StrengthLaddersInfo? info = null;
        var found = new Dictionary<int, FeatureLadder>();
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: false))
        {
            if (info is null)
            {
                info = Parse<StrengthLaddersInfo>(path, number, line);
                if (info.Version != StrengthLaddersInfo.CurrentVersion) throw new UserException($"{path} has version {info.Version}; this program reads {StrengthLaddersInfo.CurrentVersion}: update the program, or {MakeAgain}");
                if (info.SaeHash != index.SaeHash) throw new UserException($"{path} was made for other weights than the index: {MakeAgain}");
                if (info.Descriptors.Count > MostDescriptors || info.Descriptors.Any(name => name is not { Length: > 0 and <= LongestText })) throw new UserException($"{path} line {number}: its descriptors make no sense: {MakeAgain}");
                continue;
            }
            var ladder = Parse<FeatureLadder>(path, number, line);
            if (Fault(ladder, info, index.Features) is { } fault) throw new UserException($"{path} line {number}: {fault}: {MakeAgain}");
            if (!found.TryAdd(ladder.Feature, ladder)) throw new UserException($"{path} line {number}: feature {ladder.Feature} is there twice: {MakeAgain}");
        }
        if (info is null) throw new UserException($"{path} is empty: {MakeAgain}");
        if (found.Count != info.Count) throw new UserException($"{path} has {found.Count} ladders, and its first line says {info.Count}: {MakeAgain}");
        var stale = info.ModelHash != index.ModelHash ? "it was measured with another model than the index" : info.DatasetHash != index.DatasetHash ? "it was measured with another dataset than the index" : null;
        return new StrengthLadders(info, found, stale);
    }

    /// <summary>Writes the file into a folder, whole or not at all: ordered by feature, so the same ladders are the same bytes.</summary>
    /// <exception cref="ArgumentException">A ladder is not one that could be read again.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string folder, StrengthLaddersInfo info, int features, IReadOnlyCollection<FeatureLadder> ladders)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(ladders);
        foreach (var ladder in ladders)
        {
            if (Fault(ladder, info, features) is { } fault) throw new ArgumentException($"The ladder of feature {ladder.Feature}: {fault}.", nameof(ladders));
        }
        AtomicFile.Write(Path.Combine(folder, FileName), stream =>
        {
            Line(stream, info with { Count = ladders.Count });
            foreach (var ladder in ladders.OrderBy(each => each.Feature)) Line(stream, ladder);
        });
    }

    /// <summary>
    /// Adds ladders to the file of a folder, which is made if it is missing. A feature's older ladder is replaced; those of another model, dataset or SAE are dropped. What
    /// another process adds at the same time stays.
    /// </summary>
    /// <param name="folder">The folder, which is made if it is missing.</param>
    /// <param name="info">What these were made with.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <param name="added">The ladders.</param>
    /// <param name="patience">How long another process that adds ladders is waited for; null: a minute.</param>
    /// <exception cref="UserException">The file cannot be written, or another process has not finished.</exception>
    public static void Add(string folder, StrengthLaddersInfo info, FeatureIndexInfo index, IReadOnlyCollection<FeatureLadder> added, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(added);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, LockName);
        using var alone = FileLock.TryAcquire(path, patience ?? Patience)
            ?? throw new UserException($"{Path.Combine(folder, FileName)}: another process is adding ladders to it and has not finished. Try again; clips that were made are kept in the run's folder.");
        try
        {
            Merge(folder, info, index, added);
        }
        finally
        {
            // A process that waits for it sees that it is gone, and makes another.
            File.Delete(path);
        }
    }

    private static void Merge(string folder, StrengthLaddersInfo info, FeatureIndexInfo index, IReadOnlyCollection<FeatureLadder> added)
    {
        var all = new Dictionary<int, FeatureLadder>();
        try
        {
            if (Open(folder, index) is { } there && there.Info.ModelHash == info.ModelHash && there.Info.DatasetHash == info.DatasetHash && there.Info.Descriptors.SequenceEqual(info.Descriptors)) all = new(there.byFeature);
        }
        catch (UserException)
        {
            // Damaged, or of other weights: what was measured now takes its place.
        }
        foreach (var ladder in added) all[ladder.Feature] = ladder;
        Write(folder, info, index.Features, all.Values);
    }

    private static void Line<T>(Stream stream, T value)
    {
        JsonSerializer.Serialize(stream, value, JsonDefaults.Lines);
        stream.WriteByte((byte)'\n');
    }

    private static T Parse<T>(string path, int number, JsonElement line)
    {
        try
        {
            return line.Deserialize<T>(JsonDefaults.Lines) ?? throw new UserException($"{path} line {number}: null: {MakeAgain}");
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} line {number}: {JsonFile.Reason(error, typeof(T))}: {MakeAgain}", error);
        }
    }

    /// <summary>In words what is wrong with a ladder; null: nothing.</summary>
    private static string? Fault(FeatureLadder ladder, StrengthLaddersInfo info, int features)
    {
        if ((uint)ladder.Feature >= (uint)features) return $"feature {ladder.Feature}, and there are features 0 … {features - 1}";
        if (!(ladder.P99 > 0) || !double.IsFinite(ladder.P99) || !double.IsFinite(ladder.UnitLength)) return "a p99 that makes no sense";
        if (ladder.Conditions is not { Prompts: { Count: > 0 and <= MostPrompts } prompts, Seeds: > 0 and <= MostSeeds } || prompts.Any(text => text is not { Length: <= LongestText }) || !(ladder.Conditions.Seconds is > 0 and < 1e4) || !double.IsFinite(ladder.Conditions.Guidance))
            return "prompts, seeds or a length that make no sense";
        if (ladder.Rungs.Count > MostRungs || ladder.Sides.Count > 2) return $"{ladder.Rungs.Count} rungs and {ladder.Sides.Count} lists of side effects, more than a ladder can have";
        // A null in a list is read as one.
        if (ladder.Rungs.Any(rung => rung is null) || ladder.Sides.Any(side => side is null)) return "an entry of a list is null";
        if (ladder.Noise.Deviations.Count != info.Descriptors.Count || ladder.Noise.Coding.Count != info.Descriptors.Count || !double.IsFinite(ladder.Noise.Spectrum) || ladder.Noise.Deviations.Concat(ladder.Noise.Coding).Any(value => value is { } number && !double.IsFinite(number)))
            return "noise that does not fit the descriptors";
        if (ladder.Rungs.Any(rung => !double.IsFinite(rung.Strength) || rung.Strength == 0) || ladder.Rungs.Zip(ladder.Rungs.Skip(1)).Any(pair => pair.First.Strength >= pair.Second.Strength)) return "strengths that do not ascend";
        foreach (var rung in ladder.Rungs)
        {
            if (rung.Pairs < 0 || rung.Broken < 0 || rung.Broken > rung.Pairs || !Enum.IsDefined(rung.Level) || (rung.Fault is { } reason && !Enum.IsDefined(reason))) return "a rung whose counts or level make no sense";
            if (rung.Deltas.Count != info.Descriptors.Count) return $"{rung.Deltas.Count} deltas for {info.Descriptors.Count} descriptors";
            if (rung.Deltas.Append(rung.Spectrum).Append(rung.Own).Any(interval => interval is not null && !IsOrdered(interval.Low, interval.Mean, interval.High))) return "an interval that does not hold its mean";
        }
        foreach (var side in ladder.Sides)
        {
            if (!double.IsFinite(side.Strength) || side.Moved < 0 || side.Moved > side.Of || side.Features.Count > MostMoves || side.Features.Any(move => move is null)) return "side effects that make no sense";
            if (side.Features.Any(move => (uint)move.Feature >= (uint)features || !IsOrdered(move.Low, move.Mean, move.High))) return "a side effect that makes no sense";
        }
        return null;
    }

    // Ends and mean are rounded each by itself.
    private static bool IsOrdered(double low, double mean, double high) => double.IsFinite(low) && double.IsFinite(high) && low <= mean && mean <= high;
}
