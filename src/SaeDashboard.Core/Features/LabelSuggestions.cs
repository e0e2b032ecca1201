using System.Text.Json;
using System.Text.Json.Serialization;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Features;

/// <summary>Programs that suggest labels.</summary>
public enum SuggestionMethod
{
    /// <summary>Words of the captions that separate the clips in which a feature fires from the rest.</summary>
    CaptionContrast,

    /// <summary>Descriptors of the sound that a feature's activation follows.</summary>
    DescriptorContrast,

    /// <summary>A language model that heard excerpts.</summary>
    LanguageModel,
}

/// <summary>How well a label tells the clips in which a feature fires from others, on clips that it was not made from.</summary>
/// <param name="Random">AUROC against clips drawn at random from those in which the feature is silent; ½ is chance; null: too few clips.</param>
/// <param name="NearMiss">AUROC against near misses; null: too few clips.</param>
/// <param name="Positives">Clips in which the feature fires.</param>
/// <param name="Randoms">Random clips.</param>
/// <param name="NearMisses">Near misses.</param>
public sealed record DetectionScore(double? Random, double? NearMiss, int Positives, int Randoms, int NearMisses)
{
    /// <summary>The mean of both AUROCs; one that is missing counts as chance.</summary>
    public double Mean() => ((NearMiss ?? 0.5) + (Random ?? 0.5)) / 2;
}

/// <summary>What a judge says of one clip.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Score">How well the label fits it, in the judge's own unit: larger fits better.</param>
public readonly record struct ClipScore(int Row, double Score);

/// <summary>A label that a program suggests for a feature. It is a label only once a person accepts it.</summary>
public sealed record LabelSuggestion
{
    public required int Feature { get; init; }

    /// <summary>The label.</summary>
    public required string Text { get; init; }

    public required SuggestionMethod Method { get; init; }

    /// <summary>The method's version: "caption-contrast 2", or a prompt and a model: "label-1 gemini-2.5-flash".</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of what it was made from, the first 16 digits: the same hash and version give the same label.</summary>
    public required string ContentHash { get; init; }

    /// <summary>How sure the method itself is, in its own unit. Captions: the AUROC on the clips that it was made from. Descriptors: the shift in standard deviations. A language model: what it says of itself, 0 to 1.</summary>
    public required double Confidence { get; init; }

    /// <summary>What supports it: "harpsichord: 21 of 32 clips, 4 of 32 near misses".</summary>
    public string? Evidence { get; init; }

    /// <summary>What it is worth on clips that it was not made from; null: not measured.</summary>
    public DetectionScore? Detection { get; init; }

    /// <summary>What the judge of <see cref="Detection"/> says of each clip, so that it can be compared with people on the clips that they heard; null: not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ClipScore>? Judged { get; init; }
}

/// <summary>What the words of captions were made from.</summary>
public enum CaptionSource
{
    /// <summary>The captions of the dataset.</summary>
    Captions,

    /// <summary>The dataset was not here: there are no words of captions.</summary>
    DatasetMissing,

    /// <summary>No clip of the dataset has a caption.</summary>
    NoCaptions,
}

/// <summary>What a file of suggestions was made for: its first line.</summary>
public sealed record LabelSuggestionsInfo
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the dataset.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>Mean detection scores of labels that were exchanged between features: what a label that means nothing scores. For each method that was tested.</summary>
    public IReadOnlyDictionary<string, DetectionScore> Floor { get; init; } = new Dictionary<string, DetectionScore>();

    /// <summary>What its words of captions were made from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public CaptionSource Captions { get; init; }

    /// <summary>The clips that labels were made from and tested on (<see cref="DetectionClipsInfo.Choice"/>); null: there were none, and nothing was tested.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Clips { get; init; }

    /// <summary>Suggestions that follow, one a line.</summary>
    public required int Count { get; init; }
}

/// <summary>
/// Suggested labels of an SAE's features: suggestions.jsonl in the folder of its index, a file of its own that is missing where none were made. The
/// first line says what it was made for, each further line is a suggestion, by feature. All in memory. Immutable.
/// </summary>
public sealed class LabelSuggestions
{
    public const string FileName = "suggestions.jsonl";

    private const string MakeAgain = "delete it; an index works without suggestions.";

    // A suggestion is about 400 bytes, and a feature has a few: 64 MiB are 100,000 features.
    private const long MostBytes = 64L << 20;
    private const int MostPerFeature = 16, MostShort = 200, MostEvidence = 2000, MostJudged = 768;

    /// <summary>The least mean detection score of a label that a feature can be called by. A label that was tested and scores less is worth less than one that was not tested.</summary>
    public const double Sure = 0.6;

    private readonly Dictionary<int, List<LabelSuggestion>> byFeature;

    private LabelSuggestions(LabelSuggestionsInfo info, Dictionary<int, List<LabelSuggestion>> byFeature) => (Info, this.byFeature) = (info, byFeature);

    public LabelSuggestionsInfo Info { get; }

    /// <summary>The features that have a suggestion.</summary>
    public IReadOnlyCollection<int> Features => byFeature.Keys;

    /// <summary>The suggestions for a feature, the one to show first first: those that passed their test, then those of a language model, then by their detection score (the mean of both AUROCs; <see cref="Sure"/> where it was not tested).</summary>
    public IReadOnlyList<LabelSuggestion> Of(int feature) => byFeature.TryGetValue(feature, out var found) ? found : [];

    /// <summary>Whether a feature can be called by it: it scores at least <see cref="Sure"/>, or comes from a language model that heard the feature and was not tested.</summary>
    public static bool IsSure(LabelSuggestion suggestion) => HasPassed(suggestion) || suggestion is { Detection: null, Method: SuggestionMethod.LanguageModel };

    /// <summary>Whether it was tested and scores at least <see cref="Sure"/>. What a language model says of its own label is no test: a name with figures stays in front of one without.</summary>
    private static bool HasPassed(LabelSuggestion suggestion) => suggestion.Detection?.Mean() >= Sure;

    /// <summary>The order of the suggestions for one feature: <see cref="Of"/>.</summary>
    public static int Compare(LabelSuggestion one, LabelSuggestion other) =>
        (HasPassed(other), other.Method == SuggestionMethod.LanguageModel, Worth(other)).CompareTo((HasPassed(one), one.Method == SuggestionMethod.LanguageModel, Worth(one))) is not 0 and var order ? order : one.Method.CompareTo(other.Method);

    /// <summary>Opens the file of a folder; null when there is none.</summary>
    /// <param name="folder">The index's folder, or another that has suggestions for it.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <param name="anyDataset">Whether suggestions that were made with another dataset are read too: what a language model heard in it is true of the feature all the same.</param>
    /// <exception cref="UserException">It is too large, damaged, of a newer program, of other weights or of another dataset; the message names the line.</exception>
    public static LabelSuggestions? Open(string folder, FeatureIndexInfo index, bool anyDataset = false)
    {
        var path = Path.Combine(folder, FileName);
        if (FileLook.At(path) is not { } look) return null;
        if (look.Length > MostBytes) throw new UserException($"{path} has {look.Length} bytes; suggestions have at most {MostBytes}: {MakeAgain}");
        LabelSuggestionsInfo? info = null;
        var byFeature = new Dictionary<int, List<LabelSuggestion>>();
        var count = 0;
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: false))
        {
            if (info is null)
            {
                info = Parse<LabelSuggestionsInfo>(path, number, line);
                Check(path, info, index, anyDataset);
                continue;
            }
            var suggestion = Parse<LabelSuggestion>(path, number, line);
            if (Fault(suggestion, index.Features) is { } fault) throw new UserException($"{path} line {number}: {fault}: {MakeAgain}");
            if (!byFeature.TryGetValue(suggestion.Feature, out var list)) byFeature[suggestion.Feature] = list = [];
            if (list.Count == MostPerFeature) throw new UserException($"{path} line {number}: feature {suggestion.Feature} has more than {MostPerFeature} suggestions: {MakeAgain}");
            list.Add(suggestion);
            count++;
        }
        if (info is null) throw new UserException($"{path} is empty: {MakeAgain}");
        if (count != info.Count) throw new UserException($"{path} has {count} suggestions, and its first line says {info.Count}: {MakeAgain}");
        return Ordered(info, byFeature);
    }

    /// <summary>What the file of a folder was made for: its first line alone; null: there is no file.</summary>
    /// <exception cref="UserException">It is damaged, too large, or of a newer program.</exception>
    public static LabelSuggestionsInfo? ReadInfo(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (FileLook.At(path) is not { } look) return null;
        if (look.Length > MostBytes) throw new UserException($"{path} has {look.Length} bytes; suggestions have at most {MostBytes}: {MakeAgain}");
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: false))
        {
            var info = Parse<LabelSuggestionsInfo>(path, number, line);
            return info.Version == LabelSuggestionsInfo.CurrentVersion ? info : throw new UserException($"{path} has version {info.Version}; this program reads {LabelSuggestionsInfo.CurrentVersion}: update the program, or {MakeAgain}");
        }
        throw new UserException($"{path} is empty: {MakeAgain}");
    }

    /// <summary>Writes the file into the folder of an index, whole or not at all: ordered by feature, so the same suggestions are the same bytes.</summary>
    /// <exception cref="ArgumentException">A suggestion is not one that could be read again.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string folder, LabelSuggestionsInfo info, int features, IReadOnlyCollection<LabelSuggestion> suggestions)
    {
        foreach (var suggestion in suggestions)
        {
            if (Fault(suggestion, features) is { } fault) throw new ArgumentException($"The suggestion for feature {suggestion.Feature}: {fault}.", nameof(suggestions));
        }
        AtomicFile.Write(Path.Combine(folder, FileName), stream =>
        {
            Line(stream, info with { Count = suggestions.Count });
            foreach (var suggestion in suggestions.OrderBy(each => each.Feature).ThenBy(each => each.Method).ThenBy(each => each.Version, StringComparer.Ordinal)) Line(stream, suggestion);
        });
    }

    /// <summary>Adds suggestions to the file of a folder, which is made if it is missing. One of the same feature, method and version is replaced.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="index">What the index was measured on.</param>
    /// <param name="added">What to add.</param>
    /// <param name="anyDataset">Whether what is there may be of another dataset.</param>
    /// <exception cref="UserException">The file that is there cannot be read, or it cannot be written.</exception>
    public static void Add(string folder, FeatureIndexInfo index, IReadOnlyCollection<LabelSuggestion> added, bool anyDataset = false)
    {
        var there = Open(folder, index, anyDataset);
        var all = new Dictionary<(int, SuggestionMethod, string), LabelSuggestion>();
        foreach (var suggestion in (there?.byFeature.Values.SelectMany(list => list) ?? []).Concat(added)) all[(suggestion.Feature, suggestion.Method, suggestion.Version)] = suggestion;
        Write(folder, there?.Info ?? new LabelSuggestionsInfo { SaeHash = index.SaeHash, DatasetHash = index.DatasetHash, Count = 0 }, index.Features, all.Values);
    }

    private static void Line<T>(Stream stream, T value)
    {
        JsonSerializer.Serialize(stream, value, JsonDefaults.Lines);
        stream.WriteByte((byte)'\n');
    }

    private static LabelSuggestions Ordered(LabelSuggestionsInfo info, Dictionary<int, List<LabelSuggestion>> byFeature)
    {
        foreach (var list in byFeature.Values) list.Sort(Compare);
        return new LabelSuggestions(info, byFeature);
    }

    private static double Worth(LabelSuggestion suggestion) => suggestion.Detection?.Mean() ?? Sure;

    private static T Parse<T>(string path, int number, JsonElement line)
    {
        try
        {
            return line.Deserialize<T>(JsonDefaults.Lines) ?? throw new UserException($"{path} line {number}: null: {MakeAgain}");
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} line {number}: {JsonFile.Reason(error, typeof(T))}: {MakeAgain}", error);
        }
    }

    private static void Check(string path, LabelSuggestionsInfo info, FeatureIndexInfo index, bool anyDataset)
    {
        if (info.Version != LabelSuggestionsInfo.CurrentVersion) throw new UserException($"{path} has version {info.Version}; this program reads {LabelSuggestionsInfo.CurrentVersion}: update the program, or {MakeAgain}");
        if (info.SaeHash != index.SaeHash || (info.DatasetHash != index.DatasetHash && !anyDataset)) throw new UserException($"{path} was made for other weights or another dataset than the index of {index.Features} features: {MakeAgain}");
    }

    private static string? Fault(LabelSuggestion suggestion, int features)
    {
        if ((uint)suggestion.Feature >= (uint)features) return $"feature {suggestion.Feature}, and there are features 0 … {features - 1}";
        if (!Enum.IsDefined(suggestion.Method)) return "an unknown method";
        if (suggestion.Version.Length is 0 or > MostShort || suggestion.ContentHash.Length is 0 or > MostShort || suggestion.Evidence?.Length > MostEvidence) return "a text that is too long or missing";
        if (!double.IsFinite(suggestion.Confidence)) return "a confidence that is not a number";
        if (suggestion.Detection is { } score && (Wrong(score.Random) || Wrong(score.NearMiss))) return "a score outside 0 to 1";
        if (suggestion.Judged is { } judged && (judged.Count > MostJudged || judged.Any(clip => clip.Row < 0 || !double.IsFinite(clip.Score)))) return "a judged clip that cannot be";
        try
        {
            return PersonText.Name(suggestion.Text, "the label", PersonText.MaxLabel) == suggestion.Text ? null : "a label with spaces around it";
        }
        catch (UserException error)
        {
            return error.Message.TrimEnd('.');
        }
    }

    private static bool Wrong(double? auroc) => auroc is { } value && value is not (>= 0 and <= 1);
}
