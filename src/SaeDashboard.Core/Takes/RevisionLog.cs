using System.Buffers.Binary;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// Which samples of a growing WAV file were written more than once, in a file next to it (<c>C.wav</c>: <c>C.revisions</c>): eight bytes a
/// revision, little-endian, the first sample that it replaced. Revision n is entry n − 1; without the file every sample was written once.
/// <para>
/// The writer shortens the WAV, then appends the entry, then writes the new samples. A reader that finds the same number of entries before and
/// after it reads samples therefore has samples of that revision; if there are more now, it discards what it has just read, and what it took earlier
/// is obsolete from the smallest new entry on.
/// </para>
/// </summary>
public static class RevisionLog
{
    private const int EntryBytes = 8;

    // More than a take has moves.
    private const int MaxRevisions = 100_000;

    /// <summary>The log of a WAV file.</summary>
    public static string PathOf(string wavPath) => Path.ChangeExtension(wavPath, ".revisions");

    /// <summary>How many revisions there are: the number of the last one.</summary>
    /// <param name="wavPath">The WAV file.</param>
    /// <param name="roots">The folders that must contain the log, links followed; null: any.</param>
    /// <exception cref="UserException">The log is not a regular file, or outside the roots.</exception>
    public static int Count(string wavPath, AllowedRoots? roots = null)
    {
        using var file = Open(wavPath, roots);
        return file is null ? 0 : (int)Math.Min(RandomAccess.GetLength(file) / EntryBytes, MaxRevisions);
    }

    /// <summary>The first sample that became obsolete after a revision; null: none did.</summary>
    /// <param name="wavPath">The WAV file.</param>
    /// <param name="revision">The revision that is known.</param>
    /// <param name="roots">As in <see cref="Count"/>.</param>
    public static long? StaleFrom(string wavPath, int revision, AllowedRoots? roots = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
        using var file = Open(wavPath, roots);
        if (file is null) return null;
        var count = (int)Math.Min(RandomAccess.GetLength(file) / EntryBytes, MaxRevisions) - revision;
        if (count <= 0) return null;
        var bytes = new byte[count * EntryBytes];
        var read = RandomAccess.Read(file, bytes, (long)revision * EntryBytes);
        var first = long.MaxValue;
        for (var at = 0; at + EntryBytes <= read; at += EntryBytes) first = Math.Min(first, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));
        return first == long.MaxValue ? null : Math.Max(0, first);
    }

    /// <summary>Announces that samples are written again.</summary>
    internal static void Append(string wavPath, long sample)
    {
        using var stream = RegularFile.OpenOrCreate(PathOf(wavPath));
        stream.Seek(0, SeekOrigin.End);
        var entry = new byte[EntryBytes];
        BinaryPrimitives.WriteInt64LittleEndian(entry, sample);
        stream.Write(entry);
        stream.Flush();
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle? Open(string wavPath, AllowedRoots? roots) =>
        roots is null ? RegularFile.TryOpen(PathOf(wavPath)) : roots.TryOpenFile(PathOf(wavPath));
}
