using System.Buffers;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Writing;

/// <summary>One write of one user: reads and replaces documents. Nothing of it is visible until it is on the disk.</summary>
internal sealed class WriteScope(Batch batch, Actor actor, DateTimeOffset now)
{
    /// <summary>Bytes of the largest document. LiteDB holds 16 MiB, and a page that shows one should stay light.</summary>
    private const int MaxDocument = 12_000_000;

    private readonly Dictionary<(Table, string), Change> changes = [];

    public Actor Actor => actor;

    /// <summary>The time of everything in this write, UTC.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Details for the audit, besides action and subject.</summary>
    public object? Detail { get; set; }

    public TableSet Tables => batch.Tables;

    public long NextJob() => batch.NextJob();

    public long NextRevision() => batch.NextRevision();

    /// <summary>A document as this write sees it; null: none.</summary>
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

    /// <summary>The id of the item that holds an annotation; null: there is no annotation of that id.</summary>
    public string? ItemOf(string annotation)
    {
        foreach (var change in changes.Values.Concat(batch.Of(Tables.Items)))
        {
            if (change.Document is ItemDocument item && item.Annotations.Any(each => each.Id == annotation)) return item.Id;
        }
        lock (Tables.Gate) return Tables.AnnotationBooks.ItemDocumentOf(annotation);
    }

    public string NameOf(string userId) => Find(Tables.Users, userId)?.Name ?? userId;

    /// <summary>Adds a document, or replaces the one with its id.</summary>
    /// <exception cref="UserException">The document is larger than LiteDB can hold.</exception>
    public void Put<T>(Table<T> table, T document) where T : class, IDocument
    {
        // Read back at once, so that memory equals the journal: times to the millisecond, and no halves of surrogate pairs, which the first
        // serialisation replaces by an escaped U+FFFD and the second one would write unescaped.
        var kept = table.Parse(table.ToJson(document)).Document!;
        var json = table.ToJson(kept);
        if (json.Length > MaxDocument)
        {
            throw new UserException(string.Create(CultureInfo.InvariantCulture,
                $"{table.Name} {kept.Id} would have {json.Length / 1e6:F1} MB; {MaxDocument / 1e6:F0} MB is the most for one, its earlier versions included. Shorten what is written."));
        }
        changes[(table, kept.Id)] = new Change(table, kept.Id, kept, json);
    }

    /// <summary>Deletes a document, if it exists.</summary>
    public void Remove<T>(Table<T> table, string id) where T : class, IDocument
    {
        if (Find(table, id) is not null) changes[(table, id)] = new Change(table, id, null, default);
    }

    /// <summary>Requires a known actor, because documents refer to users.</summary>
    public void Begin()
    {
        if (Find(Tables.Users, actor.UserId) is null) Put(Tables.Users, new UserDocument(actor.UserId, actor.Name, now));
    }

    /// <summary>The write's journal entry; null: it changed nothing and needs no entry.</summary>
    /// <param name="action">What was done.</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="always">Whether it gets an entry even without changes, for actions outside the tables.</param>
    public JournalEntry? ToEntry(string action, string subject, bool always) => changes.Count == 0 && !always
        ? null
        : new JournalEntry(batch.LastSeq + 1, now, actor, action, subject,
            Detail switch { null => null, JsonElement json => json.GetRawText(), _ => JsonSerializer.Serialize(Detail, JsonDefaults.Lines) }, [.. changes.Values]);
}

/// <summary>A queued write and its result.</summary>
/// <param name="Actor">Who writes.</param>
/// <param name="Action">What is done, in the audit's words.</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Always">Whether it gets an entry even without changed documents.</param>
/// <param name="Work">Makes the changes; runs on the thread that writes the batch.</param>
internal sealed record WriteRequest(Actor Actor, string Action, string Subject, bool Always, Action<WriteScope> Work)
{
    /// <summary>Whether it is on the disk and visible, or failed.</summary>
    public bool Done { get; set; }

    /// <summary>Why it failed; null: it succeeded or is not done.</summary>
    public ExceptionDispatchInfo? Failure { get; set; }
}

/// <summary>The writes of one fsync: each sees the changes of the earlier ones, and readers see none of them yet.</summary>
internal sealed class Batch(TableSet tables, long lastSeq)
{
    private readonly Dictionary<(Table, string), Change> changes = [];
    private long lastJob = tables.LastJob;
    private long lastRevision = tables.Books.LastRevision;

    /// <summary>The writes that changed something.</summary>
    public List<JournalEntry> Entries { get; } = [];

    /// <summary>Their lines.</summary>
    public ArrayBufferWriter<byte> Lines { get; } = new(1024);

    /// <summary>The number of the last of them.</summary>
    public long LastSeq => lastSeq + Entries.Count;

    public TableSet Tables => tables;

    public long NextJob() => ++lastJob;

    public long NextRevision() => ++lastRevision;

    /// <summary>The change of a document by an earlier write of the batch; null: none.</summary>
    public Change? Find(Table table, string id) => changes.GetValueOrDefault((table, id));

    /// <summary>The documents changed by the batch.</summary>
    public IEnumerable<Change> Of(Table table) => changes.Values.Where(change => change.Table == table);

    /// <summary>Adds a write.</summary>
    public void Add(JournalEntry entry)
    {
        JournalLine.Write(entry, Lines);
        Entries.Add(entry);
        foreach (var change in entry.Changes) changes[(change.Table, change.Id)] = change;
    }
}
