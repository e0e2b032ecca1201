using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Writing;

/// <summary>One write of one person: reads what is there, puts documents in their place. Nothing of it counts until it is on the disk.</summary>
internal sealed class WriteScope(Batch batch, Actor actor, DateTimeOffset now)
{
    /// <summary>Bytes of the largest document. LiteDB holds 16 MiB, and a page that shows one should stay light.</summary>
    private const int MaxDocument = 12_000_000;

    private readonly Dictionary<(Table, string), Change> changes = [];

    public Actor Actor => actor;

    /// <summary>The time of everything in this write, UTC.</summary>
    public DateTimeOffset Now => now;

    /// <summary>What the audit keeps besides action and subject.</summary>
    public object? Detail { get; set; }

    public TableSet Tables => batch.Tables;

    public long NextJob() => batch.NextJob();

    public long NextRevision() => batch.NextRevision();

    /// <summary>A document as this write sees it; null: there is none.</summary>
    public T? Find<T>(Table<T> table, string id) where T : class, IDocument =>
        changes.TryGetValue((table, id), out var mine) ? (T?)mine.Document
        : batch.Find(table, id) is { } earlier ? (T?)earlier.Document
        : Tables.Find(table, id);

    /// <summary>Every document of a table as this write sees it.</summary>
    public IReadOnlyCollection<T> All<T>(Table<T> table) where T : class, IDocument
    {
        Dictionary<string, T> all;
        lock (Tables.Gate) all = table.Values.ToDictionary(document => document.Id, StringComparer.Ordinal);
        foreach (var change in batch.Of(table).Concat(changes.Values.Where(change => change.Table == table)))
        {
            if (change.Document is T document) all[change.Id] = document;
            else all.Remove(change.Id);
        }
        return all.Values;
    }

    /// <summary>The id of the document that holds a label's revision; null: the revision does not exist.</summary>
    public string? LabelOf(long revision)
    {
        foreach (var change in changes.Values.Concat(batch.Of(Tables.Labels)))
        {
            if (change.Document is LabelDocument label && label.Revisions.Any(each => each.Id == revision)) return label.Id;
        }
        lock (Tables.Gate) return Tables.Books.DocumentOf(revision);
    }

    public string NameOf(string userId) => Find(Tables.Users, userId)?.Name ?? userId;

    /// <summary>Puts a document in the place of the one with its id.</summary>
    /// <exception cref="UserException">The document would be larger than LiteDB can hold.</exception>
    public void Put<T>(Table<T> table, T document) where T : class, IDocument
    {
        // Read back at once: what memory holds is what the journal holds, to the millisecond, and without halves of surrogate pairs, which
        // the first writing replaces by an escaped U+FFFD and the second one writes as it is.
        var kept = table.Parse(table.ToJson(document)).Document!;
        var json = table.ToJson(kept);
        if (json.Length > MaxDocument)
        {
            throw new UserException(string.Create(CultureInfo.InvariantCulture,
                $"{table.Name} {kept.Id} would have {json.Length / 1e6:F1} MB; {MaxDocument / 1e6:F0} MB is the most for one, its earlier versions included. Shorten what is written."));
        }
        changes[(table, kept.Id)] = new Change(table, kept.Id, kept, json);
    }

    /// <summary>Takes a document out; nothing when there is none.</summary>
    public void Remove<T>(Table<T> table, string id) where T : class, IDocument
    {
        if (Find(table, id) is not null) changes[(table, id)] = new Change(table, id, null, default);
    }

    /// <summary>The actor must be known: documents refer to people.</summary>
    public void Begin()
    {
        if (Find(Tables.Users, actor.UserId) is null) Put(Tables.Users, new UserDocument(actor.UserId, actor.Name, now));
    }

    /// <summary>The write as the journal keeps it; null: it changed nothing and says nothing.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="subject">To what.</param>
    /// <param name="always">For what happened outside the tables: it is noted all the same.</param>
    public JournalEntry? ToEntry(string action, string subject, bool always) => changes.Count == 0 && !always
        ? null
        : new JournalEntry(batch.LastSeq + 1, now, actor, action, subject,
            Detail switch { null => null, JsonElement json => json.GetRawText(), _ => JsonSerializer.Serialize(Detail, JsonDefaults.Lines) }, [.. changes.Values]);
}
