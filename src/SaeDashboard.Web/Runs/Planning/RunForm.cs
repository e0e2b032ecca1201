using System.Globalization;
using System.Text.RegularExpressions;

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

/// <summary>Reads a form: every problem at its field, all of them at once. The limits are the trainer's.</summary>
public static partial class RunFormReader
{
    /// <summary>Longest name that can be typed.</summary>
    internal const int MaxName = 80;

    /// <summary>A limit far above any real run; its columns still fit into 64 bits.</summary>
    private const long MaxSteps = 100_000_000;

    /// <param name="form">As typed.</param>
    /// <param name="choices">What there is.</param>
    /// <param name="freeBytes">Free space where activations are kept; null: not checked.</param>
    /// <param name="reused">Whether a store that fits is there already: it costs no space.</param>
    /// <param name="firstStep">The step of the checkpoint it starts from; 0: random weights.</param>
    public static RunFormReading Read(RunForm form, RunChoices choices, long? freeBytes = null, Func<RunRequest, bool>? reused = null, long firstStep = 0)
    {
        var problems = new Dictionary<string, string>();
        var model = choices.Model(form.Model);
        var dataset = choices.Dataset(form.Dataset);
        if (form.Name.Trim().Length > MaxName) problems[nameof(RunForm.Name)] = $"At most {MaxName} characters.";
        if (model is null) problems[nameof(RunForm.Model)] = "Choose a model. If there is none, put one under models/ in the data folder.";
        else if (model.Problem is not null) problems[nameof(RunForm.Model)] = model.Problem;
        if (dataset is null) problems[nameof(RunForm.Dataset)] = "Choose a dataset. If there is none, put one under datasets/ in the data folder.";
        else if (dataset.Problem is not null) problems[nameof(RunForm.Dataset)] = dataset.Problem;
        else if (dataset.ClipsIn(RunRequest.Split) < 2)
            problems[nameof(RunForm.Dataset)] = $"It has {Clips(dataset.ClipsIn(RunRequest.Split))} in the split {RunRequest.Split}; training needs at least 2. Each line of its metadata.jsonl names the split.";
        else if (dataset.ClipsIn(RunRequest.StatisticsSplit) < 1)
            problems[nameof(RunForm.Dataset)] = $"It has no clips in the split {RunRequest.StatisticsSplit}, which features are measured on.";
        if (form.Condition is not ("none" or "caption")) problems[nameof(RunForm.Condition)] = "Choose none or caption.";
        if (choices.Device(form.Device) is null) problems[nameof(RunForm.Device)] = $"Choose one of the devices that the worker reports: {string.Join(", ", choices.Devices.Select(device => device.Id))}.";
        // Where the device itself is wrong, a type is asked for that some device has.
        if (ComputeNames.Problem(choices.Device(form.Device)?.Id ?? ComputeNames.Gpu(0), form.ComputeType) is { } misfit) problems[nameof(RunForm.ComputeType)] = char.ToUpperInvariant(misfit[0]) + misfit[1..];

        var layer = Whole(form.Layer, nameof(RunForm.Layer), new(0, Math.Max(0, (model?.Layers ?? 1000) - 1), model is null ? null : $"this model has {model.Layers} layers"), problems);
        if (!SaeHook.Points.Contains(form.Point)) problems[nameof(RunForm.Point)] = $"Choose one of {string.Join(", ", SaeHook.Points)}.";
        var train = ReadTrain(form, firstStep, problems);
        var inSplit = dataset?.ClipsIn(RunRequest.Split) ?? 0;
        var allClips = string.IsNullOrWhiteSpace(form.Clips);
        var clips = allClips ? inSplit
            : Whole(form.Clips, nameof(RunForm.Clips), new(2, Math.Max(2, inSplit == 0 ? int.MaxValue : inSplit), inSplit == 0 ? null : $"the split {RunRequest.Split} has {Clips(inSplit)}"), problems);
        if (problems.Count > 0) return new RunFormReading(problems, null);

        var request = new RunRequest(
            form.Name.Trim() is { Length: > 0 } name ? name : RunRequest.DefaultName(train, SaeHook.At((int)layer!, form.Point)),
            model!, dataset!, (int)layer!, form.Condition, (int)clips!, allClips || clips == inSplit, train)
            { FirstStep = firstStep, Point = form.Point, Device = form.Device, ComputeType = form.ComputeType };
        if (freeBytes < request.StoreBytes && reused?.Invoke(request) != true)
        {
            problems[nameof(RunForm.Clips)] = $"Their activations take {Format.Bytes(request.StoreBytes)}; {Format.Bytes(freeBytes.Value)} are free. Use fewer clips, or free disk space.";
            return new RunFormReading(problems, null);
        }
        return new RunFormReading(problems, request);
    }

    /// <summary>The trainer's settings. What cannot be read is reported at its field and takes no part in the rules that look at several.</summary>
    private static TrainConfig ReadTrain(RunForm form, long firstStep, Dictionary<string, string> problems)
    {
        var train = new TrainConfig();
        var architecture = TrainArchitectures.Find(form.Architecture);
        if (architecture is null) problems[nameof(RunForm.Architecture)] = $"Choose one of {string.Join(", ", TrainArchitectures.All.Select(choice => choice.Name))}.";
        else train = train with { Architecture = architecture.Architecture };
        var latents = Setting(form.Latents, nameof(TrainConfig.Latents));
        train = train with { Latents = (int)(latents ?? (long)TrainSetting.Of(nameof(TrainConfig.Latents)).Max) };
        // Who does not use k is not asked for one; the trainer still wants its default to fit.
        var k = architecture is { UsesK: false } ? Math.Min(train.K, Math.Max(1, train.Latents)) : Setting(form.K, nameof(TrainConfig.K));
        var steps = Setting(form.Steps, nameof(TrainConfig.Steps), range => new(Math.Max(range.Min, firstStep + 1), MaxSteps, firstStep == 0 ? null : "training continues from the checkpoint's step"));
        var batch = Setting(form.Batch, nameof(TrainConfig.Batch));
        var seed = Setting(form.Seed, nameof(TrainConfig.Seed), range => range with { Min = 0 });
        var rate = Number(form.LearningRate, nameof(TrainConfig.LearningRate), "0.001 or 1e-3", problems);
        if (problems.Count > 0) return train;
        train = train with { K = (int)k!, Steps = steps!.Value, Batch = (int)batch!, Seed = (int)seed!, LearningRate = rate!.Value };
        foreach (var problem in TrainRules.Problems(train)) problems.TryAdd(TrainSetting.Find(problem.Setting)!.Property, problem.Message + ".");
        return train;

        long? Setting(string text, string property, Func<WholeRange, WholeRange>? narrow = null)
        {
            var range = TrainRules.WholeRange(TrainSetting.Of(property), train);
            return Whole(text, property, narrow?.Invoke(range) ?? range, problems);
        }
    }

    private static string Clips(int count) => count == 1 ? "1 clip" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} clips");

    private static long? Whole(string text, string field, WholeRange range, Dictionary<string, string> problems)
    {
        // Digits are often grouped by threes when they are pasted: 1,600 and 1 600 are 1600. 64,5 is not a whole number.
        var typed = text.Trim();
        var digits = Grouped().IsMatch(typed) ? string.Concat(typed.Where(char.IsAsciiDigit)) : typed;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && range.Contains(value)) return value;
        var words = string.Create(CultureInfo.InvariantCulture, $"A whole number from {range.Min:N0} to {range.Max:N0}");
        problems[field] = range.Why is null ? words + "." : $"{words}: {range.Why}.";
        return null;
    }

    [GeneratedRegex(@"^\d{1,3}(,\d{3}|[ \u00A0\u202F]\d{3})+$", RegexOptions.None, 1000)]
    private static partial Regex Grouped();

    private static double? Number(string text, string property, string example, Dictionary<string, string> problems)
    {
        var setting = TrainSetting.Of(property);
        if (double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && setting.Allows(value)) return value;
        problems[property] = $"A number {setting.Range}, such as {example}.";
        return null;
    }
}

/// <summary>What came of reading a form.</summary>
/// <param name="Problems">Of each field that has one (its property's name in <see cref="RunForm"/>), what is wrong and what to do.</param>
/// <param name="Request">Null when there are problems.</param>
public sealed record RunFormReading(IReadOnlyDictionary<string, string> Problems, RunRequest? Request);
