using System.Text.Json;

namespace SaeDashboard.Storage.Tables;

/// <summary>The documents of one kind, in memory. Read and changed under <see cref="TableSet.Gate"/>.</summary>
internal abstract class Table(string name)
{
    /// <summary>The collection's name in the journal and in LiteDB.</summary>
    public string Name => name;

    /// <summary>Incremented by every change, so that lists made from the table can detect that they are out of date.</summary>
    public long Version { get; protected set; }

    /// <summary>All documents, for comparing and copying.</summary>
    public abstract IEnumerable<IDocument> Documents { get; }

    /// <summary>The change for a document's JSON.</summary>
    /// <exception cref="JsonException">The JSON is not a document of this table.</exception>
    public abstract Change Parse(ReadOnlyMemory<byte> json);

    public abstract void Publish(Change change);

    public abstract void Clear();

    /// <summary>The document as JSON.</summary>
    public abstract byte[] ToJson(IDocument document);
}

/// <summary>The documents of one kind, in memory.</summary>
internal sealed class Table<T>(string name) : Table(name) where T : class, IDocument
{
    private readonly Dictionary<string, T> documents = new(StringComparer.Ordinal);

    /// <summary>A document was added (null, after), changed (before, after) or removed (before, null). Raised under the gate.</summary>
    public event Action<T?, T?>? Changed;

    public Dictionary<string, T>.ValueCollection Values => documents.Values;

    public override IEnumerable<IDocument> Documents => documents.Values;

    public T? Find(string id) => documents.GetValueOrDefault(id);

    public override byte[] ToJson(IDocument document) => JsonSerializer.SerializeToUtf8Bytes((T)document, StorageJson.Options);

    public override Change Parse(ReadOnlyMemory<byte> json)
    {
        var document = JsonSerializer.Deserialize<T>(json.Span, StorageJson.Options) ?? throw new JsonException("null where a document should be");
        if (string.IsNullOrEmpty(document.Id)) throw new JsonException("a document without an id");
        return new Change(this, document.Id, document, json);
    }

    public override void Publish(Change change)
    {
        var before = documents.GetValueOrDefault(change.Id);
        var after = (T?)change.Document;
        if (after is null) documents.Remove(change.Id);
        else documents[change.Id] = after;
        Version++;
        Changed?.Invoke(before, after);
    }

    public override void Clear()
    {
        foreach (var document in documents.Values.ToArray()) Publish(new Change(this, document.Id, null, default));
    }
}

/// <summary>A changed document of one write.</summary>
/// <param name="Table">The table.</param>
/// <param name="Id">The document's id.</param>
/// <param name="Document">The new document; null: deleted.</param>
/// <param name="Json">The document as UTF-8 JSON, as in the journal; empty: deleted.</param>
internal sealed record Change(Table Table, string Id, IDocument? Document, ReadOnlyMemory<byte> Json);

/// <summary>A list made from tables and cached until one of them changes; reading it again costs a comparison.</summary>
/// <param name="tables">The tables' owner.</param>
/// <param name="make">Makes the list; under the gate.</param>
/// <param name="sources">The tables it is made from.</param>
internal sealed class View<T>(TableSet tables, Func<T> make, params Table[] sources) where T : class
{
    private T? value;
    private long version;

    public T Value
    {
        get
        {
            lock (tables.Gate)
            {
                var now = 0L;
                foreach (var table in sources) now += table.Version;
                if (value is null || now != version) (value, version) = (make(), now);
                return value;
            }
        }
    }
}
