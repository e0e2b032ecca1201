namespace SaeDashboard.Core.Compute;

/// <summary>A device that a worker can compute on.</summary>
/// <param name="Id">As the command line names it: "cpu", "cuda:0".</param>
/// <param name="Name">What its maker calls it; null when the driver does not say.</param>
/// <param name="MemoryBytes">Memory of its own, in all; null for the CPU and when the driver does not say.</param>
public sealed record DeviceInfo(string Id, string? Name = null, long? MemoryBytes = null)
{
    /// <summary>What every machine has.</summary>
    public static DeviceInfo Cpu { get; } = new(ComputeNames.Cpu);
}
