using SaeDashboard.Storage.Journals;

namespace SaeDashboard.Storage.Tables;

/// <summary>The last writes, for showing. The journal holds all of them.</summary>
internal sealed class AuditBook
{
    /// <summary>Entries kept in memory.</summary>
    public const int Capacity = 1000;

    private readonly Lock gate = new();
    private readonly LinkedList<JournalEntry> entries = [];

    /// <summary>Adds a write. What a page saves again and again takes the place of its last time, so that a dragged fader does not fill the list.</summary>
    public void Add(JournalEntry entry)
    {
        lock (gate)
        {
            if (entry.Action.StartsWith("draft.", StringComparison.Ordinal)) RemoveEarlier(entry);
            entries.AddFirst(entry);
            if (entries.Count > Capacity) entries.RemoveLast();
        }
    }

    /// <summary>The last entries, newest first.</summary>
    public IReadOnlyList<JournalEntry> Recent(int count)
    {
        lock (gate) return [.. entries.Take(count)];
    }

    private void RemoveEarlier(JournalEntry entry)
    {
        for (var node = entries.First; node is not null; node = node.Next)
        {
            if (node.Value.Action != entry.Action || node.Value.Subject != entry.Subject || node.Value.Actor.UserId != entry.Actor.UserId) continue;
            entries.Remove(node);
            return;
        }
    }
}
