using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Batches;

namespace SaeDashboard.Labelling.Models;

/// <summary>An excerpt of a detection clip.</summary>
/// <param name="Clip">The clip.</param>
/// <param name="Excerpt">Two seconds around its column.</param>
public sealed record DetectionExcerpt(DetectionClip Clip, LabelExcerpt Excerpt);

/// <summary>
/// Cuts excerpts for a language model from the clips that an index names: for a label the top clips at their maxima and near misses as contrast, never
/// one that the label is tested on; for the test the detection clips, mixed.
/// </summary>
/// <param name="index">The index.</param>
/// <param name="clips">The clips that labels are tested on; null: none.</param>
/// <param name="decode">Brings the sound of a clip by its row.</param>
/// <param name="options">How many excerpts.</param>
public sealed class IndexExcerpts(FeatureIndex index, DetectionClips? clips, Func<int, CancellationToken, Task<Waveform>> decode, LabellerOptions options) : IExcerptSource, IDetectionSource
{
    public async Task<LabelRequest?> LoadAsync(int feature, CancellationToken cancellation)
    {
        var tested = clips?.TestRows(feature) ?? [];
        var top = index.TopClips(feature).Where(clip => !tested.Contains(clip.Row)).Take(options.FiringExcerpts).ToList();
        if (top.Count == 0) return null;
        var nearMisses = Enumerable.Range(0, index.ExampleGroups.Count).Where(group => index.ExampleGroups[group].Kind == ExampleKind.NearMiss)
            .SelectMany(group => index.Examples(feature, group).Select(example => example.Row))
            .Concat(clips?.LabelNearMisses(feature) ?? []).Distinct().Where(row => !tested.Contains(row)).Take(options.ContrastExcerpts).ToList();
        var firing = new List<LabelExcerpt>(top.Count);
        foreach (var clip in top) firing.Add(LabelExcerpt.Cut(clip.Row, await decode(clip.Row, cancellation).ConfigureAwait(false), clip.Column, index.Info.FrameRate));
        var contrast = new List<LabelExcerpt>(nearMisses.Count);
        // The feature is silent in all of the clip: where it sounds most is what a listener can compare.
        foreach (var row in nearMisses) contrast.Add(LabelExcerpt.Loudest(row, await decode(row, cancellation).ConfigureAwait(false)));
        return new LabelRequest(feature, firing, contrast);
    }

    /// <summary>The excerpts of a feature's detection clips, mixed: the order depends on rows and feature, and says nothing of the kinds.</summary>
    /// <exception cref="UserException">The index has no detection clips.</exception>
    public async Task<IReadOnlyList<DetectionExcerpt>> LoadDetectionAsync(int feature, CancellationToken cancellation)
    {
        if (clips is null) throw new UserException($"{index.Folder} has no clips to test labels on: choose them with the verb 'detection'.");
        var all = Mixed(feature);
        var excerpts = new List<DetectionExcerpt>(all.Count);
        foreach (var clip in all) excerpts.Add(new DetectionExcerpt(clip, LabelExcerpt.Cut(clip.Row, await decode(clip.Row, cancellation).ConfigureAwait(false), clip.Column, index.Info.FrameRate)));
        return excerpts;
    }

    public IReadOnlyList<DetectionKind> DetectionKinds(int feature) => [.. Mixed(feature).Select(clip => clip.Kind)];

    private List<DetectionClip> Mixed(int feature) =>
        clips is null ? [] : [.. Enum.GetValues<DetectionKind>().SelectMany(kind => clips.Of(feature, kind)).OrderBy(clip => Draw(clip.Row, feature))];

    private static ulong Draw(int row, int feature)
    {
        var value = ((ulong)(uint)feature << 32 | (uint)row) + 0x9E3779B97F4A7C15UL;
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ value >> 27) * 0x94D049BB133111EBUL;
        return value ^ value >> 31;
    }
}
