using System.Globalization;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Web.Sounds;

/// <summary>The state of the search by sound: which sound, which moment of it, and how the features are ordered. All of it is in the URL.</summary>
public sealed record ListenQuery
{
    /// <summary>Seconds that a prompt is generated for, unless the URL says otherwise.</summary>
    public const double DefaultSeconds = 4;

    private const double MinSeconds = 1, MaxSeconds = 10;

    private const int DefaultRows = 20, MaxRows = 200;

    /// <summary>The names of the URL's parameters.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sound", "name", "clip", "take", "arm", "prompt", "seed", "seconds", "from", "to", "by", "all", "rows"];

    /// <summary>What is listened to; null: nothing is chosen yet.</summary>
    public SoundSource? Source { get; init; }

    /// <summary>What the file was called that a person brought; null: not known.</summary>
    public string? Name { get; init; }

    /// <summary>Where the moment begins, in seconds; null: at the beginning.</summary>
    public double? From { get; init; }

    /// <summary>Where it ends, in seconds; null: at the end.</summary>
    public double? To { get; init; }

    public FiringOrder By { get; init; }

    /// <summary>Whether features that the index's filter leaves out are listed too.</summary>
    public bool All { get; init; }

    /// <summary>How many features are listed at most.</summary>
    public int Rows { get; init; } = DefaultRows;

    /// <summary>Reads the URL's parameters. What makes no sense is left at its default.</summary>
    /// <param name="parameter">The value of a parameter, or null.</param>
    public static ListenQuery Parse(Func<string, string?> parameter)
    {
        var (from, to) = (Number(parameter("from")), Number(parameter("to")));
        return new ListenQuery
        {
            Source = SourceOf(parameter),
            Name = parameter("name") is { Length: > 0 } name ? name : null,
            From = from,
            To = to > (from ?? 0) ? to : null,
            By = EnumJson.Parse<FiringOrder>(parameter("by")) ?? default,
            All = parameter("all") == "1",
            Rows = int.TryParse(parameter("rows"), NumberStyles.None, CultureInfo.InvariantCulture, out var rows) && rows > 0 ? Math.Min(rows, MaxRows) : DefaultRows,
        };
    }

    /// <summary>The same as a query string, with its question mark; empty when all is at its default.</summary>
    public string ToQueryString()
    {
        var pairs = new List<(string Name, string? Value)>();
        switch (Source)
        {
            case BroughtSource sound:
                pairs.Add(("sound", sound.Id));
                pairs.Add(("name", Name));
                break;
            case ClipSource clip:
                pairs.Add(("clip", clip.Row.ToString(CultureInfo.InvariantCulture)));
                break;
            case TakeSource take:
                pairs.Add(("take", take.Take));
                pairs.Add(("arm", take.Arm));
                break;
            case PromptSource prompt:
                pairs.Add(("prompt", prompt.Prompt));
                pairs.Add(("seed", prompt.Seed.ToString(CultureInfo.InvariantCulture)));
                pairs.Add(("seconds", prompt.Seconds == DefaultSeconds ? null : Plain(prompt.Seconds)));
                break;
            default:
                break;
        }
        pairs.Add(("from", Plain(From)));
        pairs.Add(("to", Plain(To)));
        pairs.Add(("by", By == default ? null : By.Name()));
        pairs.Add(("all", All ? "1" : null));
        pairs.Add(("rows", Rows == DefaultRows ? null : Rows.ToString(CultureInfo.InvariantCulture)));
        var written = pairs.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}").ToList();
        return written.Count == 0 ? "" : "?" + string.Join('&', written);
    }

    /// <summary>Twenty more rows, as far as there may be.</summary>
    public ListenQuery More() => this with { Rows = Math.Min(MaxRows, Rows + DefaultRows) };

    private static SoundSource? SourceOf(Func<string, string?> parameter)
    {
        if (parameter("sound") is { } sound) return TemporarySounds.IsId(sound) ? new BroughtSource(sound) : null;
        if (parameter("clip") is { } clip) return SoundSource.Parse("clip-" + clip);
        if (parameter("take") is { } take) return SoundSource.Parse($"{take}.{parameter("arm") ?? TakeArms.Baseline}");
        if (parameter("prompt")?.Trim() is not { Length: > 0 and <= PresetLimits.MaxPrompt } prompt) return null;
        var seed = ulong.TryParse(parameter("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
        return new PromptSource(prompt, seed, Math.Clamp(Number(parameter("seconds")) ?? DefaultSeconds, MinSeconds, MaxSeconds));
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static string? Plain(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture);
}
