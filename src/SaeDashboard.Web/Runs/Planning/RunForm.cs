using System.Globalization;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>
/// The form as it was typed: text, so that what cannot be read is reported at its field instead of being swallowed. The defaults are the
/// default run.
/// </summary>
public sealed class RunForm
{
    private static readonly TrainConfig Defaults = new();

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

    /// <summary>Id of one of <see cref="TrainArchitectures"/>.</summary>
    public string Architecture { get; set; } = EnumJson.Name(Defaults.Architecture);

    public string Latents { get; set; } = Text(Defaults.Latents);

    public string K { get; set; } = Text(Defaults.K);

    public string Steps { get; set; } = Text(Defaults.Steps);

    /// <summary>Columns a step.</summary>
    public string Batch { get; set; } = Text(Defaults.Batch);

    public string LearningRate { get; set; } = Text(Defaults.LearningRate);

    public string Seed { get; set; } = Text(Defaults.Seed);

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
        var (form, train) = (Default(choices), plan.Train.Values);
        form.Model = choices.Models.FirstOrDefault(model => model.Path == plan.ModelPath)?.Id ?? form.Model;
        form.Dataset = choices.Datasets.FirstOrDefault(dataset => dataset.Path == plan.DatasetPath)?.Id ?? form.Dataset;
        form.Layer = Text(plan.Layer);
        form.Point = plan.Point;
        form.Condition = plan.Condition;
        form.Clips = plan.Clips is { } clips ? Text(clips) : "";
        // A device that is no longer there cannot be chosen, nor what it alone computes in.
        form.Device = choices.Device(ComputeNames.Normal(plan.Device))?.Id ?? form.Device;
        if (ComputeNames.TypesOn(form.Device).Contains(plan.ComputeType)) form.ComputeType = plan.ComputeType;
        form.Architecture = EnumJson.Name(train.Architecture);
        (form.Latents, form.K, form.Steps, form.Batch) = (Text(train.Latents), Text(train.K), Text(train.Steps), Text(train.Batch));
        (form.LearningRate, form.Seed) = (Text(train.LearningRate), Text(train.Seed));
        return form;
    }

    /// <summary>The same settings, to be changed apart.</summary>
    public RunForm Copy() => (RunForm)MemberwiseClone();

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
