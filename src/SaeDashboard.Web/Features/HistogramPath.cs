using System.Globalization;
using System.Text;

namespace SaeDashboard.Web.Features;

/// <summary>A feature's histogram as the path of an SVG: bars of log count, one a bin, one unit wide.</summary>
public static class HistogramPath
{
    /// <summary>The path in a box of <c>bins × height</c> with its origin at the top left; empty for a feature that never fires.</summary>
    /// <param name="counts">Counts <c>[bins]</c>.</param>
    /// <param name="height">The height of the fullest bin.</param>
    /// <param name="gap">What is left free of each bin's width, 0 … 1.</param>
    /// <param name="from">The first bin that is drawn.</param>
    /// <param name="to">The bin after the last that is drawn; null: all.</param>
    public static string Of(IReadOnlyList<int> counts, double height, double gap, int from = 0, int? to = null)
    {
        var largest = counts.Count == 0 ? 0 : counts.Max();
        if (largest == 0) return "";
        var path = new StringBuilder();
        for (var bin = from; bin < (to ?? counts.Count); bin++)
        {
            if (counts[bin] == 0) continue;
            var bar = Math.Max(0.04, Math.Log(1 + counts[bin]) / Math.Log(1 + largest)) * height;
            path.Append(CultureInfo.InvariantCulture, $"M{bin} {height:0.##}v{-bar:0.##}h{1 - gap:0.##}V{height:0.##}z");
        }
        return path.ToString();
    }
}
