using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Worker;

/// <summary>
/// A hint at what a feature fires on, where the data set has annotated spans: the concepts that hold at the peaks of its
/// top clips far more often than in general. A hint, not a score: that takes unseen clips (the verb evaluate's business).
/// </summary>
internal sealed class PeakConcepts(FeatureIndex index, ClipDataset dataset, Annotations? annotations)
{
    private readonly Dictionary<string, double> prior = annotations is null ? [] : Prior(dataset, annotations);

    /// <summary>The two concepts of largest lift over the top clips' peaks, as “concept hits/peaks”.</summary>
    public string At(int feature)
    {
        if (annotations is null) return "";
        var hits = new Dictionary<string, int>();
        var clips = index.TopClips(feature);
        foreach (var top in clips)
        {
            var seconds = (top.Column - 1) / index.Info.FrameRate;
            if (!annotations.Clips.TryGetValue(dataset.Clips[top.Row].Id, out var spans)) continue;
            foreach (var (concept, list) in spans)
            {
                if (list.Any(span => span.Start <= seconds && seconds < span.End)) hits[concept] = hits.GetValueOrDefault(concept) + 1;
            }
        }
        // Surprise of so many hits: n·ln(rate / prior); concepts on half of the peaks or fewer are left out.
        var best = hits.Where(hit => hit.Value * 2 > clips.Count)
            .OrderByDescending(hit => hit.Value * Math.Log(hit.Value / (double)clips.Count / Math.Max(1e-3, prior[hit.Key])))
            .ThenBy(hit => hit.Key, StringComparer.Ordinal).Take(2);
        return string.Join(", ", best.Select(hit => string.Create(CultureInfo.InvariantCulture, $"{hit.Key} {hit.Value}/{clips.Count}")));
    }

    /// <summary>The share of all time for which each concept holds.</summary>
    private static Dictionary<string, double> Prior(ClipDataset dataset, Annotations annotations)
    {
        var seconds = new Dictionary<string, double>();
        foreach (var spans in annotations.Clips.Values)
        {
            foreach (var (concept, list) in spans) seconds[concept] = seconds.GetValueOrDefault(concept) + list.Sum(span => span.End - span.Start);
        }
        var total = dataset.Clips.Sum(clip => clip.Seconds);
        return seconds.ToDictionary(entry => entry.Key, entry => entry.Value / total);
    }
}
