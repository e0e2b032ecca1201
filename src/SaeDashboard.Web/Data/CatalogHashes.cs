namespace SaeDashboard.Web.Data;

/// <summary>The hashes of a folder.</summary>
/// <param name="Content">Of the weights, or of metadata and codes.</param>
/// <param name="Codec">Of a model's codec.</param>
internal sealed record CatalogHashes(string Content, string? Codec = null);
