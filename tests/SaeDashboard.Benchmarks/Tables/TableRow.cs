using System.Globalization;
using System.Text.Json.Nodes;

namespace SaeDashboard.Benchmarks.Tables;

/// <summary>One trained SAE of the table: what <c>train --json</c> and <c>evaluate --json</c> said of it.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Trained">The trainer's answer.</param>
/// <param name="Evaluated">The evaluation's.</param>
internal sealed record TableRow(string Name, JsonNode Trained, JsonNode Evaluated)
{
    private JsonNode Report => Evaluated["report"]!;

    /// <summary>The row NAME of a folder with NAME.train.json and NAME.evaluate.json.</summary>
    public static TableRow Read(string folder, string name)
    {
        JsonNode File(string what) => JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(folder, $"{name}.{what}.json")))!;
        return new(name, File("train"), File("evaluate"));
    }

    /// <summary>Reconstruction: how much of the residual stream, and of what the model makes of it, comes through.</summary>
    public IEnumerable<string> Reconstruction()
    {
        yield return Name;
        yield return Number(Report["features"], "N0");
        yield return Number(Report["l0"], "F1");
        yield return Number(Report["explainedVariance"], "F4");
        yield return Number(Report["explainedVariancePerColumn"], "F4");
        yield return Percent(Report["deadFraction"]);
        yield return Number(Report["keptDefault"], "N0");
        yield return Number(Report["cosineMean"], "F4");
        yield return Number(Report["shrinkage"], "F3");
        yield return Number(Report["relativeReconstructionBias"], "F3");
        foreach (var condition in (string[])["none", "caption"])
        {
            var overall = Evaluated["recovery"]?.AsArray().FirstOrDefault(each => each!["condition"]!.GetValue<string>() == condition)?["overall"];
            yield return Percent(overall?["crossEntropyRecoveredOfZero"]?["value"]);
            yield return Percent(overall?["crossEntropyRecoveredOfMean"]?["value"]);
            yield return Percent(overall?["klRecoveredOfMean"]?["value"]);
        }
        yield return Number(Trained["result"]!["columnsPerSecond"], "N0");
    }

    /// <summary>A kind of direction's concepts at 0.95 / 0.9 / 0.8 of those measured, and the median.</summary>
    public string Concepts(string set, string level, bool constant)
    {
        var found = Summary(set, level, constant);
        return found is null ? "–" : string.Create(CultureInfo.InvariantCulture,
            $"{found["atLeast95"]} / {found["atLeast90"]} / {found["atLeast80"]} of {found["concepts"]}, {found["median"]!.GetValue<double>():F3}");
    }

    /// <summary>The summary of a kind of direction at a level; null when it was not measured.</summary>
    public JsonNode? Summary(string set, string level, bool constant) => Evaluated["groundTruth"]?["summaries"]?.AsArray().FirstOrDefault(each =>
        each!["set"]!.GetValue<string>() == set && each["level"]!.GetValue<string>() == level && each["constant"]!.GetValue<bool>() == constant);

    /// <summary>The kinds of direction that were scored, in the evaluation's order.</summary>
    public IEnumerable<string> Sets() =>
        Evaluated["groundTruth"]?["sets"]?.AsArray().Select(set => set!["name"]!.GetValue<string>()) ?? [];

    private static string Number(JsonNode? value, string format) =>
        value is null ? "–" : value.GetValue<double>().ToString(format, CultureInfo.InvariantCulture);

    private static string Percent(JsonNode? share) =>
        share is null ? "–" : (100 * share.GetValue<double>()).ToString("F2", CultureInfo.InvariantCulture) + " %";
}
