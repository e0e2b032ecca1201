using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Annotation;

/// <summary>
/// Comments on spans of a clip as an Audacity label track: a line a label, with start and end in seconds and the text, separated by tabs
/// (<see href="https://manual.audacityteam.org/man/importing_and_exporting_labels.html"/>). The text begins with the feature: <c>#1337 only the last hit</c>.
/// </summary>
internal static class AudacityLabels
{
    /// <summary>The most labels of one file.</summary>
    public const int MaxLabels = 2000;

    // A point becomes a span of this many seconds: a comment is on something that can be heard.
    private const double PointSeconds = 0.1;

    /// <summary>The label track of a clip.</summary>
    /// <param name="comments">The comments of an SAE's features.</param>
    /// <param name="dataset">SHA-256 of the dataset.</param>
    /// <param name="row">The clip.</param>
    /// <param name="seconds">Its length, for comments on the whole clip.</param>
    public static string Export(IEnumerable<FeatureComment> comments, string dataset, int row, double seconds)
    {
        var text = new StringBuilder();
        var spans = comments.Where(comment => comment.Anchor is { } anchor && anchor.Dataset == dataset && anchor.Row == row).Select(comment => (From: comment.Anchor!.From ?? 0, To: comment.Anchor.To ?? seconds, Comment: comment));
        foreach (var (from, to, comment) in spans.OrderBy(span => span.From).ThenBy(span => span.To).ThenBy(span => span.Comment.Id, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{from:F6}\t{to:F6}\t#{comment.Key.Feature} {OneLine(comment.Text)}\n");
        return text.ToString();
    }

    /// <summary>The labels of a file.</summary>
    /// <param name="text">The file.</param>
    /// <param name="feature">The feature of labels that name none; null: each has to.</param>
    /// <param name="features">How many features the SAE has.</param>
    /// <param name="seconds">The clip's length.</param>
    /// <exception cref="UserException">A line is wrong; the message has its number.</exception>
    public static IReadOnlyList<SpanLabel> Read(string text, int? feature, int features, double seconds)
    {
        var labels = new List<SpanLabel>();
        var number = 0;
        foreach (var line in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var trimmed = line.TrimEnd('\r');
            // A backslash begins the frequencies of the label before.
            if (string.IsNullOrWhiteSpace(trimmed) || trimmed.StartsWith('\\')) continue;
            if (labels.Count == MaxLabels) throw new UserException($"The file has more than {MaxLabels} labels.");
            labels.Add(Label(trimmed.Split('\t', 3), number, feature, features, seconds));
        }
        return labels;
    }

    /// <summary>A comment's text as a line of a label track has it.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split(['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static SpanLabel Label(string[] cells, int number, int? feature, int features, double seconds)
    {
        if (cells.Length < 3) throw new UserException($"Line {number} is not start, end and text, separated by tabs, with times in seconds such as 3.200000. Nothing was imported.");
        if (!Seconds(cells[0], out var from)) throw new UserException($"Line {number}, column 1 (start): “{cells[0]}” is not a time in seconds such as 3.200000. Nothing was imported.");
        if (!Seconds(cells[1], out var to)) throw new UserException($"Line {number}, column 2 (end): “{cells[1]}” is not a time in seconds such as 5.000000. Nothing was imported.");
        if (!(from >= 0 && to >= from && to <= seconds + PointSeconds)) throw new UserException(FormattableString.Invariant($"Line {number}, columns 1 and 2: the span is {from} to {to} s; the clip has {seconds:0.##} s."));
        to = Math.Min(to, seconds);
        if (to - from < PointSeconds / 10) (from, to) = (Math.Min(from, seconds - PointSeconds), Math.Min(from, seconds - PointSeconds) + PointSeconds);
        var text = cells[2].Trim();
        if (text.StartsWith('#'))
        {
            var end = text.IndexOf(' ', StringComparison.Ordinal);
            if (!int.TryParse(text.AsSpan(1, (end < 0 ? text.Length : end) - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var named)) throw new UserException($"Line {number}, column 3 (text): “{text}” begins with # and no feature's number, such as #1337.");
            (feature, text) = (named, end < 0 ? "" : text[end..].Trim());
        }
        if (feature is not { } of) throw new UserException($"Line {number}, column 3 (text) names no feature: begin the text with its number, such as #1337, or give feature.");
        if (of >= features) throw new UserException($"Line {number}, column 3 (text): the SAE has no feature {of}; it has features 0 to {features - 1}.");
        return new SpanLabel(of, from, to, text.Length > 0 ? text : throw new UserException($"Line {number}, column 3 (text) has no text."));
    }

    private static bool Seconds(string text, out double seconds) => double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds) && double.IsFinite(seconds);
}

/// <summary>A label of an Audacity label track.</summary>
/// <param name="Feature">The feature it is about.</param>
/// <param name="From">Start, in seconds.</param>
/// <param name="To">End, in seconds.</param>
/// <param name="Text">What it says.</param>
internal sealed record SpanLabel(int Feature, double From, double To, string Text);
