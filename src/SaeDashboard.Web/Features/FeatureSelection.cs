using System.Globalization;
using System.Text;

namespace SaeDashboard.Web.Features;

/// <summary>The selected features in an address: "3,12-18,400".</summary>
public static class FeatureSelection
{
    /// <summary>The most that an address selects, so that it stays one that every server takes; filters and lists take more (<see cref="Storage.FeatureListRepository.MaxFeatures"/>).</summary>
    public const int Max = 500;

    /// <summary>Reads it: ascending, each feature once. What makes no sense is left out.</summary>
    /// <param name="text">The address's parameter, or null.</param>
    /// <param name="features">How many features the SAE has.</param>
    public static IReadOnlyList<int> Parse(string? text, int features)
    {
        var selected = new SortedSet<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || Number(ends[0]) is not { } from || Number(ends[^1]) is not { } to) continue;
            for (var feature = from; feature <= to && feature < features && selected.Count < Max; feature++) selected.Add(feature);
        }
        return [.. selected];
    }

    /// <summary>Reads a selection that comes as bits, the lowest first, as the atlas sends it: ascending.</summary>
    /// <param name="bits">One bit for each feature; what is missing is not selected.</param>
    /// <param name="features">How many features the SAE has; bits of others are left out.</param>
    public static IReadOnlyList<int> OfBits(byte[] bits, int features) =>
        [.. Enumerable.Range(0, Math.Min(features, 8 * bits.Length)).Where(feature => (bits[feature >> 3] >> (feature & 7) & 1) != 0)];

    /// <summary>Why an address's text is refused: the part that is no feature and no range, or how many there are. Null: it is taken.</summary>
    public static string? Refuse(string text)
    {
        var count = 0L;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || Number(ends[0]) is not { } from || Number(ends[^1]) is not { } to || to < from)
                return $"select has “{Web.Api.ApiParameter.Shown(part)}”; it is the numbers of features and ranges of them, such as 3,12-18.";
            count += to - from + 1L;
        }
        return count > Max ? string.Create(CultureInfo.InvariantCulture, $"select has {count:N0} features; {Max} is the most. Filters and lists take more.") : null;
    }

    /// <summary>Writes it, neighbours as ranges; empty for none.</summary>
    /// <param name="selected">Ascending.</param>
    public static string Format(IReadOnlyList<int> selected)
    {
        var text = new StringBuilder();
        for (var at = 0; at < selected.Count;)
        {
            var end = at;
            while (end + 1 < selected.Count && selected[end + 1] == selected[end] + 1) end++;
            if (text.Length > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{selected[at]}");
            if (end > at) text.Append(CultureInfo.InvariantCulture, $"-{selected[end]}");
            at = end + 1;
        }
        return text.ToString();
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
