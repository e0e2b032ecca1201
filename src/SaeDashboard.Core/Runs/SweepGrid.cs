using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeDashboard.Core.Runs;

/// <summary>The runs of a sweep: every combination of the values of its axes, the last axis changing fastest.</summary>
public static class SweepGrid
{
    /// <summary>The largest sweep. More runs are probably a mistake and can be made in parts.</summary>
    public const int MostRuns = 64;

    /// <summary>All problems of the axes; empty if they are valid.</summary>
    public static IReadOnlyList<string> Problems(IReadOnlyList<SweepAxis> axes)
    {
        var problems = new List<string>();
        if (axes.Count == 0) problems.Add("Nothing varies: name a setting and its values.");
        if (axes.Any(axis => axis.Name.Trim().Length == 0)) problems.Add("A setting has no name.");
        foreach (var name in axes.GroupBy(axis => axis.Name.Trim()).Where(group => group.Key.Length > 0 && group.Count() > 1).Select(group => group.Key))
            problems.Add($"{name} is there twice: give all of its values at once.");
        foreach (var axis in axes)
        {
            if (axis.Values.Count == 0) problems.Add($"{axis.Name} has no values.");
            if (axis.Values.Any(value => value is not JsonValue)) problems.Add($"{axis.Name} takes numbers and words, not lists, objects or nothing.");
            foreach (var twice in axis.Values.OfType<JsonValue>().GroupBy(Text).Where(group => group.Count() > 1))
                problems.Add($"{axis.Name} has {twice.Key} {twice.Count()} times.");
        }
        var runs = axes.Aggregate(1.0, (count, axis) => count * Math.Max(1, axis.Values.Count));
        if (runs > MostRuns) problems.Add(string.Create(CultureInfo.InvariantCulture, $"That makes {runs:N0} runs: at most {MostRuns}. Give fewer values."));
        return problems;
    }

    /// <summary>The runs. The given settings are not modified.</summary>
    /// <exception cref="UserException">The axes are not valid; the message lists every problem.</exception>
    public static IReadOnlyList<SweepRun> Make(JsonObject settings, IReadOnlyList<SweepAxis> axes)
    {
        if (Problems(axes) is { Count: > 0 } problems) throw new UserException("The sweep cannot be made:\n  " + string.Join("\n  ", problems));
        IEnumerable<(string Name, JsonObject Settings)> grid = [("", settings)];
        foreach (var axis in axes)
        {
            grid = grid.SelectMany(point => axis.Values.Select(value =>
            {
                var changed = (JsonObject)point.Settings.DeepClone();
                changed[axis.Name] = value!.DeepClone();
                return ($"{(point.Name.Length > 0 ? point.Name + ", " : "")}{axis.Name} {Text(value)}", changed);
            })).ToArray();
        }
        return [.. grid.Select(point => new SweepRun(point.Name, point.Settings))];
    }

    /// <summary>The canonical text of a value: 1e-3 and 0.001 are the same.</summary>
    private static string Text(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number && double.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number)
            ? number.ToString("R", CultureInfo.InvariantCulture)
            : value.ToString();
}

/// <summary>One setting that a sweep varies.</summary>
/// <param name="Name">The setting's name: "k", "learningRate".</param>
/// <param name="Values">Its values in order: numbers, strings, true or false.</param>
public sealed record SweepAxis(string Name, IReadOnlyList<JsonNode?> Values);

/// <summary>One point of a sweep's grid.</summary>
/// <param name="Name">The values it varies: "k 16, seed 1".</param>
/// <param name="Settings">The sweep's settings with this point's values.</param>
public sealed record SweepRun(string Name, JsonObject Settings);
