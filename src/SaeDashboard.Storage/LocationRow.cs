namespace SaeDashboard.Storage;

/// <summary>A folder outside the data folder that is used in place.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Kind">model, dataset or sae.</param>
/// <param name="Shipped">Whether it came with the program.</param>
/// <param name="AddedBy">Who registered it, by name.</param>
/// <param name="AddedUtc">When.</param>
public sealed record LocationRow(string Path, string Kind, bool Shipped, string AddedBy, DateTimeOffset AddedUtc);
