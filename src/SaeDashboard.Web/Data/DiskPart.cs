namespace SaeDashboard.Web.Data;

/// <summary>Room that one part of the data folder takes.</summary>
/// <param name="Name">What it holds, for people.</param>
/// <param name="Bytes">Size of its files.</param>
internal sealed record DiskPart(string Name, long Bytes);
