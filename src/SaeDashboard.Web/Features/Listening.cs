using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Features;

/// <summary>Where to begin to listen so that a feature is heard.</summary>
internal static class Listening
{
    // The ear wants to hear what comes before the moment, and enough of what comes after it.
    private const double Lead = 0.6, Least = 2.5;

    // Share of a second's frames whose codes differ.
    private const double MinCodes = 0.3;

    /// <summary>Seconds into a clip, shortly before its strongest moment.</summary>
    public static string From(FeatureSet set, TopClip top)
    {
        var last = Math.Max(0, (set.Clip(top.Row)?.Seconds ?? 0) - Least);
        return Text(Math.Clamp(set.Seconds(top.Column) - Lead, 0, last));
    }

    /// <summary>The strongest clip, by its rank, along which the feature fires most: the one to hear first.</summary>
    public static int MostActive(FeatureSet set, int feature) =>
        Enumerable.Range(0, set.Index.TopClips(feature).Count).MaxBy(rank => set.Strip(feature, rank).Values.Sum());

    /// <summary>Seconds into a clip, shortly before the feature first fires clearly.</summary>
    public static string Beginning(FeatureSet set, int feature, int rank)
    {
        var strip = set.Strip(feature, rank);
        var clearly = set.Index.TopClips(feature)[rank].Value / 4;
        var first = Array.FindIndex(strip.Values, value => value >= clearly);
        return Text(first < 0 ? 0 : Math.Max(0, set.Seconds(strip.Columns[first]) - Lead));
    }

    /// <summary>
    /// Whether there is something to hear around a strongest moment, as far as the codes tell: silence and what has nearly died away repeat
    /// a few codes.
    /// </summary>
    public static bool Sounds(FeatureSet set, TopClip top)
    {
        if (set.Clips is not { } clips || set.Clip(top.Row) is not { } clip) return false;
        var half = (int)(set.Index.Info.FrameRate / 2);
        ReadOnlySpan<short> codes;
        try
        {
            codes = clips.Codes(clip).Codebook(0);
        }
        catch (UserException)
        {
            // Its file was cut or changed: the catalog opens it again in a moment.
            return false;
        }
        var from = Math.Clamp(top.Column - 1 - half, 0, Math.Max(0, codes.Length - 2 * half));
        var different = new HashSet<short>();
        foreach (var code in codes.Slice(from, Math.Min(2 * half, codes.Length - from))) different.Add(code);
        return different.Count > MinCodes * 2 * half;
    }

    private static string Text(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture);
}
