namespace SaeDashboard.Web.Runs.Planning;

/// <summary>A setting that a sweep can vary.</summary>
/// <param name="Id">As the settings and the form's field name it.</param>
/// <param name="Name">As people do, and as the names of the runs do.</param>
/// <param name="Field">Its property in <see cref="RunForm"/>.</param>
/// <param name="Example">Values as they are typed.</param>
/// <param name="Set">Puts a value into a form.</param>
/// <param name="Forks">Whether a run that begins with another's checkpoint may change it.</param>
/// <param name="Named">Whether a run's default name contains it.</param>
public sealed record SweepSetting(string Id, string Name, string Field, string Example, Action<RunForm, string> Set, bool Forks, bool Named)
{
    /// <summary>All of them, those that are varied most first.</summary>
    public static IReadOnlyList<SweepSetting> All { get; } =
    [
        Trained(nameof(RunForm.K), "16, 32, 64", (form, value) => form.K = value, named: true),
        Trained(nameof(RunForm.LearningRate), "3e-4, 1e-3", (form, value) => form.LearningRate = value),
        Trained(nameof(RunForm.Seed), "0, 1, 2", (form, value) => form.Seed = value),
        Trained(nameof(RunForm.Latents), "1024, 2048, 4096", (form, value) => form.Latents = value, named: true),
        Trained(nameof(RunForm.Architecture), "TopK, BatchTopK", (form, value) => form.Architecture = value, named: true),
        new("layer", "layer", nameof(RunForm.Layer), "2, 4, 6", (form, value) => form.Layer = value, Forks: false, Named: true),
        Trained(nameof(RunForm.Steps), "800, 1600", (form, value) => form.Steps = value),
        Trained(nameof(RunForm.Batch), "512, 1024", (form, value) => form.Batch = value),
    ];

    /// <summary>The one of that id, or null.</summary>
    public static SweepSetting? Find(string id) => All.FirstOrDefault(setting => setting.Id == id);

    /// <summary>A setting of the trainer: the form's field has its property's name.</summary>
    private static SweepSetting Trained(string field, string example, Action<RunForm, string> set, bool named = false)
    {
        var setting = TrainSetting.Of(field);
        return new(setting.Name, setting.Label, field, example, set, !setting.FixedInFork, named);
    }
}
