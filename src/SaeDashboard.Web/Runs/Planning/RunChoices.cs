
namespace SaeDashboard.Web.Runs.Planning;

/// <summary>What a run can be made of.</summary>
public sealed record RunChoices(IReadOnlyList<ModelChoice> Models, IReadOnlyList<DatasetChoice> Datasets)
{
    /// <summary>What can compute here; the CPU at least.</summary>
    public IReadOnlyList<DeviceInfo> Devices { get; init; } = [DeviceInfo.Cpu];

    /// <summary>The device of this name; null when there is none.</summary>
    public DeviceInfo? Device(string id) => Devices.FirstOrDefault(device => device.Id == id);

    /// <summary>The model of this id; null when there is none.</summary>
    public ModelChoice? Model(string id) => Models.FirstOrDefault(model => model.Id == id);

    /// <summary>The dataset of this id; null when there is none.</summary>
    public DatasetChoice? Dataset(string id) => Datasets.FirstOrDefault(dataset => dataset.Id == id);
}
