using System.Collections.Concurrent;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Scores;

namespace SaeDashboard.Labelling.Captions;

/// <summary>Judges clips by their captions. Thread-safe.</summary>
/// <param name="clips">The dataset's clips, by row.</param>
public sealed class CaptionClipJudge(IReadOnlyList<Clip> clips) : ILabelJudge
{
    private readonly ConcurrentDictionary<int, IReadOnlyDictionary<string, string>> terms = [];

    public double[]? Judge(string label, IReadOnlyList<DetectionClip> clips)
    {
        var judge = new CaptionJudge(label);
        return judge.SaysSomething ? [.. clips.Select(clip => judge.Score(TermsOf(clip.Row)))] : null;
    }

    // A row that the dataset lacks is of a damaged file: it has no words.
    private IReadOnlyDictionary<string, string> TermsOf(int row) => terms.GetOrAdd(row, at => CaptionTerms.Of((uint)at < (uint)clips.Count ? clips[at].Caption : ""));
}
