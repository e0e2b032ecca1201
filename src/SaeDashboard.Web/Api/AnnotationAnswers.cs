using SaeDashboard.Core.Features;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Api;

/// <summary>One person's work on one item of a queue, or a third person's decision on it.</summary>
/// <param name="Id">Its id, a UUID that the sender made.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Feature">The item. <example>1337</example></param>
/// <param name="Kind">Annotation, practice (counts nowhere) or adjudication (a third person's decision).</param>
/// <param name="Verdict">What is said of the label.</param>
/// <param name="Label">The label that is accepted or given; null: none. <example>taiko drums</example></param>
/// <param name="Clips">Votes on clips, by row.</param>
/// <param name="Specificity">1 (fits nearly everything) to 5 (fits this feature alone); null: not said. <example>4</example></param>
/// <param name="Tags">Words that the person gives it.</param>
/// <param name="Note">A note; null: none.</param>
/// <param name="SeenRevision">The label's revision that the person saw; 0: there was no label; null: not known.</param>
/// <param name="Seconds">How long they worked on it, in seconds. <example>17.5</example></param>
/// <param name="WritesLabel">Whether its label may become the feature's.</param>
/// <param name="Author">Who sent it.</param>
/// <param name="Mine">Whether you sent it: an annotation is withdrawn by its author.</param>
/// <param name="CreatedUtc">When it was kept.</param>
/// <param name="WithdrawnUtc">When it was withdrawn; null: it counts.</param>
/// <param name="Revision">The label's revision that it wrote; null: it wrote none, or that was undone.</param>
/// <param name="Expected">The known answer, of a practice item alone.</param>
/// <param name="Shown">The label, or the suggestion, that the person was shown; null: none, or not known.</param>
/// <param name="LabelTakenBack">After a withdrawal: whether the label was put back to what it was before; false: another one came after it; null: it wrote none.</param>
public sealed record ApiAnnotation(
    string Id, string Queue, int Feature, AnnotationKind Kind, AnnotationVerdict Verdict, string? Label, IReadOnlyList<ApiClipVote> Clips, int? Specificity, IReadOnlyList<string> Tags, string? Note,
    long? SeenRevision, double Seconds, bool WritesLabel, string Author, bool Mine, DateTimeOffset CreatedUtc, DateTimeOffset? WithdrawnUtc, long? Revision, ApiReferenceItem? Expected = null, string? Shown = null, bool? LabelTakenBack = null)
{
    internal static string AddressOf(string id) => $"{ApiSetup.Root}/annotations/{id}";

    internal static ApiAnnotation Of(AnnotationRow row, Actor reader) => new(
        row.Id, row.Content.Queue, row.Content.Feature, row.Content.Kind, row.Content.Verdict, row.Content.Label, [.. row.Content.Clips.Select(ApiClipVote.Of)], row.Content.Specificity, row.Content.Tags,
        row.Content.Note, row.Content.SeenRevision, row.Content.Seconds, row.Content.WritesLabel, row.Author, row.AuthorId == reader.UserId, row.CreatedUtc, row.WithdrawnUtc, row.Revision, Shown: row.Content.Shown);
}

/// <summary>What there is for you in a queue now.</summary>
/// <param name="State">What: items to judge; practice items, before anything counts; noneLeft; othersAtWork, who hold all that is left; waitsForAdjudicator; archived.</param>
/// <param name="Items">The items, the one to show first; the others are there to be fetched ahead. All of them are yours until their leases end.</param>
/// <param name="Waiting">Where there is none: how many items wait for an adjudicator.</param>
/// <param name="ToDecide">Of these, how many you may decide: those that you have not judged.</param>
/// <param name="Progress">How far the queue is, and you in it.</param>
public sealed record ApiNextItems(WorkState State, IReadOnlyList<ApiQueueItem> Items, int Waiting, int ToDecide, ApiQueueProgress Progress);

/// <summary>One item of a queue as an annotator gets it. Nothing in it says whether it is a gold item, or why a clip is there.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Sae">The SAE's id.</param>
/// <param name="Practice">Whether it is a practice item.</param>
/// <param name="LeaseUtc">When your lease of it ends without a sign of work; null: you hold none.</param>
/// <param name="Suggestion">What a machine suggests as its label; null: nothing. In a queue that is blind first it is shown when the person has typed something.</param>
/// <param name="Label">The label that it has; null: none.</param>
/// <param name="LabelRevision">The label's revision, or 0: send it back as seenRevision.</param>
/// <param name="Examples">The clips that the label is made from, strongest first: to name it by, not to vote on.</param>
/// <param name="Clips">The clips to vote on, in your order: none of them is an example.</param>
/// <param name="Draft">Your draft of it, as you sent it; null: none.</param>
/// <param name="Mine">What you said of it; null: nothing yet.</param>
/// <param name="Problem">Why there are no clips; null: all is well.</param>
public sealed record ApiQueueItem(
    string Queue, int Feature, string? Sae, bool Practice, DateTimeOffset? LeaseUtc, string? Suggestion, ApiLabel? Label, long LabelRevision, IReadOnlyList<ApiExampleClip> Examples, IReadOnlyList<ApiVoteClip> Clips,
    System.Text.Json.JsonElement? Draft, ApiAnnotation? Mine, string? Problem);

/// <summary>A clip that a label is made from.</summary>
/// <param name="Number">Its number among the feature's clips: its address has the drawing of its wave and activation.</param>
/// <param name="Row">Its row in the dataset. <example>12</example></param>
/// <param name="PeakSeconds">When the feature is strongest in it, in seconds. <example>3.2</example></param>
/// <param name="Activation">How strong, in the SAE's own unit.</param>
/// <param name="Sound">Address of the WAV file; null: the dataset is not here.</param>
/// <param name="Drawing">Address of the drawing.</param>
public sealed record ApiExampleClip(int Number, int Row, double PeakSeconds, double Activation, string? Sound, string Drawing)
{
    internal static ApiExampleClip Of(string sae, FeatureSet set, int feature, int number, TopClip clip) => new(
        number, clip.Row, Math.Round(set.Seconds(clip.Column), 2), clip.Value, set.DatasetId is { } dataset ? "/" + FeatureEndpoints.SoundAddress(dataset, clip.Row) : null, "/" + FeatureEndpoints.ClipAddress(sae, feature, number));
}

/// <summary>A clip to vote on.</summary>
/// <param name="Row">Its row in the dataset: what a vote names. <example>12</example></param>
/// <param name="Seconds">Its length, in seconds; null: the dataset is not here. <example>10</example></param>
/// <param name="PlayFrom">Where listening begins, in seconds. <example>2.7</example></param>
/// <param name="Sound">Address of the WAV file; null: the dataset is not here.</param>
/// <param name="Peaks">Address of its wave; null: the dataset is not here.</param>
public sealed record ApiVoteClip(int Row, double? Seconds, double PlayFrom, string? Sound, string? Peaks)
{
    internal static ApiVoteClip Of(FeatureSet set, HeldOutClip clip) => new(
        clip.Row, set.Clip(clip.Row)?.Seconds, clip.PlayFrom, set.DatasetId is { } dataset ? "/" + FeatureEndpoints.SoundAddress(dataset, clip.Row) : null,
        set.DatasetId is { } id ? FormattableString.Invariant($"{ApiSetup.Root}/datasets/{id}/clips/{clip.Row}/peaks") : null);
}

/// <summary>A lease.</summary>
/// <param name="LeaseUtc">When it ends without a sign of work.</param>
public sealed record ApiLease(DateTimeOffset LeaseUtc);

/// <summary>An item that waits for an adjudicator.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="State">Where it is.</param>
/// <param name="Annotations">What annotators said, oldest first, to be shown next to each other.</param>
/// <param name="Adjudication">The decision; null: none yet.</param>
/// <param name="MayDecide">Whether you may decide it: you have not judged it.</param>
public sealed record ApiDisputedItem(int Feature, ItemState State, IReadOnlyList<ApiAnnotation> Annotations, ApiAnnotation? Adjudication, bool MayDecide)
{
    internal static ApiDisputedItem Of(QueueItem item, Actor reader) => new(
        item.Feature, item.State, [.. item.Annotations.Select(each => ApiAnnotation.Of(each, reader))], item.Adjudication is { } decision ? ApiAnnotation.Of(decision, reader) : null,
        item.State == ItemState.Disagreed && item.Annotations.All(each => each.AuthorId != reader.UserId));
}
