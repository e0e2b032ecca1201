using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Annotation;

/// <summary>
/// Queues of features that people annotate: who gets which item, what becomes of what they send, and a word to every open page that shows it. What
/// it gives is from memory and never changes.
/// </summary>
public sealed class AnnotationService
{
    private readonly QueueRepository queues;
    private readonly AnnotationRepository annotations;
    private readonly DraftRepository drafts;
    private readonly FeatureLabels labels;
    private readonly ItemLeases leases;
    private readonly IStoreAccess store;

    public AnnotationService(QueueRepository queues, AnnotationRepository annotations, DraftRepository drafts, FeatureLabels labels, ItemLeases leases, IStoreAccess store, TimeProvider clock)
    {
        (this.queues, this.annotations, this.drafts, this.labels, this.leases, this.store) = (queues, annotations, drafts, labels, leases, store);
        foreach (var draft in store.Read(() => annotations.DraftsSince(clock.GetUtcNow() - ItemLeases.Length))) leases.Resume(draft.Queue, draft.Feature, draft.UserId, draft.UpdatedUtc);
    }

    /// <summary>The most items that are given at once: the one that is shown and two to prefetch.</summary>
    public const int MostItems = 3;

    /// <summary>The longest draft of an item, in characters.</summary>
    public const int LongestDraft = 100_000;

    /// <summary>A queue changed, or something was said in it. Raised on the thread that made the change, with the queue's id.</summary>
    public event Action<string>? Changed;

    /// <summary>Something was said of an item, or withdrawn: the queue's id and the feature; null: anything may have changed in the queue. Raised before <see cref="Changed"/>.</summary>
    public event Action<string, int?>? Said;

    /// <summary>Every queue, the newest first, archived ones included.</summary>
    public IReadOnlyList<QueueRow> Queues() => store.Read(queues.List);

    /// <summary>One queue; null: there is none.</summary>
    public QueueRow? Queue(string id) => store.Read(() => queues.Find(id));

    /// <inheritdoc cref="QueueRepository.Add"/>
    public QueueRow Add(QueueContent content, Actor actor) => Announced(store.Write(() => queues.Add(content, actor)));

    /// <inheritdoc cref="QueueRepository.Change"/>
    public QueueRow Change(string id, Func<QueueContent, QueueContent> change, int? version, Actor actor) => Announced(store.Write(() => queues.Change(id, change, version, actor)));

    /// <summary>Archives a queue, or opens it again.</summary>
    /// <exception cref="UserException">As <see cref="QueueRepository.Archive"/>.</exception>
    public QueueRow Archive(string id, bool archived, Actor actor)
    {
        store.Write(() =>
        {
            if (archived) queues.Archive(id, actor);
            else queues.Restore(id, actor);
        });
        return Announced(Queue(id)!);
    }

    /// <summary>How far a queue is; null: there is no such queue.</summary>
    public QueueProgress? Progress(string queue) => store.Read(() => annotations.Progress(queue));

    /// <summary>How well a queue's annotators agree; null: there is no such queue.</summary>
    public QueueAgreement? Agreement(string queue) => store.Read(() => annotations.Agreement(queue));

    /// <summary>Everything that was said in a queue, withdrawn annotations included, by time.</summary>
    public IReadOnlyList<AnnotationRow> OfQueue(string queue) => store.Read(() => annotations.OfQueue(queue));

    /// <summary>The items that wait for an adjudicator.</summary>
    public IReadOnlyList<QueueItem> Waiting(string queue) => store.Read(() => annotations.Waiting(queue));

    /// <summary>One item with what was said of it.</summary>
    public QueueItem Item(string queue, int feature) => store.Read(() => annotations.Item(queue, feature));

    /// <summary>One annotation, withdrawn ones included; null: there is none.</summary>
    public AnnotationRow? Find(string id) => store.Read(() => annotations.Find(id));

    /// <summary>Gives a person their next items and leases them.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="most">How many, at most <see cref="MostItems"/>.</param>
    /// <param name="actor">The person.</param>
    public NextWork Next(QueueRow queue, int most, Actor actor)
    {
        if (queue.ArchivedUtc is not null) return new NextWork(WorkState.Archived, [], 0, 0);
        var next = NextItems.None;
        var taken = leases.Take(queue.Id, actor.UserId, (others, held) => (next = store.Read(() => annotations.Next(queue.Id, actor, others, held, Math.Clamp(most, 1, MostItems)))).Features);
        if (taken.Count > 0) return new NextWork(next.Practice ? WorkState.Practice : WorkState.Items, [.. taken.Select(each => new LeasedItem(each.Feature, each.Until))], 0, 0);
        var waiting = Waiting(queue.Id);
        var theirs = waiting.Count(item => item.Annotations.All(each => each.AuthorId != actor.UserId));
        return new NextWork(next.Leased > 0 ? WorkState.OthersAtWork : waiting.Count > 0 ? WorkState.WaitsForAdjudicator : WorkState.NoneLeft, [], waiting.Count, theirs);
    }

    /// <summary>Renews the lease of an item; null: it was lost.</summary>
    public DateTimeOffset? Renew(QueueRow queue, int feature, Actor actor)
    {
        var item = Item(queue.Id, feature);
        if (item.Annotations.Any(each => each.AuthorId == actor.UserId)) return null;
        var places = IsShared(queue, feature) ? int.MaxValue : queue.Content.Overlap - item.Annotations.Count;
        return places <= 0 ? null : leases.Renew(queue.Id, feature, actor.UserId, places);
    }

    /// <summary>Gives an item back, for others to take.</summary>
    public void Release(string queue, int feature, Actor actor) => leases.End(queue, feature, actor.UserId);

    /// <summary>Keeps an annotation or a decision. A draft of the item is kept of what could not be counted, so that nothing that was typed is lost.</summary>
    /// <exception cref="UserException">As <see cref="AnnotationRepository.Put"/>.</exception>
    /// <exception cref="AnnotationConflictException">It meets another annotation.</exception>
    /// <exception cref="LabelConflictException">The label is another one than the person saw.</exception>
    /// <exception cref="LeaseLostException">Others are at work on the item, and the person's lease has ended.</exception>
    public AnnotationRow Put(string id, AnnotationContent content, Actor actor)
    {
        if (content.Kind == AnnotationKind.Annotation && Find(id) is null && Queue(content.Queue) is { } queue) CheckLease(queue, content, actor);
        AnnotationRow row;
        try
        {
            row = store.Write(() => annotations.Put(id, content, actor));
        }
        catch (AnnotationConflictException conflict) when (conflict.Reason == AnnotationConflict.Full)
        {
            Keep(content, actor);
            throw;
        }
        leases.End(content.Queue, content.Feature, actor.UserId);
        if (row.Revision is not null) Announce(row);
        Said?.Invoke(content.Queue, content.Feature);
        Changed?.Invoke(content.Queue);
        return row;
    }

    /// <inheritdoc cref="AnnotationRepository.Withdraw"/>
    public (AnnotationRow Row, bool? LabelTakenBack) Withdraw(string id, Actor actor)
    {
        var result = store.Write(() => annotations.Withdraw(id, actor));
        if (result.LabelTakenBack == true) Announce(result.Row);
        Said?.Invoke(result.Row.Content.Queue, result.Row.Content.Feature);
        Changed?.Invoke(result.Row.Content.Queue);
        return result;
    }

    /// <summary>A person's draft of an item, as their browser wrote it; null: none.</summary>
    public string? Draft(string queue, int feature, Actor actor) => store.Read(() => drafts.Get(AnnotationRepository.DraftKey(queue, feature), actor));

    /// <summary>Keeps a draft of an item; null forgets it. It is a sign of work on the item.</summary>
    /// <exception cref="UserException">It is too long, or was not saved.</exception>
    public void SetDraft(QueueRow queue, int feature, string? json, Actor actor)
    {
        if (json?.Length > LongestDraft) throw new UserException(FormattableString.Invariant($"The draft has {json.Length:N0} characters; {LongestDraft:N0} is the most."));
        var key = AnnotationRepository.DraftKey(queue.Id, feature);
        var had = store.Read(() => drafts.Get(key, actor)) is not null;
        store.Write(() =>
        {
            if (json is null) drafts.Clear(key, actor);
            else drafts.Set(key, json, actor);
        });
        if (json is not null && leases.Holds(queue.Id, feature, actor.UserId)) Renew(queue, feature, actor);
        // With the first draft the person can continue the queue.
        if (had != json is not null) Changed?.Invoke(queue.Id);
    }

    /// <summary>Tells the open pages of a change that was written in another way: an import.</summary>
    public void Announce(string queue)
    {
        Said?.Invoke(queue, null);
        Changed?.Invoke(queue);
    }

    /// <summary>Whether any number of people work on an item: a gold or a practice item.</summary>
    private static bool IsShared(QueueRow queue, int feature) => queue.Content.Gold.Concat(queue.Content.Practice).Any(item => item.Feature == feature);

    private void CheckLease(QueueRow queue, AnnotationContent content, Actor actor)
    {
        if (leases.Holds(queue.Id, content.Feature, actor.UserId) || IsShared(queue, content.Feature)) return;
        var others = leases.Others(queue.Id, content.Feature, actor.UserId);
        var item = Item(queue.Id, content.Feature);
        // Who has judged it gets that said by the store; a full item too.
        if (others.Count == 0 || item.Annotations.Count >= queue.Content.Overlap || item.Annotations.Any(each => each.AuthorId == actor.UserId)) return;
        if (item.Annotations.Count + others.Count < queue.Content.Overlap) return;
        Keep(content, actor);
        throw new LeaseLostException();
    }

    /// <summary>What could not be counted is the person's draft of the item.</summary>
    private void Keep(AnnotationContent content, Actor actor) =>
        store.Write(() => drafts.Set(AnnotationRepository.DraftKey(content.Queue, content.Feature), JsonSerializer.Serialize(content, JsonDefaults.Lines), actor));

    private void Announce(AnnotationRow row)
    {
        if (Queue(row.Content.Queue) is { } queue) labels.Announce(new FeatureKey(queue.Content.SaeHash, row.Content.Feature));
    }

    private QueueRow Announced(QueueRow queue)
    {
        Changed?.Invoke(queue.Id);
        return queue;
    }
}

/// <summary>What there is for a person in a queue.</summary>
public enum WorkState
{
    /// <summary>Items to judge.</summary>
    Items,

    /// <summary>Practice items, before anything counts.</summary>
    Practice,

    /// <summary>Everything is done.</summary>
    NoneLeft,

    /// <summary>Others are at work on all that is left.</summary>
    OthersAtWork,

    /// <summary>Everybody has judged what they can; items wait for an adjudicator.</summary>
    WaitsForAdjudicator,

    /// <summary>The queue is archived.</summary>
    Archived,
}

/// <summary>What there is for a person in a queue now.</summary>
/// <param name="State">What.</param>
/// <param name="Items">The items, the one to show first.</param>
/// <param name="Waiting">Where there is none: how many items wait for an adjudicator.</param>
/// <param name="ToDecide">Of these, how many the person may decide: those that they have not judged.</param>
public sealed record NextWork(WorkState State, IReadOnlyList<LeasedItem> Items, int Waiting, int ToDecide);

/// <summary>An item that a person has for a while.</summary>
/// <param name="Feature">The item.</param>
/// <param name="Until">When the lease ends without a sign of work.</param>
public sealed record LeasedItem(int Feature, DateTimeOffset Until);

/// <summary>A person's lease of an item ended, and others are at work on it.</summary>
public sealed class LeaseLostException() : Exception("Your lease of this item ended, and another person is at work on it. What you sent is kept as your draft of the item.");
