using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
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

    private const int MaxAttempts = 3;

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

    /// <summary>Opens the file of a sound, which is made when it is not there. It is the caller's, and whole even when it leaves the cache meanwhile.</summary>
    /// <param name="key">Names the sound: letters, digits and hyphens; another sound has another key.</param>
    /// <param name="make">Gives the WAV file's bytes. It is not cancelled when one of several waiting callers leaves.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="UserException">It cannot be made, written or read.</exception>
    public async Task<FileStream> OpenAsync(string key, Func<CancellationToken, Task<byte[]>> make, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (TryOpen(key) is { } there) return there;
            // It was made, and went again at once: the folder is emptied, or far too small.
            if (attempt > MaxAttempts) return RegularFile.OpenStream(PathOf(key));
            await making.GetOrAdd(key, each => new Lazy<Task<string>>(() => MakeAsync(each, make))).Value.WaitAsync(ct);
        }
    }

    /// <summary>Opens the file of a sound that is there already; null otherwise. What is not ours to read is made again in its place.</summary>
    public FileStream? TryOpen(string key)
    {
        var path = PathOf(key);
        try
        {
            if (new AllowedRoots([folder]).TryOpenFile(path) is not { } file) return null;
            KeepLonger(file);
            return new FileStream(file, FileAccess.Read, bufferSize: 0);
        }
        catch (UserException)
        {
            return null;
        }
    }

    private static void KeepLonger(SafeFileHandle file)
    {
        try
        {
            File.SetLastAccessTimeUtc(file, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's file, or a disk that keeps no times: only the order of leaving suffers.
        }
    }

    private async Task<string> MakeAsync(string key, Func<CancellationToken, Task<byte[]>> make)
    {
        try
        {
            var sound = await make(CancellationToken.None);
            var path = PathOf(key);
            try
            {
                Directory.CreateDirectory(folder);
                AtomicFile.WriteAllBytes(path, sound);
                MakeRoom(sound.Length, path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.CannotWrite(folder, error);
            }
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
            // Once a start: what killed processes left is under names that may never come again.
            if (bytes is null) AtomicFile.RemoveLeftovers(folder);
            bytes = bytes + added ?? Files().Sum(Size);
            if (bytes <= limit) return;
            // To nine tenths, if they can be deleted, so that not every new sound has to look through the folder.
            var left = Files().OrderBy(file => file.LastAccessTimeUtc).ToList();
            var total = left.Sum(Size);
            foreach (var file in left)
            {
                if (total <= limit / 10 * 9) break;
                if (file.FullName == newest) continue;
                var size = Size(file);
                if (TryDelete(file)) total -= size;
            }
            bytes = total;
        }
    }

    private static long Size(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0; // It went meanwhile.
        }
    }

    private static bool TryDelete(FileInfo file)
    {
        try
        {
            file.Delete();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another user's: the sound that was just made is there all the same.
            return false;
        }
    }

    private IEnumerable<FileInfo> Files() => new DirectoryInfo(folder).EnumerateFiles("*" + Ending);

    private string PathOf(string key)
    {
        if (key.Length == 0 || !key.All(each => char.IsAsciiLetterOrDigit(each) || each == '-')) throw new ArgumentException($"'{key}' cannot name a file.", nameof(key));
        return Path.GetFullPath(Path.Combine(folder, key + Ending));
    }
}
