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

/// <summary>A model that the form offers.</summary>
/// <param name="Id">Its name in addresses.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Hash">SHA-256 of its weights; null while it is being read.</param>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record ModelChoice(string Id, string Name, string Path, string? Hash, int Layers, int Width, string? Problem = null);

/// <summary>A dataset that the form offers.</summary>
/// <param name="Id">Its name in addresses.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Path">Its folder, absolute.</param>
/// <param name="Hash">SHA-256 of the dataset; null while it is being read.</param>
/// <param name="Frames">Frames of a clip, and so its columns.</param>
/// <param name="Splits">Clips of each split.</param>
/// <param name="Problem">Why it cannot be used; null when it can.</param>
public sealed record DatasetChoice(string Id, string Name, string Path, string? Hash, int Frames, IReadOnlyDictionary<string, int> Splits, string? Problem = null)
{
    /// <summary>Clips of a split; 0 when there is no such split.</summary>
    public int ClipsIn(string split) => Splits.GetValueOrDefault(split);
}

/// <summary>One value of a field that offers several.</summary>
/// <param name="Value">In the form.</param>
/// <param name="Text">As people read it.</param>
public sealed record RunOption(string Value, string Text);
