using System.Globalization;
using System.Text;

namespace SaeDashboard.Web.Features;

/// <summary>
/// A feature's portrait: how it fires around the strongest moment of each of its strongest clips, one row a clip, time from left to right.
/// A drum stroke is a thin line, a held tone a band, a rhythm a grid.
/// </summary>
public static class PortraitPaths
{
    /// <summary>Frames before the strongest moment, and after it.</summary>
    public const int Reach = 32;

    /// <summary>Steps of brightness.</summary>
    public const int Levels = 6;

    /// <summary>The cells of each step of brightness, as one path a step: 1 unit a frame wide, 1 unit a clip high. Empty paths for a feature without clips.</summary>
    public static IReadOnlyList<string> Of(FeatureSet set, int feature)
    {
        var paths = Enumerable.Range(0, Levels).Select(_ => new StringBuilder()).ToArray();
        var top = set.Index.TopClips(feature);
        for (var rank = 0; rank < top.Count; rank++)
        {
            var strip = set.Strip(feature, rank);
            for (var i = 0; i < strip.Columns.Length; i++)
            {
                var x = strip.Columns[i] - top[rank].Column + Reach;
                if (x is < 0 or >= 2 * Reach) continue;
                var level = Math.Clamp((int)Math.Ceiling(strip.Values[i] / top[rank].Value * Levels) - 1, 0, Levels - 1);
                paths[level].Append(CultureInfo.InvariantCulture, $"M{x} {rank}h1v.9h-1z");
            }
        }
        return [.. paths.Select(path => path.ToString())];
    }
}
