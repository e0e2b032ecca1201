namespace SaeDashboard.Contracts;

/// <summary>Something that is wrong with a setting.</summary>
/// <param name="Setting">Its name in files.</param>
/// <param name="Message">For a person, with the name and the value: <c>"k" is 4096: from 1 to the number of latents</c>.</param>
public sealed record SettingProblem(string Setting, string Message);

/// <summary>
/// The rules of training settings: each setting's own limits, which <see cref="TrainSettingAttribute"/> states, and those that look at
/// several settings, stated here. The trainer refuses what breaks one, and the site's form says so at the field.
/// </summary>
public static class TrainRules
{
    /// <summary>A rule that looks at several settings.</summary>
    /// <param name="Setting">The one that has to be changed.</param>
    /// <param name="Holds">Whether these settings keep to it.</param>
    /// <param name="Text">What it must be, for a person.</param>
    /// <param name="LooksAt">The other settings it looks at.</param>
    public sealed record Rule(string Setting, Func<TrainConfig, bool> Holds, string Text, params IReadOnlyList<string> LooksAt);

    private const string Architecture = "architecture", Engine = "engine", Latents = "latents";

    /// <summary>The rules that look at several settings.</summary>
    public static IReadOnlyList<Rule> Cross { get; } =
    [
        new(Engine, c => c.Engine is not TrainEngine.Sparse || Info(c)?.HasSparseStep != false,
            $"sparse makes {Listed(info => info.HasSparseStep)}; leave it out, or say autograd", Architecture),
        new("candidates", c => c.Candidates is null || Info(c) is null || c.ChosenEngine() == TrainEngine.Sparse, "it belongs to the sparse engine; leave it out", Architecture, Engine),
        .. TrainArchitectures.All.Where(info => info.MinLatents > 1).Select(info => new Rule(
            Latents, c => c.Architecture != info.Architecture || c.Latents >= info.MinLatents, $"at least {info.MinLatents}, of which the smallest prefix of {info.Id} is one", Architecture)),
        new("k", c => WholeRange(TrainSetting.Of(nameof(TrainConfig.K)), c).Contains(c.K), "from 1 to the number of latents", Latents),
        new("decay", c => c.WarmUp + c.Decay <= 1, "together with warmUp at most 1", "warmUp"),
    ];

    /// <summary>The settings that only some architectures have, with those.</summary>
    private static readonly (TrainSetting Setting, Func<TrainArchitectureInfo, bool> Has)[] Belongings =
    [
        (TrainSetting.Of(nameof(TrainConfig.SparsityCoefficient)), info => info.HasPenalty),
        (TrainSetting.Of(nameof(TrainConfig.SparsityWarmUp)), info => info.HasPenalty),
        (TrainSetting.Of(nameof(TrainConfig.Bandwidth)), info => info.LearnsThresholds),
        (TrainSetting.Of(nameof(TrainConfig.ThresholdLearningRate)), info => info.LearnsThresholds),
    ];

    /// <summary>Whether an architecture has a setting at all. One that does not must leave it out.</summary>
    public static bool Belongs(TrainSetting setting, TrainArchitectureInfo architecture) => Belongings.All(each => each.Setting != setting || each.Has(architecture));

    /// <summary>All that is wrong, in the order of the settings; empty: the trainer can work with them.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="unknown">Settings whose values could not be read: no rule that looks at them is asked.</param>
    public static IReadOnlyList<SettingProblem> Problems(TrainConfig config, IReadOnlySet<string>? unknown = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        var problems = new List<SettingProblem>();
        foreach (var setting in TrainSetting.All.Where(setting => unknown?.Contains(setting.Name) != true))
        {
            if (!setting.Holds(config)) Add(setting, setting.Range!);
            foreach (var rule in Cross.Where(rule => rule.Setting == setting.Name && unknown?.Overlaps(rule.LooksAt) != true && !rule.Holds(config)))
                Add(setting, rule.Text);
        }
        foreach (var setting in Belongings.Select(each => each.Setting))
        {
            if (unknown?.Contains(setting.Name) == true || unknown?.Contains(Architecture) == true) continue;
            if (Info(config) is { } info && setting.Value(config) is not null && !Belongs(setting, info))
                problems.Add(new(setting.Name, $"\"{setting.Name}\" does not belong to architecture {info.Id}: leave it out"));
        }
        return problems;

        void Add(TrainSetting setting, string text) => problems.Add(new(setting.Name, $"\"{setting.Name}\" is {setting.Text(config)}: {text}"));
    }

    /// <summary>What cannot be computed on a GPU.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="gpu">The GPU's name, for the message: "cuda:0".</param>
    public static IEnumerable<SettingProblem> ProblemsOn(TrainConfig config, string gpu)
    {
        ArgumentNullException.ThrowIfNull(config);
        var problems = new List<SettingProblem>();
        if (config.Engine == TrainEngine.Sparse)
            problems.Add(new(Engine, $"\"engine\" is sparse: that engine computes on CPUs only, and this run is to compute on {gpu}; leave it out (autograd computes there), or give --device cpu"));
        if (config.Candidates is { } candidates)
            problems.Add(new("candidates", $"\"candidates\" is {EnumJson.Name(candidates)}: it belongs to the sparse engine, which computes on CPUs only, and this run is to compute on {gpu}; leave it out, or give --device cpu"));
        return problems;
    }

    /// <summary>The integers that a setting may be, given the others.</summary>
    /// <param name="setting">A setting that is a whole number.</param>
    /// <param name="config">The others.</param>
    public static WholeRange WholeRange(TrainSetting setting, TrainConfig config)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(config);
        if (setting == TrainSetting.Of(nameof(TrainConfig.K))) return new(1, Math.Max(1, config.Latents), "at most the number of latents");
        var (least, most) = (double.IsFinite(setting.Min) ? (long)setting.Min : Smallest(setting), double.IsFinite(setting.Max) ? (long)setting.Max : Largest(setting));
        return setting == TrainSetting.Of(nameof(TrainConfig.Latents)) ? new(Math.Max(least, Info(config)?.MinLatents ?? least), most) : new(least, most);
    }

    private static long Smallest(TrainSetting setting) => setting.Type == typeof(int) ? int.MinValue : long.MinValue;

    private static long Largest(TrainSetting setting) => setting.Type == typeof(int) ? int.MaxValue : long.MaxValue;

    /// <summary>Null of a number that is not one of the enumeration: its own limits say so.</summary>
    private static TrainArchitectureInfo? Info(TrainConfig config) => TrainArchitectures.All.FirstOrDefault(each => each.Architecture == config.Architecture);

    /// <summary>"topK, batchTopK and gated".</summary>
    private static string Listed(Func<TrainArchitectureInfo, bool> which)
    {
        var names = TrainArchitectures.All.Where(which).Select(info => info.Id).ToArray();
        return $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }
}

/// <summary>The whole numbers that something may be.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Why">What limits it, for a person; null: nothing worth saying.</param>
public readonly record struct WholeRange(long Min, long Max, string? Why = null)
{
    public bool Contains(long value) => value >= Min && value <= Max;
}
