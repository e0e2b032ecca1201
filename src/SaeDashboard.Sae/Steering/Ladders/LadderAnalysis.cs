using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Sae.Steering.Ladders;

/// <summary>
/// From the clips that were heard to ladders, and to the clips that are still to be made. The rules are those of docs/decisions/0055. Pure: the same lines
/// give the same ladders, in whatever order they came.
/// </summary>
public sealed class LadderAnalysis
{
    private static readonly int[] Signs = [-1, 1];

    private readonly LadderPlan plan;
    private readonly LadderSettings settings;
    private readonly Dictionary<LadderKey, LadderLine> lines = [];
    private readonly (int Prompt, int Seed)[] pairs;

    /// <param name="plan">The plan.</param>
    public LadderAnalysis(LadderPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (this.plan, settings) = (plan, plan.Settings);
        pairs = [.. from prompt in Enumerable.Range(0, settings.Prompts.Count) from seed in Enumerable.Range(0, settings.Seeds) select (prompt, seed)];
    }

    /// <summary>Clips that were heard.</summary>
    public int Count => lines.Count;

    /// <summary>Adds what was heard in a clip; the first line of a key counts.</summary>
    public void Add(LadderLine line) => lines.TryAdd(line.Key, line);

    /// <summary>Whether the clip was heard.</summary>
    public bool Has(LadderKey key) => lines.ContainsKey(key);

    /// <summary>The clips that can be made now: what comes after a strength is known only when all its clips were heard. Empty: the ladders are whole.</summary>
    public IEnumerable<LadderKey> Missing() => Open(assumeWhole: false);

    /// <summary>Clips in all, if nothing that is not heard yet breaks the music.</summary>
    public int Total() => lines.Count + Open(assumeWhole: true).Count();

    /// <summary>The most clips that a number of features can take.</summary>
    public static int Most(LadderSettings settings, int features)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.Prompts.Count * settings.Seeds * (1 + 2 * settings.Strengths.Count * features);
    }

    /// <summary>The ladder of a feature. All its clips must be there.</summary>
    public FeatureLadder Ladder(LadderFeature feature)
    {
        ArgumentNullException.ThrowIfNull(feature);
        var noise = Noise();
        // Those that Missing asks for, also where a file has more.
        var rungs = (from sign in Signs from strength in settings.Strengths.TakeWhile(each => each <= settings.Always || !Earlier(each).Any(earlier => Breaks(feature.Feature, sign * earlier)))
                     let signed = sign * strength orderby signed select Rung(feature, signed, noise)).ToArray();
        var sides = Signs.Select(sign => LadderReach.Of(rungs, sign)).Select(reach => reach.Strong ?? reach.Tested).OfType<double>().Select(strength => Sides(feature, strength)).ToArray();
        return new FeatureLadder
        {
            Feature = feature.Feature,
            P99 = feature.P99,
            UnitLength = LadderRules.Short(feature.UnitLength),
            Conditions = new LadderConditions(settings.Prompts, settings.Seeds, settings.Seconds, settings.Guidance),
            Noise = new LadderNoise
            {
                Deviations = [.. noise.Deviations.Select(Short)],
                Coding = [.. noise.Coding.Select(Short)],
                Spectrum = LadderRules.Short(noise.Spectrum.Values.DefaultIfEmpty(0).Average()),
            },
            Rungs = rungs,
            Sides = sides,
        };
    }

    private static double? Short(double? value) => value is { } number ? LadderRules.Short(number) : null;

    private static LadderInterval? Short((double Mean, double Low, double High)? interval) =>
        interval is { } one ? new LadderInterval(LadderRules.Short(one.Mean), LadderRules.Short(one.Low), LadderRules.Short(one.High)) : null;

    private IEnumerable<LadderKey> Keys(int feature, double strength) => pairs.Select(pair => new LadderKey(feature, strength, pair.Prompt, pair.Seed));

    private IEnumerable<LadderKey> Open(bool assumeWhole)
    {
        foreach (var key in Keys(-1, 0).Where(key => !Has(key))) yield return key;
        var unsteered = Keys(-1, 0).All(Has);
        foreach (var feature in plan.Features)
        {
            foreach (var sign in Signs)
            {
                var waits = !unsteered;
                foreach (var strength in settings.Strengths)
                {
                    // Up to Always nothing waits for anything; above, a strength waits for those before it.
                    if (strength > settings.Always && waits && !assumeWhole) break;
                    if (strength > settings.Always && !waits && Earlier(strength).Any(earlier => Breaks(feature.Feature, sign * earlier))) break;
                    foreach (var key in Keys(feature.Feature, sign * strength).Where(key => !Has(key)))
                    {
                        waits = true;
                        yield return key;
                    }
                }
            }
        }
    }

    private IEnumerable<double> Earlier(double strength) => settings.Strengths.TakeWhile(each => each < strength);

    private bool Breaks(int feature, double strength) => LadderRules.Breaks(Faults(feature, strength).Length, pairs.Length);

    /// <summary>Of the pairs whose steered clip is broken while the unsteered one is not: why.</summary>
    private LadderFault[] Faults(int feature, double strength) =>
    [
        .. pairs.Where(pair => LadderRules.FaultOf(Unsteered(pair), plan.Reference) is null)
            .Select(pair => LadderRules.FaultOf(lines[new LadderKey(feature, strength, pair.Prompt, pair.Seed)], plan.Reference)).OfType<LadderFault>(),
    ];

    private LadderLine Unsteered((int Prompt, int Seed) pair) => lines[new LadderKey(-1, 0, pair.Prompt, pair.Seed)];

    private LadderRung Rung(LadderFeature feature, double strength, NoiseOf noise)
    {
        var whole = Whole(feature.Feature, strength);
        var faults = Faults(feature.Feature, strength);
        var family = 1 - (1 - LadderRules.Level) / (plan.Descriptors.Count + 1);
        var deltas = new (double Mean, double Low, double High)?[plan.Descriptors.Count];
        var (audible, strong) = (false, false);
        for (var descriptor = 0; descriptor < deltas.Length; descriptor++)
        {
            double[] differences = [.. whole.Where(pair => pair.Steered.Values[descriptor] is not null && pair.Unsteered.Values[descriptor] is not null)
                .Select(pair => (double)pair.Steered.Values[descriptor]!.Value - pair.Unsteered.Values[descriptor]!.Value)];
            if (differences.Length < Math.Max(3, pairs.Length / 2)) continue;
            deltas[descriptor] = StudentT.Interval(differences, LadderRules.Level);
            var sure = StudentT.Interval(differences, family);
            if (!(sure.Low > 0 || sure.High < 0) || Math.Abs(sure.Mean) <= (noise.Coding[descriptor] ?? 0)) continue;
            audible = true;
            strong |= noise.Deviations[descriptor] is { } deviation && Math.Abs(sure.Mean) >= LadderRules.StrongDeviations * deviation;
        }
        double[] farther = [.. whole.Where(pair => noise.Spectrum.ContainsKey(pair.Pair)).Select(pair => LadderRules.Distance(pair.Steered.Spectrum, pair.Unsteered.Spectrum) - noise.Spectrum[pair.Pair])];
        (double Mean, double Low, double High)? spectrum = null;
        if (farther.Length >= Math.Max(3, pairs.Length / 2))
        {
            spectrum = StudentT.Interval(farther, LadderRules.Level);
            if (StudentT.Interval(farther, family).Low > 0)
            {
                audible = true;
                var between = noise.Spectrum.Values.Average();
                strong |= spectrum.Value.Mean + between >= LadderRules.StrongDeviations * between;
            }
        }
        var own = whole.Length < 3 ? null : Short(StudentT.Interval([.. whole.Select(pair => (double)MeanOf(pair.Steered, feature.Feature) - MeanOf(pair.Unsteered, feature.Feature))], LadderRules.Level));
        return new LadderRung
        {
            Strength = strength,
            Pairs = pairs.Length,
            Broken = faults.Length,
            Fault = faults.Length == 0 ? null : faults.GroupBy(fault => fault).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key,
            Level = LadderRules.Breaks(faults.Length, pairs.Length) ? LadderLevel.Breaks : strong ? LadderLevel.Strong : audible ? LadderLevel.Audible : LadderLevel.Unsure,
            Deltas = [.. deltas.Select(Short)],
            Spectrum = Short(spectrum),
            Own = own,
        };
    }

    /// <summary>The pairs of which both clips are there to be compared.</summary>
    private ((int Prompt, int Seed) Pair, LadderLine Steered, LadderLine Unsteered)[] Whole(int feature, double strength) =>
        [.. pairs.Select(pair => (Pair: pair, Steered: lines[new LadderKey(feature, strength, pair.Prompt, pair.Seed)], Unsteered: Unsteered(pair))).Where(pair => !pair.Steered.Ended && !pair.Unsteered.Ended)];

    private NoiseOf Noise()
    {
        var prompts = Enumerable.Range(0, settings.Prompts.Count).Select(prompt => pairs.Where(pair => pair.Prompt == prompt && !Unsteered(pair).Ended).ToArray()).ToArray();
        var spectrum = new Dictionary<(int, int), double>();
        foreach (var seeds in prompts.Where(seeds => seeds.Length > 1))
            foreach (var one in seeds) spectrum[one] = seeds.Where(other => other != one).Average(other => LadderRules.Distance(Unsteered(one).Spectrum, Unsteered(other).Spectrum));
        return new NoiseOf([.. Enumerable.Range(0, plan.Descriptors.Count).Select(Deviation)], [.. Enumerable.Range(0, plan.Descriptors.Count).Select(Coding)], spectrum);

        // Within prompts: what a prompt does does not count as noise.
        double? Deviation(int descriptor)
        {
            var (squares, freedom) = (0.0, 0);
            foreach (var seeds in prompts)
            {
                double[] values = [.. seeds.Select(pair => Unsteered(pair).Values[descriptor]).OfType<float>().Select(value => (double)value)];
                if (values.Length < 2) continue;
                var mean = values.Average();
                squares += values.Sum(value => (value - mean) * (value - mean));
                freedom += values.Length - 1;
            }
            return freedom == 0 ? null : Math.Sqrt(squares / freedom);
        }

        double? Coding(int descriptor) => prompts.SelectMany(seeds => seeds).Select(pair => Unsteered(pair).Coding.ElementAtOrDefault(descriptor)).OfType<float>().Select(value => (double?)Math.Abs(value)).Average();
    }

    private LadderSides Sides(LadderFeature feature, double strength)
    {
        var whole = Whole(feature.Feature, strength);
        var near = feature.Near.ToHashSet();
        int[] there = [.. whole.SelectMany(pair => pair.Steered.Features.Concat(pair.Unsteered.Features)).Distinct().Where(other => !near.Contains(other)).Order()];
        var of = plan.Kept - near.Count;
        var differences = there.Select(other => whole.Select(pair => (double)MeanOf(pair.Steered, other) - MeanOf(pair.Unsteered, other)).ToArray()).ToArray();
        if (whole.Length < 3) return new LadderSides { Strength = strength, Moved = 0, Of = of, Features = [] };
        // A feature that is active in no clip did not move: its p is 1, and it counts among those that were looked at.
        var q = FalseDiscovery.QValues([.. differences.Select(StudentT.PValue), .. Enumerable.Repeat(1.0, Math.Max(0, of - there.Length))]);
        var moved = Enumerable.Range(0, there.Length).Where(at => q[at] <= LadderRules.SideLevel).ToArray();
        return new LadderSides
        {
            Strength = strength,
            Moved = moved.Length,
            Of = of,
            Features = [.. moved.Select(at => (Feature: there[at], Interval: Short(StudentT.Interval(differences[at], LadderRules.Level))!)).OrderByDescending(one => Math.Abs(one.Interval.Mean)).ThenBy(one => one.Feature)
                .Take(LadderRules.MostSides).Select(one => new LadderMove(one.Feature, one.Interval.Mean, one.Interval.Low, one.Interval.High))],
        };
    }

    private static float MeanOf(LadderLine line, int feature)
    {
        // Ascending.
        var (low, high) = (0, line.Features.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (line.Features[middle] == feature) return line.Means[middle];
            if (line.Features[middle] < feature) low = middle + 1;
            else high = middle - 1;
        }
        return 0;
    }

    /// <param name="Deviations">Standard deviation between seeds, by descriptor.</param>
    /// <param name="Coding">What the codec alone changes, by descriptor.</param>
    /// <param name="Spectrum">Of each unsteered clip: its mean distance to the others of its prompt, dB.</param>
    private sealed record NoiseOf(IReadOnlyList<double?> Deviations, IReadOnlyList<double?> Coding, IReadOnlyDictionary<(int, int), double> Spectrum);
}
