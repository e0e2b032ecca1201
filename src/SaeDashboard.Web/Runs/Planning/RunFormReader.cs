using System.Globalization;
using System.Text.RegularExpressions;
using SaeDashboard.Core.Compute;
using SaeDashboard.Core.Saes;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Reads a form: every problem at its field, all of them at once. The limits are the trainer's.</summary>
public static partial class RunFormReader
{
    /// <summary>Longest name that can be typed.</summary>
    internal const int LongestName = 80;

    /// <summary>The trainer's k where the plan has none.</summary>
    internal const int DefaultK = 32;

    /// <param name="form">As typed.</param>
    /// <param name="choices">What there is.</param>
    /// <param name="freeBytes">Free space where activations are kept; null: not checked.</param>
    /// <param name="reused">Whether a store that fits is there already: it costs no space.</param>
    /// <param name="firstStep">The step of the checkpoint it goes on from; 0: it begins.</param>
    public static RunFormReading Read(RunForm form, RunChoices choices, long? freeBytes = null, Func<RunRequest, bool>? reused = null, long firstStep = 0)
    {
        var problems = new Dictionary<string, string>();
        var model = choices.Model(form.Model);
        var dataset = choices.Dataset(form.Dataset);
        if (form.Name.Trim().Length > LongestName) problems[nameof(RunForm.Name)] = $"At most {LongestName} characters.";
        if (model is null) problems[nameof(RunForm.Model)] = "Choose a model. Put one under models/ in the data folder if there is none.";
        else if (model.Problem is not null) problems[nameof(RunForm.Model)] = model.Problem;
        if (dataset is null) problems[nameof(RunForm.Dataset)] = "Choose a data set. Put one under datasets/ in the data folder if there is none.";
        else if (dataset.Problem is not null) problems[nameof(RunForm.Dataset)] = dataset.Problem;
        else if (dataset.ClipsIn(RunRequest.Split) < 2)
            problems[nameof(RunForm.Dataset)] = $"It has {Clips(dataset.ClipsIn(RunRequest.Split))} in the split {RunRequest.Split}: training wants at least 2. The split is a member of each line of its metadata.jsonl.";
        else if (dataset.ClipsIn(RunRequest.StatisticsSplit) < 1)
            problems[nameof(RunForm.Dataset)] = $"It has no clips in the split {RunRequest.StatisticsSplit}, on which features are measured.";
        if (form.Condition is not ("none" or "caption")) problems[nameof(RunForm.Condition)] = "Choose none or caption.";
        if (choices.Device(form.Device) is null) problems[nameof(RunForm.Device)] = $"Choose one of the devices that the worker reports: {string.Join(", ", choices.Devices.Select(device => device.Id))}.";
        // Where the device itself is wrong, a type is asked for that some device has.
        if (ComputeNames.Problem(choices.Device(form.Device)?.Id ?? ComputeNames.Gpu(0), form.ComputeType) is { } misfit) problems[nameof(RunForm.ComputeType)] = char.ToUpperInvariant(misfit[0]) + misfit[1..];

        var layer = Whole(form.Layer, nameof(RunForm.Layer), 0, Math.Max(0, (model?.Layers ?? 1000) - 1), problems, model is null ? null : $"this model has {model.Layers} layers");
        if (!SaeHook.Points.Contains(form.Point)) problems[nameof(RunForm.Point)] = $"Choose one of {string.Join(", ", SaeHook.Points)}.";
        var architecture = ArchitectureChoice.Find(form.Architecture);
        if (architecture is null) problems[nameof(RunForm.Architecture)] = $"Choose one of {string.Join(", ", ArchitectureChoice.All.Select(choice => choice.Name))}.";
        var latents = Whole(form.Latents, nameof(RunForm.Latents), architecture?.LeastLatents ?? 1, 1 << 24, problems);
        var mostK = latents ?? 1 << 24;
        // Who does not use k is not asked for one; the trainer still wants its default to fit.
        var k = architecture is { HasK: false } ? Math.Min(DefaultK, Math.Max(1, mostK))
            : Whole(form.K, nameof(RunForm.K), 1, Math.Max(1, mostK), problems, "at most the number of latents");
        var steps = Whole(form.Steps, nameof(RunForm.Steps), firstStep + 1, 100_000_000, problems, firstStep == 0 ? null : "the steps go on from the checkpoint's");
        var batch = Whole(form.Batch, nameof(RunForm.Batch), 2, 1 << 20, problems);
        var seed = Whole(form.Seed, nameof(RunForm.Seed), 0, int.MaxValue, problems);
        var rate = Rate(form.LearningRate, problems);
        var inSplit = dataset?.ClipsIn(RunRequest.Split) ?? 0;
        var allClips = string.IsNullOrWhiteSpace(form.Clips);
        var clips = allClips ? inSplit
            : Whole(form.Clips, nameof(RunForm.Clips), 2, Math.Max(2, inSplit == 0 ? int.MaxValue : inSplit), problems, inSplit == 0 ? null : $"the split {RunRequest.Split} has {Clips(inSplit)}");
        if (problems.Count > 0) return new RunFormReading(problems, null);

        var request = new RunRequest(
            form.Name.Trim() is { Length: > 0 } name ? name : RunRequest.DefaultName(architecture!, SaeHook.At((int)layer!, form.Point), (int)latents!, (int)k!),
            model!, dataset!, (int)layer!, form.Condition, (int)clips!, allClips || clips == inSplit,
            architecture!, (int)latents!, (int)k!, steps!.Value, (int)batch!, rate!.Value, (int)seed!) { FirstStep = firstStep, Point = form.Point, Device = form.Device, ComputeType = form.ComputeType };
        if (freeBytes < request.StoreBytes && reused?.Invoke(request) != true)
        {
            problems[nameof(RunForm.Clips)] = $"Their activations take {RunText.Bytes(request.StoreBytes)}, and {RunText.Bytes(freeBytes.Value)} are free. Take fewer clips, or make room.";
            return new RunFormReading(problems, null);
        }
        return new RunFormReading(problems, request);
    }

    private static string Clips(int count) => count == 1 ? "1 clip" : string.Create(CultureInfo.InvariantCulture, $"{count:N0} clips");

    private static long? Whole(string text, string field, long least, long most, Dictionary<string, string> problems, string? why = null)
    {
        // Digits are often grouped by threes when they are pasted: 1,600 and 1 600 are 1600. 64,5 is not a whole number.
        var typed = text.Trim();
        var digits = Grouped().IsMatch(typed) ? string.Concat(typed.Where(char.IsAsciiDigit)) : typed;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        var range = string.Create(CultureInfo.InvariantCulture, $"A whole number from {least:N0} to {most:N0}");
        problems[field] = why is null ? range + "." : $"{range}: {why}.";
        return null;
    }

    [GeneratedRegex(@"^\d{1,3}(,\d{3}|[ \u00A0\u202F]\d{3})+$")]
    private static partial Regex Grouped();

    private static double? Rate(string text, Dictionary<string, string> problems)
    {
        if (double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1) return value;
        problems[nameof(RunForm.LearningRate)] = "A number between 0 and 1, such as 0.001 or 1e-3.";
        return null;
    }
}
