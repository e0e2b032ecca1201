using SaeDashboard.Core;

namespace SaeDashboard.Worker.Serving;

/// <summary>A least-recently-used cache of things loaded from folders; those in use are not evicted. Not thread-safe.</summary>
/// <param name="most">How many are kept.</param>
/// <param name="fileNames">The files of which a change means that the folder holds something else now; not all need be there.</param>
internal sealed class ResidentShelf<T>(int most, params string[] fileNames) : IDisposable where T : class, IDisposable
{
    // In order of their last use.
    private readonly List<Entry> entries = [];

    public IEnumerable<T> All => entries.Select(entry => entry.Value);

    /// <summary>What is in the folder, loaded when it is not here or has changed.</summary>
    public Lease<T> Use(string folder, Func<T> load)
    {
        var stamp = fileNames.Max(fileName => File.GetLastWriteTimeUtc(Path.Combine(folder, fileName)));
        var entry = entries.Find(entry => entry.Folder == folder && entry.Stamp == stamp);
        if (entry is null)
        {
            PutAway(most - 1);
            entry = new Entry(folder, stamp, load());
        }
        else
        {
            entries.Remove(entry);
        }
        entries.Add(entry);
        entry.Users++;
        return new Lease<T>(entry.Value, () => entry.Users--);
    }

    /// <summary>Frees what came from the folder.</summary>
    /// <exception cref="UserException">It is in use.</exception>
    public bool Forget(string folder)
    {
        var mine = entries.FindAll(entry => entry.Folder == folder);
        if (mine.Any(entry => entry.Users > 0)) throw new UserException($"{folder} is in use: stop what is being made with it first.");
        foreach (var entry in mine) Free(entry);
        return mine.Count > 0;
    }

    public void Dispose()
    {
        foreach (var entry in entries) entry.Value.Dispose();
        entries.Clear();
    }

    private void PutAway(int keep)
    {
        while (entries.Count > keep && entries.Find(entry => entry.Users == 0) is { } oldest) Free(oldest);
    }

    private void Free(Entry entry)
    {
        entries.Remove(entry);
        entry.Value.Dispose();
    }

    private sealed class Entry(string folder, DateTime stamp, T value)
    {
        public string Folder => folder;

        public DateTime Stamp => stamp;

        public T Value => value;

        public int Users { get; set; }
    }
}
