using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Labels;

/// <summary>How near one text is to what a feature sounds like.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Text">The label.</param>
/// <param name="LabelUtc">When the label was written.</param>
/// <param name="Excerpts">Excerpts of the feature's top clips.</param>
/// <param name="Cosine">Mean cosine of the text with them, −1 to 1.</param>
/// <param name="Floor">The same with excerpts of other features; null: there was no other labelled feature.</param>
public sealed record ClapScore(int Feature, string Text, DateTimeOffset LabelUtc, int Excerpts, double Cosine, double? Floor);

/// <summary>What the verb <c>clap-score --json</c> says of the labels of one SAE. All in memory. Immutable.</summary>
public sealed class ClapScores
{
    /// <summary>The largest file that is read: a score takes about 200 bytes.</summary>
    public const int MostBytes = 64 << 20;

    private const int HashLength = 64, MostText = 400, MostName = 200;

    private readonly Dictionary<int, List<ClapScore>> byFeature = [];

    private ClapScores(string saeHash, string model, string modelHash) => (SaeHash, Model, ModelHash) = (saeHash, model, modelHash);

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public string SaeHash { get; }

    /// <summary>The name of the CLAP model's folder.</summary>
    public string Model { get; }

    /// <summary>SHA-256 of the CLAP model's weights.</summary>
    public string ModelHash { get; }

    /// <summary>Scores there are.</summary>
    public int Count => byFeature.Values.Sum(list => list.Count);

    /// <summary>The scores of a feature's labels, each text once.</summary>
    public IReadOnlyList<ClapScore> Of(int feature) => byFeature.TryGetValue(feature, out var list) ? list : [];

    /// <summary>Reads what the verb wrote.</summary>
    /// <param name="place">Where it is from, for messages.</param>
    /// <param name="json">UTF-8.</param>
    /// <exception cref="UserException">It is not such JSON; the message names the member.</exception>
    public static ClapScores Parse(string place, ReadOnlySpan<byte> json)
    {
        if (json.Length > MostBytes) throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{place} has {json.Length:N0} bytes; {MostBytes:N0} is the most for scores."));
        JsonElement root;
        try
        {
            root = JsonSerializer.Deserialize<JsonElement>(json, JsonDefaults.Data);
        }
        catch (JsonException error)
        {
            throw new UserException($"{place} is not JSON: {JsonFile.Reason(error, typeof(JsonElement))} It is what the verb clap-score prints with --json.", error);
        }
        var reader = new JsonObjectReader(place, JsonObjectReader.RequireObject(place, root, "what the verb clap-score prints with --json"));
        var (sae, modelHash) = (Hash(reader, "sae"), Hash(reader, "modelHash"));
        var model = Path.GetFileName(Path.TrimEndingDirectorySeparator(reader.Text("model")));
        var scores = new ClapScores(sae, model.Length is > 0 and <= MostName ? model : "CLAP", modelHash);
        var newest = new Dictionary<(int, string), ClapScore>();
        foreach (var each in reader.Objects("labels"))
        {
            var text = each.Text("text");
            if (text.Length is 0 or > MostText) throw each.Wrong("text", $": expected 1 to {MostText} characters.");
            if (!DateTimeOffset.TryParse(each.Text("at"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) throw each.Wrong("at", ": expected a time, such as 2026-11-23T10:15:02.123Z.");
            var score = new ClapScore(each.Integer("feature", min: 0), text, at, each.Integer("excerpts", min: 1), Cosine(each, "cosine") ?? throw each.Wrong("cosine", ": expected a number from -1 to 1."), Cosine(each, "floor"));
            // A label that was written, changed and written again has several revisions of one text, and one score.
            if (!newest.TryGetValue((score.Feature, text), out var other) || other.LabelUtc <= at) newest[(score.Feature, text)] = score;
        }
        foreach (var score in newest.Values.OrderBy(score => score.LabelUtc).ThenBy(score => score.Text, StringComparer.Ordinal))
        {
            if (!scores.byFeature.TryGetValue(score.Feature, out var list)) scores.byFeature[score.Feature] = list = [];
            list.Add(score);
        }
        return scores;
    }

    private static string Hash(JsonObjectReader reader, string name)
    {
        var hash = reader.Text(name);
        return IsHash(hash) ? hash : throw reader.Wrong(name, ": expected a SHA-256 of 64 digits.");
    }

    /// <summary>Whether a text is a SHA-256 as hashes are written here: it can then be the name of a folder.</summary>
    public static bool IsHash(string text) => text.Length == HashLength && text.All(char.IsAsciiHexDigitLower);

    // Rounding may leave a cosine of 1 a little above it.
    private static double? Cosine(JsonObjectReader reader, string name) => reader.NumberOrNone(name) switch
    {
        null => null,
        >= -1.001 and <= 1.001 and var value => Math.Clamp(value, -1, 1),
        _ => throw reader.Wrong(name, ": expected a number from -1 to 1."),
    };
}
