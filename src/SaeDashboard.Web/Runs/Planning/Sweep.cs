using System.Globalization;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Reads a form whose settings vary: the runs of the grid, or every problem at once.</summary>
public static class SweepReader
{
    private const int MaxName = 120;

    private static readonly string ArchitectureId = TrainSetting.Of(nameof(TrainConfig.Architecture)).Name;

    /// <param name="form">The settings that do not vary.</param>
    /// <param name="lines">Those that do.</param>
    /// <param name="choices">What there is.</param>
    /// <param name="freeBytes">Free space where activations are kept; null: not checked.</param>
    /// <param name="reused">Whether a store that fits is there already.</param>
    /// <param name="firstStep">The step of the checkpoint that all of them start from; 0: random weights.</param>
    public static SweepReading Read(
        RunForm form, IReadOnlyList<SweepLine> lines, RunChoices choices, long? freeBytes = null, Func<RunRequest, bool>? reused = null, long firstStep = 0)
    {
        var axes = lines.Select(line => new SweepAxis(line.Setting, [.. Values(line)])).ToArray();
        var fields = new Dictionary<string, string>();
        if (SweepGrid.Problems(axes) is { Count: > 0 } wrong)
        {
            // Settings that do not vary are checked too: all problems are reported together.
            foreach (var (field, problem) in RunFormReader.Read(form, choices, firstStep: firstStep).Problems)
                if (!lines.Any(line => SweepSetting.Find(line.Setting)?.Field == field)) fields[field] = problem;
            return new SweepReading(fields, [.. wrong.Select(Words)], [], 0);
        }
        var problems = new List<string>();
        var requests = new List<RunRequest>();
        var leftOut = 0;
        foreach (var point in SweepGrid.Make([], axes))
        {
            var each = form.Copy();
            foreach (var (id, value) in point.Settings) SweepSetting.Find(id)!.Set(each, value!.ToString());
            var reading = RunFormReader.Read(each, choices, freeBytes, reused, firstStep);
            foreach (var (field, problem) in reading.Problems)
            {
                if (lines.Select(line => SweepSetting.Find(line.Setting)!).FirstOrDefault(setting => setting.Field == field) is { } setting)
                    problems.Add($"{setting.Name} {point.Settings[setting.Id]}: {problem}");
                else
                    fields[field] = problem;
            }
            if (reading.Request is not { } request) continue;
            request = request with { Name = Name(form.Name.Trim(), request, point.Settings) };
            if (requests.Any(other => other with { Name = "" } == request with { Name = "" })) leftOut++;
            else requests.Add(request);
        }
        var distinct = problems.Distinct().ToList();
        if (fields.Count == 0 && distinct.Count == 0)
        {
            var needed = Stores(requests).Where(each => reused?.Invoke(each) != true).Sum(each => each.StoreBytes);
            if (freeBytes < needed) distinct.Add($"The activations of all runs take {Format.Bytes(needed)}; {Format.Bytes(freeBytes.Value)} are free. Use fewer layers or clips, or free disk space.");
        }
        return new SweepReading(fields, distinct, fields.Count + distinct.Count > 0 ? [] : requests, leftOut);
    }

    /// <summary>One run of each store of activations that the runs share.</summary>
    public static IReadOnlyList<RunRequest> Stores(IEnumerable<RunRequest> requests) =>
        [.. requests.DistinctBy(each => (each.Model.Id, each.Dataset.Id, each.Hook, each.Condition, each.Clips))];

    private static IEnumerable<JsonNode?> Values(SweepLine line) =>
        line.Values.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(text => (JsonNode?)(
            line.Setting == ArchitectureId ? JsonValue.Create(TrainArchitectures.All.FirstOrDefault(each => Same(each.Id, text) || Same(each.Name, text))?.Id ?? text)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number)
            : JsonValue.Create(text)));

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

    // What varies is in the name, said once.
    private static string Name(string given, RunRequest request, JsonObject point)
    {
        var own = point.Select(pair => (Setting: SweepSetting.Find(pair.Key)!, Value: pair.Value!.ToString()))
            .Where(pair => (given.Length > 0 || !pair.Setting.Named) && (pair.Setting.Id != "k" || request.Architecture.UsesK))
            .Select(pair => pair.Setting.Id == ArchitectureId ? request.Architecture.Name : $"{pair.Setting.Name} {pair.Value}");
        var name = string.Join(", ", own.Prepend(request.Name));
        return name.Length <= MaxName ? name : name[..MaxName];
    }

    private static string Words(string problem)
    {
        foreach (var setting in SweepSetting.All)
            if (problem.StartsWith(setting.Id + " ", StringComparison.Ordinal)) return setting.Name + problem[setting.Id.Length..];
        return problem;
    }
}

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
        Trained(nameof(RunForm.K), "16, 32, 64", named: true),
        Trained(nameof(RunForm.LearningRate), "3e-4, 1e-3"),
        Trained(nameof(RunForm.Seed), "0, 1, 2"),
        Trained(nameof(RunForm.Latents), "1024, 2048, 4096", named: true),
        Trained(nameof(RunForm.Architecture), "TopK, BatchTopK", named: true),
        new("layer", "layer", nameof(RunForm.Layer), "2, 4, 6", (form, value) => form.Layer = value, Forks: false, Named: true),
        Trained(nameof(RunForm.Steps), "800, 1600"),
        Trained(nameof(RunForm.Batch), "512, 1024"),
    ];

    /// <summary>The one of that id, or null.</summary>
    public static SweepSetting? Find(string id) => All.FirstOrDefault(setting => setting.Id == id);

    /// <summary>A setting of the trainer: the form's field has its property's name.</summary>
    private static SweepSetting Trained(string field, string example, bool named = false)
    {
        var setting = TrainSetting.Of(field);
        return new(setting.Name, setting.Label, field, example, (form, value) => form[field] = value, !setting.FixedInFork, named);
    }
}

/// <summary>A line of the form's sweep, as it was typed.</summary>
public sealed class SweepLine
{
    /// <summary>Id of a <see cref="SweepSetting"/>.</summary>
    public string Setting { get; set; } = SweepSetting.All[0].Id;

    /// <summary>"16, 32, 64".</summary>
    public string Values { get; set; } = "";
}

/// <summary>What came of reading a form with a sweep.</summary>
/// <param name="Fields">Problems of fields that do not vary, by the field.</param>
/// <param name="Problems">Problems of the sweep itself.</param>
/// <param name="Requests">The runs; empty when there are problems.</param>
/// <param name="LeftOut">Runs that would have been another's equal, and so are left out.</param>
public sealed record SweepReading(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Problems, IReadOnlyList<RunRequest> Requests, int LeftOut);
