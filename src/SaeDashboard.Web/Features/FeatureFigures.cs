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

/// <summary>A feature's histogram as the path of an SVG: bars of log count or of count, one a bin, one unit wide.</summary>
public static class HistogramPath
{
    /// <summary>The path in a box of <c>bins × height</c> with its origin at the top left; empty for a feature that never fires.</summary>
    /// <param name="counts">Counts <c>[bins]</c>.</param>
    /// <param name="height">The height of the fullest bin.</param>
    /// <param name="gap">What is left free of each bin's width, 0 … 1.</param>
    /// <param name="from">The first bin that is drawn.</param>
    /// <param name="to">The bin after the last that is drawn; null: all.</param>
    /// <param name="linear">Bars of count instead of log count.</param>
    public static string Of(IReadOnlyList<int> counts, double height, double gap, int from = 0, int? to = null, bool linear = false)
    {
        var largest = counts.Count == 0 ? 0 : counts.Max();
        if (largest == 0) return "";
        var path = new StringBuilder();
        for (var bin = from; bin < (to ?? counts.Count); bin++)
        {
            if (counts[bin] == 0) continue;
            var share = linear ? (double)counts[bin] / largest : Math.Log(1 + counts[bin]) / Math.Log(1 + largest);
            var bar = Math.Max(0.04, share) * height;
            path.Append(CultureInfo.InvariantCulture, $"M{bin} {height:0.##}v{-bar:0.##}h{1 - gap:0.##}V{height:0.##}z");
        }
        return path.ToString();
    }

    /// <summary>The same bars without gaps and to whole units, as one outline: a fifth of the text, for lists.</summary>
    /// <param name="counts">Counts <c>[bins]</c>.</param>
    /// <param name="height">The height of the fullest bin.</param>
    public static string Outline(IReadOnlyList<int> counts, int height)
    {
        var largest = counts.Count == 0 ? 0 : counts.Max();
        if (largest == 0) return "";
        var path = new StringBuilder();
        path.Append(CultureInfo.InvariantCulture, $"M0 {height}");
        for (int bin = 0, end; bin < counts.Count; bin = end)
        {
            var top = Top(counts[bin]);
            for (end = bin + 1; end < counts.Count && Top(counts[end]) == top; end++)
            {
                // Bars of the same height are one.
            }
            path.Append(CultureInfo.InvariantCulture, $"V{top}h{end - bin}");
        }
        return path.Append(CultureInfo.InvariantCulture, $"V{height}z").ToString();

        // One count is still seen.
        int Top(int count) => count == 0 ? height : height - Math.Max(1, (int)Math.Round(Math.Log(1 + count) / Math.Log(1 + largest) * height));
    }
}

/// <summary>How figures of features are written: as many digits as can be read at a glance.</summary>
internal static class Numbers
{
    private const double Tiny = 1e-4;

    /// <summary>An activation, to three significant digits: two decimals would make most of a list 0.03.</summary>
    public static string Activation(double value)
    {
        if (value == 0) return "0";
        if (Math.Abs(value) < Tiny) return value.ToString("0.00E+0", CultureInfo.InvariantCulture);
        var decimals = Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15);
        return value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
    }

    /// <summary>A share as percent, without the sign.</summary>
    public static string Percent(double share) => share is > 0 and < 0.0005 ? "<0.1" : (100 * share).ToString(share >= 0.1 ? "0" : "0.0", CultureInfo.InvariantCulture);

    /// <summary>Seconds to a tenth.</summary>
    public static string Seconds(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>A whole number in groups of three.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Mean stars.</summary>
    public static string Stars(double stars) => stars.ToString("0.0", CultureInfo.InvariantCulture);
}
