using System.Buffers;
using System.Text.Json;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Journals;

/// <summary>The first line of each file of the journal.</summary>
/// <param name="Journal">The format's number: <see cref="Newest"/>.</param>
/// <param name="Site">Eight hex digits that tell this data folder from others, also in exported files.</param>
/// <param name="Base">The number of the last write before this file.</param>
/// <param name="Snapshot">Whether the file begins with every document there was: what the files before it say no longer counts.</param>
internal sealed record JournalHeader(int Journal, string Site, long Base, bool Snapshot)
{
    /// <summary>The newest format this program knows.</summary>
    public const int Newest = 1;

    public void Write(ArrayBufferWriter<byte> to) => JournalLine.Seal(to, writer =>
    {
        writer.WriteNumber("journal", Journal);
        writer.WriteString("site", Site);
        writer.WriteNumber("base", Base);
        writer.WriteBoolean("snapshot", Snapshot);
    });

    /// <summary>Reads a first line; null: it is damaged.</summary>
    public static JournalHeader? Read(ReadOnlySpan<byte> line)
    {
        // The format alone may be read of a line whose checksum another program computes otherwise.
        try
        {
            var header = JsonSerializer.Deserialize<JournalHeader>(line, StorageJson.Options);
            return header is { Journal: > Newest } || header is { Journal: > 0, Site: not null } && JournalLine.TryUnseal(line, out _) ? header : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
