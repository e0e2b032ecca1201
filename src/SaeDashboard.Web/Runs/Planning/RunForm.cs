using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>
/// The form as it was typed: text, so that what cannot be read is reported at its field instead of being swallowed. The defaults are the
/// default run.
/// </summary>
public sealed class RunForm
{
    /// <summary>The trainer's own defaults, but with histograms enough for a heat map whose columns are narrow.</summary>
    internal static TrainConfig Defaults { get; } = new() { Histograms = 40 };

    /// <summary>Empty: named after its settings.</summary>
    public string Name { get; set; } = "";

    /// <summary>Id of the model.</summary>
    public string Model { get; set; } = "";

    /// <summary>Id of the dataset.</summary>
    public string Dataset { get; set; } = "";

    public string Layer { get; set; } = "4";

    /// <summary>One of <see cref="SaeHook.Points"/>.</summary>
    public string Point { get; set; } = SaeHook.ResidualPost;

    /// <summary>none or caption.</summary>
    public string Condition { get; set; } = "none";

    /// <summary>Empty: every clip of the split.</summary>
    public string Clips { get; set; } = "";

    /// <summary>Id of a device.</summary>
    public string Device { get; set; } = ComputeNames.Cpu;

    /// <summary>What the model's weights are rounded to.</summary>
    public string ComputeType { get; set; } = ComputeNames.Float32;

    /// <summary>How the activations are kept on disk.</summary>
    public string Store { get; set; } = ComputeNames.Float32;

    /// <summary>Whether the SAE is evaluated after training.</summary>
    public bool Evaluates { get; set; }

    /// <summary>Clips that it is evaluated on.</summary>
    public string EvaluationClips { get; set; } = Text(new RunEvaluation().Clips);

    /// <summary>Whether the clips are chosen that names are tested on: one of <see cref="DetectionChoice"/>.</summary>
    public string Detection { get; set; } = DetectionChoice.Automatic;

    /// <summary>The trainer's settings as they were typed, by the name of their property. Blank: left to the trainer, where it may be.</summary>
    public Dictionary<string, string> Train { get; set; } = Texts(Defaults);

    /// <summary>The text of a field: one of the trainer's settings, or another property of the form, by its name. A setting that a kept form lacks has its default.</summary>
    [JsonIgnore]
    public string this[string field]
    {
        get => Train.TryGetValue(field, out var typed) ? typed : Own(field) is { } own ? (string)own.GetValue(this)! : TrainSetting.Of(field).Text(Defaults) ?? "";
        set
        {
            if (Own(field) is { } own) own.SetValue(this, value);
            else Train[TrainSetting.Of(field).Property] = value;
        }
    }

    /// <summary>Id of one of <see cref="TrainArchitectures"/>.</summary>
    [JsonIgnore]
    public string Architecture { get => this[nameof(Architecture)]; set => this[nameof(Architecture)] = value; }

    [JsonIgnore]
    public string Latents { get => this[nameof(Latents)]; set => this[nameof(Latents)] = value; }

    [JsonIgnore]
    public string K { get => this[nameof(K)]; set => this[nameof(K)] = value; }

    [JsonIgnore]
    public string Steps { get => this[nameof(Steps)]; set => this[nameof(Steps)] = value; }

    /// <summary>Columns a step.</summary>
    [JsonIgnore]
    public string Batch { get => this[nameof(Batch)]; set => this[nameof(Batch)] = value; }

    [JsonIgnore]
    public string LearningRate { get => this[nameof(LearningRate)]; set => this[nameof(LearningRate)] = value; }

    [JsonIgnore]
    public string Seed { get => this[nameof(Seed)]; set => this[nameof(Seed)] = value; }

    /// <summary>The settings with a field of their own, in the order of the form; <see cref="Advanced"/> has all others.</summary>
    public static IReadOnlyList<TrainSetting> Basic { get; } =
        [.. new[] { nameof(Architecture), nameof(Latents), nameof(K), nameof(Steps), nameof(Batch), nameof(LearningRate), nameof(Seed) }.Select(TrainSetting.Of)];

    /// <summary>Every other setting of the contract, in its order.</summary>
    public static IReadOnlyList<TrainSetting> Advanced { get; } = [.. TrainSetting.All.Except(Basic)];

    /// <summary>The name of every field of text.</summary>
    public static IEnumerable<string> Names => Fields.Keys.Concat(TrainSetting.All.Select(setting => setting.Property));

    /// <summary>The default run of the first model and dataset that can be used.</summary>
    public static RunForm Default(RunChoices choices)
    {
        var model = choices.Models.OrderBy(each => each.Problem is not null).FirstOrDefault();
        var dataset = choices.Datasets.OrderBy(each => each.Problem is not null).FirstOrDefault();
        var form = new RunForm { Model = model?.Id ?? "", Dataset = dataset?.Id ?? "" };
        // A smaller model than the shipped one still gets a layer that it has, in its middle.
        if (model is { Layers: > 0 and <= 4 }) form.Layer = Text(model.Layers / 2);
        return form;
    }

    /// <summary>The settings of an earlier run, to start from.</summary>
    public static RunForm From(RunPlan plan, RunChoices choices)
    {
        var (form, train) = (Default(choices), plan.Train.Over(plan.Train.Names(TrainSetting.Of(nameof(TrainConfig.Histograms))) ? new TrainConfig() : Defaults));
        form.Model = choices.Models.FirstOrDefault(model => model.Path == plan.ModelPath)?.Id ?? form.Model;
        form.Dataset = choices.Datasets.FirstOrDefault(dataset => dataset.Path == plan.DatasetPath)?.Id ?? form.Dataset;
        form.Layer = Text(plan.Layer);
        form.Point = plan.Point;
        form.Condition = plan.Condition;
        form.Clips = plan.Clips is { } clips ? Text(clips) : "";
        // A device that is no longer there cannot be chosen, nor what it alone computes in.
        form.Device = choices.Device(ComputeNames.Normal(plan.Device))?.Id ?? form.Device;
        if (ComputeNames.TypesOn(form.Device).Contains(plan.ComputeType)) form.ComputeType = plan.ComputeType;
        if (ComputeNames.Types.Contains(plan.Store)) form.Store = plan.Store;
        form.Train = Texts(train);
        form.Detection = plan.Detection ? DetectionChoice.Yes : DetectionChoice.Automatic;
        if (plan.Evaluation is { } evaluation) (form.Evaluates, form.EvaluationClips) = (true, Text(evaluation.Clips));
        return form;
    }

    /// <summary>The same settings, to be changed apart.</summary>
    public RunForm Copy()
    {
        var copy = (RunForm)MemberwiseClone();
        copy.Train = new(Train);
        return copy;
    }

    /// <summary>A field that is not one of the trainer's settings; null: it is one.</summary>
    private static PropertyInfo? Own(string field) => Fields.GetValueOrDefault(field);

    private static readonly Dictionary<string, PropertyInfo> Fields = typeof(RunForm).GetProperties()
        .Where(property => property.PropertyType == typeof(string) && property.GetIndexParameters().Length == 0 && TrainSetting.All.All(setting => setting.Property != property.Name))
        .ToDictionary(property => property.Name);

    private static Dictionary<string, string> Texts(TrainConfig config) => TrainSetting.All.ToDictionary(setting => setting.Property, setting => setting.Text(config) ?? "");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
