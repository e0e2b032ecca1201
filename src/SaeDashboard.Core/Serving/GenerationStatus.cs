namespace SaeDashboard.Core.Serving;

/// <summary>A generation in the worker's queue: an item of what <c>GET /v1/generations</c> answers.</summary>
/// <param name="TakeId">The take's id.</param>
/// <param name="State">queued or running.</param>
/// <param name="Position">Generations before it.</param>
/// <param name="Done">Columns computed.</param>
/// <param name="Total">Columns in all.</param>
/// <param name="Samples">Samples of each arm that can be read.</param>
public sealed record GenerationStatus(string TakeId, string State, int Position, int Done, int Total, long Samples);
