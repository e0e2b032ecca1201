using System.Text.Json.Serialization;

namespace SaeDashboard.Contracts;

/// <summary>What is done with a sound that the table of captions does not name, or names without a caption.</summary>
public enum MissingCaption
{
    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>It becomes clips with an empty caption.</summary>
    Empty,
}

/// <summary>Why a file or a row was not imported. The words are in <see cref="ImportWords"/>.</summary>
public enum ImportRefusalReason
{
    /// <summary>The sound ends before the end that its file announces.</summary>
    Truncated,

    /// <summary>It holds no sound, or a sound that cannot be read.</summary>
    NotAudio,

    /// <summary>The sound is shorter than the shortest clip.</summary>
    TooShort,

    /// <summary>It is read through ffmpeg, which is not installed.</summary>
    NeedsFfmpeg,

    /// <summary>A row of the table of captions cannot be read.</summary>
    UnreadableRow,

    /// <summary>A row names a file that does not exist.</summary>
    RowWithoutFile,

    /// <summary>A sound that no row names, or whose caption is empty.</summary>
    FileWithoutCaption,

    /// <summary>A second row of the same file.</summary>
    Duplicate,

    /// <summary>The column of splits holds none of the three splits.</summary>
    UnknownSplit,

    /// <summary>The file, or the row's path, is outside the folder.</summary>
    Outside,

    /// <summary>The file cannot be opened or read.</summary>
    Unreadable,

    /// <summary>A file whose name does not end as that of a sound, and that no row names.</summary>
    OtherFile,
}

/// <summary>The three splits' shares, in any unit: 80, 10 and 10, or 0.8, 0.1 and 0.1.</summary>
/// <param name="Train">Of `sae-train`.</param>
/// <param name="Select">Of `select`.</param>
/// <param name="Test">Of `test`.</param>
public sealed record ImportShares(double Train = 80, double Select = 10, double Test = 10)
{
    /// <summary>Why these shares cannot be used; null: they can.</summary>
    [JsonIgnore]
    public string? Problem => new[] { Train, Select, Test }.Any(share => !(share >= 0 && double.IsFinite(share))) ? "a share is a number, 0 or more"
        : !(Train > 0) ? "sae-train must have a share above 0" : null;
}

/// <summary>How a folder of sounds becomes a dataset: <c>import-dataset</c>, and the member "import" of a run's config.json.</summary>
public sealed record ImportPlan
{
    /// <summary>Clips shorter than this are rarely useful (s).</summary>
    public const double StandardMinSeconds = 1;

    /// <summary>The folder with the sounds. Absolute in a run's plan.</summary>
    public required string Folder { get; init; }

    /// <summary>The table of captions, relative to the folder or absolute: CSV or JSON Lines. Null: metadata.jsonl or metadata.csv of the folder, if there is one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Table { get; init; }

    /// <summary>The column with the files' names, relative to the table's folder. Null: file_name.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FileColumn { get; init; }

    /// <summary>The column with the captions. Null: the first of caption, text, description and prompt that is there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CaptionColumn { get; init; }

    /// <summary>A column whose equal values stay in one split (artist, album). Null: each file is a group of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? GroupColumn { get; init; }

    /// <summary>A column that names the splits. Null: they are drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SplitColumn { get; init; }

    /// <summary>The shares of clips that are drawn into each split.</summary>
    public ImportShares Shares { get; init; } = new();

    /// <summary>What the draw depends on.</summary>
    public long Seed { get; init; }

    /// <summary>The clips' length in seconds. Null: the longest window that the model was trained on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Seconds { get; init; }

    /// <summary>The shortest clip in seconds: a shorter sound is refused, a shorter rest of a sound is left out.</summary>
    public double MinSeconds { get; init; } = StandardMinSeconds;

    /// <summary>What becomes of sounds without a caption.</summary>
    public MissingCaption MissingCaption { get; init; }
}

/// <summary>A file or a row that was not imported: a line of refused.jsonl.</summary>
/// <param name="File">The file's path, relative to the folder; null: the row names none that can be read.</param>
/// <param name="Line">The line of the table, from 1; null: no row names it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">What is wrong with it, for a person.</param>
public sealed record ImportRefusal(string? File, long? Line, ImportRefusalReason Reason, string Detail);

/// <summary>What an import did: import.json of a dataset.</summary>
/// <param name="SchemaVersion">1.</param>
/// <param name="Id">Identifies the import.</param>
/// <param name="Folder">The name of the folder with the sounds.</param>
/// <param name="Table">The name of the table of captions; null: there was none.</param>
/// <param name="Plan">How it was done. The folder's path is left out.</param>
/// <param name="CodecHash">The codec that made the codes.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="ClipSeconds">The length of a whole clip (s).</param>
/// <param name="Files">Files that became clips.</param>
/// <param name="Clips">Clips.</param>
/// <param name="LeftOutSeconds">Seconds at the ends of sounds that were too short for a clip.</param>
/// <param name="Refused">How many files and rows were refused, by reason.</param>
/// <param name="Remarks">What ffmpeg reported of files that it could read all the same.</param>
public sealed record ImportReport(
    int SchemaVersion, string Id, string Folder, string? Table, ImportPlan Plan, string CodecHash, int SampleRate, double ClipSeconds, int Files, int Clips, double LeftOutSeconds,
    IReadOnlyDictionary<string, int> Refused, IReadOnlyList<string> Remarks)
{
    /// <summary>The file's name in a dataset.</summary>
    public const string FileName = "import.json";

    /// <summary>The name of the list of refused files and rows, <see cref="ImportRefusal"/> a line.</summary>
    public const string RefusedName = "refused.jsonl";
}

/// <summary>The reasons in words.</summary>
public static class ImportWords
{
    /// <summary>"cut short", "not a sound": for lists and counts.</summary>
    public static string Words(this ImportRefusalReason reason) => reason switch
    {
        ImportRefusalReason.Truncated => "cut short",
        ImportRefusalReason.NotAudio => "not a readable sound",
        ImportRefusalReason.TooShort => "too short",
        ImportRefusalReason.NeedsFfmpeg => "needs ffmpeg",
        ImportRefusalReason.UnreadableRow => "unreadable row",
        ImportRefusalReason.RowWithoutFile => "row without a file",
        ImportRefusalReason.FileWithoutCaption => "sound without a caption",
        ImportRefusalReason.Duplicate => "second row of a file",
        ImportRefusalReason.UnknownSplit => "unknown split",
        ImportRefusalReason.Outside => "outside the folder",
        ImportRefusalReason.Unreadable => "cannot be opened",
        ImportRefusalReason.OtherFile => "other file",
        _ => reason.Name(),
    };
}
