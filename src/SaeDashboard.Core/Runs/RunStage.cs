namespace SaeDashboard.Core.Runs;

/// <summary>One stage of a whole run, as a stage line shows it.</summary>
/// <param name="Name">"collect", "train" or "index".</param>
/// <param name="State">"waiting", "running", "done", or "reused": what it makes was there already.</param>
/// <param name="Fraction">The share that is done, 0 to 1.</param>
/// <param name="EtaSeconds">Seconds it will still take; measured while it runs, estimated before; null when not known.</param>
public sealed record RunStage(string Name, string State, double Fraction, double? EtaSeconds);
