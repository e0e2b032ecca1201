using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Journals;

/// <summary>
/// A line of the journal as bytes:
/// <c>{"seq":7,"at":"…Z","actor":{"userId":"ada","name":"Ada"},"action":"label.add","subject":"…","detail":{…},"upserts":{"labels":[{…}]},"deletes":{"drafts":["…"]},"crc":"9ae0daaf"}</c>.
/// The last member is the CRC-32 of everything before it, which detects lines that the disk altered.
/// </summary>
internal static class JournalLine
{
    private const int CrcDigits = 8;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The entry's line, its newline included.</summary>
    public static void Write(JournalEntry entry, ArrayBufferWriter<byte> to) => Seal(to, writer =>
    {
        writer.WriteNumber("seq", entry.Seq);
        writer.WritePropertyName("at");
        JsonSerializer.Serialize(writer, entry.At, StorageJson.Options);
        writer.WriteStartObject("actor");
        writer.WriteString("userId", entry.Actor.UserId);
        writer.WriteString("name", entry.Actor.Name);
        writer.WriteEndObject();
        writer.WriteString("action", entry.Action);
        writer.WriteString("subject", entry.Subject);
        if (entry.Detail is not null)
        {
            writer.WritePropertyName("detail");
            writer.WriteRawValue(entry.Detail);
        }
        WriteChanges(writer, "upserts", entry.Changes.Where(change => change.Document is not null), change => writer.WriteRawValue(change.Json.Span, skipInputValidation: true));
        WriteChanges(writer, "deletes", entry.Changes.Where(change => change.Document is null), change => writer.WriteStringValue(change.Id));
    });

    /// <summary>A line of JSON that ends in its checksum and a newline.</summary>
    /// <param name="to">The buffer to append to.</param>
    /// <param name="members">Writes the members of the object.</param>
    public static void Seal(ArrayBufferWriter<byte> to, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        var body = buffer.WrittenSpan[..^1];
        to.Write(body);
        to.Write(CrcMember);
        var crc = Crc32.HashToUInt32(body).ToString("x8", CultureInfo.InvariantCulture);
        foreach (var digit in crc) to.Write([(byte)digit]);
        to.Write("\"}\n"u8);
    }

    /// <summary>Whether a line (without its newline) is intact; if so, its object without the checksum.</summary>
    public static bool TryUnseal(ReadOnlySpan<byte> line, out int bodyLength)
    {
        bodyLength = line.Length - CrcMember.Length - CrcDigits - 2;
        if (bodyLength < 1 || !line[bodyLength..].StartsWith(CrcMember) || !line.EndsWith("\"}"u8)) return false;
        var digits = line.Slice(bodyLength + CrcMember.Length, CrcDigits);
        return Utf8Parser.TryParse(digits, out uint crc, out var read, 'x') && read == CrcDigits && crc == Crc32.HashToUInt32(line[..bodyLength]);
    }

    /// <summary>The number of a line that <see cref="TryUnseal"/> accepted, without reading the rest; null: not an entry.</summary>
    public static long? Number(ReadOnlySpan<byte> line) =>
        line.StartsWith("{\"seq\":"u8) && Utf8Parser.TryParse(line["{\"seq\":"u8.Length..], out long seq, out _) && seq > 0 ? seq : null;

    /// <summary>Reads a line that <see cref="TryUnseal"/> accepted.</summary>
    /// <exception cref="JsonException">The line is not an entry of this program.</exception>
    /// <exception cref="UnknownCollectionException">The line holds documents of an unknown kind.</exception>
    public static JournalEntry Read(ReadOnlyMemory<byte> line, TableSet tables)
    {
        var raw = JsonSerializer.Deserialize<Raw>(line.Span, StorageJson.Options) ?? throw new JsonException("null");
        var changes = new List<Change>();
        foreach (var (name, documents) in raw.Upserts ?? [])
        {
            var table = tables.ByName(name) ?? throw new UnknownCollectionException(name);
            foreach (var document in documents) changes.Add(table.Parse(JsonSerializer.SerializeToUtf8Bytes(document, StorageJson.Options)));
        }
        foreach (var (name, ids) in raw.Deletes ?? [])
        {
            var table = tables.ByName(name) ?? throw new UnknownCollectionException(name);
            foreach (var id in ids) changes.Add(new Change(table, id, null, default));
        }
        return new JournalEntry(raw.Seq, raw.At, raw.Actor, raw.Action, raw.Subject, raw.Detail?.GetRawText(), changes);
    }

    private static ReadOnlySpan<byte> CrcMember => ",\"crc\":\""u8;

    private static void WriteChanges(Utf8JsonWriter writer, string member, IEnumerable<Change> changes, Action<Change> write)
    {
        var begun = false;
        foreach (var table in changes.GroupBy(change => change.Table.Name))
        {
            if (!begun) writer.WriteStartObject(member);
            begun = true;
            writer.WriteStartArray(table.Key);
            foreach (var change in table) write(change);
            writer.WriteEndArray();
        }
        if (begun) writer.WriteEndObject();
    }

    private sealed record Raw(
        long Seq, DateTimeOffset At, Actor Actor, string Action, string Subject, JsonElement? Detail,
        Dictionary<string, List<JsonElement>>? Upserts, Dictionary<string, List<string>>? Deletes);
}

/// <summary>The journal holds documents of an unknown kind: a newer program has written it.</summary>
internal sealed class UnknownCollectionException(string name) : Exception($"unknown collection {name}")
{
    public string Name => name;
}

/// <summary>One line of the journal: one whole write of one user.</summary>
/// <param name="Seq">Its number: 1, 2, 3, …</param>
/// <param name="At">When, UTC.</param>
/// <param name="Actor">Who.</param>
/// <param name="Action">What was done: "label.add".</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Detail">Details for the audit, as JSON; null: none.</param>
/// <param name="Changes">The documents it changed.</param>
internal sealed record JournalEntry(long Seq, DateTimeOffset At, Actor Actor, string Action, string Subject, string? Detail, IReadOnlyList<Change> Changes);

/// <summary>The first line of each file of the journal.</summary>
/// <param name="Journal">The format's number: <see cref="Newest"/>.</param>
/// <param name="Site">Eight hexadecimal digits that identify this data folder, also in exported files.</param>
/// <param name="Base">The number of the last write before this file.</param>
/// <param name="Snapshot">Whether the file begins with a snapshot of all documents, which supersedes the files before it.</param>
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

    /// <summary>Reads a first line; null: damaged.</summary>
    public static JournalHeader? Read(ReadOnlySpan<byte> line)
    {
        // Only the format may be read from a line with a checksum of another program.
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
