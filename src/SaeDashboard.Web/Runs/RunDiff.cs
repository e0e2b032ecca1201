using System.Globalization;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>What runs have in common and what they differ in.</summary>
public static class RunDiff
{
    private const string Default = "default", NotUsed = "not used";

    /// <summary>Every setting that any of the runs names: first those that differ.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="nameOf">What people call the run in a folder; null: not known.</param>
    public static IReadOnlyList<SettingRow> Of(IReadOnlyList<RunView> runs, Func<string, string?>? nameOf = null)
    {
        var all = runs.Select(run => Settings(run, nameOf)).ToArray();
        var rows = all.SelectMany(settings => settings.Keys).Distinct()
            .Select(name => new SettingRow(TrainSetting.Find(name)?.LabelWithUnit ?? name, [.. all.Select(settings => settings.GetValueOrDefault(name, Default))])).ToArray();
        return [.. rows.Where(row => row.Differs), .. rows.Where(row => !row.Differs)];
    }

    /// <summary>The name of each run in a comparison: its name and, where another has the same, what it differs in.</summary>
    public static IReadOnlyList<string> Labels(IReadOnlyList<RunView> runs, Func<string, string?>? nameOf = null)
    {
        var rows = Of(runs, nameOf).Where(row => row.Differs).ToArray();
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
    private static Dictionary<string, string> Settings(RunView run, Func<string, string?>? nameOf)
    {
        var (plan, settings) = (run.Plan, new Dictionary<string, string>());
        if (RunFormatting.HasPlace(plan))
        {
            settings["model"] = run.CommandLine?.Model ?? Path.GetFileName(plan.ModelPath);
            settings["dataset"] = run.CommandLine?.Dataset ?? Path.GetFileName(plan.DatasetPath);
            settings["layer"] = plan.Layer.ToString(CultureInfo.InvariantCulture);
            settings["point"] = plan.Point;
            settings["condition"] = plan.Condition;
            settings["split"] = plan.Split;
            settings["clips"] = plan.Clips is { } clips ? Format.Whole(clips) : "all";
            settings["evaluation"] = plan.Evaluation is { } evaluation ? $"{Format.Whole(evaluation.Clips)} clips of {evaluation.Split}" : "none";
            settings["test clips"] = plan.Detection ? "chosen" : "not chosen";
            settings["device"] = plan.Device;
            settings["number type"] = plan.ComputeType;
            settings["store"] = plan.Store;
            settings["starts from"] = plan.Fork is { } fork ? $"{nameOf?.Invoke(fork.RunPath) ?? Path.GetFileName(fork.RunPath)}, step {(fork.Step is { } step ? Format.Whole(step) : "newest")}" : "random weights";
        }
        var (architecture, train) = (RunFormatting.Architecture(plan), plan.Train.Values);
        foreach (var setting in plan.Train.Named) settings[setting.Name] = Text(setting.Value(train));
        if (settings.ContainsKey(Key(nameof(TrainConfig.Architecture)))) settings[Key(nameof(TrainConfig.Architecture))] = architecture.Name;
        settings[Key(nameof(TrainConfig.K))] = architecture.UsesK ? Format.Whole(train.K) : NotUsed;
        return settings;
    }

    private static string Key(string property) => TrainSetting.Of(property).Name;

    /// <summary>A setting's value as people read it.</summary>
    internal static string Text(object? value) => value switch
    {
        null => Default,
        Enum name => EnumJson.Name(name),
        int or long => Format.Whole(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

/// <summary>One setting of several runs.</summary>
/// <param name="Name">As people name it, with its unit.</param>
/// <param name="Values">Of each run, in their order; "default" where the run leaves it out.</param>
public sealed record SettingRow(string Name, IReadOnlyList<string> Values)
{
    /// <summary>Whether the runs do not all have the same.</summary>
    public bool Differs => Values.Distinct().Count() > 1;
}
