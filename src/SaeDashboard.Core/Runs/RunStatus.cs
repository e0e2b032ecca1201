namespace SaeDashboard.Core.Runs;

/// <summary>Where a run stands: status.json.</summary>
/// <param name="Stage">"collect", "train", "index", …</param>
/// <param name="State">One of <see cref="RunStates"/>.</param>
/// <param name="Step">Steps of the stage that are done.</param>
/// <param name="Total">Steps the stage has; 0 when not known.</param>
/// <param name="Rate">What the stage counts a second (tokens, columns).</param>
/// <param name="EtaSeconds">Seconds to the end of the stage; null when not known.</param>
/// <param name="Heartbeat">When this was written, UTC.</param>
/// <param name="Error">What went wrong, for a person.</param>
/// <param name="ProcessId">The process that works on it: to be signalled only while the run's lock is held.</param>
/// <param name="TotalEtaSeconds">Seconds to the end of the whole run, all stages; null when not known.</param>
/// <param name="Stages">All stages of a whole run, in order; null when the stage is the run.</param>
/// <param name="Device">What it computes on: "cpu", "cuda:0"; null when it has not said.</param>
/// <param name="Attempt">The opening of the run's folder that wrote this: two attempts never share it. Null in folders of earlier builds.</param>
public sealed record RunStatus(
    string Stage, string State, long Step, long Total, double Rate, double? EtaSeconds, DateTimeOffset Heartbeat,
    string? Error = null, int? ProcessId = null, double? TotalEtaSeconds = null, IReadOnlyList<RunStage>? Stages = null, string? Device = null,
    string? Attempt = null);
