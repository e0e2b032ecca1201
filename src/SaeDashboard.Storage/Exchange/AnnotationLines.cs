using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Exchange;

/// <summary>An annotation queue.</summary>
/// <param name="Kind">queue.</param>
/// <param name="Id">Its id: the same on every machine.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sae">SHA-256 of the SAE's weights.</param>
/// <param name="Dataset">SHA-256 of the dataset.</param>
/// <param name="Features">Indices in the dictionary, in the queue's order.</param>
/// <param name="Mode">What annotators see first.</param>
/// <param name="Overlap">How many people judge each item.</param>
/// <param name="By">Its author.</param>
/// <param name="At">When it was made, UTC.</param>
/// <param name="Changed">When it was changed last, UTC.</param>
/// <param name="Version">Its version.</param>
/// <param name="Guidelines">What annotators should know.</param>
/// <param name="Gold">Items whose answers are known.</param>
/// <param name="Practice">Items to begin with.</param>
/// <param name="Archived">When it was archived, UTC.</param>
internal sealed record QueueLine(
    string Kind, string Id, string Name, string Sae, string Dataset, IReadOnlyList<int> Features, QueueMode Mode, int Overlap, PersonPart By, DateTimeOffset At, DateTimeOffset Changed, int Version,
    string? Guidelines = null, IReadOnlyList<ReferenceItem>? Gold = null, IReadOnlyList<ReferenceItem>? Practice = null, DateTimeOffset? Archived = null)
{
    public QueueContent Content => new(Name, Sae, Dataset, Features, Mode, Guidelines ?? "", Overlap, Gold ?? [], Practice ?? []);

    public static QueueLine Of(QueueDocument queue, Func<string, PersonPart> personOf) => new(
        ExchangeJson.Queue, queue.Id, queue.Content.Name, queue.Content.SaeHash, queue.Content.DatasetHash, queue.Content.Features, queue.Content.Mode, queue.Content.Overlap, personOf(queue.AuthorId),
        queue.CreatedUtc, queue.ChangedUtc, queue.Version, queue.Content.Guidelines.Length > 0 ? queue.Content.Guidelines : null, OrNull(queue.Content.Gold), OrNull(queue.Content.Practice), queue.ArchivedUtc);

    /// <summary>The line by the rules of what people type.</summary>
    /// <exception cref="UserException">Something of it is refused.</exception>
    public QueueLine Checked()
    {
        if (!Ids.IsValid("queue", Id)) throw new UserException("id is not a queue's id");
        if (Version < 1) throw new UserException($"version is {Version}; it is 1 or more");
        if (Features.Any(feature => feature < 0) || (Gold ?? []).Concat(Practice ?? []).Any(item => item is null)) throw new UserException("features, gold and practice have whole items");
        var content = AnnotationRules.Checked(Content);
        return this with { Name = content.Name, Features = content.Features, Guidelines = content.Guidelines, Gold = content.Gold, Practice = content.Practice };
    }

    private static IReadOnlyList<ReferenceItem>? OrNull(IReadOnlyList<ReferenceItem> items) => items.Count > 0 ? items : null;
}

/// <summary>What one person said of one item of a queue.</summary>
/// <param name="Kind">annotation.</param>
/// <param name="Id">Its id, a UUID: the same on every machine.</param>
/// <param name="Queue">The queue's id.</param>
/// <param name="Feature">Index in the dictionary.</param>
/// <param name="Role">annotation, practice or adjudication.</param>
/// <param name="Verdict">What is said of the label.</param>
/// <param name="By">Who said it.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Seconds">How long they worked on it, in seconds.</param>
/// <param name="Clips">Votes on clips.</param>
/// <param name="Label">The label that is accepted or given.</param>
/// <param name="Specificity">1 to 5.</param>
/// <param name="Tags">Words.</param>
/// <param name="Note">A note.</param>
/// <param name="Seen">When the label's revision was written that the person saw.</param>
/// <param name="SawNone">Whether they saw that there was no label.</param>
/// <param name="WritesLabel">Whether its label may become the feature's.</param>
/// <param name="Withdrawn">When it was withdrawn, UTC.</param>
/// <param name="Wrote">The label's revision that it wrote.</param>
/// <param name="Shown">The label that the person was shown.</param>
internal sealed record AnnotationLine(
    string Kind, string Id, string Queue, int Feature, AnnotationKind Role, AnnotationVerdict Verdict, PersonPart By, DateTimeOffset At, double Seconds, IReadOnlyList<ClipVote>? Clips = null,
    string? Label = null, int? Specificity = null, IReadOnlyList<string>? Tags = null, string? Note = null, DateTimeOffset? Seen = null, bool SawNone = false, bool WritesLabel = true,
    DateTimeOffset? Withdrawn = null, WrotePart? Wrote = null, string? Shown = null)
{
    /// <summary>What was said, with the number that the revision which was seen has here.</summary>
    public AnnotationContent Content(long? seenRevision) => new(Queue, Feature, Role, Verdict, Clips ?? [], Label, Specificity, Tags ?? [], Note, seenRevision, Seconds, WritesLabel, Shown);

    /// <summary>The line by the rules of what people send.</summary>
    /// <exception cref="UserException">Something of it is refused.</exception>
    public AnnotationLine Checked()
    {
        if (!AnnotationRules.IsId(Id)) throw new UserException("id is not a UUID in lower case");
        if ((Clips ?? []).Any(clip => clip is null) || (Tags ?? []).Any(tag => tag is null)) throw new UserException("clips and tags have whole items");
        var content = AnnotationRules.Checked(Content(null));
        return this with { Clips = content.Clips, Label = content.Label, Tags = content.Tags, Note = content.Note, Shown = content.Shown };
    }
}

/// <summary>A label's revision that an annotation wrote.</summary>
/// <param name="At">When the revision was written, UTC.</param>
/// <param name="Over">When the revision before was written; missing: there was none.</param>
internal sealed record WrotePart(DateTimeOffset At, DateTimeOffset? Over = null);

/// <summary>Writes queues and what was said in them. Revisions of labels are named by their times, which are the same on every machine.</summary>
internal sealed class AnnotationExport(IReadOnlyList<QueueDocument> queues, IEnumerable<ItemDocument> items, IEnumerable<LabelDocument> labels, Func<string, PersonPart> personOf)
{
    public void Write(Stream to)
    {
        if (queues.Count == 0) return;
        var known = labels.ToDictionary(label => label.Id, StringComparer.Ordinal);
        var ofQueue = items.ToLookup(item => item.Queue, StringComparer.Ordinal);
        foreach (var queue in queues.OrderBy(queue => queue.Id, StringComparer.Ordinal))
        {
            DataExport.Line(to, QueueLine.Of(queue, personOf));
            foreach (var item in ofQueue[queue.Id].OrderBy(item => item.Feature))
            {
                var label = known.GetValueOrDefault(LabelDocument.IdOf(new FeatureKey(queue.Content.SaeHash, item.Feature)));
                foreach (var annotation in item.Annotations) DataExport.Line(to, LineOf(annotation, label));
            }
        }
    }

    private AnnotationLine LineOf(Annotation annotation, LabelDocument? label)
    {
        var said = annotation.Content;
        return new AnnotationLine(
            ExchangeJson.Annotation, annotation.Id, said.Queue, said.Feature, said.Kind, said.Verdict, personOf(annotation.AuthorId), annotation.CreatedUtc, said.Seconds, said.Clips.Count > 0 ? said.Clips : null,
            said.Label, said.Specificity, said.Tags.Count > 0 ? said.Tags : null, said.Note, TimeOf(said.SeenRevision), said.SeenRevision == 0, said.WritesLabel, annotation.WithdrawnUtc,
            annotation.Label is { } wrote && TimeOf(wrote.Written) is { } at ? new WrotePart(at, TimeOf(wrote.Before)) : null, said.Shown);

        DateTimeOffset? TimeOf(long? revision) => label?.Revisions.FirstOrDefault(each => each.Id == revision)?.CreatedUtc;
    }
}
