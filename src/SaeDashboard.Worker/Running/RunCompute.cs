using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.MusicGen;

namespace SaeDashboard.Worker.Running;

/// <summary>What a whole run computes on and in: as its config.json says, or as the command line does, which config.json then keeps.</summary>
/// <param name="plan">What config.json says.</param>
/// <param name="configPath">config.json, for messages.</param>
/// <param name="device">The command line's device; null: config.json's.</param>
/// <param name="type">The command line's type; null: config.json's.</param>
internal sealed class RunCompute(RunPlan plan, string configPath, string? device, string? type)
{
    private RunPlan? settled;

    /// <summary>What was asked for, which this machine may not have.</summary>
    public string Wanted => ComputeNames.Normal(device ?? plan.Device);

    /// <summary>Finds the device.</summary>
    /// <param name="run">The run's folder.</param>
    /// <exception cref="UserException">This machine has no such device, or it does not compute in that type.</exception>
    public ModelOptions Settle(RunFolder run)
    {
        var where = device is null ? $"{configPath}: \"device\" is" : "--device";
        var name = type ?? plan.ComputeType;
        if (ComputeNames.Problem(Wanted, name) is { } problem) throw new UserException($"{configPath}: {problem}");
        var found = ComputeDevice.Parse(Wanted, where);
        // "auto" may have become the CPU.
        if (ComputeNames.Problem(found.ToString(), name) is { } misfit) throw new UserException($"{configPath}: {misfit}");
        settled = plan with { Device = found.ToString(), ComputeType = name };
        run.Device = settled.Device;
        return new ModelOptions(ModelOptions.ParseType(name), found);
    }

    /// <summary>Has config.json name what was found, where it does not yet: once the run is not refused.</summary>
    public void Keep(RunFolder run)
    {
        if (settled is not null && settled != plan) run.WriteConfig(settled);
    }
}
