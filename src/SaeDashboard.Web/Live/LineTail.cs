using System.Buffers;
using System.Text;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Live;

/// <summary>
/// Follows a file that others append lines to. Whole lines only: a torn last line is given when its newline comes. A file that became
/// shorter, or is another one under the same name, is not the one that was followed, and is read again from its beginning.
/// </summary>
/// <param name="path">The file; need not be there yet.</param>
/// <param name="roots">The folders that it must lie under, links followed; null: anywhere.</param>
internal sealed class LineTail(string path, AllowedRoots? roots = null)
{
    private const int Block = 1 << 16;

    // No line that we write is longer than this.
    private const int Longest = 16 << 20;

    /// <summary>Bytes that one look takes at most: the rest of a long file is the next look's.</summary>
    private const long MostAtOnce = 16 << 20;

    /// <inheritdoc cref="RandomAccess.Read(SafeFileHandle, Span{byte}, long)"/>
    internal delegate int ReadBytes(SafeFileHandle file, Span<byte> bytes, long offset);

    private readonly ArrayBufferWriter<byte> torn = new();
    private UInt128 identity;
    private long offset;

    /// <summary>How bytes are read: a test's disk fails.</summary>
    internal ReadBytes ReadAt { get; init; } = RandomAccess.Read;

    /// <summary>Lines given so far.</summary>
    public long Line { get; private set; }

    /// <summary>Whether the last look left something for the next.</summary>
    public bool HasMore { get; private set; }

    /// <summary>What came since the last call; <c>Begun</c> is true when it was read from the beginning again.</summary>
    public (bool Begun, IReadOnlyList<string> Lines) Read()
    {
        var lines = new List<string>();
        var begun = false;
        HasMore = false;
        try
        {
            using var file = roots is null ? RegularFile.TryOpen(path) : roots.TryOpenFile(path);
            if (file is not null)
            {
                begun = StartOverIfOther(file);
                ReadNew(file, lines);
            }
        }
        catch (Exception error) when (error is IOException or UserException)
        {
            // Unreadable, for a moment or for good: the next read continues here, and no line already read is lost.
        }
        Line += lines.Count;
        return (begun, lines);
    }

    private bool StartOverIfOther(SafeFileHandle file)
    {
        var now = FileLook.Of(file, path);
        var other = now.Length < offset || (offset > 0 && now.Identity != identity);
        identity = now.Identity;
        if (!other) return false;
        offset = 0;
        Line = 0;
        torn.ResetWrittenCount();
        return true;
    }

    private void ReadNew(SafeFileHandle file, List<string> lines)
    {
        var length = RandomAccess.GetLength(file);
        var end = Math.Min(length, offset + MostAtOnce);
        var buffer = new byte[(int)Math.Min(Block, end - offset)];
        while (offset < end && ReadAt(file, buffer, offset) is > 0 and var read)
        {
            offset += read;
            Take(buffer.AsSpan(0, read), lines);
        }
        HasMore = offset == end && end < length;
    }

    private void Take(ReadOnlySpan<byte> bytes, List<string> lines)
    {
        int newline;
        while ((newline = bytes.IndexOf((byte)'\n')) >= 0)
        {
            torn.Write(bytes[..newline]);
            lines.Add(Encoding.UTF8.GetString(torn.WrittenSpan));
            torn.ResetWrittenCount();
            bytes = bytes[(newline + 1)..];
        }
        if (torn.WrittenCount + bytes.Length <= Longest) torn.Write(bytes);
    }
}
