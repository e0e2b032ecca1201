namespace SaeDashboard.Web.Runs.Planning;

/// <summary>How long a run will take.</summary>
/// <param name="CollectSeconds">0 when activations are reused.</param>
/// <param name="TrainSeconds">Seconds of training.</param>
/// <param name="IndexSeconds">Seconds of measuring every feature.</param>
/// <param name="Measured">Whether the rates were measured on this machine, on an earlier run.</param>
public sealed record RunEstimate(double CollectSeconds, double TrainSeconds, double IndexSeconds, bool Measured)
{
    public double TotalSeconds => CollectSeconds + TrainSeconds + IndexSeconds;
}
