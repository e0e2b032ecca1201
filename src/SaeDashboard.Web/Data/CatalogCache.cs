using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Data;

/// <summary>All folders of one kind: keeps what it knows of those that did not change.</summary>
internal sealed class CatalogCache<T>(IFolderReader<T> reader, HashCache hashes, Func<string, bool> allows) where T : CatalogEntry
{
    private Dictionary<string, T> known = [];

    /// <summary>The entries, as far as known now.</summary>
    public IReadOnlyList<T> Entries { get; private set; } = [];

    /// <summary>The folders whose hashes are not known yet.</summary>
    public IReadOnlyList<CatalogFolder> Unread { get; private set; } = [];

    /// <summary>Takes up what was found; quick.</summary>
    /// <param name="folders">What was found, shipped ones first.</param>
    /// <param name="nameOf">What people call the thing in a folder.</param>
    public void Update(IReadOnlyList<CatalogFolder> folders, Func<CatalogFolder, string> nameOf)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var next = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            var name = nameOf(folder);
            var id = Slug(folder.Shipped ? "demo" : Path.GetFileName(folder.Path), ids);
            var seen = known.TryGetValue(folder.Path, out var old);
            next[folder.Path] = seen && old!.Stamp == folder.Stamp ? old with { Id = id, Name = name } : Look(folder, reader.Blank(id, name, folder.Path) with { ReadAgain = seen });
        }
        known = next;
        Publish(folders);
    }

    /// <summary>Computes the hashes of one folder; slow.</summary>
    public void Hash(CatalogFolder folder)
    {
        var entry = known[folder.Path];
        known[folder.Path] = Guard(entry, () =>
        {
            var computed = reader.Hash(folder);
            hashes.Keep(folder, computed);
            return reader.With(entry, computed) with { State = CatalogState.Ready };
        });
        Publish([.. Unread.Where(each => each != folder)]);
    }

    private T Look(CatalogFolder folder, T blank)
    {
        blank = blank with { Stamp = folder.Stamp, Bytes = folder.Bytes, ModifiedUtc = folder.ModifiedUtc, Shipped = folder.Shipped };
        return Guard(blank, () =>
        {
            if (folder.Problem is { } problem) throw new UserException(problem);
            if (!allows(folder.Path))
                throw new UserException($"{folder.Path} is a link out of the data folder: move the folder itself there, since only the data folder and the bundled demo may be read.");
            var entry = reader.Read(folder, blank);
            return hashes.Find(folder) is { } computed ? reader.With(entry, computed) with { State = CatalogState.Ready } : entry;
        });
    }

    private static T Guard(T entry, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UserException error)
        {
            return entry with { State = CatalogState.Refused, Problem = error.Message };
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Whatever strangers' files can still do to a reader must not cost the page the others.
            return entry with { State = CatalogState.Refused, Problem = $"{entry.Path} cannot be read: {error.Message} Download it again." };
        }
    }

    private void Publish(IReadOnlyList<CatalogFolder> candidates)
    {
        Entries = [.. known.Values];
        Unread = [.. candidates.Where(folder => known[folder.Path].State == CatalogState.Reading)];
    }

    private static string Slug(string name, HashSet<string> taken)
    {
        var slug = string.Join('-', string.Concat(name.ToLowerInvariant().Select(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) ? letter : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (slug.Length == 0) slug = "unnamed";
        var free = slug;
        for (var number = 2; !taken.Add(free); number++) free = $"{slug}-{number}";
        return free;
    }
}

/// <summary>Hashes that were computed once, by folder and stamp, in <c>cache/hashes.json</c>. Losing it costs time only.</summary>
internal sealed partial class HashCache(string path, ILogger log)
{
    private readonly ConcurrentDictionary<string, CatalogHashes> known = Load(path);

    public CatalogHashes? Find(CatalogFolder folder) => known.GetValueOrDefault(Key(folder));

    public void Keep(CatalogFolder folder, CatalogHashes hashes) => known[Key(folder)] = hashes;

    /// <summary>Writes what is known of these folders; what has gone is forgotten.</summary>
    public void Save(IEnumerable<CatalogFolder> folders)
    {
        var live = folders.Select(Key).Where(known.ContainsKey).ToDictionary(key => key, key => known[key]);
        foreach (var key in known.Keys.Where(key => !live.ContainsKey(key))) known.TryRemove(key, out _);
        try
        {
            AtomicFile.WriteJson(path, live);
        }
        catch (UserException error)
        {
            NotKept(error.Message);
        }
    }

    private static string Key(CatalogFolder folder) => $"{folder.Path}#{folder.Stamp}";

    private static ConcurrentDictionary<string, CatalogHashes> Load(string path)
    {
        try
        {
            return File.Exists(path) ? new(JsonFile.Read<Dictionary<string, CatalogHashes>>(path)) : new();
        }
        catch (UserException)
        {
            return new();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hashes will be computed again at the next start: {Reason}")]
    private partial void NotKept(string reason);
}

/// <summary>The hashes of a folder.</summary>
/// <param name="Content">Of the weights, or of metadata and codes.</param>
/// <param name="Codec">Of a model's codec.</param>
internal sealed record CatalogHashes(string Content, string? Codec = null);
