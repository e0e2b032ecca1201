using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>What runs have in common and what they differ in.</summary>
public static class RunDiff
{
    private const string Default = "default", NotUsed = "not used";

    private static readonly Dictionary<string, string> Names = new()
    {
        ["batch"] = "batch, columns a step", ["learningRate"] = "learning rate", ["k"] = "k, latents active", ["deadWindow"] = "dead after, columns",
        ["warmUp"] = "warm-up, share of the steps", ["decay"] = "decay, share of the steps", ["heldOut"] = "held out, share of the clips",
        ["clipNorm"] = "gradient's largest norm", ["auxCoefficient"] = "AuxK coefficient", ["sparsityCoefficient"] = "sparsity coefficient",
        ["sparsityWarmUp"] = "sparsity warm-up, share of the steps", ["scaleSamples"] = "columns for the scale", ["medianSamples"] = "columns for the centre",
        ["thresholdLearningRate"] = "learning rate of thresholds",
    };

    /// <summary>Every setting that any of the runs names: first those that differ.</summary>
    public static IReadOnlyList<SettingRow> Of(IReadOnlyList<RunView> runs)
    {
        var all = runs.Select(Settings).ToArray();
        var rows = all.SelectMany(settings => settings.Keys).Distinct()
            .Select(name => new SettingRow(Names.GetValueOrDefault(name, name), [.. all.Select(settings => settings.GetValueOrDefault(name, Default))])).ToArray();
        return [.. rows.Where(row => row.Differs), .. rows.Where(row => !row.Differs)];
    }

    /// <summary>What each run is called beside the others: its name and, where another has the same, what it differs in.</summary>
    public static IReadOnlyList<string> Labels(IReadOnlyList<RunView> runs)
    {
        var rows = Of(runs).Where(row => row.Differs).ToArray();
        var labels = runs.Select(run => run.Name).ToArray();
        foreach (var same in runs.Select((run, i) => (run.Name, i)).GroupBy(pair => pair.Name).Where(group => group.Count() > 1))
        {
            var own = rows.Where(row => same.Select(pair => row.Values[pair.i]).Distinct().Count() > 1).Take(3).ToArray();
            foreach (var (name, i) in same)
            {
                // Equal in all things: only the ends of their ids tell them apart.
                labels[i] = own.Length > 0
                    ? $"{name}, {string.Join(", ", own.Select(row => $"{row.Name.Split(',')[0]} {row.Values[i]}"))}"
                    : $"{name}, {runs[i].Id[^4..]}";
            }
        }
        return labels;
    }

    /// <summary>A run's settings as text, by their names in config.json.</summary>
    private static Dictionary<string, string> Settings(RunView run)
    {
        var (plan, settings) = (run.Plan, new Dictionary<string, string>());
        if (RunWords.HasPlace(plan))
        {
            settings["model"] = run.CommandLine?.Model ?? Path.GetFileName(plan.ModelPath);
            settings["data set"] = run.CommandLine?.Dataset ?? Path.GetFileName(plan.DatasetPath);
            settings["layer"] = plan.Layer.ToString(CultureInfo.InvariantCulture);
            settings["point"] = plan.Point;
            settings["condition"] = plan.Condition;
            settings["split"] = plan.Split;
            settings["clips"] = plan.Clips is { } clips ? RunText.Whole(clips) : "all";
            settings["device"] = plan.Device;
            settings["number type"] = plan.ComputeType;
            settings["begins with"] = plan.Fork is { } fork ? $"{Path.GetFileName(fork.RunPath)}, step {(fork.Step is { } step ? RunText.Whole(step) : "newest")}" : "random weights";
        }
        foreach (var (name, value) in plan.Train)
        {
            settings[name] = name switch
            {
                "architecture" => RunWords.Architecture(plan).Name,
                _ => Text(value),
            };
        }
        if (!RunWords.Architecture(plan).HasK) settings["k"] = NotUsed;
        else if (!plan.Train.ContainsKey("k")) settings["k"] = RunText.Whole(RunFormReader.DefaultK);
        return settings;
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => Default,
        JsonValue number when number.GetValueKind() == JsonValueKind.Number && long.TryParse(number.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => RunText.Whole(whole),
        JsonValue text => text.ToString(),
        _ => value.ToJsonString(),
    };
}
