using System.Text;
using SaeDashboard.Storage;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.StorageChecks;

/// <summary>What memory, the journal and LiteDB hold, each read on its own, as text.</summary>
internal static class Inspection
{
    public static string InMemory(Database database)
    {
        lock (database.Tables.Gate) return Text(database.Tables);
    }

    public static string InJournal(string folder)
    {
        var tables = new TableSet();
        new JournalReader(Path.Combine(folder, "journal"), tables).Read(0, entry => tables.Publish(entry.Changes), tables.Clear, _ => { });
        return Text(tables);
    }

    public static string InLiteDb(string folder)
    {
        var tables = new TableSet();
        var documents = new List<Change>();
        using var index = LiteIndex.Open(Path.Combine(folder, "dashboard.litedb"), tables, documents.Add, readOnly: true);
        tables.Publish(documents);
        return Text(tables);
    }

    /// <summary>The last write that LiteDB holds; -1: it cannot be read.</summary>
    public static long IndexedSeq(string folder)
    {
        try
        {
            using var index = LiteIndex.Open(Path.Combine(folder, "dashboard.litedb"), new TableSet(), _ => { }, readOnly: true);
            return index.Seq;
        }
        // LiteDB fails in its own ways; the start that follows says what was wrong.
        catch (Exception)
        {
            return -1;
        }
    }

    private static string Text(TableSet tables)
    {
        var text = new StringBuilder();
        foreach (var table in tables.All)
        {
            foreach (var document in table.Documents.OrderBy(document => document.Id, StringComparer.Ordinal))
                text.Append(table.Name).Append(' ').AppendLine(Encoding.UTF8.GetString(table.ToJson(document)));
        }
        return text.ToString();
    }
}
