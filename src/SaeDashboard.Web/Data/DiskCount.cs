namespace SaeDashboard.Web.Data;

/// <summary>Room taken and room left.</summary>
/// <param name="Parts">The data folder's parts.</param>
/// <param name="Free">Bytes left on its disk.</param>
internal sealed record DiskCount(IReadOnlyList<DiskPart> Parts, long Free);
