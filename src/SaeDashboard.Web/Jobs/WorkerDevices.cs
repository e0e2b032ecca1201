using SaeDashboard.Core;

namespace SaeDashboard.Web.Jobs;

/// <summary>The devices of this machine as the resident worker reported them last. Safe for several threads.</summary>
public sealed class WorkerDevices
{
    private volatile IReadOnlyList<DeviceInfo> reported = [];

    /// <summary>Another list was reported.</summary>
    public event Action? Changed;

    /// <summary>Whether a worker has reported since the site started.</summary>
    public bool IsReported => reported.Count > 0;

    /// <summary>What a run can be started on: what was reported, and until then the CPU.</summary>
    public IReadOnlyList<DeviceInfo> Available => IsReported ? reported : [DeviceInfo.Cpu];

    /// <summary>Takes what a worker says; one of another build says nothing.</summary>
    public void Report(IReadOnlyList<DeviceInfo>? devices)
    {
        if (devices is not { Count: > 0 } || devices.SequenceEqual(reported)) return;
        reported = devices;
        Changed?.Invoke();
    }

    /// <summary>The device of this name; null when it is not there, or when nothing is known of it.</summary>
    public DeviceInfo? Find(string device) => Available.FirstOrDefault(each => each.Id == ComputeNames.Normal(device));

    /// <summary>Refuses a plan whose device is not there, or does not compute in its type. Until devices are reported, GPUs are the worker's to judge.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="otherwise">What to do about it.</param>
    /// <exception cref="UserException">The plan cannot work on this machine.</exception>
    public void Require(RunPlan plan, string otherwise)
    {
        if (ComputeNames.Problem(plan.Device, plan.ComputeType) is { } problem) throw new UserException(problem);
        if (IsReported && plan.Device != ComputeNames.Auto && Find(plan.Device) is null)
            throw new UserException($"This run needs {plan.Device}, which this machine does not have. The worker reports {string.Join(", ", Available.Select(each => each.Id))}. {otherwise}");
    }
}
