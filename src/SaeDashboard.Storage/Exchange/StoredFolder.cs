using SaeDashboard.Core.Files;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Exchange;

/// <summary>
/// What people wrote in a data folder, read without writing a byte and without a lock: for a folder on a read-only disk or of another user, and
/// while a site has it open. Of a write that is under way the journal's whole lines count.
/// </summary>
internal sealed record StoredFolder(TableSet Tables, string Site, IReadOnlyList<string> Notices)
{
    /// <summary>Reads it.</summary>
    /// <param name="folder">The data folder.</param>
    /// <exception cref="Core.UserException">Something cannot be read, or a newer or a much older program has written it.</exception>
    public static StoredFolder Read(string folder)
    {
        folder = Path.GetFullPath(folder);
        Database.RefuseEarlier(folder);
        var tables = new TableSet();
        var indexed = FileLock.IsHeld(Path.Combine(folder, Database.LockName)) ? 0 : ReadIndex(Path.Combine(folder, Database.IndexName), tables);
        var reader = new JournalReader(Path.Combine(folder, Database.JournalName), tables);
        try
        {
            reader.Read(indexed, entry => tables.Publish(entry.Changes), tables.Clear, _ => { });
        }
        catch (UnauthorizedAccessException error)
        {
            throw new Core.UserException($"{folder} cannot be read: {error.Message} Give this user the right to read it.", error);
        }
        return new StoredFolder(tables, reader.Site ?? new string('0', 8),
            [.. reader.Notices, .. reader.Torn.Select(torn => $"{torn.File} ends in the middle of a line, which is not taken along.")]);
    }

    /// <summary>The write up to which LiteDB has everything, read into the tables; 0: the journal says all there is.</summary>
    private static long ReadIndex(string path, TableSet tables)
    {
        if (!File.Exists(path)) return 0;
        try
        {
            var documents = new List<Change>();
            using var index = LiteIndex.Open(path, tables, documents.Add, readOnly: true);
            tables.Publish(documents);
            return index.Seq;
        }
#pragma warning disable CA1031 // Whatever a damaged file leads LiteDB to; the journal has everything too.
        catch (Exception)
#pragma warning restore CA1031
        {
            tables.Clear();
            return 0;
        }
    }
}
