using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Features;

/// <summary>
/// The cells of a row of the list, as one piece of HTML. Fifty rows in Razor were 250 kB of a circuit's message, because each element and
/// each attribute is sent as a record of its own; as text they are a quarter of that. Nothing in a cell needs the circuit: what one presses are links, and
/// buttons that JavaScript knows.
/// </summary>
internal sealed class FeatureCells
{
    private const string PlayIcon = """<svg class="icon" width="16" height="16" aria-hidden="true"><use href="lib/icons.svg#play"></use></svg>""";
    private const string StarIcon = """<svg class="icon" width="12" height="12" aria-hidden="true"><use href="lib/icons.svg#star"></use></svg>""";

    private const int MaxCaption = 160;

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly FeatureSet set;
    private readonly string saeId, query;
    private readonly IReadOnlyList<string> marks;
    private readonly bool wide;
    private readonly Func<int, string>? measure;
    private readonly Func<FeatureRow, string?>? why;

    /// <param name="set">The SAE's features.</param>
    /// <param name="saeId">Its id in addresses.</param>
    /// <param name="query">The query of the list, which the links keep.</param>
    /// <param name="marks">What to mark in the texts.</param>
    /// <param name="wide">Whether no feature is open: then rows can be selected.</param>
    /// <param name="measure">The figure that the list is sorted by, where its columns do not show that; null: they do.</param>
    /// <param name="why">Why the search found a row whose name does not say so; null: there is no search.</param>
    public FeatureCells(FeatureSet set, string saeId, string query, IReadOnlyList<string> marks, bool wide, Func<int, string>? measure, Func<FeatureRow, string?>? why = null) =>
        (this.set, this.saeId, this.query, this.marks, this.wide, this.measure, this.why) = (set, saeId, query, marks, wide, measure, why);

    /// <summary>The cells of a feature. Every text of a person or of a file is encoded.</summary>
    public string Of(FeatureRow row)
    {
        var html = new StringBuilder(1500);
        if (wide) html.Append(CultureInfo.InvariantCulture, $"""<td class="choice-cell"><input type="checkbox" data-choose aria-label="Select feature {row.Index}"></td>""");
        html.Append("""<td class="play-cell">""");
        if (row.Top is { } top && set.DatasetId is { } dataset) Play(html, row, top, dataset);
        html.Append(CultureInfo.InvariantCulture, $"""</td><td class="thumb-cell"><svg class="thumb" viewBox="0 -3 {set.Index.Info.HistogramBins} 24" preserveAspectRatio="none" aria-hidden="true"><path d="{HistogramPath.Outline(set.Index.Histogram(row.Index), 21)}"/></svg></td>""");
        Name(html, row);
        html.Append("""<td class="caption-cell">""");
        if (row.Top is { } strongest) Marked(html, Shortened(set.Clip(strongest.Row)?.Caption));
        html.Append("</td>");
        if (measure is not null) html.Append("""<td class="number">""").Append(Encoder.Encode(measure(row.Index))).Append("</td>");
        html.Append("""<td class="number">""").Append(Encoder.Encode(Numbers.Percent(row.Statistics.ClipDensity))).Append("<small> %</small></td>");
        html.Append("""<td class="number extra">""").Append(Numbers.Activation(row.Statistics.P99)).Append("</td>");
        html.Append("""<td class="number most">""").Append(Numbers.Activation(row.Largest)).Append("</td>");
        html.Append("""<td class="number stars-cell">""");
        if (row.Stars is { } stars)
            html.Append(CultureInfo.InvariantCulture, $"""<span class="stars" title="{row.Ratings} {(row.Ratings == 1 ? "rating" : "ratings")}">{Numbers.Stars(stars)} {StarIcon}</span>""");
        else html.Append("""<span class="muted" aria-label="not rated">–</span>""");
        return html.Append("</td>").ToString();
    }

    private void Play(StringBuilder html, FeatureRow row, TopClip top, string dataset) =>
        html.Append(CultureInfo.InvariantCulture, $"""<button class="play-button" aria-label="Play feature {row.Index}" title="Play (Space)" data-play="{Encoder.Encode(FeatureEndpoints.SoundAddress(dataset, top.Row))}" data-play-id="{Encoder.Encode(saeId)}/{row.Index}/0" data-play-from="{Listening.From(set, top)}" data-play-row>{PlayIcon}</button>""");

    private void Name(StringBuilder html, FeatureRow row)
    {
        html.Append(CultureInfo.InvariantCulture, $"""<td class="name-cell"><a href="{Encoder.Encode($"features/{saeId}/{row.Index}{query}")}" class="{(row.Label is null ? "name unnamed" : "name")}">""");
        Marked(html, row.Shown);
        html.Append(CultureInfo.InvariantCulture, $"""</a><span class="under"><span class="number">#{row.Index}</span>""");
        if (row.Suggestion is { } suggestion)
        {
            html.Append("<span class=\"hint\" title=\"").Append(Encoder.Encode(suggestion.Source)).Append("\">");
            if (row.Label is null) html.Append("suggested");
            else Marked(html, suggestion.Words);
            html.Append("</span>");
        }
        html.Append("</span>");
        if (why?.Invoke(row) is { } reason)
        {
            html.Append("<span class=\"why\">");
            Marked(html, reason);
            html.Append("</span>");
        }
        html.Append("</td>");
    }

    // No column is as wide; the whole caption is on the feature's page.
    private static string? Shortened(string? caption) => caption?.Length > MaxCaption ? $"{caption.AsSpan(0, char.IsHighSurrogate(caption[MaxCaption - 1]) ? MaxCaption - 1 : MaxCaption)}…" : caption;

    private void Marked(StringBuilder html, string? text)
    {
        foreach (var (part, isMark) in MarkedText.Split(text ?? "", marks))
        {
            if (isMark) html.Append("<mark>").Append(Encoder.Encode(part)).Append("</mark>");
            else html.Append(Encoder.Encode(part));
        }
    }
}
