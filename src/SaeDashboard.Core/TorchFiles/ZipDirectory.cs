using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.TorchFiles;

/// <summary>
/// The directory of a zip file as torch.save writes them: one root folder, entries stored without compression, none over 4 GiB. Everything
/// else is rejected, so that no entry can be larger than the file or name a path outside it.
/// </summary>
internal static class ZipDirectory
{
    private const int EndLength = 22, CentralLength = 46, LocalLength = 30, LongestDirectory = 16 << 20, LongestName = 512;
    private const uint EndSignature = 0x06054b50, CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;

    /// <summary>Reads and checks the directory; the entries by their names without the root folder.</summary>
    /// <exception cref="UserException">The file is not such a zip file.</exception>
    public static Dictionary<string, ZipEntry> Read(string path, SafeFileHandle file)
    {
        var length = RandomAccess.GetLength(file);
        RequireZip(path, file, length);
        // torch writes no comment, so the end record is at the end of the file.
        var end = ReadAt(path, file, length - EndLength, EndLength);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0)
            throw Damaged(path, "the end of its directory is missing: the download or copy is incomplete");
        int count = U16(end, 10);
        long size = U32(end, 12), offset = U32(end, 16);
        if (U16(end, 4) != 0 || U16(end, 6) != 0 || U16(end, 8) != count) throw Damaged(path, "it is a part of a larger archive");
        if (size > LongestDirectory || offset + size > length - EndLength)
            throw new UserException($"{path} is larger than 4 GiB, or its directory is damaged: save the SAE again, as one file below 4 GiB.");

        var directory = ReadAt(path, file, offset, (int)size);
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        string? root = null;
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var (name, entry) = ReadEntry(path, file, directory, ref at, offset);
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            if (slash <= 0 || name.Split('/').Any(part => part is "" or "." or "..") || name.Any(letter => letter is '\\' or ':' || char.IsControl(letter)))
                throw Damaged(path, $"its entry \"{Shown(name)}\" has a name that torch does not write");
            root ??= name[..slash];
            if (name[..slash] != root) throw Damaged(path, "it has more than one root folder");
            if (!entries.TryAdd(name[(slash + 1)..], entry with { Name = name[(slash + 1)..] })) throw Damaged(path, $"its entry \"{Shown(name)}\" stands twice");
        }
        if (at != directory.Length) throw Damaged(path, "its directory has bytes that belong to no entry");
        RequireApart(path, entries.Values, offset);
        return entries;
    }

    /// <summary>The entry's bytes, checked against its checksum.</summary>
    /// <exception cref="UserException">The bytes are damaged, or more than 2 GiB.</exception>
    public static byte[] ReadBytes(string path, SafeFileHandle file, ZipEntry entry)
    {
        if (entry.Length > Array.MaxLength)
            throw new UserException($"{path}: its entry \"{Shown(entry.Name)}\" has {entry.Length} bytes, more than can be read in one piece.");
        var bytes = ReadAt(path, file, entry.DataOffset, (int)entry.Length);
        return Crc32.HashToUInt32(bytes) == entry.Crc ? bytes : throw Damaged(path, $"the bytes of its entry \"{Shown(entry.Name)}\" do not have their checksum");
    }

    /// <summary>A name of the file, short and without control characters.</summary>
    public static string Shown(string name)
    {
        const int Most = 80;
        var text = string.Concat(name.Take(Most).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '\uFFFD' : letter));
        return name.Length > Most ? text + "…" : text;
    }

    private static (string Name, ZipEntry Entry) ReadEntry(string path, SafeFileHandle file, byte[] directory, ref int at, long directoryOffset)
    {
        if (directory.Length - at < CentralLength || U32(directory, at) != CentralSignature) throw Damaged(path, "its directory is damaged");
        int flags = U16(directory, at + 8), method = U16(directory, at + 10), nameLength = U16(directory, at + 28);
        uint crc = U32(directory, at + 16), packed = U32(directory, at + 20), length = U32(directory, at + 24), local = U32(directory, at + 42);
        var next = at + CentralLength + nameLength + U16(directory, at + 30) + U16(directory, at + 32);
        if (next > directory.Length || nameLength is 0 or > LongestName) throw Damaged(path, "its directory is damaged");
        var nameBytes = directory.AsSpan(at + CentralLength, nameLength);
        at = next;
        var name = Encoding.UTF8.GetString(nameBytes);
        if ((flags & 1) != 0) throw new UserException($"{path}: its entry \"{Shown(name)}\" is encrypted. Save the SAE again with torch.save.");
        if (method != 0)
        {
            throw new UserException($"{path}: its entry \"{Shown(name)}\" is compressed (method {method}); torch.save stores without compression, and only " +
                "that is read. Load the file with torch and save it again.");
        }
        if (packed != length) throw Damaged(path, $"its entry \"{Shown(name)}\" has two lengths");
        if (length == uint.MaxValue || local == uint.MaxValue)
            throw new UserException($"{path}: its entry \"{Shown(name)}\" lies beyond 4 GiB, which is not read here.");
        if (local + LocalLength > directoryOffset) throw Damaged(path, $"its entry \"{Shown(name)}\" lies outside of it");
        var header = ReadAt(path, file, local, LocalLength);
        var data = (long)local + LocalLength + U16(header, 26) + U16(header, 28);
        if (U32(header, 0) != LocalSignature || U16(header, 8) != 0 || U16(header, 26) != nameLength || data + length > directoryOffset
            || !ReadAt(path, file, local + LocalLength, nameLength).AsSpan().SequenceEqual(nameBytes))
        {
            throw Damaged(path, $"its entry \"{Shown(name)}\" is not where its directory says");
        }
        return (name, new ZipEntry(name, crc, length, local, data));
    }

    /// <summary>Rejects entries that share bytes, with which a small zip file can expand to a huge one.</summary>
    private static void RequireApart(string path, IEnumerable<ZipEntry> entries, long directoryOffset)
    {
        var end = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.HeaderOffset))
        {
            if (entry.HeaderOffset < end) throw Damaged(path, $"its entry \"{Shown(entry.Name)}\" overlaps another");
            end = entry.DataOffset + entry.Length;
        }
        if (end > directoryOffset) throw Damaged(path, "an entry overlaps its directory");
    }

    private static void RequireZip(string path, SafeFileHandle file, long length)
    {
        if (length < EndLength) throw Damaged(path, $"it has only {length} bytes: the download or copy is incomplete");
        var first = ReadAt(path, file, 0, 4);
        if (U32(first, 0) == LocalSignature) return;
        GitLfsPointer.Refuse(path);
        // A pickle from its first byte on, or a tar file: what torch.save wrote before version 1.6.
        throw new UserException(first[0] == 0x80 || first.All(value => value is > 0x20 and < 0x7F)
            ? $"{path} is not in torch.save's zip format but an older one (or another kind of file): load it with torch 1.6 or newer and save it again."
            : $"{path} is not a file of torch.save (a zip file), or is damaged. Fetch it again.");
    }

    private static byte[] ReadAt(string path, SafeFileHandle file, long offset, int count)
    {
        var bytes = new byte[count];
        var done = 0;
        while (done < count)
        {
            var read = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (read == 0) throw Damaged(path, "it ends too early");
            done += read;
        }
        return bytes;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static UserException Damaged(string path, string what) => new($"{path} is damaged or no file of torch.save: {what}. Fetch it again.");
}

/// <summary>A file in a zip file, stored without compression.</summary>
/// <param name="Name">Its name without the archive's root folder: "data/0".</param>
/// <param name="Crc">CRC-32 of its bytes.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="HeaderOffset">Where its header begins.</param>
/// <param name="DataOffset">Where its bytes begin.</param>
internal sealed record ZipEntry(string Name, uint Crc, long Length, long HeaderOffset, long DataOffset);
