namespace SaeDashboard.Web.Runs.Planning;

/// <summary>A setting that a sweep can vary.</summary>
/// <param name="Id">As the settings and the form's field name it.</param>
/// <param name="Name">As people do, and as the names of the runs do.</param>
/// <param name="Field">Its property in <see cref="RunForm"/>.</param>
/// <param name="Example">Values as they are typed.</param>
/// <param name="Set">Puts a value into a form.</param>
/// <param name="Forks">Whether a run that begins with another's checkpoint may change it.</param>
/// <param name="Named">Whether the name of a run that nobody named tells it already.</param>
public sealed record SweepSetting(string Id, string Name, string Field, string Example, Action<RunForm, string> Set, bool Forks = true, bool Named = false)
{
    /// <summary>All of them, those that are varied most first.</summary>
    public static IReadOnlyList<SweepSetting> All { get; } =
    [
        new("k", "k", nameof(RunForm.K), "16, 32, 64", (form, value) => form.K = value, Named: true),
        new("learningRate", "learning rate", nameof(RunForm.LearningRate), "3e-4, 1e-3", (form, value) => form.LearningRate = value),
        new("seed", "seed", nameof(RunForm.Seed), "0, 1, 2", (form, value) => form.Seed = value),
        new("latents", "latents", nameof(RunForm.Latents), "1024, 2048, 4096", (form, value) => form.Latents = value, Forks: false, Named: true),
        new("architecture", "architecture", nameof(RunForm.Architecture), "TopK, BatchTopK", (form, value) => form.Architecture = value, Forks: false, Named: true),
        new("layer", "layer", nameof(RunForm.Layer), "2, 4, 6", (form, value) => form.Layer = value, Forks: false, Named: true),
        new("steps", "steps", nameof(RunForm.Steps), "800, 1600", (form, value) => form.Steps = value),
        new("batch", "batch", nameof(RunForm.Batch), "512, 1024", (form, value) => form.Batch = value),
    ];

    /// <summary>The one of that id, or null.</summary>
    public static SweepSetting? Find(string id) => All.FirstOrDefault(setting => setting.Id == id);
}
