using System.Globalization;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Steering;

/// <summary>Where an SAE keeps its steering table, and how one is read.</summary>
public static class SteeringTableFile
{
    // 10,000 features take some 20 MB.
    private const long MostBytes = 64 << 20;

    private const int MostFeatures = 65_536, MostGroups = 16, MostArms = 64, MostPrompts = 256, LongestText = 4000;

    /// <summary>The file in an SAE's folder.</summary>
    public static string PathIn(string saeFolder) => Path.Combine(saeFolder, "evaluation", SteeringTable.FileName);

    /// <summary>The table of an SAE; null: none was kept, or it is of other weights.</summary>
    /// <param name="saeFolder">The SAE's folder.</param>
    /// <param name="saeHash">SHA-256 of its weights.</param>
    /// <exception cref="UserException">The file is damaged, or of a newer program.</exception>
    public static SteeringTable? Find(string saeFolder, string saeHash)
    {
        var path = PathIn(saeFolder);
        return File.Exists(path) && Read(path) is var table && table.Source.SaeHash == saeHash ? table : null;
    }

    /// <summary>Reads and checks a table.</summary>
    /// <exception cref="UserException">It is missing, damaged, too large, or of a newer program.</exception>
    public static SteeringTable Read(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > MostBytes and var length })
            throw new UserException($"{path} has {length} bytes; a steering table has at most {MostBytes}. Make it again with evaluate-steering.");
        var table = JsonFile.Read<SteeringTable>(path);
        if (table.SchemaVersion != SteeringTable.CurrentSchema)
            throw new UserException($"{path} has schema version {table.SchemaVersion}; this program reads {SteeringTable.CurrentSchema}: update the program, or make the table again with evaluate-steering.");
        if (Fault(table) is { } fault) throw new UserException($"{path}: {fault}. Make it again with evaluate-steering.");
        return table;
    }

    /// <summary>In words what is wrong with a table's numbers; null: nothing.</summary>
    private static string? Fault(SteeringTable table)
    {
        if (table.Features.Count > MostFeatures || table.Groups.Count > MostGroups) return $"it has {table.Features.Count} features in {table.Groups.Count} groups, more than a table can have";
        // A null in a list is read as one.
        if (table.Groups.Any(group => group is null || group.Arms.Any(arm => arm is null)) || table.Features.Any(feature => feature is null || feature.Arms.Any(arm => arm is null))) return "an entry of a list is null";
        string?[] texts = [.. table.Source.ChoosePrompts, .. table.Source.ReportPrompts, table.Source.Hook, table.Source.Architecture, .. table.Features.Select(feature => feature.Target?.Name ?? "")];
        if (texts.Any(text => text is not { Length: <= LongestText }) || table.Source.ChoosePrompts.Count + table.Source.ReportPrompts.Count + table.Source.Strengths.Count > MostPrompts)
            return $"a text is missing or has more than {LongestText} characters, or there are more than {MostPrompts} prompts and strengths";
        foreach (var rate in table.Groups.SelectMany(group => group.Arms.SelectMany(arm => new[] { arm.AboveUnsteered, arm.AboveRandom, arm.ClapAboveUnsteered }).Concat([group.Steers, group.SteersAboveDiffMean, group.AboveNull])))
        {
            if (rate is { } && (rate.Count < 0 || rate.Count > rate.Of || !(rate.Rate is >= 0 and <= 1))) return string.Create(CultureInfo.InvariantCulture, $"a rate is {rate.Count} of {rate.Of}");
        }
        foreach (var feature in table.Features)
        {
            if (feature.Feature < 0 || feature.Arms.Count > MostArms) return $"feature {feature.Feature} makes no sense";
            if (feature.OverRandom is { } gain && !(gain.P is >= 0 and <= 1 && gain.Q is >= 0 and <= 1)) return $"feature {feature.Feature} has a p or q outside of 0 to 1";
        }
        return table.Features.Select(feature => feature.Feature).Distinct().Count() < table.Features.Count ? "a feature is there twice" : null;
    }
}

/// <summary>A steering table in words.</summary>
public static class SteeringWords
{
    /// <summary>The arm's name in tables.</summary>
    public static string Of(TrialArm arm) => arm switch
    {
        TrialArm.Baseline => "unsteered",
        TrialArm.Reconstruction => "reconstruction",
        TrialArm.Steered => "feature",
        TrialArm.Random => "random, matched",
        TrialArm.OtherRow => "another feature",
        TrialArm.DiffMean => "DiffMean",
        TrialArm.FixedRandom => "random, fixed",
        _ => throw new ArgumentOutOfRangeException(nameof(arm), arm, "Unknown value."),
    };

    /// <summary>The group's name in tables.</summary>
    public static string Of(SteeringGroupName group) => group switch
    {
        SteeringGroupName.Sample => "random sample of kept features",
        SteeringGroupName.TopScore => "highest output scores",
        _ => throw new ArgumentOutOfRangeException(nameof(group), group, "Unknown value."),
    };

    /// <summary>The target: "more inst.taiko".</summary>
    public static string Of(SteeringTarget target) => $"{(target.Sign < 0 ? "less" : "more")} {target.Name}";

    /// <summary>Whether the feature steers, and why not.</summary>
    public static string Verdict(SteeredFeature feature) => feature switch
    {
        { Verdict: SteeringVerdict.NoTarget } => feature.BestCorrelation is { } r
            ? string.Create(CultureInfo.InvariantCulture, $"not judged: no class and no descriptor follows it on select (largest r {r:F2})")
            : "not judged: it does not fire on select",
        { Verdict: SteeringVerdict.Breaks } => "breaks: the model's output is not finite at every strength",
        { OverRandom: { } gain } => string.Create(CultureInfo.InvariantCulture, $"{(feature.Verdict == SteeringVerdict.Steers ? "steers" : "does not steer")}: {gain.Mean:+0.00;−0.00;0.00} over random, q = {gain.Q:0.###}"),
        _ => "not judged",
    };
}
