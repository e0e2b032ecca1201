using System.Text.Json;

namespace SaeDashboard.Storage.Tables;

/// <summary>The documents of one kind, in memory. Read and changed under <see cref="TableSet.Gate"/>.</summary>
internal abstract class Table(string name)
{
    /// <summary>The collection's name in the journal and in LiteDB.</summary>
    public string Name => name;

    /// <summary>Rises with every change: lists made from the table know when they are old.</summary>
    public long Version { get; protected set; }

    /// <summary>Every document, for comparing and copying.</summary>
    public abstract IEnumerable<IDocument> Documents { get; }

    /// <summary>The change that a document's JSON is.</summary>
    /// <exception cref="JsonException">It is not a document of this table.</exception>
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

    /// <summary>A document came, changed (before, after) or went (before, null). Raised under the gate.</summary>
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
