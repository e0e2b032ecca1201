using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Features;

/// <summary>One feature as lists show it.</summary>
/// <param name="Index">Its place in the dictionary.</param>
/// <param name="Label">Its label; null: unlabelled.</param>
/// <param name="Stars">Mean rating of that label; null: not rated.</param>
/// <param name="Ratings">How many have.</param>
/// <param name="Hint">Words that the captions of its strongest clips share.</param>
/// <param name="Statistics">Its figures.</param>
/// <param name="Top">The clip in which it fires most strongly; null for a dead feature.</param>
/// <param name="RevisionId">The label's revision; null: unlabelled.</param>
public sealed record FeatureRow(int Index, string? Label, double? Stars, int Ratings, CaptionHint? Hint, FeatureStatistics Statistics, TopClip? Top, long? RevisionId)
{
    /// <summary>It never fired, neither where it was measured nor in any clip that was looked through for the strongest.</summary>
    public bool Dead => Top is null;

    /// <summary>It never fired where it was measured: its figures are zero, whatever it does elsewhere.</summary>
    public bool Silent => Statistics.Maximum <= 0;

    /// <inheritdoc cref="FeatureSet.Largest"/>
    public float Largest => Math.Max(Statistics.Maximum, Top?.Value ?? 0);

    /// <summary>Degrees: the feature's hue, the same on every page.</summary>
    public int HueDegrees => Statistics.Hue * 15;

    /// <summary>The label, or a text in its place.</summary>
    public string Title => Label ?? (Dead ? "dead, never fires" : "unlabelled");
}
