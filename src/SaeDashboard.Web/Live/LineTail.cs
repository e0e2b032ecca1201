using System.Buffers;
using System.Text;

namespace SaeDashboard.Web.Live;

/// <summary>
/// Follows a file that others append lines to. Whole lines only: a torn last line is given when its newline comes. A file that became
/// shorter is not the one that was followed, and is read again from its beginning.
/// </summary>
internal sealed class LineTail(string path)
{
    private const int Block = 1 << 16;

    // A line longer than this is no line of ours.
    private const int Longest = 16 << 20;

    private readonly ArrayBufferWriter<byte> torn = new();
    private long offset;

    /// <summary>Lines given so far.</summary>
    public long Line { get; private set; }

    /// <summary>What came since the last call; <c>Begun</c> is true when it was read from the beginning again.</summary>
    public (bool Begun, IReadOnlyList<string> Lines) Read()
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var begun = stream.Length < offset;
            if (begun) StartOver();
            if (stream.Length == offset) return (begun, []);
            stream.Position = offset;
            var lines = new List<string>();
            var buffer = new byte[(int)Math.Min(Block, stream.Length - offset)];
            int read;
            while ((read = stream.Read(buffer)) > 0)
            {
                offset += read;
                Take(buffer.AsSpan(0, read), lines);
            }
            Line += lines.Count;
            return (begun, lines);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return (false, []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Locked or unreadable for a moment: the next look will do.
            return (false, []);
        }
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

    private void StartOver()
    {
        offset = 0;
        Line = 0;
        torn.ResetWrittenCount();
    }
}
