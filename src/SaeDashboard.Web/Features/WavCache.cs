using System.Collections.Concurrent;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Features;

/// <summary>
/// Decoded sound in a folder of bounded size: what was heard longest ago goes first. Two who ask for the same sound at once wait for one
/// decode. The folder may be deleted at any time.
/// </summary>
public sealed class WavCache
{
    private const string Ending = ".wav";

    private readonly string folder;
    private readonly long limit;
    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> making = new();
    private readonly Lock gate = new();
    private long? bytes;

    /// <param name="folder">Made when it is missing.</param>
    /// <param name="limit">Bytes the files may hold together.</param>
    public WavCache(string folder, long limit)
    {
        this.folder = folder;
        this.limit = limit;
    }

    /// <summary>The file of a sound, made when it is not there.</summary>
    /// <param name="key">Names the sound: letters, digits and hyphens; another sound has another key.</param>
    /// <param name="make">Gives the WAV file's bytes. It is not cancelled when one of several waiting callers leaves.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="UserException">It cannot be made or written.</exception>
    public async Task<string> GetAsync(string key, Func<CancellationToken, Task<byte[]>> make, CancellationToken ct)
    {
        if (Find(key) is { } there) return there;
        var task = making.GetOrAdd(key, each => new Lazy<Task<string>>(() => MakeAsync(each, make))).Value;
        return await task.WaitAsync(ct);
    }

    /// <summary>The file of a sound that is there already; null otherwise.</summary>
    public string? Find(string key)
    {
        var path = PathOf(key);
        if (!File.Exists(path)) return null;
        try
        {
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
        }
        catch (IOException)
        {
            // It went between the two calls, or the disk keeps no times: only the order of leaving suffers.
        }
        return path;
    }

    private async Task<string> MakeAsync(string key, Func<CancellationToken, Task<byte[]>> make)
    {
        try
        {
            var sound = await make(CancellationToken.None);
            var path = PathOf(key);
            Directory.CreateDirectory(folder);
            AtomicFile.WriteAllBytes(path, sound);
            MakeRoom(sound.Length, path);
            return path;
        }
        finally
        {
            making.TryRemove(key, out _);
        }
    }

    private void MakeRoom(long added, string newest)
    {
        lock (gate)
        {
            bytes = bytes + added ?? Files().Sum(file => file.Length);
            if (bytes <= limit) return;
            // To nine tenths, so that not every new sound has to look through the folder.
            var left = Files().OrderBy(file => file.LastAccessTimeUtc).ToList();
            var total = left.Sum(file => file.Length);
            foreach (var file in left)
            {
                if (total <= limit / 10 * 9) break;
                if (file.FullName == newest) continue;
                total -= file.Length;
                file.Delete();
            }
            bytes = total;
        }
    }

    private IEnumerable<FileInfo> Files() => new DirectoryInfo(folder).EnumerateFiles("*" + Ending);

    private string PathOf(string key)
    {
        if (key.Length == 0 || !key.All(each => char.IsAsciiLetterOrDigit(each) || each == '-')) throw new ArgumentException($"'{key}' cannot name a file.", nameof(key));
        return Path.GetFullPath(Path.Combine(folder, key + Ending));
    }
}
