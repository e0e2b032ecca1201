using System.Text.Json.Serialization;

namespace SaeDashboard.Core.Runs;

/// <summary>Where a run that does not start from random weights starts.</summary>
/// <param name="RunPath">The folder of the run it comes from, absolute.</param>
/// <param name="Step">The step of one of that run's checkpoints; null: its newest.</param>
public sealed record RunFork([property: JsonRequired] string RunPath, long? Step = null)
{
    /// <summary>The member of a command-line run's config.json.</summary>
    public const string Member = "forkedFrom";
}
