namespace SaeDashboard.Web.Runs.Planning;

/// <summary>A model that the form offers.</summary>
/// <param name="Id">Its name in addresses.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Hash">SHA-256 of its weights; null while it is being read.</param>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record ModelChoice(string Id, string Name, string Path, string? Hash, int Layers, int Width, string? Problem = null);
