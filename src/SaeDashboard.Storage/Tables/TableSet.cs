namespace SaeDashboard.Storage.Tables;

/// <summary>Everything people wrote, in memory: what pages read. A write becomes visible as a whole, after it is on the disk.</summary>
internal sealed class TableSet
{
    private readonly Dictionary<string, Table> byName;

    public TableSet()
    {
        All = [Users, Labels, Presets, Takes, Runs, Jobs, Drafts, Locations];
        byName = All.ToDictionary(table => table.Name, StringComparer.Ordinal);
        Jobs.Changed += (_, after) => LastJob = Math.Max(LastJob, after?.Number ?? 0);
        Books = new LabelBooks(this);
    }

    /// <summary>Held for every read and while a write becomes visible: for microseconds, never while anything waits for a disk.</summary>
    public Lock Gate { get; } = new();

    public Table<UserDocument> Users { get; } = new("users");

    public Table<LabelDocument> Labels { get; } = new("labels");

    public Table<PresetDocument> Presets { get; } = new("presets");

    public Table<TakeDocument> Takes { get; } = new("takes");

    public Table<RunDocument> Runs { get; } = new("runs");

    public Table<JobDocument> Jobs { get; } = new("jobs");

    public Table<DraftDocument> Drafts { get; } = new("drafts");

    public Table<LocationDocument> Locations { get; } = new("locations");

    public IReadOnlyList<Table> All { get; }

    /// <summary>Labels by SAE and feature.</summary>
    public LabelBooks Books { get; }

    /// <summary>The last job's number.</summary>
    public long LastJob { get; private set; }

    /// <summary>The table of that name; null: this program has none.</summary>
    public Table? ByName(string name) => byName.GetValueOrDefault(name);

    /// <summary>A person's name, or their id where it is unknown. Under the gate.</summary>
    public string NameOf(string userId) => Users.Find(userId)?.Name ?? userId;

    public T? Find<T>(Table<T> table, string id) where T : class, IDocument
    {
        lock (Gate) return table.Find(id);
    }

    /// <summary>Makes a write visible, as a whole.</summary>
    public void Publish(IEnumerable<Change> changes)
    {
        lock (Gate)
        {
            foreach (var change in changes) change.Table.Publish(change);
        }
    }

    public void Clear()
    {
        lock (Gate)
        {
            foreach (var table in All) table.Clear();
        }
    }
}
