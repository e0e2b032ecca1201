using System.Buffers;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Writing;

/// <summary>The writes that go to the disk together: each sees what the ones before it changed, and no reader sees any of it yet.</summary>
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

    /// <summary>What an earlier write of the batch made of a document; null: none touched it.</summary>
    public Change? Find(Table table, string id) => changes.GetValueOrDefault((table, id));

    /// <summary>The documents that writes of the batch touched.</summary>
    public IEnumerable<Change> Of(Table table) => changes.Values.Where(change => change.Table == table);

    /// <summary>Takes a write in.</summary>
    public void Add(JournalEntry entry)
    {
        JournalLine.Write(entry, Lines);
        Entries.Add(entry);
        foreach (var change in entry.Changes) changes[(change.Table, change.Id)] = change;
    }
}
