using System.Globalization;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Runs;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>Reads a form whose settings vary: the runs of the grid, or every problem at once.</summary>
public static class SweepReader
{
    private const int LongestName = 120;

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
            if (freeBytes < needed) distinct.Add($"The activations of all runs take {RunText.Bytes(needed)}; {RunText.Bytes(freeBytes.Value)} are free. Use fewer layers or clips, or free disk space.");
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
        return name.Length <= LongestName ? name : name[..LongestName];
    }

    private static string Words(string problem)
    {
        foreach (var setting in SweepSetting.All)
            if (problem.StartsWith(setting.Id + " ", StringComparison.Ordinal)) return setting.Name + problem[setting.Id.Length..];
        return problem;
    }
}
