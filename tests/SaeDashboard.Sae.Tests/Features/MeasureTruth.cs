using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Features.Measures;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>The measures of a feature in float64, straight from their definitions and from lists of everything.</summary>
internal static class MeasureTruth
{
    /// <summary>Pearson's r of two lists.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        double meanX = x.Average(), meanY = y.Average(), xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Count; i++)
        {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : double.NaN;
    }

    /// <summary>1 − Σ(x − mean of its group)² / Σ(x − mean)².</summary>
    public static double ExplainedByGroup(IReadOnlyList<(int Group, double Value)> values)
    {
        var means = values.GroupBy(each => each.Group).ToDictionary(group => group.Key, group => group.Average(each => each.Value));
        var mean = values.Average(each => each.Value);
        return 1 - values.Sum(each => Math.Pow(each.Value - means[each.Group], 2)) / values.Sum(each => Math.Pow(each.Value - mean, 2));
    }

    /// <summary>AUROC by the rank sum of the positives, ties sharing their mean rank; NaN without positives or negatives.</summary>
    public static double Auroc(IReadOnlyList<(double Score, bool Positive)> units)
    {
        var sorted = units.OrderBy(unit => unit.Score).ToArray();
        var positives = sorted.Count(unit => unit.Positive);
        var negatives = sorted.Length - positives;
        if (positives == 0 || negatives == 0) return double.NaN;
        var sum = 0.0;
        for (var from = 0; from < sorted.Length;)
        {
            var to = from;
            while (to < sorted.Length && sorted[to].Score == sorted[from].Score) to++;
            for (var i = from; i < to; i++) sum += sorted[i].Positive ? (from + 1 + to) / 2.0 : 0;
            from = to;
        }
        return (sum - positives * (positives + 1.0) / 2) / ((double)positives * negatives);
    }

    /// <summary>Annotations of random clips: an instrument, another that is often there, a key in most of them, and one that hardly occurs.</summary>
    public static ConceptAnnotations Annotations(string folder, IEnumerable<int> rows, double seconds, int seed)
    {
        var random = new Random(seed);
        string Spans(int count) => "[" + string.Join(",", Enumerable.Range(0, count).Select(i =>
        {
            var start = seconds * (i + 0.5 * random.NextDouble()) / count;
            return string.Create(CultureInfo.InvariantCulture, $"[{start:F3},{start + 0.5 * seconds / count:F3}]");
        })) + "]";
        var lines = rows.Select(row =>
        {
            var spans = new List<string>();
            if (random.Next(2) == 0) spans.Add($"\"inst.bell\":{Spans(1 + random.Next(3))}");
            if (random.Next(3) > 0) spans.Add($"\"inst.drum\":{Spans(1 + random.Next(8))}");
            if (random.Next(4) > 0) spans.Add(string.Create(CultureInfo.InvariantCulture, $"\"key.{random.Next(2)}\":[[0,{seconds}]]"));
            if (random.Next(12) == 0) spans.Add($"\"inst.rare\":{Spans(1)}");
            return $"{{\"id\":\"clip-{row}\",\"spans\":{{{string.Join(",", spans)}}}}}";
        });
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "annotations.jsonl"), lines);
        return new ConceptAnnotations(Core.Data.Annotations.Load(folder), row => $"clip-{row}");
    }
}

/// <summary>What docs/decisions/0018 says a clip, a second and a frame are labelled, written down once more.</summary>
/// <param name="annotations">The annotations.</param>
/// <param name="columns">Columns of each clip, F.</param>
internal sealed class LabelTruth(ConceptAnnotations annotations, int columns)
{
    private const double FrameRate = 50, Tail = 0.3;
    private const int FirstColumn = 4, Second = 50;

    /// <summary>The units of a level at a lag: score and label of those that are positive or negative.</summary>
    /// <param name="level">0: clips, 1: seconds, 2: frames.</param>
    /// <param name="concept">The concept.</param>
    /// <param name="lag">In columns.</param>
    /// <param name="clips">Row and activations of columns 1..F.</param>
    public List<(double Score, bool Positive)> Units(int level, string concept, int lag, IEnumerable<(int Row, double[] Values)> clips)
    {
        var units = new List<(double, bool)>();
        foreach (var (row, values) in clips)
        {
            var frames = Frames(row, concept);
            if (level == 0)
            {
                if (concept.StartsWith("key.", StringComparison.Ordinal) && !annotations.Annotations.Clips[annotations.IdOf(row)].Keys.Any(name => name.StartsWith("key.", StringComparison.Ordinal))) continue;
                var share = frames.Skip(FirstColumn - 1).Count(label => label > 0) / (double)(columns - FirstColumn + 1);
                if (share >= 0.1 || share <= 0.02) units.Add((values.Skip(FirstColumn - 1).Average(), share >= 0.1));
                continue;
            }
            if (level == 1)
            {
                for (var second = 0; second < columns / Second; second++)
                {
                    var part = frames.Skip(second * Second).Take(Second).ToArray();
                    var (positive, tail) = (part.Count(label => label > 0) / (double)Second, part.Count(label => label == 0) / (double)Second);
                    var heard = Enumerable.Range(second * Second + lag, Second).Where(at => at >= FirstColumn - 1 && at < columns).Select(at => values[at]).ToArray();
                    if (positive >= 0.5 || positive + tail <= 0.02) units.Add((heard.Average(), positive >= 0.5));
                }
                continue;
            }
            for (var column = FirstColumn; column <= columns; column++)
            {
                var frame = column - 1 - lag;
                if (frame >= 0 && frame < columns && frames[frame] != 0) units.Add((values[column - 1], frames[frame] > 0));
            }
        }
        return units;
    }

    /// <summary>The clips that are positive (level 0) or carry the concept anywhere in what is measured.</summary>
    public int PositiveClips(int level, string concept, IEnumerable<int> rows) =>
        level == 0
            ? rows.Count(row => Frames(row, concept).Skip(FirstColumn - 1).Count(label => label > 0) >= 0.1 * (columns - FirstColumn + 1))
            : rows.Count(row => Frames(row, concept).Skip(FirstColumn - 1).Any(label => label > 0));

    /// <summary>1 in a span, 0 up to 0.3 s after one, else −1.</summary>
    private int[] Frames(int row, string concept)
    {
        var spans = annotations.Annotations.Of(annotations.IdOf(row), concept);
        return [.. Enumerable.Range(0, columns).Select(frame =>
        {
            var middle = (frame + 0.5) / FrameRate;
            return spans.Any(span => middle >= span.Start - 1e-7 && middle < span.End - 1e-7) ? 1 : spans.Any(span => middle >= span.End - 1e-7 && middle < span.End + Tail - 1e-7) ? 0 : -1;
        })];
    }
}
