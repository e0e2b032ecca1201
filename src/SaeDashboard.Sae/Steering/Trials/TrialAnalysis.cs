using SaeDashboard.Core.Steering;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>From the clips that were heard to a steering table. The rules are those of docs/decisions/0054. Pure: the same lines give the same table.</summary>
public sealed class TrialAnalysis
{
    /// <summary>The false discovery rate that is kept.</summary>
    public const double Level = 0.05;

    private const double NullShare = 0.95;

    private readonly TrialPlan plan;
    private readonly Dictionary<TrialKey, TrialLine> lines = [];
    private readonly Dictionary<int, int> places;

    /// <param name="plan">The plan.</param>
    public TrialAnalysis(TrialPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        this.plan = plan;
        places = plan.Features.Index().ToDictionary(pair => pair.Item.Feature, pair => pair.Index);
    }

    /// <summary>Adds what was heard in a clip; the first line of a key counts.</summary>
    public void Add(TrialLine line) => lines.TryAdd(line.Key, line);

    /// <summary>Whether the clip was heard.</summary>
    public bool Has(TrialKey key) => lines.ContainsKey(key);

    /// <summary>
    /// Each direction's strength: that of the largest mean gain of the target on the choosing prompts, the smaller of equals; a strength that breaks the
    /// model in any clip is out. All clips of <see cref="TrialKeys.Choosing"/> must be there.
    /// </summary>
    public IReadOnlyDictionary<TrialArm, double> Choose(TrialFeature feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        var chosen = new Dictionary<TrialArm, double>();
        if (feature.Target is not { } target) return chosen;
        foreach (var arm in TrialKeys.Arms)
        {
            var best = double.NegativeInfinity;
            foreach (var strength in plan.Settings.Strengths)
            {
                var pairs = Pairs(0, plan.Settings.ChoosePrompts);
                if (pairs.Any(pair => lines[new TrialKey(feature.Feature, arm, strength, pair.Prompt, pair.Seed)].Broken)) continue;
                var gain = pairs.Average(pair => Gain(target, new TrialKey(feature.Feature, arm, strength, pair.Prompt, pair.Seed)));
                if (gain > best) (best, chosen[arm]) = (gain, strength);
            }
        }
        return chosen;
    }

    /// <summary>The table. All clips of the plan must be there.</summary>
    public SteeringTable Table()
    {
        var found = plan.Features.Select(Of).ToArray();
        Adjust(found);
        return new SteeringTable
        {
            Source = plan.Source,
            Groups = [.. Enum.GetValues<SteeringGroupName>().Where(group => plan.Features.Any(feature => feature.Groups.Contains(group))).Select(group => Group(group, found))],
            Features = [.. found.Select(one => one.Finish())],
        };
    }

    /// <summary>A family of tests is that of one direction against the matched random one, over all features of the table.</summary>
    private static void Adjust(Measured[] members)
    {
        foreach (var arm in TrialKeys.Arms.Where(arm => arm != TrialArm.Random))
        {
            var tested = members.Where(one => one.OverRandom.ContainsKey(arm)).ToArray();
            foreach (var (one, q) in tested.Zip(FalseDiscovery.QValues([.. tested.Select(one => one.OverRandom[arm].P)]))) one.OverRandom[arm] = one.OverRandom[arm] with { Q = q };
        }
        foreach (var name in new[] { Measured.DiffMean, Measured.OtherRow, Measured.Companions, Measured.Own, Measured.Clap })
        {
            var tested = members.Where(one => one.Others.ContainsKey(name)).ToArray();
            foreach (var (one, q) in tested.Zip(FalseDiscovery.QValues([.. tested.Select(one => one.Others[name].P)]))) one.Others[name] = one.Others[name] with { Q = q };
        }
    }

    private Measured Of(TrialFeature feature)
    {
        var one = new Measured(feature, Choose(feature));
        if (feature.Target is not { } target) return one;
        var pairs = Pairs(plan.Settings.ChoosePrompts, plan.Settings.Prompts.Count);
        one.Gains[TrialArm.Reconstruction] = [.. pairs.Select(pair => Gain(target, new TrialKey(-1, TrialArm.Reconstruction, 0, pair.Prompt, pair.Seed)))];
        foreach (var (arm, strength) in one.Chosen)
        {
            TrialKey[] keys = [.. pairs.Select(pair => new TrialKey(feature.Feature, arm, strength, pair.Prompt, pair.Seed))];
            one.Gains[arm] = [.. keys.Select(key => Gain(target, key))];
            one.Broken[arm] = keys.Count(key => lines[key].Broken);
            if (plan.Source.ClapHash is not null) one.ClapGains[arm] = Clap(feature, arm, strength, pairs);
        }
        if (!one.Chosen.TryGetValue(TrialArm.Steered, out var steered) || !one.Chosen.TryGetValue(TrialArm.Random, out var random)) return one;
        foreach (var arm in one.Chosen.Keys.Where(arm => arm != TrialArm.Random)) one.OverRandom[arm] = Paired(one.Gains[arm], one.Gains[TrialArm.Random]);
        if (one.Gains.TryGetValue(TrialArm.DiffMean, out var diffMean)) one.Others[Measured.DiffMean] = Paired(one.Gains[TrialArm.Steered], diffMean);
        if (one.Gains.TryGetValue(TrialArm.OtherRow, out var otherRow)) one.Others[Measured.OtherRow] = Paired(one.Gains[TrialArm.Steered], otherRow);
        one.Others[Measured.Own] = Paired(Reads(feature, TrialArm.Steered, steered, pairs, 0), Reads(feature, TrialArm.Random, random, pairs, 0));
        if (feature.Companions.Count > 0) one.Others[Measured.Companions] = Paired(Reads(feature, TrialArm.Steered, steered, pairs, 1), Reads(feature, TrialArm.Random, random, pairs, 1));
        if (one.ClapGains.Count > 0) one.Others[Measured.Clap] = Paired(one.ClapGains[TrialArm.Steered], one.ClapGains[TrialArm.Random]);
        return one;
    }

    private SteeringGroup Group(SteeringGroupName name, Measured[] found)
    {
        var members = found.Where(one => one.Feature.Groups.Contains(name)).ToArray();
        var judged = members.Where(one => one.OverRandom.ContainsKey(TrialArm.Steered)).ToArray();
        var steers = judged.Where(one => Passes(one.OverRandom[TrialArm.Steered])).ToArray();
        // Over every group: a percentile of few directions would be a matter of chance.
        double[] nulls = [.. found.Where(one => one.OverRandom.ContainsKey(TrialArm.FixedRandom)).Select(one => one.OverRandom[TrialArm.FixedRandom].Mean).Order()];
        var threshold = nulls.Length == 0 ? double.PositiveInfinity : Evaluation.OrderStatistics.Percentile(nulls, NullShare);
        return new SteeringGroup
        {
            Name = name,
            Features = members.Length,
            WithTarget = members.Count(one => one.Feature.Target is not null),
            Steers = Rate(steers.Length, members.Length),
            SteersAboveDiffMean = Rate(steers.Count(one => one.Others.TryGetValue(Measured.DiffMean, out var gain) && gain.Mean > 0), members.Length),
            AboveNull = Rate(judged.Count(one => one.OverRandom[TrialArm.Steered].Mean > threshold), judged.Length),
            Arms = [.. new[] { TrialArm.Reconstruction }.Concat(TrialKeys.Arms).Select(arm => Summary(arm, members))],
        };
    }

    private ArmSummary Summary(TrialArm arm, Measured[] members)
    {
        double[] means = [.. members.Where(one => one.Gains.ContainsKey(arm)).Select(one => one.Gains[arm].Average())];
        var clap = members.Where(one => one.ClapGains.ContainsKey(arm)).ToArray();
        var tested = members.Where(one => one.OverRandom.ContainsKey(arm)).ToArray();
        return new ArmSummary
        {
            Arm = arm,
            Gain = Mean(means),
            AboveUnsteered = means.Length == 0 ? null : Rate(means.Count(mean => mean > 0), means.Length),
            ClapAboveUnsteered = clap.Length == 0 ? null : Rate(clap.Count(one => one.ClapGains[arm].Average() > 0), clap.Length),
            AboveRandom = tested.Length == 0 ? null : Rate(tested.Count(one => Passes(one.OverRandom[arm])), tested.Length),
        };
    }

    /// <summary>Whether a gain over the matched random direction counts.</summary>
    public static bool Passes(PairedGain gain) => gain.Mean > 0 && gain.Q <= Level;

    private PairedGain Paired(double[] steered, double[] control)
    {
        double[] differences = [.. steered.Zip(control, (one, other) => one - other)];
        var (low, high) = Intervals.OfMean(differences, plan.Settings.Seed);
        var p = SignFlip.PValue(differences, plan.Settings.Seed);
        return new PairedGain(differences.Average(), low, high, p, p);
    }

    private SteeringMean? Mean(double[] values)
    {
        if (values.Length == 0) return null;
        var (low, high) = Intervals.OfMean(values, plan.Settings.Seed);
        return new SteeringMean(values.Average(), low, high);
    }

    private static SteeringRate Rate(int count, int of)
    {
        var (low, high) = Intervals.OfRate(count, of);
        return new SteeringRate(count, of, of == 0 ? 0 : (double)count / of, low, high);
    }

    private (int Prompt, int Seed)[] Pairs(int from, int to) =>
        [.. Enumerable.Range(from, to - from).SelectMany(prompt => Enumerable.Range(0, plan.Settings.Seeds).Select(seed => (prompt, seed)))];

    /// <summary>The target's gain over the unsteered clip of the same prompt and seed; a clip without a value gains nothing.</summary>
    private double Gain(TrialTarget target, TrialKey key)
    {
        var (line, before) = (lines[key], lines[new TrialKey(-1, TrialArm.Baseline, 0, key.Prompt, key.Seed)]);
        return !line.Broken && line.Values[target.Judge] is { } value && before.Values[target.Judge] is { } was ? target.Target.Sign * ((double)value - was) / target.Deviation : 0;
    }

    private double[] Reads(TrialFeature feature, TrialArm arm, double strength, (int Prompt, int Seed)[] pairs, int which) =>
        [.. pairs.Select(pair => lines[new TrialKey(feature.Feature, arm, strength, pair.Prompt, pair.Seed)]).Select((line, pair) => (double)(line.Broken ? Before(pairs[pair]).Reads[2 * places[feature.Feature] + which] : line.Reads[which]))];

    private double[] Clap(TrialFeature feature, TrialArm arm, double strength, (int Prompt, int Seed)[] pairs) =>
        [.. pairs.Select(pair => lines[new TrialKey(feature.Feature, arm, strength, pair.Prompt, pair.Seed)] is { Broken: false } line ? (double)line.Clap[0] - Before(pair).Clap[places[feature.Feature]] : 0)];

    private TrialLine Before((int Prompt, int Seed) pair) => lines[new TrialKey(-1, TrialArm.Baseline, 0, pair.Prompt, pair.Seed)];

    /// <summary>A feature while it is measured.</summary>
    private sealed class Measured(TrialFeature feature, IReadOnlyDictionary<TrialArm, double> chosen)
    {
        public const string DiffMean = "diffMean", OtherRow = "otherRow", Companions = "companions", Own = "own", Clap = "clap";

        public TrialFeature Feature { get; } = feature;

        public IReadOnlyDictionary<TrialArm, double> Chosen { get; } = chosen;

        public Dictionary<TrialArm, double[]> Gains { get; } = [];

        public Dictionary<TrialArm, double[]> ClapGains { get; } = [];

        public Dictionary<TrialArm, int> Broken { get; } = [];

        public Dictionary<TrialArm, PairedGain> OverRandom { get; } = [];

        public Dictionary<string, PairedGain> Others { get; } = [];

        public SteeredFeature Finish()
        {
            PairedGain? Other(string name) => Others.GetValueOrDefault(name);
            var over = OverRandom.GetValueOrDefault(TrialArm.Steered);
            return new SteeredFeature
            {
                Feature = Feature.Feature,
                Groups = Feature.Groups,
                Verdict = Feature.Target is null ? SteeringVerdict.NoTarget : over is null ? SteeringVerdict.Breaks : Passes(over) ? SteeringVerdict.Steers : SteeringVerdict.NotAboveRandom,
                Target = Feature.Target?.Target,
                BestCorrelation = Feature.Target is null ? Feature.BestCorrelation : null,
                UnitLength = Feature.UnitLength,
                Arms = Feature.Target is null ? [] : [.. TrialKeys.Arms.Select(arm => new FeatureArm(arm, Chosen.TryGetValue(arm, out var strength) ? strength : null, MeanOf(arm), Broken.GetValueOrDefault(arm)))],
                OverRandom = over,
                OverDiffMean = Other(DiffMean),
                OverOtherRow = Other(OtherRow),
                Companions = Other(Companions),
                Own = Other(Own),
                Clap = Other(Clap),
            };
        }

        private SteeringMean? MeanOf(TrialArm arm)
        {
            if (!Gains.TryGetValue(arm, out var gains)) return null;
            var (low, high) = Intervals.OfMean(gains, 0);
            return new SteeringMean(gains.Average(), low, high);
        }
    }
}
