using System.Globalization;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Runs;

/// <summary>A run's curves for other programs.</summary>
internal static class RunEndpoints
{
    public static void MapRunEndpoints(this WebApplication app)
    {
        app.MapGet("/api/v1/runs/{id}/metrics.json", (string id, DataRoot root) =>
            Lines(id, root) is { } lines ? Results.Json(lines, JsonDefaults.Lines) : NotFound(id));
        app.MapGet("/api/v1/runs/{id}/metrics.csv", (string id, DataRoot root) =>
            Lines(id, root) is { } lines ? Results.Text(Csv(lines), "text/csv", Encoding.UTF8) : NotFound(id));
    }

    /// <summary>The lines as a table: every name that occurs is a column, in the order of its first appearance; what is not known is empty.</summary>
    internal static string Csv(IReadOnlyList<JsonElement> lines)
    {
        var names = new List<string>();
        foreach (var line in lines)
        {
            foreach (var member in line.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.Null && !names.Contains(member.Name)) names.Add(member.Name);
            }
        }
        var text = new StringBuilder().AppendJoin(',', names).Append('\n');
        foreach (var line in lines)
        {
            var cells = names.Select(name => line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "");
            text.AppendJoin(',', cells).Append('\n');
        }
        return text.ToString();
    }

    private static IReadOnlyList<JsonElement>? Lines(string id, DataRoot root)
    {
        if (!Ids.IsValid("run", id)) return null;
        var folder = Path.Combine(root.Runs, id);
        var file = Path.Combine(folder, "metrics.jsonl");
        if (!Directory.Exists(folder)) return null;
        return File.Exists(file) ? RunMetrics.Read(file) : [];
    }

    private static IResult NotFound(string id) => Results.Problem(
        statusCode: StatusCodes.Status404NotFound, title: "There is no such run",
        detail: string.Create(CultureInfo.InvariantCulture, $"No run is named '{id}'. /runs lists those there are."));
}
