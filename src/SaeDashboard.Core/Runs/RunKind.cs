namespace SaeDashboard.Core.Runs;

/// <summary>What a whole run does.</summary>
public enum RunKind
{
    /// <summary>Collects activations, trains an SAE, indexes its features.</summary>
    Train,

    /// <summary>Makes an SAE of a checkpoint of another run (<see cref="RunPlan.Fork"/>) and indexes its features.</summary>
    Export,

    /// <summary>Indexes the features of an SAE that is there (<see cref="RunPlan.SaePath"/>).</summary>
    Index,
}
