using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Data;

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
