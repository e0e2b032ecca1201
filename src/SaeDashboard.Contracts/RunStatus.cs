namespace SaeDashboard.Contracts;

/// <summary>The states a run can be in.</summary>
public enum RunState
{
    /// <summary>It waits for its worker. Never written: a run has no status yet.</summary>
    Queued,

    Running,

    Done,

    Failed,

    Cancelled,

    /// <summary>A person paused it: a checkpoint is saved, and it holds neither process nor device.</summary>
    Paused,

    /// <summary>Its process ended without saying how: killed, or the machine stopped. Never written: it is concluded by those who read.</summary>
    Interrupted,

    /// <summary>Its folder, or what it says of itself, cannot be read. Concluded, too.</summary>
    Unreadable,
}

/// <summary>The stages of a whole run, in order.</summary>
public enum StageName
{
    /// <summary>Collects activations.</summary>
    Collect,

    /// <summary>Trains an SAE.</summary>
    Train,

    /// <summary>Evaluates it, where the plan says so.</summary>
    Evaluate,

    /// <summary>Indexes its features.</summary>
    Index,

    /// <summary>Makes a dataset of a folder of sounds: a run of its own.</summary>
    Import,
}

/// <summary>The states of a stage of a whole run.</summary>
public enum StageState
{
    Waiting,

    Running,

    Done,

    /// <summary>What it makes was there already.</summary>
    Reused,
}

/// <summary>One stage of a whole run, as a stage line shows it.</summary>
/// <param name="Name">Which one.</param>
/// <param name="State">Its state.</param>
/// <param name="Fraction">The share that is done, 0 to 1.</param>
/// <param name="EtaSeconds">Seconds it will still take; measured while it runs, estimated before; null when not known.</param>
public sealed record RunStage(StageName Name, StageState State, double Fraction, double? EtaSeconds);

/// <summary>A run's status: status.json.</summary>
/// <param name="Stage">The stage it is in.</param>
/// <param name="State">The run's state.</param>
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
    StageName Stage, RunState State, long Step, long Total, double Rate, double? EtaSeconds, DateTimeOffset Heartbeat,
    string? Error = null, int? ProcessId = null, double? TotalEtaSeconds = null, IReadOnlyList<RunStage>? Stages = null, string? Device = null,
    string? Attempt = null);

/// <summary>What is asked of a run's worker.</summary>
public enum JobKind
{
    /// <summary>To begin.</summary>
    Start,

    /// <summary>To resume from its checkpoint.</summary>
    Resume,
}
