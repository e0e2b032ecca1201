using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Data.Uploads;

/// <summary>What may be uploaded: the section <c>Uploads</c> of appsettings.json.</summary>
public sealed class UploadOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Uploads";

    /// <summary>Gigabytes of all uploads that are not finished, and of the files in an archive.</summary>
    public double MaxGigabytes { get; set; } = 64;

    /// <summary>Uploads that are not finished, and files in an archive.</summary>
    public int MaxFiles { get; set; } = 20_000;

    /// <summary>Days after which an upload that was not continued is removed.</summary>
    public double KeepDays { get; set; } = 7;

    /// <summary>Megabytes that uploads leave free on the disk.</summary>
    public long KeepFreeMegabytes { get; set; } = 1024;

    internal long MaxBytes => (long)(MaxGigabytes * 1e9);
}

/// <summary>A file on its way here: info.json of its folder.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Owner">Who uploads it; others do not see it.</param>
/// <param name="Path">Its name, with the folders it is in, as it will be kept.</param>
/// <param name="Length">Bytes.</param>
public sealed record UploadInfo(string Id, string Owner, string Path, long Length);

/// <summary>
/// Files that are being uploaded, each in uploads/ID: info.json and content. How far one is, is the length of its content, so an upload continues
/// after the site was killed. Bounded in number and bytes. Any thread.
/// </summary>
internal sealed class UploadStore(DataRoot root, IOptions<UploadOptions> options, TimeProvider clock)
{
    /// <summary>The beginning of the names of folders in uploads/ that are being put together.</summary>
    public const string StagingPrefix = "staging-";

    private const string InfoName = "info.json", ContentName = "content", Kind = "upload";
    private const int Piece = 1 << 16;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(10);

    // Read once: a folder of a thousand files begins a thousand uploads.
    private readonly Lazy<ConcurrentDictionary<string, UploadInfo>> known = new(() => new ConcurrentDictionary<string, UploadInfo>(All(root.Uploads).Select(info => KeyValuePair.Create(info.Id, info)), StringComparer.Ordinal));
    private readonly ConcurrentDictionary<string, object> writing = new(StringComparer.Ordinal);
    private readonly Lock creating = new();
    private DateTimeOffset looked;

    private string Folder => root.Uploads;

    private UploadOptions Limits => options.Value;

    /// <summary>The most bytes of one upload.</summary>
    public long MaxBytes => Limits.MaxBytes;

    /// <summary>Begins an upload.</summary>
    /// <exception cref="UploadRefusedException">It is too long, the disk has no room, there are too many, or its name leads elsewhere.</exception>
    public UploadInfo Create(string owner, string path, long length)
    {
        if (UploadPaths.Clean(path) is not { } clean) throw new UploadRefusedException(StatusCodes.Status400BadRequest, $"“{path}” cannot be the name of a file here: it is empty, too long, hidden, or leads out of its folder.");
        lock (creating)
        {
            RemoveOld();
            var there = known.Value.Values.ToList();
            if (there.Count >= Limits.MaxFiles) throw new UploadRefusedException(StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant($"{Limits.MaxFiles:N0} files are being uploaded already, the most at a time. Finish or cancel some, or upload an archive."));
            if (length > MaxBytes - there.Sum(each => each.Length))
                throw new UploadRefusedException(StatusCodes.Status413PayloadTooLarge, $"{clean} has {Format.Bytes(length)}; with what is being uploaded already that is more than {Format.Bytes(MaxBytes)}, the most at a time (Uploads:MaxGigabytes). Copy it into the data folder instead.");
            var free = new DriveInfo(root.Path).AvailableFreeSpace - there.Sum(each => each.Length - Offset(each)) - (Limits.KeepFreeMegabytes << 20);
            if (length > free) throw new UploadRefusedException(StatusCodes.Status507InsufficientStorage, $"The disk has no room for {clean} ({Format.Bytes(length)}). Free some on the Data page.");
            var info = new UploadInfo(Ids.New(Kind, clock), owner, clean, length);
            try
            {
                Directory.CreateDirectory(FolderOf(info.Id));
                RegularFile.OpenOrCreate(ContentOf(info.Id)).Dispose();
                // Last: a folder without it does not count as an upload.
                AtomicFile.WriteJson(Path.Combine(FolderOf(info.Id), InfoName), info);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw AtomicFile.CannotWrite(Folder, error);
            }
            known.Value[info.Id] = info;
            return info;
        }
    }

    /// <summary>An upload of a person; null: they have none of that id.</summary>
    public UploadInfo? Find(string id, string owner) => known.Value.TryGetValue(id, out var info) && info.Owner == owner ? info : null;

    /// <summary>Bytes that are here.</summary>
    public long Offset(UploadInfo info) => FileLook.At(ContentOf(info.Id))?.Length ?? 0;

    /// <summary>Where its bytes are.</summary>
    public string ContentOf(string id) => Path.Combine(FolderOf(id), ContentName);

    /// <summary>Appends bytes. What has arrived stays, also when the connection breaks.</summary>
    /// <param name="info">The upload.</param>
    /// <param name="offset">How many bytes the sender thinks are here.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="announced">How many they are; null: not announced.</param>
    /// <param name="cancellation">The connection broke.</param>
    /// <returns>How many bytes are here now.</returns>
    /// <exception cref="UploadRefusedException">The offset is another, another request writes, or there are more bytes than announced.</exception>
    public async Task<long> AppendAsync(UploadInfo info, long offset, Stream body, long? announced, CancellationToken cancellation)
    {
        if (!writing.TryAdd(info.Id, info)) throw new UploadRefusedException(StatusCodes.Status423Locked, "Another request writes to this upload.");
        try
        {
            await using var file = RegularFile.Append(ContentOf(info.Id));
            if (file.Position != offset) throw new UploadRefusedException(StatusCodes.Status409Conflict, FormattableString.Invariant($"{file.Position} bytes are here, not {offset}."));
            if (announced > info.Length - offset) throw TooMany(info);
            var buffer = new byte[Piece];
            try
            {
                int read;
                while ((read = await body.ReadAsync(buffer, cancellation)) > 0)
                {
                    if (file.Position + read > info.Length) throw TooMany(info);
                    await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
                }
            }
            catch (IOException error) when (error is not BadHttpRequestException && new DriveInfo(root.Path).AvailableFreeSpace < Piece)
            {
                throw new UploadRefusedException(StatusCodes.Status507InsufficientStorage, "The disk is full. Free some on the Data page; the upload continues where it is.");
            }
            finally
            {
                file.Flush(flushToDisk: true);
            }
            return file.Position;
        }
        finally
        {
            writing.TryRemove(info.Id, out _);
        }
    }

    private static UploadRefusedException TooMany(UploadInfo info) => new(StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant($"{info.Path} was announced with {info.Length} bytes; more were sent."));

    /// <summary>Removes an upload.</summary>
    public void Delete(UploadInfo info)
    {
        known.Value.TryRemove(info.Id, out _);
        if (Directory.Exists(FolderOf(info.Id))) Directory.Delete(FolderOf(info.Id), recursive: true);
    }

    private static IEnumerable<UploadInfo> All(string uploads) => !Directory.Exists(uploads) ? []
        : Directory.EnumerateDirectories(uploads).Where(path => Ids.IsValid(Kind, Path.GetFileName(path))).Select(Read).OfType<UploadInfo>();

    private void RemoveOld()
    {
        var now = clock.GetUtcNow();
        if (now - looked < BetweenLooks || !Directory.Exists(Folder)) return;
        looked = now;
        // A process was killed while it put one together.
        foreach (var left in Directory.EnumerateDirectories(Folder, StagingPrefix + "*").Where(path => Directory.GetLastWriteTimeUtc(path) < now.UtcDateTime - TimeSpan.FromDays(Math.Max(1, Limits.KeepDays)))) Directory.Delete(left, recursive: true);
        foreach (var folder in Directory.EnumerateDirectories(Folder).Where(path => Ids.IsValid(Kind, Path.GetFileName(path))))
        {
            var content = new FileInfo(Path.Combine(folder, ContentName));
            if ((content.Exists ? content.LastWriteTimeUtc : Directory.GetLastWriteTimeUtc(folder)) >= now.UtcDateTime - TimeSpan.FromDays(Limits.KeepDays)) continue;
            known.Value.TryRemove(Path.GetFileName(folder), out _);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static UploadInfo? Read(string folder)
    {
        try
        {
            var path = Path.Combine(folder, InfoName);
            return FileLook.At(path) is null ? null : JsonFile.Read<UploadInfo>(path);
        }
        catch (UserException)
        {
            // Not one of ours, or damaged: it is removed when it is old.
            return null;
        }
    }

    private string FolderOf(string id) => Path.Combine(Folder, id);
}

/// <summary>A request about an upload that is refused.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">Why, for a person.</param>
public sealed class UploadRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;
}

/// <summary>What the names of uploaded files may be.</summary>
internal static class UploadPaths
{
    private const int MaxLength = 400, MaxDepth = 8;

    private static readonly string[] Archives = [".zip", ".tar", ".tar.gz", ".tgz"];

    /// <summary>A relative path as it is kept, with forward slashes; null: it is empty, too long, hidden, absolute, or leads out of its folder.</summary>
    public static string? Clean(string path)
    {
        var parts = path.Replace('\\', '/').Split('/');
        if (path.Length is 0 or > MaxLength || parts.Length > MaxDepth) return null;
        // No "..", no "/x", no "C:", nothing hidden, nothing that a terminal or a page would show as something else.
        return parts.All(part => part.Length is > 0 and <= 200 && !part.StartsWith('.') && part.Trim() == part && !part.Contains(':', StringComparison.Ordinal) && !part.Any(letter => char.IsControl(letter) || letter is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')))
            ? string.Join('/', parts) : null;
    }

    /// <summary>Whether a name is an archive's, by its ending: weights of PyTorch begin as zip files do.</summary>
    public static bool IsArchive(string path) => Archives.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
