namespace SaeDashboard.Storage;

/// <summary>What an annotator sees first.</summary>
public enum QueueMode
{
    /// <summary>The clips; the suggested label is shown when something is typed.</summary>
    BlindFirst,

    /// <summary>The suggested label with the clips.</summary>
    LabelFirst,
}

/// <summary>What a person says of a feature's suggested label.</summary>
public enum AnnotationVerdict
{
    /// <summary>The label is right.</summary>
    Accept,

    /// <summary>Another label is right, which the person gives.</summary>
    Edit,

    /// <summary>The label is wrong, and the person knows no better one.</summary>
    Reject,

    /// <summary>The feature has several meanings.</summary>
    Split,

    /// <summary>The clips have nothing in common that can be heard.</summary>
    Uninterpretable,

    /// <summary>The person cannot say.</summary>
    Unsure,
}

/// <summary>What a person says of a clip that they were not shown the label by.</summary>
public enum ClipJudgement
{
    /// <summary>The label fits the clip.</summary>
    Fits,

    /// <summary>It does not.</summary>
    DoesNotFit,

    /// <summary>The person cannot say.</summary>
    Unsure,
}

/// <summary>What an annotation counts as.</summary>
public enum AnnotationKind
{
    /// <summary>One person's work on an item of a queue.</summary>
    Annotation,

    /// <summary>A practice item: it counts nowhere.</summary>
    Practice,

    /// <summary>A third person's decision on an item on which annotators disagree.</summary>
    Adjudication,
}

/// <summary>Where an item is.</summary>
public enum ItemState
{
    /// <summary>Fewer people have judged it than the queue asks for.</summary>
    Open,

    /// <summary>All who judged it agree.</summary>
    Agreed,

    /// <summary>They disagree: it waits for an adjudicator.</summary>
    Disagreed,

    /// <summary>A third person decided.</summary>
    Adjudicated,
}

/// <summary>A person's vote on one clip.</summary>
/// <param name="Row">The clip's row in the queue's dataset.</param>
/// <param name="Vote">The vote.</param>
public sealed record ClipVote(int Row, ClipJudgement Vote);

/// <summary>An item whose answer is known: a gold item, or a practice item.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Verdict">The expected verdict.</param>
/// <param name="Clips">The expected votes; may be empty.</param>
/// <param name="Why">Why, for a practice item; null: nothing is said.</param>
public sealed record ReferenceItem(int Feature, AnnotationVerdict Verdict, IReadOnlyList<ClipVote> Clips, string? Why = null);

/// <summary>What a queue is, apart from its id, its author and its times.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="DatasetHash">SHA-256 of the dataset whose clips are judged.</param>
/// <param name="Features">The features in their order, without the gold and practice items.</param>
/// <param name="Mode">What an annotator sees first.</param>
/// <param name="Guidelines">What annotators should know; may have several lines, or be empty.</param>
/// <param name="Overlap">How many people judge each item.</param>
/// <param name="Gold">Items that everybody gets, mixed into the others without a sign.</param>
/// <param name="Practice">Items that everybody begins with.</param>
public sealed record QueueContent(
    string Name, string SaeHash, string DatasetHash, IReadOnlyList<int> Features, QueueMode Mode, string Guidelines, int Overlap,
    IReadOnlyList<ReferenceItem> Gold, IReadOnlyList<ReferenceItem> Practice);

/// <summary>A queue of features that people annotate.</summary>
/// <param name="Id">Its id, the same on every machine.</param>
/// <param name="Content">What it is.</param>
/// <param name="AuthorId">Who made it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="ChangedUtc">When it was last changed.</param>
/// <param name="Version">1, and one more for each change.</param>
/// <param name="ArchivedUtc">When it was archived; null: it is open.</param>
public sealed record QueueRow(
    string Id, QueueContent Content, string AuthorId, string Author, DateTimeOffset CreatedUtc, DateTimeOffset ChangedUtc, int Version, DateTimeOffset? ArchivedUtc);

/// <summary>One person's work on one item, as it was sent.</summary>
/// <param name="Queue">The queue's id.</param>
/// <param name="Feature">The item: a feature of the queue.</param>
/// <param name="Kind">What it counts as.</param>
/// <param name="Verdict">What is said of the label.</param>
/// <param name="Clips">Votes on clips, by row.</param>
/// <param name="Label">The label that is accepted or given; null: none.</param>
/// <param name="Specificity">1 (fits nearly everything) to 5 (fits this feature alone); null: not said.</param>
/// <param name="Tags">Words that the person gives it.</param>
/// <param name="Note">A note; null: none.</param>
/// <param name="SeenRevision">The label's revision that the person saw; 0: there was no label; null: not known.</param>
/// <param name="Seconds">How long they worked on it, in seconds.</param>
/// <param name="WritesLabel">Whether a label that is accepted or given becomes the feature's label.</param>
/// <param name="Shown">The label, or the suggestion, that the person was shown; null: none, or not known.</param>
public sealed record AnnotationContent(
    string Queue, int Feature, AnnotationKind Kind, AnnotationVerdict Verdict, IReadOnlyList<ClipVote> Clips, string? Label, int? Specificity, IReadOnlyList<string> Tags,
    string? Note, long? SeenRevision, double Seconds, bool WritesLabel = true, string? Shown = null);

/// <summary>An annotation that is kept.</summary>
/// <param name="Id">Its id, which the browser made.</param>
/// <param name="Content">What was sent.</param>
/// <param name="AuthorId">Who sent it.</param>
/// <param name="Author">Their name.</param>
/// <param name="CreatedUtc">When it was kept.</param>
/// <param name="WithdrawnUtc">When it was withdrawn; null: it counts.</param>
/// <param name="Revision">The label's revision that it wrote; null: it wrote none, or that was undone.</param>
public sealed record AnnotationRow(
    string Id, AnnotationContent Content, string AuthorId, string Author, DateTimeOffset CreatedUtc, DateTimeOffset? WithdrawnUtc, long? Revision);

/// <summary>One item of a queue with what people said of it.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="State">Where it is.</param>
/// <param name="Annotations">What annotators said, oldest first, without what was withdrawn.</param>
/// <param name="Adjudication">The decision; null: none.</param>
public sealed record QueueItem(int Feature, ItemState State, IReadOnlyList<AnnotationRow> Annotations, AnnotationRow? Adjudication);

/// <summary>Why an annotation was not kept.</summary>
public enum AnnotationConflict
{
    /// <summary>The id is of an annotation that says something else.</summary>
    OtherContent,

    /// <summary>The person has judged the item already.</summary>
    JudgedAlready,

    /// <summary>As many people as the queue asks for have judged it meanwhile.</summary>
    Full,

    /// <summary>The item does not wait for an adjudicator, or another person decided it meanwhile.</summary>
    NotWaiting,

    /// <summary>An adjudicator is a person who has not judged the item.</summary>
    OwnItem,
}

/// <summary>An annotation meets another one; nothing of it was kept.</summary>
/// <param name="reason">Which way.</param>
/// <param name="message">The same for a person.</param>
/// <param name="current">The annotation that is there; null: none in particular.</param>
public sealed class AnnotationConflictException(AnnotationConflict reason, string message, AnnotationRow? current = null) : Exception(message)
{
    /// <summary>Which way.</summary>
    public AnnotationConflict Reason { get; } = reason;

    /// <summary>The annotation that is there; null: none in particular.</summary>
    public AnnotationRow? Current { get; } = current;
}
