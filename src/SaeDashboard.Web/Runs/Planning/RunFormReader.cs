using System.Globalization;
using System.Text.RegularExpressions;

namespace SaeDashboard.Web.Runs.Planning;

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

        if (!ComputeNames.Types.Contains(form.Store)) problems[nameof(RunForm.Store)] = $"Choose one of {string.Join(", ", ComputeNames.Types)}.";

        var layer = Whole(form.Layer, nameof(RunForm.Layer), new(0, Math.Max(0, (model?.Layers ?? 1000) - 1), model is null ? null : $"this model has {model.Layers} layers"), problems);
        if (!SaeHook.Points.Contains(form.Point)) problems[nameof(RunForm.Point)] = $"Choose one of {string.Join(", ", SaeHook.Points)}.";
        var train = ReadTrain(form, firstStep, problems);
        var inSplit = dataset?.ClipsIn(RunRequest.Split) ?? 0;
        var allClips = string.IsNullOrWhiteSpace(form.Clips);
        var clips = allClips ? inSplit
            : Whole(form.Clips, nameof(RunForm.Clips), new(2, Math.Max(2, inSplit == 0 ? int.MaxValue : inSplit), inSplit == 0 ? null : $"the split {RunRequest.Split} has {Clips(inSplit)}"), problems);
        var evaluation = form.Evaluates ? ReadEvaluation(form, dataset, problems) : null;
        if (!DetectionChoice.All.Contains(form.Detection)) problems[nameof(RunForm.Detection)] = $"Choose one of {string.Join(", ", DetectionChoice.All)}.";
        var untestable = dataset is null ? null : DetectionChoice.Problem(dataset.Splits);
        if (form.Detection == DetectionChoice.Yes && untestable is not null) problems[nameof(RunForm.Detection)] = untestable;
        if (problems.Count > 0) return new RunFormReading(problems, null);

        var request = new RunRequest(
            form.Name.Trim() is { Length: > 0 } name ? name : RunRequest.DefaultName(train, SaeHook.At((int)layer!, form.Point)),
            model!, dataset!, (int)layer!, form.Condition, (int)clips!, allClips || clips == inSplit, train)
            { FirstStep = firstStep, Point = form.Point, Device = form.Device, ComputeType = form.ComputeType, Store = form.Store, Evaluation = evaluation };
        request = request with { ChoosesClips = form.Detection == DetectionChoice.Yes || (form.Detection == DetectionChoice.Automatic && untestable is null && RunEstimator.IsSmall(request)) };
        if (freeBytes < request.StoreBytes && reused?.Invoke(request) != true)
        {
            problems[nameof(RunForm.Clips)] = $"Their activations take {Format.Bytes(request.StoreBytes)}; {Format.Bytes(freeBytes.Value)} are free. Use fewer clips, or free disk space.";
            return new RunFormReading(problems, null);
        }
        return new RunFormReading(problems, request);
    }

    private static RunEvaluation? ReadEvaluation(RunForm form, DatasetChoice? dataset, Dictionary<string, string> problems)
    {
        var (split, most) = (new RunEvaluation().Split, dataset?.ClipsIn(new RunEvaluation().Split) ?? 0);
        if (dataset is not null && most == 0)
        {
            problems.TryAdd(nameof(RunForm.Evaluates), $"The dataset has no clips in the split {split}. Turn evaluation off, or name the split in its metadata.jsonl.");
            return null;
        }
        // Of a few clips all are taken.
        return Whole(form.EvaluationClips, nameof(RunForm.EvaluationClips), new(1, int.MaxValue), problems) is { } clips ? new RunEvaluation(split, (int)Math.Min(clips, most)) : null;
    }

    /// <summary>The trainer's settings. What cannot be read is reported at its field and takes no part in the rules that look at several.</summary>
    private static TrainConfig ReadTrain(RunForm form, long firstStep, Dictionary<string, string> problems)
    {
        var (train, unread) = (new TrainConfig(), new HashSet<string>());
        foreach (var setting in TrainSetting.All)
        {
            var architecture = TrainArchitectures.Of(train.Architecture);
            var text = form[setting.Property].Trim();
            // What the architecture does not have has no field.
            if (!TrainRules.Belongs(setting, architecture) || (text.Length == 0 && setting.IsNullable)) continue;
            // Who does not use k is not asked for one; the trainer still wants its default to fit.
            object? value = setting.Property == nameof(TrainConfig.K) && !architecture.UsesK ? Math.Min(train.K, Math.Max(1, train.Latents))
                : setting.Type.IsEnum ? Choice(setting, text, problems)
                : setting.Type == typeof(double) ? Number(setting, text, problems)
                // Not a number's type: a long would become a double.
                : (object?)Whole(text, setting.Property, Range(setting, train, firstStep), problems);
            if (value is not null)
            {
                train = setting.With(train, setting.Type == typeof(int) ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : value);
                continue;
            }
            unread.Add(setting.Name);
            // Whatever k is, it is not what is wrong.
            if (setting.Property == nameof(TrainConfig.Latents)) train = train with { Latents = (int)setting.Max };
        }
        foreach (var problem in TrainRules.Problems(train, unread)) problems.TryAdd(TrainSetting.Find(problem.Setting)!.Property, problem.Message + ".");
        if (ComputeNames.IsGpu(form.Device))
            foreach (var problem in TrainRules.ProblemsOn(train, form.Device)) problems.TryAdd(TrainSetting.Find(problem.Setting)!.Property, problem.Message + ".");
        return train;
    }

    /// <summary>The limits of a whole number, where a form's are narrower than the trainer's.</summary>
    private static WholeRange Range(TrainSetting setting, TrainConfig train, long firstStep)
    {
        var range = TrainRules.WholeRange(setting, train);
        return setting.Property switch
        {
            nameof(TrainConfig.Steps) => new(Math.Max(range.Min, firstStep + 1), MaxSteps, firstStep == 0 ? null : "training continues from the checkpoint's step"),
            nameof(TrainConfig.Seed) => range with { Min = 0 },
            _ => range,
        };
    }

    private static Enum? Choice(TrainSetting setting, string text, Dictionary<string, string> problems)
    {
        if (Enum.GetValues(setting.Type).Cast<Enum>().FirstOrDefault(each => EnumJson.Name(each) == text) is { } value) return value;
        problems[setting.Property] = $"Choose one of {string.Join(", ", setting.Type == typeof(TrainArchitecture) ? TrainArchitectures.All.Select(choice => choice.Name) : setting.Names)}.";
        return null;
    }

    private static string Clips(int count) => count == 1 ? "1 clip" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} clips");

    private static long? Whole(string text, string field, WholeRange range, Dictionary<string, string> problems)
    {
        // Digits are often grouped by threes when they are pasted: 1,600 and 1 600 are 1600. 64,5 is not a whole number.
        var typed = text.Trim();
        var digits = Grouped().IsMatch(typed) ? string.Concat(typed.Where(char.IsAsciiDigit)) : typed;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && range.Contains(value)) return value;
        var words = range.Max is int.MaxValue or long.MaxValue && range.Min > int.MinValue
            ? string.Create(CultureInfo.InvariantCulture, $"A whole number, {range.Min:N0} or more")
            : string.Create(CultureInfo.InvariantCulture, $"A whole number from {range.Min:N0} to {range.Max:N0}");
        problems[field] = range.Why is null ? words + "." : $"{words}: {range.Why}.";
        return null;
    }

    [GeneratedRegex(@"^\d{1,3}(,\d{3}|[ \u00A0\u202F]\d{3})+$", RegexOptions.None, 1000)]
    private static partial Regex Grouped();

    private static double? Number(TrainSetting setting, string text, Dictionary<string, string> problems)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && setting.Allows(value)) return value;
        problems[setting.Property] = $"A number {setting.Range}{(setting.Text(RunForm.Defaults) is { } example ? $", such as {example}" : "")}.";
        return null;
    }
}

/// <summary>What came of reading a form.</summary>
/// <param name="Problems">Of each field that has one (its property's name in <see cref="RunForm"/>), what is wrong and what to do.</param>
/// <param name="Request">Null when there are problems.</param>
public sealed record RunFormReading(IReadOnlyDictionary<string, string> Problems, RunRequest? Request);
