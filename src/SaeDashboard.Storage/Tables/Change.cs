namespace SaeDashboard.Storage.Tables;

/// <summary>One document of one write.</summary>
/// <param name="Table">Where it is kept.</param>
/// <param name="Id">The document's id.</param>
/// <param name="Document">What it is now; null: deleted.</param>
/// <param name="Json">The same as UTF-8 JSON, as the journal has it; empty: deleted.</param>
internal sealed record Change(Table Table, string Id, IDocument? Document, ReadOnlyMemory<byte> Json);
