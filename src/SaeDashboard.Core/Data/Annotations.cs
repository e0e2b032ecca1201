using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Data;

/// <summary>The concepts that sound in each clip of a dataset, and when: annotations.jsonl.</summary>
public sealed class Annotations
{
    private Annotations(Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<Span>>> clips)
    {
        Clips = clips;
        Concepts = clips.Values.SelectMany(spans => spans.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>Clip id → concept ("inst.harpsichord") → spans in seconds, sorted by start.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<Span>>> Clips { get; }

    /// <summary>Every concept that occurs, in ordinal order.</summary>
    public IReadOnlyList<string> Concepts { get; }

    /// <summary>The spans of a concept in a clip; empty when it does not sound there.</summary>
    public IReadOnlyList<Span> Of(string clip, string concept) =>
        Clips.TryGetValue(clip, out var spans) && spans.TryGetValue(concept, out var found) ? found : [];

    /// <summary>Reads the folder's annotations.jsonl.</summary>
    /// <exception cref="UserException">The file is missing or a line is unreadable.</exception>
    public static Annotations Load(string folder)
    {
        var path = FilePath(folder);
        var clips = new Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<Span>>>();
        foreach (var (number, line) in JsonLines.ReadNumbered<Line>(path, tolerateTornEnd: false))
        {
            if (string.IsNullOrEmpty(line.Id) || line.Spans is null)
                throw new UserException($"{path} line {number}: 'id' or 'spans' is missing.");
            var concepts = line.Spans.ToDictionary(
                pair => pair.Key, pair => (IReadOnlyList<Span>)ReadSpans(path, number, pair.Key, pair.Value));
            if (!clips.TryAdd(line.Id, concepts))
                throw new UserException($"{path} line {number}: '{line.Id}' stands on an earlier line too.");
        }
        return new Annotations(clips);
    }

    /// <summary>As <see cref="Load"/>; null when the folder has no annotations.</summary>
    /// <exception cref="UserException">A line is unreadable.</exception>
    public static Annotations? TryLoad(string folder) => File.Exists(FilePath(folder)) ? Load(folder) : null;

    private static string FilePath(string folder) => Path.Combine(folder, "annotations.jsonl");

    private static Span[] ReadSpans(string path, int number, string concept, double[]?[]? pairs)
    {
        if (pairs is null) throw new UserException($"{path} line {number}: '{concept}' is not a list of [start, end].");
        var spans = new Span[pairs.Length];
        for (var i = 0; i < pairs.Length; i++)
        {
            if (pairs[i] is not [>= 0 and var start, var end] || end < start)
                throw new UserException($"{path} line {number}: '{concept}': span {i} is not [start, end] in seconds " +
                    "with 0 ≤ start ≤ end.");
            spans[i] = new Span(start, end);
        }
        Array.Sort(spans, (a, b) => a.Start.CompareTo(b.Start));
        return spans;
    }

    private sealed record Line(string? Id, Dictionary<string, double[]?[]?>? Spans);
}

/// <summary>An interval of a clip in seconds: <c>[Start, End)</c>.</summary>
public readonly record struct Span(double Start, double End)
{
    public double Seconds => End - Start;

    public bool Contains(double seconds) => seconds >= Start && seconds < End;
}
