using SaeDashboard.Core;
using SaeDashboard.Core.Steering;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>What a person chose for a steering table: equal settings, model, SAE and dataset give equal tables.</summary>
public sealed record TrialSettings
{
    /// <summary>Length of a clip, seconds.</summary>
    public double Seconds { get; init; } = 5;

    /// <summary>Prompts; the first half, rounded up, chooses strengths, and the rest is reported.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Seeds of each prompt, from 0.</summary>
    public int Seeds { get; init; } = 8;

    /// <summary>Strengths in multiples of p99, ascending.</summary>
    public required IReadOnlyList<double> Strengths { get; init; }

    public double Guidance { get; init; } = 3;

    /// <summary>Kept features drawn at random.</summary>
    public int Sample { get; init; } = 50;

    /// <summary>Kept features with the highest output scores.</summary>
    public int TopScore { get; init; }

    /// <summary>Seed of the sample, the random directions and the intervals.</summary>
    public ulong Seed { get; init; }

    /// <summary>Clips of sae-train that the tagger is trained on.</summary>
    public int TaggerClips { get; init; } = 1600;

    /// <summary>Clips of test that the tagger is measured on.</summary>
    public int HeldOutClips { get; init; } = 400;

    /// <summary>Clips of select that targets are fixed on.</summary>
    public int SelectClips { get; init; } = 400;

    /// <summary>Prompts that strengths are chosen on.</summary>
    public int ChoosePrompts => (Prompts.Count + 1) / 2;

    /// <exception cref="UserException">A table cannot be made with these.</exception>
    public void Validate()
    {
        if (Prompts.Count < 2) throw new UserException($"{Prompts.Count} prompt is too few: a half of the prompts chooses the strength and the other half is reported. Give at least two.");
        if (Prompts.Distinct(StringComparer.Ordinal).Count() < Prompts.Count) throw new UserException("A prompt is given twice: the half that is reported must differ from the half that chooses.");
        if (Strengths.Count == 0 || Strengths.Any(strength => !(double.IsFinite(strength) && strength > 0)) || !Strengths.SequenceEqual(Strengths.Distinct().Order()))
            throw new UserException("Strengths are above 0, each given once, in ascending order.");
        if (Sample + TopScore == 0) throw new UserException("There is no feature to steer: give --sample or --top-score a number above 0.");
    }
}

/// <summary>All that is fixed before the first clip is made: plan.json.</summary>
public sealed record TrialPlan
{
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    public required TrialSettings Settings { get; init; }

    /// <summary>What the table will say of itself.</summary>
    public required SteeringSource Source { get; init; }

    /// <summary>Frames of a clip.</summary>
    public required int Frames { get; init; }

    /// <summary>Names of the values that are kept of each clip: the tagger's classes, then the descriptors.</summary>
    public required IReadOnlyList<string> Judges { get; init; }

    /// <summary>The features, in ascending order.</summary>
    public required IReadOnlyList<TrialFeature> Features { get; init; }
}

/// <summary>A feature to be steered.</summary>
public sealed record TrialFeature
{
    public required int Feature { get; init; }

    public required IReadOnlyList<SteeringGroupName> Groups { get; init; }

    public required double P99 { get; init; }

    /// <summary>p99 · ‖d‖: the length of what is added at strength 1.</summary>
    public required double UnitLength { get; init; }

    /// <summary>The feature whose decoder row is the control.</summary>
    public required int OtherRow { get; init; }

    /// <summary>What judges it; null: nothing follows it.</summary>
    public TrialTarget? Target { get; init; }

    /// <summary>The largest correlation, where it is too small for a target.</summary>
    public double? BestCorrelation { get; init; }

    /// <summary>Features that fire with it, none of them near it in direction.</summary>
    public IReadOnlyList<int> Companions { get; init; } = [];
}

/// <summary>A target and the unit of its gains.</summary>
/// <param name="Target">The target.</param>
/// <param name="Judge">Its place in <see cref="TrialPlan.Judges"/>.</param>
/// <param name="Deviation">Standard deviation of the value over the windows of `select`.</param>
public sealed record TrialTarget(SteeringTarget Target, int Judge, double Deviation);

/// <summary>A clip to be made.</summary>
/// <param name="Feature">The feature; −1 for baseline and reconstruction.</param>
/// <param name="Arm">The direction.</param>
/// <param name="Strength">In multiples of p99; 0 for baseline and reconstruction.</param>
/// <param name="Prompt">Place of the prompt.</param>
/// <param name="Seed">Seed of the sampling noise.</param>
public readonly record struct TrialKey(int Feature, TrialArm Arm, double Strength, int Prompt, int Seed);

/// <summary>What was heard in a clip: a line of trials.jsonl.</summary>
public sealed record TrialLine
{
    public required TrialKey Key { get; init; }

    /// <summary>The values by <see cref="TrialPlan.Judges"/>; null: there is none, as the pitch of silence.</summary>
    public IReadOnlyList<float?> Values { get; init; } = [];

    /// <summary>Mean activation over p99 of the feature itself and of its companions' mean; of a clip without a feature: of each feature of the plan in turn.</summary>
    public IReadOnlyList<float> Reads { get; init; } = [];

    /// <summary>CLAP's cosine with the feature's own clips, likewise; empty without CLAP.</summary>
    public IReadOnlyList<float> Clap { get; init; } = [];

    /// <summary>Whether the model's output was not finite, so that there is no clip.</summary>
    public bool Broken { get; init; }
}

/// <summary>The clips of a plan, in the order in which they are made.</summary>
public static class TrialKeys
{
    /// <summary>The directions that are compared for each feature.</summary>
    public static IReadOnlyList<TrialArm> Arms { get; } = [TrialArm.Steered, TrialArm.Random, TrialArm.OtherRow, TrialArm.DiffMean, TrialArm.FixedRandom];

    /// <summary>The clips that steer nothing: made once for every prompt and seed.</summary>
    public static IEnumerable<TrialKey> Unsteered(TrialSettings settings) =>
        from prompt in Enumerable.Range(0, settings.Prompts.Count)
        from arm in new[] { TrialArm.Baseline, TrialArm.Reconstruction }
        from seed in Enumerable.Range(0, settings.Seeds)
        select new TrialKey(-1, arm, 0, prompt, seed);

    /// <summary>The clips that a feature's strengths are chosen on.</summary>
    public static IEnumerable<TrialKey> Choosing(TrialSettings settings, TrialFeature feature) => feature.Target is null ? [] :
        from prompt in Enumerable.Range(0, settings.ChoosePrompts)
        from arm in Arms
        from strength in settings.Strengths
        from seed in Enumerable.Range(0, settings.Seeds)
        select new TrialKey(feature.Feature, arm, strength, prompt, seed);

    /// <summary>The clips that are reported.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="chosen">Each direction's strength; those without one are left out.</param>
    public static IEnumerable<TrialKey> Reported(TrialSettings settings, TrialFeature feature, IReadOnlyDictionary<TrialArm, double> chosen) => feature.Target is null ? [] :
        from prompt in Enumerable.Range(settings.ChoosePrompts, settings.Prompts.Count - settings.ChoosePrompts)
        from arm in Arms
        where chosen.ContainsKey(arm)
        from seed in Enumerable.Range(0, settings.Seeds)
        select new TrialKey(feature.Feature, arm, chosen[arm], prompt, seed);

    /// <summary>Clips in all, if no strength breaks the model.</summary>
    public static int Count(TrialPlan plan) => Count(plan.Settings, plan.Features.Count(feature => feature.Target is not null));

    /// <summary>The same for a number of features.</summary>
    public static int Count(TrialSettings settings, int features) => settings.Seeds * (2 * settings.Prompts.Count
        + features * Arms.Count * (settings.ChoosePrompts * settings.Strengths.Count + settings.Prompts.Count - settings.ChoosePrompts));
}
