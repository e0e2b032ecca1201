using SaeDashboard.Core;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Sae.Training;

/// <summary>Whether a run can be trained with its settings, from its checkpoint and on its device.</summary>
public static class TrainConfigChecks
{
    /// <summary>Throws when the settings cannot work, or not from this checkpoint, or not on this device.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="fork">The checkpoint it begins with; null: none.</param>
    /// <param name="gpu">The GPU it is to run on, such as "cuda:0"; null: the CPU.</param>
    /// <exception cref="UserException">Lists every problem.</exception>
    public static void Validate(this TrainConfig config, ForkPoint? fork = null, string? gpu = null)
    {
        var problems = TrainRules.Problems(config).Concat(gpu is null ? [] : TrainRules.ProblemsOn(config, gpu)).Select(problem => problem.Message)
            .Concat(fork?.Problems(config) ?? []).ToArray();
        if (problems.Length > 0)
            throw TrainConfigFile.Refusal("The training settings", problems);
    }
}
