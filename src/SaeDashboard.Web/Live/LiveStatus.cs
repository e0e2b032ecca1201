namespace SaeDashboard.Web.Live;

/// <summary>A run's status, as sent to pages.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Waiting">Why it waits; null when it does not.</param>
/// <param name="SaeReady">Whether its SAE can be opened.</param>
public sealed record LiveStatus(RunStatus Status, string? Waiting, bool SaeReady);
