using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>What a start found and made ready.</summary>
internal sealed record OpenedStorage(TableSet Tables, Journal Journal, IndexFile Index, AuditBook Audit, IReadOnlyList<string> Notices);

/// <summary>Reads LiteDB and the journal at start, brings the one up to the other, and says what was wrong.</summary>
internal static class StorageOpener
{
    /// <summary>A file of the journal that is longer is followed by another one at the next start: copies stay handy.</summary>
    private const long MaxFileBytes = 64L << 20;

    private const int SnapshotPart = 200;

    public static OpenedStorage Open(string journalFolder, string indexPath, TimeProvider clock, Func<string, JournalFile> openFile)
    {
        var tables = new TableSet();
        var audit = new AuditBook();
        var notices = new List<string>();
        var index = new IndexFile(indexPath, clock);
        Journal? journal = null;
        try
        {
            var hasJournal = JournalReader.Files(journalFolder).Count > 0;
            var wrong = index.Open(tables, hasJournal);
            if (wrong is not null && !hasJournal && new FileInfo(indexPath) is not { Exists: true, Length: 0 })
                throw new UserException($"{wrong}, and there is no journal in {journalFolder} to make it from. It was left as it is. " +
                    "Put the journal back from a copy, or move the file away to begin with nothing, or start with --data and another folder.");
            var reader = new JournalReader(journalFolder, tables);
            var stale = wrong is not null;
            var replayed = new List<JournalEntry>();
            var indexed = index.Seq;
            reader.Read(indexed, entry =>
            {
                tables.Publish(entry.Changes);
                replayed.Add(entry);
            }, () =>
            {
                // The journal was begun again with everything there was at a later time than LiteDB's.
                tables.Clear();
                replayed.Clear();
                stale |= indexed > 0;
            }, audit.Add);
            journal = OpenLast(journalFolder, reader, tables, indexed, notices, openFile);
            notices.AddRange(reader.Notices);

            if (stale || !index.IsOpen)
            {
                var aside = index.Rebuild(tables, journal.LastSeq);
                if (wrong is not null)
                    notices.Add($"{wrong}. It was made from the journal again: {journal.LastSeq} writes, nothing is lost{(aside is null ? "" : $". The file that was there is now {aside}")}.");
                else if (!stale && journal.LastSeq > 0) notices.Add($"{indexPath} was missing and was made from the journal again: {journal.LastSeq} writes, nothing is lost.");
            }
            else if (index.Seq != journal.LastSeq)
            {
                foreach (var part in replayed.Chunk(500)) index.Apply(part.SelectMany(entry => entry.Changes), part[^1].Seq);
                index.Apply([], journal.LastSeq);
            }
            return new OpenedStorage(tables, journal, index, audit, notices);
        }
        catch
        {
            journal?.Dispose();
            index.Dispose();
            throw;
        }
    }

    /// <summary>The file that grows: the last one, cut off after its last whole line, or a new one.</summary>
    private static Journal OpenLast(string folder, JournalReader reader, TableSet tables, long indexed, List<string> notices, Func<string, JournalFile> openFile)
    {
        var site = reader.Site ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var (path, lastSeq) = (reader.LastFile, reader.LastSeq);
        // First of all: what is written to a new file after this refers to files that are whole.
        foreach (var (file, whole) in reader.Torn) PutAside(file, whole, notices, openFile);
        if (indexed > lastSeq)
        {
            // A disk that lied about fsync, or someone put an older copy of the journal here: LiteDB has what it lacks.
            notices.Add($"The journal in {folder} ended with write {lastSeq}, and LiteDB knew {indexed}. Everything LiteDB knew was written to a new file of the journal; nothing is lost. " +
                "If you put an older journal here to go back to it, move dashboard.litedb away as well.");
            (path, lastSeq) = Snapshot(JournalReader.FileAfter(folder, path), site, indexed, tables);
        }
        else if (path is null || reader.WholeBytes == 0 || reader.WholeBytes > MaxFileBytes)
        {
            path = JournalReader.FileAfter(folder, path);
            DurableFolder.Create(folder);
            Journal.Create(path, new JournalHeader(JournalHeader.Newest, site, lastSeq, Snapshot: false));
        }
        return new Journal(path, site, lastSeq, openFile(path));
    }

    /// <summary>
    /// Cuts a file off after its last whole line, and keeps what was cut off in a file next to it: later starts find nothing to report, and nothing is lost.
    /// </summary>
    private static void PutAside(string path, long whole, List<string> notices, Func<string, JournalFile> openFile)
    {
        using var file = openFile(path);
        var torn = file.Length - whole;
        if (torn <= 0) return;
        var aside = Path.ChangeExtension(path, ".torn");
        var kept = Keep(path, whole, aside) is { } problem ? $"could not be kept ({problem})" : $"are kept in {aside}";
        file.Truncate(whole);
        file.Sync();
        notices.Add(string.Create(CultureInfo.InvariantCulture, $"{path} ended in the middle of a line, as when the machine stops during a write. Its last {torn} bytes were cut off and {kept}."));
    }

    /// <summary>Appends the end of a file to another one; returns what went wrong: an incomplete line does not prevent a start.</summary>
    private static string? Keep(string path, long whole, string aside)
    {
        try
        {
            using var from = RegularFile.OpenStream(path);
            from.Position = whole;
            using var to = RegularFile.Append(aside);
            from.CopyTo(to);
            to.WriteByte((byte)'\n');
            to.Flush(flushToDisk: true);
            return null;
        }
        catch (Exception error) when (error is IOException or UserException)
        {
            return error.Message;
        }
    }

    private static (string Path, long LastSeq) Snapshot(string path, string site, long last, TableSet tables)
    {
        var lines = new ArrayBufferWriter<byte>();
        var seq = last;
        foreach (var table in tables.All)
        {
            foreach (var part in table.Documents.Chunk(SnapshotPart))
            {
                var changes = part.Select(document => new Change(table, document.Id, document, table.ToJson(document))).ToArray();
                JournalLine.Write(new JournalEntry(++seq, DateTimeOffset.UtcNow, UserRepository.Site, "journal.snapshot", table.Name, null, changes), lines);
            }
        }
        DurableFolder.Create(Path.GetDirectoryName(path)!);
        Journal.Create(path, new JournalHeader(JournalHeader.Newest, site, last, Snapshot: true), lines.WrittenSpan);
        return (path, seq);
    }
}
