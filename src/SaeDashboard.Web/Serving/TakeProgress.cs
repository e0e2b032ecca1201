namespace SaeDashboard.Web.Serving;

/// <summary>How far a take is.</summary>
/// <param name="State">Its state.</param>
/// <param name="QueuePosition">How many generations are made before it; null when it does not wait.</param>
/// <param name="ColumnsDone">Columns computed.</param>
/// <param name="Columns">Columns in all; 0 when not known.</param>
/// <param name="Error">What went wrong, for a person.</param>
public sealed record TakeProgress(TakeState State, int? QueuePosition, int ColumnsDone, int Columns, string? Error);
