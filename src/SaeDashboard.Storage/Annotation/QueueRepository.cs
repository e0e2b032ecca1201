using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>The queues of features that people annotate. Everybody sees every queue and works on it; its author changes and archives it.</summary>
public sealed class QueueRepository(Database db)
{
    private readonly View<IReadOnlyList<QueueRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Queues.Values.OrderByDescending(queue => queue.CreatedUtc).ThenBy(queue => queue.Id, StringComparer.Ordinal).Select(queue => RowOf(queue, db.Tables.NameOf)),
    ], db.Tables.Queues, db.Tables.Users);

    /// <summary>Makes a queue.</summary>
    /// <exception cref="UserException">Something of it is refused, or it could not be written.</exception>
    public QueueRow Add(QueueContent content, Actor actor)
    {
        content = AnnotationRules.Checked(content);
        var id = Ids.New("queue");
        db.Write(actor, "queue.add", id, scope =>
        {
            scope.Detail = new { content.Name, features = content.Features.Count };
            scope.Put(scope.Tables.Queues, new QueueDocument(id, content, actor.UserId, scope.Now, scope.Now, 1, null));
        });
        return Find(id)!;
    }

    /// <summary>Changes everything of a queue but its SAE, its dataset and its features, which stay what they are. The same again changes nothing.</summary>
    /// <param name="id">The queue.</param>
    /// <param name="change">Makes the new content from the one that is there.</param>
    /// <param name="version">The version that the person saw; null: it is changed whatever is there.</param>
    /// <param name="actor">Its author.</param>
    /// <exception cref="UserException">There is no such queue, it is another person's, something of it is refused, or it could not be written.</exception>
    /// <exception cref="QueueConflictException">It has another version than <paramref name="version"/>.</exception>
    public QueueRow Change(string id, Func<QueueContent, QueueContent> change, int? version, Actor actor)
    {
        db.Write(actor, "queue.change", id, scope =>
        {
            var before = scope.Find(scope.Tables.Queues, id) ?? throw Unknown(id);
            CheckAuthor(before, actor, scope.NameOf);
            if (version is { } seen && seen != before.Version) throw new QueueConflictException(RowOf(before, scope.NameOf));
            var after = change(before.Content);
            // A gold or practice item that becomes an ordinary one comes last; one that was ordinary is taken out of the order by the check.
            var kept = AnnotationRules.Checked(after with
            {
                SaeHash = before.Content.SaeHash, DatasetHash = before.Content.DatasetHash,
                Features = [.. before.Content.Features, .. before.Content.Gold.Concat(before.Content.Practice).Select(item => item.Feature)],
            });
            if (Same(before.Content, kept)) return;
            scope.Detail = new { version = before.Version + 1 };
            scope.Put(scope.Tables.Queues, before with { Content = kept, Version = before.Version + 1, ChangedUtc = scope.Now });
        });
        return Find(id)!;
    }

    /// <summary>Archives it: its items are not given out any more, and everything that was said stays. <see cref="Restore"/> undoes that.</summary>
    /// <exception cref="UserException">There is no such queue, it is another person's, or it could not be written.</exception>
    public void Archive(string id, Actor actor) => Set(id, "queue.archive", actor, (queue, now) => queue.ArchivedUtc is null ? queue with { ArchivedUtc = now, ChangedUtc = now, Version = queue.Version + 1 } : queue);

    /// <summary>Undoes <see cref="Archive"/>.</summary>
    /// <exception cref="UserException">There is no such queue, it is another person's, or it could not be written.</exception>
    public void Restore(string id, Actor actor) => Set(id, "queue.restore", actor, (queue, now) => queue.ArchivedUtc is null ? queue : queue with { ArchivedUtc = null, ChangedUtc = now, Version = queue.Version + 1 });

    /// <summary>One queue, an archived one included; null: there is none. From memory.</summary>
    public QueueRow? Find(string id)
    {
        lock (db.Tables.Gate) return db.Tables.Queues.Find(id) is { } queue ? RowOf(queue, db.Tables.NameOf) : null;
    }

    /// <summary>Every queue, the newest first, archived ones included. From memory; the result never changes.</summary>
    public IReadOnlyList<QueueRow> List() => rows.Value;

    internal static QueueRow RowOf(QueueDocument queue, Func<string, string> nameOf) =>
        new(queue.Id, queue.Content, queue.AuthorId, nameOf(queue.AuthorId), queue.CreatedUtc, queue.ChangedUtc, queue.Version, queue.ArchivedUtc);

    internal static UserException Unknown(string id) => new($"There is no queue {(Ids.IsValid("queue", id) ? id : "of that id")}. Open the list of queues again.");

    /// <summary>Whether two contents say the same. As JSON: records compare their lists by reference.</summary>
    internal static bool Same<T>(T one, T other) =>
        System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(one, StorageJson.Options).AsSpan().SequenceEqual(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(other, StorageJson.Options));

    private void Set(string id, string action, Actor actor, Func<QueueDocument, DateTimeOffset, QueueDocument> change) => db.Write(actor, action, id, scope =>
    {
        var before = scope.Find(scope.Tables.Queues, id) ?? throw Unknown(id);
        CheckAuthor(before, actor, scope.NameOf);
        var after = change(before, scope.Now);
        if (after != before) scope.Put(scope.Tables.Queues, after);
    });

    /// <summary>A queue is changed by its author. One of a person of another data folder, who is not here, is everybody's.</summary>
    private static void CheckAuthor(QueueDocument queue, Actor actor, Func<string, string> nameOf)
    {
        if (queue.AuthorId != actor.UserId && !Exchange.SiteIds.IsForeign(queue.AuthorId))
            throw new UserException($"{nameOf(queue.AuthorId)} made the queue “{queue.Content.Name}”, and a queue is changed by its author.");
    }
}

/// <summary>A queue was changed in another window while it was being changed here.</summary>
/// <param name="current">The queue now.</param>
public sealed class QueueConflictException(QueueRow current) : Exception("The queue was changed in the meantime.")
{
    /// <summary>The queue as it is now.</summary>
    public QueueRow Current { get; } = current;
}
