using System.IO.Hashing;
using LiteDB;
using SaeDashboard.Core.Files;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Index;

/// <summary>
/// The documents in LiteDB, one collection per table, as of journal write <see cref="Seq"/>. LiteDB does not flush commits to the disk and
/// rewrites pages in place, so everything is verified: every document has a hash of its JSON, and the collection <c>meta</c> has the sum of
/// all hashes of each table, changed in the same transaction. Not thread-safe.
/// </summary>
internal sealed class LiteIndex : IDisposable
{
    /// <summary>The number of this layout. A file of another layout is rebuilt from the journal.</summary>
    private const int Layout = 1;

    private const string Meta = "meta", Id = "_id", Hash = "hash", Body = "document";
    private const int LongestId = 200, PageBytes = 8192, MarkOffset = 32;

    private readonly LiteDatabase lite;
    private readonly Dictionary<string, Dictionary<string, ulong>> hashes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> sums = new(StringComparer.Ordinal);

    private LiteIndex(LiteDatabase lite) => this.lite = lite;

    /// <summary>The last write that it holds.</summary>
    public long Seq { get; private set; }

    /// <summary>Opens a file and reads every document of it.</summary>
    /// <param name="path">The file; it exists.</param>
    /// <param name="tables">The tables by which documents are read.</param>
    /// <param name="documents">Receives every document.</param>
    /// <param name="readOnly">Whether the file must not be modified.</param>
    /// <exception cref="Exception">Any exception: LiteDB does not detect damage and can fail anywhere.</exception>
    public static LiteIndex Open(string path, TableSet tables, Action<Change> documents, bool readOnly = false)
    {
        var index = new LiteIndex(Connect(path, readOnly));
        try
        {
            index.Load(tables, documents);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Creates a file with all documents of the tables.</summary>
    /// <param name="path">The file; it does not exist.</param>
    /// <param name="tables">The documents.</param>
    /// <param name="seq">The last write they contain.</param>
    /// <exception cref="Exception">The file cannot be written.</exception>
    public static LiteIndex Create(string path, TableSet tables, long seq)
    {
        var index = new LiteIndex(Connect(path));
        try
        {
            var changes = tables.All.SelectMany(table => table.Documents.Select(document => new Change(table, document.Id, document, table.ToJson(document))));
            // LiteDB keeps the pages of a transaction in memory.
            foreach (var part in changes.Chunk(500)) index.Apply(part, seq);
            index.Apply([], seq);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Applies the changes in one transaction, together with the number of their write.</summary>
    /// <exception cref="Exception">LiteDB failed; its state is unknown, so it must be closed.</exception>
    public void Apply(IEnumerable<Change> changes, long seq)
    {
        lite.BeginTrans();
        foreach (var change in changes)
        {
            var collection = lite.GetCollection(change.Table.Name);
            var key = KeyOf(change.Id);
            var known = hashes.TryGetValue(change.Table.Name, out var ofTable) ? ofTable : hashes[change.Table.Name] = new(StringComparer.Ordinal);
            var sum = sums.GetValueOrDefault(change.Table.Name) - known.GetValueOrDefault(key);
            if (change.Document is null)
            {
                collection.Delete(key);
                known.Remove(key);
            }
            else
            {
                var hash = HashOf(change.Json.Span);
                collection.Upsert(new BsonDocument { [Id] = key, [Hash] = unchecked((long)hash), [Body] = BsonJson.ToBson(change.Json) });
                known[key] = hash;
                sum += hash;
            }
            sums[change.Table.Name] = sum;
        }
        lite.GetCollection(Meta).Upsert(MetaDocument(seq));
        lite.Commit();
        Seq = seq;
    }

    public void Dispose() => lite.Dispose();

    /// <summary>Whether a file begins with LiteDB's header: a page of 8,192 bytes with its signature.</summary>
    public static bool IsLiteDb(string path)
    {
        Span<byte> head = stackalloc byte[Mark.Length];
        using var file = RegularFile.Open(path);
        return RandomAccess.GetLength(file) >= PageBytes && RandomAccess.Read(file, head, MarkOffset) == head.Length && head.SequenceEqual(Mark);
    }

    private static ReadOnlySpan<byte> Mark => "** This is a LiteDB file **"u8;

    private static LiteDatabase Connect(string path, bool readOnly = false) =>
        // Ordinal: LiteDB's default treats "A" and "a" as the same id.
        new(new ConnectionString { Filename = path, Connection = ConnectionType.Direct, Collation = Collation.Binary, ReadOnly = readOnly });

    private void Load(TableSet tables, Action<Change> documents)
    {
        var meta = lite.GetCollection(Meta).FindById(Meta) ?? throw new InvalidDataException("it does not say what it holds");
        if (meta["layout"].AsInt32 != Layout) throw new InvalidDataException("another version of this program made it");
        Seq = meta["seq"].AsInt64;
        foreach (var table in tables.All) Load(table, documents);
        if (!MetaDocument(Seq).Equals(meta)) throw new InvalidDataException("documents are missing, or older than they should be");
    }

    private void Load(Table table, Action<Change> documents)
    {
        var known = hashes[table.Name] = new(StringComparer.Ordinal);
        var sum = 0UL;
        foreach (var stored in lite.GetCollection(table.Name).FindAll())
        {
            var json = BsonJson.ToJson(stored[Body].AsDocument);
            var hash = HashOf(json);
            var change = table.Parse(json);
            if (unchecked((long)hash) != stored[Hash].AsInt64 || stored[Id].AsString != KeyOf(change.Id) || !known.TryAdd(stored[Id].AsString, hash))
                throw new InvalidDataException($"a document of {table.Name} is damaged");
            sum += hash;
            documents(change);
        }
        sums[table.Name] = sum;
    }

    private BsonDocument MetaDocument(long seq)
    {
        var sumsOf = new BsonDocument();
        foreach (var (name, sum) in sums.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (hashes[name].Count > 0) sumsOf[name] = new BsonArray(unchecked((long)sum), (long)hashes[name].Count);
        }
        return new BsonDocument { [Id] = Meta, ["layout"] = Layout, ["seq"] = seq, ["sums"] = sumsOf };
    }

    // LiteDB's keys have at most 1,023 bytes; a folder's path may have 4,096.
    private static string KeyOf(string id) =>
        id.Length <= LongestId ? id : "hash:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(id)));

    private static ulong HashOf(ReadOnlySpan<byte> json) => XxHash64.HashToUInt64(json);
}
