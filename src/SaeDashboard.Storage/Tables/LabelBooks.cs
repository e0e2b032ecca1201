using SaeDashboard.Storage.Journals;

namespace SaeDashboard.Storage.Tables;

/// <summary>
/// The labels of each SAE by feature, kept up to date by writes, so that a list of 32,768 features does not query storage. The result of
/// <see cref="Current"/> is immutable; it is copied at the first read after a write.
/// </summary>
internal sealed class LabelBooks
{
    private readonly TableSet tables;
    private readonly Dictionary<string, Book> books = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> documentOf = [];

    public LabelBooks(TableSet tables)
    {
        this.tables = tables;
        tables.Labels.Changed += OnLabel;
        tables.Users.Changed += OnUser;
    }

    /// <summary>The last revision's number.</summary>
    public long LastRevision { get; private set; }

    /// <summary>The labels of an SAE's features; features without a label are left out.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Current(string saeHash)
    {
        lock (tables.Gate) return books.TryGetValue(saeHash, out var book) ? book.Snapshot() : Empty;
    }

    /// <summary>The id of the document that holds a revision; null: the revision does not exist. Under the gate.</summary>
    public string? DocumentOf(long revision) => documentOf.GetValueOrDefault(revision);

    private static IReadOnlyDictionary<int, CurrentLabel> Empty { get; } = new Dictionary<int, CurrentLabel>();

    private void OnLabel(LabelDocument? before, LabelDocument? after)
    {
        foreach (var revision in before?.Revisions ?? []) documentOf.Remove(revision.Id);
        foreach (var revision in after?.Revisions ?? [])
        {
            documentOf[revision.Id] = after!.Id;
            LastRevision = Math.Max(LastRevision, revision.Id);
        }
        var label = (after ?? before)!;
        if (!books.TryGetValue(label.SaeHash, out var book)) books[label.SaeHash] = book = new Book();
        book.Set(label.Feature, after is null ? null : CurrentOf(after));
    }

    private void OnUser(UserDocument? before, UserDocument? after)
    {
        // A new user has no label yet; a renamed one is shown by the new name everywhere.
        if (before is null || before.Name == after?.Name) return;
        foreach (var label in tables.Labels.Values) books[label.SaeHash].Set(label.Feature, CurrentOf(label));
    }

    private CurrentLabel? CurrentOf(LabelDocument label) => label.Revisions is [.., { Text.Length: > 0 } last]
        ? new CurrentLabel(last.Id, last.Text, tables.NameOf(last.AuthorId), last.MeanStars(), last.Ratings.Count)
        : null;

    private sealed class Book
    {
        private readonly Dictionary<int, CurrentLabel> labels = [];
        private IReadOnlyDictionary<int, CurrentLabel>? snapshot;

        public void Set(int feature, CurrentLabel? label)
        {
            if (label is null) labels.Remove(feature);
            else labels[feature] = label;
            snapshot = null;
        }

        public IReadOnlyDictionary<int, CurrentLabel> Snapshot() => snapshot ??= new Dictionary<int, CurrentLabel>(labels);
    }
}

/// <summary>The last writes, for display. The journal holds all of them.</summary>
internal sealed class AuditBook
{
    /// <summary>Entries kept in memory.</summary>
    public const int Capacity = 1000;

    private readonly Lock gate = new();
    private readonly LinkedList<JournalEntry> entries = [];

    /// <summary>Adds a write. Repeated autosaves of a page replace the previous one, so that a dragged fader does not fill the list.</summary>
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
