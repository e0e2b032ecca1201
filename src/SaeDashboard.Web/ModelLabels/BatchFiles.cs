using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Labelling.Batches;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>The states of a labelling batch.</summary>
public enum BatchState
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>The model is being asked.</summary>
    Running,

    /// <summary>The day's cap is reached. It continues by itself when the next day (UTC) has begun.</summary>
    Capped,

    /// <summary>Every feature has a label, or a reason why not.</summary>
    Done,

    /// <summary>A person stopped it.</summary>
    Cancelled,

    /// <summary>The provider refuses all requests, or something that it needs is missing.</summary>
    Failed,

    /// <summary>The site ended while it was running.</summary>
    Interrupted,
}

/// <summary>batch.json: what a labelling batch is, and how far it was when its state last changed.</summary>
public sealed record BatchFile
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Its id: the name of its folder, and of its requests in the journal.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>SHA-256 of the SAE's weights.</summary>
    public required string SaeHash { get; init; }

    /// <summary>SHA-256 of the dataset that its clips are of.</summary>
    public required string DatasetHash { get; init; }

    /// <summary>The features, in order.</summary>
    public required IReadOnlyList<int> Features { get; init; }

    /// <summary>Whether the labels are tested by the model as their judge.</summary>
    public required bool Test { get; init; }

    /// <summary>Template and model of the labels.</summary>
    public required string LabelVersion { get; init; }

    /// <summary>Template and model of the judgements.</summary>
    public required string JudgeVersion { get; init; }

    public required string Author { get; init; }

    public required string AuthorId { get; init; }

    public required DateTimeOffset CreatedUtc { get; init; }

    /// <summary>When it was last put into the queue.</summary>
    public required DateTimeOffset QueuedUtc { get; init; }

    /// <summary>When its state last changed.</summary>
    public required DateTimeOffset ChangedUtc { get; init; }

    public required BatchState State { get; init; }

    /// <summary>Why it failed or waits; null: there is nothing to say.</summary>
    public string? Message { get; init; }

    /// <summary>US dollars so far, when the state last changed.</summary>
    public decimal Dollars { get; init; }

    /// <summary>Features with a label, with a fault, and with a tested label, when the state last changed.</summary>
    public int Labelled { get; init; }

    /// <inheritdoc cref="Labelled"/>
    public int Faults { get; init; }

    /// <inheritdoc cref="Labelled"/>
    public int Tested { get; init; }
}

/// <summary>What a line of labels.jsonl says.</summary>
public enum BatchLineKind
{
    /// <summary>The label of a feature, or why it has none.</summary>
    Label,

    /// <summary>The detection score of a feature's label, or why it has none.</summary>
    Test,

    /// <summary>The detection score that another feature's label has on this feature's clips.</summary>
    Floor,
}

/// <summary>A line of labels.jsonl: what came of a feature. A later line of the same kind and feature replaces an earlier one.</summary>
public sealed record BatchLine
{
    public required BatchLineKind Kind { get; init; }

    public required int Feature { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The label; null: see <see cref="Fault"/>.</summary>
    public string? Text { get; init; }

    /// <summary>What the model says supports it.</summary>
    public string? Description { get; init; }

    /// <summary>What the model says of its own label, 0 to 1.</summary>
    public double? Confidence { get; init; }

    /// <summary>SHA-256 of what the label was made from.</summary>
    public string? Hash { get; init; }

    /// <summary>The detection score.</summary>
    public DetectionScore? Detection { get; init; }

    /// <summary>Why there is no label, or no score.</summary>
    public string? Fault { get; init; }

    internal static BatchLine Of(BatchLabel label, DateTimeOffset now) => new()
    {
        Kind = BatchLineKind.Label, Feature = label.Feature, At = now, Text = label.Answer?.Label, Description = label.Answer?.Description, Confidence = label.Answer?.Confidence,
        Hash = label.Hash.Length == 0 ? null : label.Hash, Fault = label.Fault,
    };

    internal static BatchLine Of(JudgedLabel judged, BatchLineKind kind, DateTimeOffset now) =>
        new() { Kind = kind, Feature = judged.Label.Feature, At = now, Text = judged.Label.Text, Detection = judged.Score, Fault = judged.Fault };
}

/// <summary>Reads and writes the folder of a batch.</summary>
internal static class BatchFolder
{
    public const string BatchName = "batch.json", LabelsName = "labels.jsonl";

    /// <summary>The kind of a batch's id.</summary>
    public const string IdKind = "batch";

    // 32,768 features, and three lines of at most some kilobytes for each.
    private const long MostBatchBytes = 4 << 20, MostLabelBytes = 512L << 20;

    /// <summary>Writes batch.json, whole or not at all.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(string folder, BatchFile batch) => AtomicFile.WriteJson(Path.Combine(folder, BatchName), batch);

    /// <summary>Reads batch.json and labels.jsonl.</summary>
    /// <exception cref="UserException">One of them is damaged, too large, or of a newer program.</exception>
    public static (BatchFile Batch, IReadOnlyList<BatchLine> Lines) Read(string folder)
    {
        var path = Path.Combine(folder, BatchName);
        if (FileLook.At(path) is { Length: > MostBatchBytes } large) throw new UserException($"{path} has {large.Length} bytes; a batch has at most {MostBatchBytes}.");
        var batch = JsonFile.Read<BatchFile>(path);
        if (batch.Version != BatchFile.CurrentVersion) throw new UserException($"{path} has version {batch.Version}; this program reads {BatchFile.CurrentVersion}: update the program.");
        if (batch.Id != Path.GetFileName(folder) || !Ids.IsValid(IdKind, batch.Id)) throw new UserException($"{path} is of the batch “{batch.Id}”; its folder has another name.");
        if (batch.Features.Count == 0 || batch.Features.Any(feature => feature < 0)) throw new UserException($"{path} has no features, or one below 0.");
        var lines = Path.Combine(folder, LabelsName);
        if (FileLook.At(lines) is not { } look) return (batch, []);
        if (look.Length > MostLabelBytes) throw new UserException($"{lines} has {look.Length} bytes; the labels of a batch have at most {MostLabelBytes}.");
        return (batch, [.. JsonLines.Read<BatchLine>(lines, tolerateTornEnd: true)]);
    }
}
