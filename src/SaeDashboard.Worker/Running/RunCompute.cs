using SaeDashboard.Core;
using SaeDashboard.Core.Compute;
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
    /// <summary>What was asked for, which this machine may not have.</summary>
    public string Wanted => ComputeNames.Normal(device ?? plan.Device);

    /// <summary>Finds the device, and has config.json name it where it does not yet.</summary>
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
        var settled = plan with { Device = found.ToString(), ComputeType = name };
        if (settled != plan) run.WriteConfig(settled);
        run.Device = settled.Device;
        return new ModelOptions(ModelOptions.ParseType(name), found);
    }
}
