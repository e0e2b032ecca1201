using SaeDashboard.Core;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Trials;

namespace SaeDashboard.Sae.Tests.Steering.Trials;

/// <summary>A steering table from lines whose effects are certain.</summary>
public class TrialAnalysisTests
{
    private const int Seeds = 8;

    private static readonly double[] Strengths = [1, 2, 4];

    [Fact]
    public void A_feature_that_moves_its_target_steers_and_one_that_does_not_does_not()
    {
        // 0 steers best at 2, 1 does nothing, 2 goes the wrong way, 3 has no target, 4 breaks the model at 4 and steers at 1.
        var plan = Plan(5, feature => feature == 3 ? null : Target(1));
        var table = Table(plan, (key, line) => key switch
        {
            { Feature: 0, Arm: TrialArm.Steered } => line + (key.Strength == 2 ? 6 : 1),
            { Feature: 0, Arm: TrialArm.DiffMean } => line + 3,
            { Feature: 2, Arm: TrialArm.Steered } => line - 6,
            { Feature: 4, Arm: TrialArm.Steered, Strength: 4 } => null,
            { Feature: 4, Arm: TrialArm.Steered } => line + 5 - (float)key.Strength,
            _ => line,
        });
        Assert.Equal([SteeringVerdict.Steers, SteeringVerdict.NotAboveRandom, SteeringVerdict.NotAboveRandom, SteeringVerdict.NoTarget, SteeringVerdict.Steers], table.Features.Select(feature => feature.Verdict));

        var first = table.Find(0)!;
        Assert.Equal(2, Arm(first, TrialArm.Steered).Strength);
        // The target's deviation is 2: 6 is a gain of 3 over the unsteered clips, exactly.
        Assert.Equal(3, Arm(first, TrialArm.Steered).Gain!.Mean, 1e-6);
        Assert.Equal(1.5, Arm(first, TrialArm.DiffMean).Gain!.Mean, 1e-6);
        Assert.Equal(1.5, first.OverDiffMean!.Mean, 1e-6);
        Assert.Equal(3, first.OverRandom!.Mean, 1e-6);
        // 16 pairs, all equal: only the observed choice of signs reaches the sum. Four features are tested, and two have this p.
        Assert.Equal(1 / 65536.0, first.OverRandom.P, 1e-12);
        Assert.Equal(2 / 65536.0, first.OverRandom.Q, 1e-12);

        var broken = table.Find(4)!;
        Assert.Equal((1, 0), (Arm(broken, TrialArm.Steered).Strength, Arm(broken, TrialArm.Steered).Broken));
        Assert.Equal(2, broken.OverRandom!.Mean, 1e-6);
        Assert.Empty(table.Find(3)!.Arms);
        Assert.Equal(0.04, table.Find(3)!.BestCorrelation);

        var group = Assert.Single(table.Groups, one => one.Name == SteeringGroupName.Sample);
        Assert.Equal((5, 4), (group.Features, group.WithTarget));
        Assert.Equal((2, 5), (group.Steers.Count, group.Steers.Of));
        Assert.Equal(2, group.SteersAboveDiffMean.Count);
        // Fixed random directions are like the matched ones here: their gains are 0, and both features are above.
        Assert.Equal((2, 4), (group.AboveNull.Count, group.AboveNull.Of));
        var steered = group.Arms.Single(arm => arm.Arm == TrialArm.Steered);
        Assert.Equal((3 + 0 - 3 + 2) / 4.0, steered.Gain!.Mean, 0.01);
        Assert.Equal((2, 4), (steered.AboveRandom!.Count, steered.AboveRandom.Of));
        Assert.Null(group.Arms.Single(arm => arm.Arm == TrialArm.Random).AboveRandom);
        // The top row is the features 0 and 1.
        Assert.Equal((1, 2), (table.Groups[1].Steers.Count, table.Groups[1].Steers.Of));
    }

    [Fact]
    public void Strengths_are_chosen_on_the_first_half_of_the_prompts_and_reported_on_the_second()
    {
        // What is best in the first half is worst in the second: the reported gain is that of the worst.
        var plan = Plan(1, _ => Target(-1));
        var table = Table(plan, (key, line) => key is { Feature: 0, Arm: TrialArm.Steered } ? line - (float)(key.Prompt < 2 ? key.Strength : 5 - key.Strength) : line);
        var arm = Arm(table.Features[0], TrialArm.Steered);
        Assert.Equal(4, arm.Strength);
        // Less is more: the sign of the target is −1.
        Assert.Equal(0.5, arm.Gain!.Mean, 1e-6);
        // Every control chose for itself, from the same strengths: without an effect the smallest.
        Assert.All(table.Features[0].Arms.Where(one => one.Arm != TrialArm.Steered), one => Assert.Equal(1, one.Strength));
    }

    [Fact]
    public void Directions_that_mean_nothing_seldom_pass()
    {
        // Every clip has its own noise, whatever steers it: 60 features of which none does anything.
        var random = new Random(11);
        var table = Table(Plan(60, _ => Target(1)), (_, line) => line + (float)(2 * (random.NextDouble() - 0.5)));
        var group = table.Groups[0];
        Assert.InRange(group.Steers.Count, 0, 3);
        // The paper's criterion is met by about half of them, and by about half of the random directions.
        Assert.InRange(group.Arms.Single(arm => arm.Arm == TrialArm.Steered).AboveUnsteered!.Rate, 0.3, 0.7);
        Assert.InRange(group.Arms.Single(arm => arm.Arm == TrialArm.Random).AboveUnsteered!.Rate, 0.3, 0.7);
    }

    [Fact]
    public void What_was_read_of_features_and_by_CLAP_is_paired_as_the_target_is()
    {
        var plan = Plan(2, _ => Target(1));
        plan = plan with { Source = plan.Source with { ClapHash = "c" } };
        var table = Table(plan, (_, line) => line, steeredReads: [0.7f, 0.4f], steeredClap: 0.25f);
        Assert.Equal(0.5, table.Features[0].Own!.Mean, 1e-6);
        Assert.Equal(0.3, table.Features[0].Companions!.Mean, 1e-6);
        Assert.Equal(0.15, table.Features[1].Clap!.Mean, 1e-6);
        Assert.Equal((2, 2), (table.Groups[0].Arms.Single(arm => arm.Arm == TrialArm.Steered).ClapAboveUnsteered!.Count, 2));
        Assert.Equal(0, table.Groups[0].Arms.Single(arm => arm.Arm == TrialArm.Random).ClapAboveUnsteered!.Count);
    }

    [Fact]
    public void A_clip_without_a_value_gains_nothing_and_a_broken_one_neither()
    {
        var plan = Plan(1, _ => Target(1));
        // Breaks on one of the 16 reported pairs, is silent on another, and gains 4 on the others.
        var table = Table(plan, (key, line) => key switch
        {
            { Arm: TrialArm.Steered, Prompt: 3, Seed: 0 } => null,
            { Arm: TrialArm.Steered, Prompt: 3, Seed: 1 } => float.NaN,
            { Arm: TrialArm.Steered } => line + 4,
            _ => line,
        });
        var arm = Arm(table.Features[0], TrialArm.Steered);
        Assert.Equal(14 * 2 / 16.0, arm.Gain!.Mean, 1e-6);
        Assert.Equal(1, arm.Broken);
    }

    [Fact]
    public void The_clips_of_a_plan_are_counted()
    {
        var plan = Plan(5, feature => feature == 3 ? null : Target(1));
        var keys = TrialKeys.Unsteered(plan.Settings).Concat(plan.Features.SelectMany(feature => TrialKeys.Choosing(plan.Settings, feature)))
            .Concat(plan.Features.SelectMany(feature => TrialKeys.Reported(plan.Settings, feature, TrialKeys.Arms.ToDictionary(arm => arm, _ => 1.0)))).ToArray();
        // 8 seeds · (2 · 4 prompts, and 4 features · 5 directions · (2 prompts · 3 strengths + 2 prompts)).
        Assert.Equal(8 * (8 + 4 * 5 * 8), keys.Length);
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(keys.Length, TrialKeys.Count(plan));
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        var settings = new TrialSettings { Prompts = ["a", "b", "c"], Strengths = [1, 2] };
        settings.Validate();
        Assert.Equal(2, settings.ChoosePrompts);
        Assert.Contains("two", Assert.Throws<UserException>((settings with { Prompts = ["a"] }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<UserException>((settings with { Prompts = ["a", "b", "a"] }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("above 0", Assert.Throws<UserException>((settings with { Strengths = [-1, 2] }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("ascending", Assert.Throws<UserException>((settings with { Strengths = [2, 1] }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("--sample", Assert.Throws<UserException>((settings with { Sample = 0 }).Validate).Message, StringComparison.Ordinal);
    }

    private static FeatureArm Arm(SteeredFeature feature, TrialArm arm) => feature.Arms.Single(one => one.Arm == arm);

    private static TrialTarget Target(int sign) => new(new SteeringTarget(TargetKind.Class, "taiko", sign, 0.4), 0, 2);

    /// <summary>Makes every clip that the analysis asks for.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="effect">The value of a clip, from that of the unsteered clip; null: broken, NaN: there is none.</param>
    /// <param name="steeredReads">What is read of steered clips; others read 0.2 and 0.1.</param>
    /// <param name="steeredClap">CLAP's cosine of steered clips; of others 0.1.</param>
    private static SteeringTable Table(TrialPlan plan, Func<TrialKey, float, float?> effect, float[]? steeredReads = null, float? steeredClap = null)
    {
        var analysis = new TrialAnalysis(plan);
        foreach (var key in TrialKeys.Unsteered(plan.Settings).Concat(plan.Features.SelectMany(feature => TrialKeys.Choosing(plan.Settings, feature)))) analysis.Add(Line(key));
        foreach (var key in plan.Features.SelectMany(feature => TrialKeys.Reported(plan.Settings, feature, analysis.Choose(feature)))) analysis.Add(Line(key));
        return analysis.Table();

        TrialLine Line(TrialKey key)
        {
            var noise = new Random(key.Prompt * 100 + key.Seed).NextDouble();
            var value = key.Feature < 0 && key.Arm == TrialArm.Baseline ? (float)noise : effect(key, (float)noise);
            if (value is null) return new TrialLine { Key = key, Broken = true };
            var count = key.Feature < 0 ? plan.Features.Count : 1;
            return new TrialLine
            {
                Key = key,
                Values = [float.IsNaN(value.Value) ? null : value.Value, 1],
                Reads = key.Arm == TrialArm.Steered && steeredReads is not null ? steeredReads : [.. Enumerable.Range(0, count).SelectMany(_ => new[] { 0.2f, 0.1f })],
                Clap = plan.Source.ClapHash is null ? [] : key.Arm == TrialArm.Steered ? [steeredClap!.Value] : [.. Enumerable.Repeat(0.1f, count)],
            };
        }
    }

    private static TrialPlan Plan(int features, Func<int, TrialTarget?> target) => new()
    {
        Settings = new TrialSettings { Prompts = ["a", "b", "c", "d"], Seeds = Seeds, Strengths = Strengths },
        Frames = 10,
        Judges = ["taiko", "level"],
        Features = [.. Enumerable.Range(0, features).Select(feature => new TrialFeature
        {
            Feature = feature,
            Groups = feature < 2 ? [SteeringGroupName.Sample, SteeringGroupName.TopScore] : [SteeringGroupName.Sample],
            P99 = 1,
            UnitLength = 1,
            OtherRow = 99,
            Target = target(feature),
            BestCorrelation = target(feature) is null ? 0.04 : 0.4,
            Companions = [50],
        })],
        Source = new SteeringSource
        {
            SaeHash = "s", Architecture = "topk", Hook = "layers.0.resid_post", ModelHash = "m", DatasetHash = "d", Seconds = 5, Seeds = Seeds, ChoosePrompts = ["a", "b"], ReportPrompts = ["c", "d"],
            Strengths = Strengths, Guidance = 3, Level = 0.05, TaggerClasses = 1, KeptFeatures = features,
        },
    };
}
