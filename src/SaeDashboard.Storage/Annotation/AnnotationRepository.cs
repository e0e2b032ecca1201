using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>
/// What people say of the items of queues. Ids are made in the browser, so that sending the same annotation twice keeps it once. A label becomes the
/// feature's when as many people as the queue asks for name the same one, or when an adjudicator decides (decision 0043).
/// </summary>
public sealed class AnnotationRepository(Database db)
{
    /// <summary>Keeps an annotation, or an adjudicator's decision. The same again, by the same id, changes nothing, also when it was withdrawn since.</summary>
    /// <param name="id">Its id: a UUID.</param>
    /// <param name="content">What is said.</param>
    /// <param name="actor">Who says it.</param>
    /// <exception cref="UserException">Something of it is refused, there is no such queue or item, or it could not be written.</exception>
    /// <exception cref="AnnotationConflictException">It meets another annotation.</exception>
    /// <exception cref="LabelConflictException">The label that it would write is not based on the one there is. Nothing was kept: send it again with that label as the one seen, or without writing the label.</exception>
    public AnnotationRow Put(string id, AnnotationContent content, Actor actor)
    {
        if (!AnnotationRules.IsId(id)) throw new UserException("An annotation's id is a UUID in lower case, such as 3f2b8c1e-9d4a-4f6b-8a52-0c1d2e3f4a5b.");
        content = AnnotationRules.Checked(content);
        db.Write(actor, content.Kind == AnnotationKind.Adjudication ? "annotation.adjudicate" : "annotation.add", id, scope =>
        {
            if (IsKnown(scope, id, content)) return;
            var queue = OpenQueue(scope, content.Queue);
            CheckItem(queue.Content, content);
            var itemId = ItemDocument.IdOf(content.Queue, content.Feature);
            var item = scope.Find(scope.Tables.Items, itemId) ?? new ItemDocument(itemId, content.Queue, content.Feature, []);
            if (item.Annotations.Count >= AnnotationRules.MaxPerItem) throw new UserException($"This item has {AnnotationRules.MaxPerItem} annotations, withdrawn ones included, the most there can be.");
            var rules = new ItemRules(queue, item, scope.NameOf);
            rules.Check(content, actor);
            var annotation = new Annotation(id, content, actor.UserId, scope.Now);
            var after = item with { Annotations = [.. item.Annotations, annotation] };
            scope.Remove(scope.Tables.Drafts, DraftDocument.IdOf(AnnotationBooks.DraftKey(content.Queue, content.Feature), actor.UserId));
            if (content.WritesLabel && ItemRules.Settles(queue.Content, after, annotation))
                after = item with { Annotations = [.. item.Annotations, annotation with { Label = Write(scope, queue.Content, content) }] };
            scope.Put(scope.Tables.Items, after);
            scope.Detail = new { content.Queue, content.Feature, verdict = content.Verdict.Name() };
        });
        return Find(id)!;
    }

    /// <summary>Takes an annotation or a decision back. A label that it wrote, or that needed it, is taken back too, unless another one came after it. Again it changes nothing.</summary>
    /// <param name="id">The annotation.</param>
    /// <param name="actor">Who wrote it.</param>
    /// <returns>What it is now, and whether a label was put back to what it was before; null: none was to be.</returns>
    /// <exception cref="UserException">There is no such annotation, another person wrote it, or it could not be written.</exception>
    public (AnnotationRow Row, bool? LabelTakenBack) Withdraw(string id, Actor actor)
    {
        var takenBack = db.Write(actor, "annotation.withdraw", id, scope =>
        {
            var item = scope.ItemOf(id) is { } document ? scope.Find(scope.Tables.Items, document)! : throw Unknown(id);
            var annotation = item.Annotations.First(each => each.Id == id);
            if (annotation.AuthorId != actor.UserId) throw new UserException($"{scope.NameOf(annotation.AuthorId)} wrote this annotation, and it is withdrawn by its author.");
            if (annotation.WithdrawnUtc is not null) return (bool?)null;
            var queue = scope.Find(scope.Tables.Queues, item.Queue) ?? throw QueueRepository.Unknown(item.Queue);
            var annotations = item.Annotations.Select(each => each.Id == id ? each with { WithdrawnUtc = scope.Now } : each).ToArray();
            bool? result = null;
            if (ItemRules.LabelThatNeeded(queue.Content, item, annotations, annotation) is { } wrote)
            {
                result = LabelRepository.TakeBack(scope, new FeatureKey(queue.Content.SaeHash, item.Feature), annotations[wrote].Label!);
                annotations[wrote] = annotations[wrote] with { Label = null };
            }
            scope.Put(scope.Tables.Items, item with { Annotations = annotations });
            scope.Detail = new { item.Queue, item.Feature };
            return result;
        });
        return (Find(id)!, takenBack);
    }

    /// <summary>One annotation, withdrawn ones included; null: there is none of that id. From memory.</summary>
    public AnnotationRow? Find(string id)
    {
        lock (db.Tables.Gate)
        {
            return db.Tables.AnnotationBooks.ItemDocumentOf(id) is { } item ? RowOf(db.Tables.Items.Find(item)!.Annotations.First(each => each.Id == id), db.Tables.NameOf) : null;
        }
    }

    /// <summary>Everything that was said in a queue, withdrawn annotations included: by time. From memory.</summary>
    public IReadOnlyList<AnnotationRow> OfQueue(string queue)
    {
        lock (db.Tables.Gate)
        {
            if (db.Tables.AnnotationBooks.Find(queue) is not { } book) return [];
            return [.. book.Items.SelectMany(item => item.Annotations).OrderBy(each => each.CreatedUtc).ThenBy(each => each.Id, StringComparer.Ordinal).Select(each => RowOf(each, db.Tables.NameOf))];
        }
    }

    /// <summary>One item with what was said of it. From memory.</summary>
    public QueueItem Item(string queue, int feature)
    {
        lock (db.Tables.Gate) return db.Tables.AnnotationBooks.Find(queue) is { } book ? ItemOf(book, feature) : new QueueItem(feature, ItemState.Open, [], null);
    }

    /// <summary>The items that wait for an adjudicator, by feature. From memory.</summary>
    public IReadOnlyList<QueueItem> Waiting(string queue)
    {
        lock (db.Tables.Gate) return db.Tables.AnnotationBooks.Find(queue) is { } book ? [.. book.Waiting.Select(feature => ItemOf(book, feature))] : [];
    }

    /// <summary>How far a queue is. From memory; null: there is no such queue.</summary>
    public QueueProgress? Progress(string queue)
    {
        lock (db.Tables.Gate)
        {
            if (db.Tables.AnnotationBooks.Find(queue) is not { Document: { } document } book) return null;
            return new QueueProgress(
                document.Content.Features.Count + document.Content.Gold.Count, book.Count(ItemState.Agreed) + book.Count(ItemState.Adjudicated), book.Waiting.Count, book.Count(ItemState.Open), book.Count(ItemState.Adjudicated),
                [
                    .. book.People.Where(person => person.Value is { LastUtc: not null } or { Decided: > 0 } or { Practised.Count: > 0 } or { Drafts.Count: > 0 })
                        .Select(person => new PersonProgress(person.Key, db.Tables.NameOf(person.Key), person.Value.Done, person.Value.Practised.Count, person.Value.Decided, person.Value.ItemsPerHour, person.Value.LastUtc, person.Value.Drafts.Count))
                        .OrderBy(person => person.Name, StringComparer.OrdinalIgnoreCase).ThenBy(person => person.UserId, StringComparer.Ordinal),
                ]);
        }
    }

    /// <summary>How well a queue's annotators agree; null: there is no such queue. Made at the first read after a write.</summary>
    public QueueAgreement? Agreement(string queue)
    {
        (QueueAgreement? Known, QueueContent Queue, IReadOnlyList<ItemDocument> Items, long Changes) from;
        lock (db.Tables.Gate)
        {
            if (db.Tables.AnnotationBooks.Find(queue) is not { } book) return null;
            from = book.Agreement();
        }
        if (from.Known is { } known) return known;
        // Outside the gate: a large queue has hundreds of thousands of votes, and every page reads under it.
        var computed = AgreementOf.Queue(from.Queue, from.Items);
        lock (db.Tables.Gate) db.Tables.AnnotationBooks.Find(queue)?.Keep(computed, from.Changes);
        return computed;
    }

    /// <summary>What a person could work on next, best first; from memory.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="actor">The person.</param>
    /// <param name="leases">How many others are at work on each item.</param>
    /// <param name="held">The items that the person holds already.</param>
    /// <param name="most">The most items to give.</param>
    public NextItems Next(string queue, Actor actor, IReadOnlyDictionary<int, int> leases, IReadOnlyList<int> held, int most)
    {
        lock (db.Tables.Gate) return db.Tables.AnnotationBooks.Find(queue) is { } book ? NextItems.Of(book, actor.UserId, leases, held, most) : NextItems.None;
    }

    /// <summary>The drafts of items that were changed since a time: who was at work on what. From memory.</summary>
    public IReadOnlyList<ItemDraft> DraftsSince(DateTimeOffset time)
    {
        lock (db.Tables.Gate)
        {
            return
            [
                .. db.Tables.Drafts.Values.Where(draft => draft.UpdatedUtc > time).OrderBy(draft => draft.UpdatedUtc)
                    .SelectMany<DraftDocument, ItemDraft>(draft => AnnotationBooks.ItemOf(draft.Key) is (var queue, var feature) ? [new ItemDraft(queue, feature, draft.UserId, draft.UpdatedUtc)] : []),
            ];
        }
    }

    /// <summary>The key of a person's draft of an item: <see cref="DraftRepository"/> keeps it, and an annotation of the item ends it.</summary>
    public static string DraftKey(string queue, int feature) => AnnotationBooks.DraftKey(queue, feature);

    internal static AnnotationRow RowOf(Annotation each, Func<string, string> nameOf) =>
        new(each.Id, each.Content, each.AuthorId, nameOf(each.AuthorId), each.CreatedUtc, each.WithdrawnUtc, each.Label?.Written);

    private static UserException Unknown(string id) => new($"There is no annotation {(AnnotationRules.IsId(id) ? id : "of that id")}.");

    private static bool IsKnown(WriteScope scope, string id, AnnotationContent content)
    {
        if (scope.ItemOf(id) is not { } document) return false;
        var here = scope.Find(scope.Tables.Items, document)!.Annotations.First(each => each.Id == id);
        if (here.AuthorId == scope.Actor.UserId && QueueRepository.Same(here.Content, content)) return true;
        throw new AnnotationConflictException(AnnotationConflict.OtherContent, "An annotation of this id says something else. Withdraw it, and send this one by a new id.", RowOf(here, scope.NameOf));
    }

    private static QueueDocument OpenQueue(WriteScope scope, string id) => scope.Find(scope.Tables.Queues, id) switch
    {
        null => throw QueueRepository.Unknown(id),
        { ArchivedUtc: not null } queue => throw new UserException($"The queue “{queue.Content.Name}” is archived. Its author can open it again."),
        var queue => queue,
    };

    private static void CheckItem(QueueContent queue, AnnotationContent content)
    {
        var practice = queue.Practice.Any(item => item.Feature == content.Feature);
        if (practice != (content.Kind == AnnotationKind.Practice)) throw new UserException(practice ? $"Feature {content.Feature} is a practice item of this queue." : $"Feature {content.Feature} is not a practice item of this queue.");
        if (!practice && !queue.Features.Contains(content.Feature) && !queue.Gold.Any(item => item.Feature == content.Feature))
            throw new UserException($"Feature {content.Feature} is not an item of the queue “{queue.Name}”.");
    }

    private static LabelWrite? Write(WriteScope scope, QueueContent queue, AnnotationContent content)
    {
        var key = new FeatureKey(queue.SaeHash, content.Feature);
        var before = scope.Find(scope.Tables.Labels, LabelDocument.IdOf(key))?.Revisions is [.., var newest] ? newest : null;
        // Without a revision that was seen there is no label that may be written over.
        var written = LabelRepository.Add(scope, key, content.Label!, null, new LabelBasis(content.SeenRevision ?? 0, KeepsNote: true));
        return written.Id == before?.Id ? null : new LabelWrite(written.Id, before?.Id ?? 0);
    }

    private QueueItem ItemOf(QueueBook book, int feature)
    {
        var item = book.Item(feature);
        return new QueueItem(feature, book.State(feature), [.. item?.Votes().Select(each => RowOf(each, db.Tables.NameOf)) ?? []], item?.Adjudication() is { } decision ? RowOf(decision, db.Tables.NameOf) : null);
    }
}

/// <summary>A person's draft of an item.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Feature">The item.</param>
/// <param name="UserId">The person.</param>
/// <param name="UpdatedUtc">When it was last changed.</param>
public sealed record ItemDraft(string Queue, int Feature, string UserId, DateTimeOffset UpdatedUtc);
