using SaeDashboard.Core;

namespace SaeDashboard.Sae.Steering.Ladders;

/// <summary>What a person chose for ladders: equal settings, model, SAE and dataset give equal ladders.</summary>
public sealed record LadderSettings
{
    /// <summary>The strengths by size, in multiples of p99: doubled from ½ until the music breaks.</summary>
    public static IReadOnlyList<double> DefaultStrengths { get; } = [0.5, 1, 2, 4, 8, 16, 32, 64];

    /// <summary>The prompt of the paper: it names no instrument.</summary>
    public static IReadOnlyList<string> DefaultPrompts { get; } = ["Simple melody"];

    /// <summary>The features, ascending.</summary>
    public required IReadOnlyList<int> Features { get; init; }

    public IReadOnlyList<string> Prompts { get; init; } = DefaultPrompts;

    /// <summary>Seeds of each prompt, from 0.</summary>
    public int Seeds { get; init; } = 8;

    /// <summary>Sizes of the strengths, ascending; each is measured up and down.</summary>
    public IReadOnlyList<double> Strengths { get; init; } = DefaultStrengths;

    /// <summary>Strengths up to this size are measured whatever they do; a larger one only if the one before it does not break the music.</summary>
    public double Always { get; init; } = 2;

    /// <summary>Length of a clip, seconds.</summary>
    public double Seconds { get; init; } = 5;

    public double Guidance { get; init; } = 3;

    /// <summary>Clips of select that say what music is like.</summary>
    public int ReferenceClips { get; init; } = 100;

    /// <exception cref="UserException">No ladder can be made with these.</exception>
    public void Validate()
    {
        if (Features.Count == 0) throw new UserException("There is no feature to measure: give --feature, or --sample or --top-score a number above 0.");
        if (!Features.SequenceEqual(Features.Distinct().Order())) throw new UserException("Features are given once each, in ascending order.");
        if (Prompts.Count == 0 || Prompts.Distinct(StringComparer.Ordinal).Count() < Prompts.Count) throw new UserException("Give at least one prompt, each once.");
        if (Seeds < 3) throw new UserException($"{Seeds} seeds are too few: an interval over seeds needs at least three.");
        if (Strengths.Count == 0 || Strengths.Any(strength => !(double.IsFinite(strength) && strength > 0)) || !Strengths.SequenceEqual(Strengths.Distinct().Order()))
            throw new UserException("Strengths are above 0, each given once, in ascending order: each is measured up and down.");
    }
}

/// <summary>What the dataset's clips are like, of the length of a ladder's clips: a clip outside of it counts as broken.</summary>
/// <param name="Clips">Clips that were measured.</param>
/// <param name="LevelLow">The 5th percentile of their levels, dB (full scale 0).</param>
/// <param name="EntropyLow">Of those that are not quieter: the 5th percentile of the entropy of their codes, bits a code, mean of the codebooks.</param>
/// <param name="EntropyHigh">The largest entropy.</param>
/// <param name="Clipped">The largest share of samples beyond full scale.</param>
public sealed record LadderReference(int Clips, double LevelLow, double EntropyLow, double EntropyHigh, double Clipped);

/// <summary>All that is fixed before the first clip is made: ladder-plan.json.</summary>
public sealed record LadderPlan
{
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    public required LadderSettings Settings { get; init; }

    public required string SaeHash { get; init; }

    public required string ModelHash { get; init; }

    public required string DatasetHash { get; init; }

    /// <summary>Frames of a clip.</summary>
    public required int Frames { get; init; }

    public required IReadOnlyList<string> Descriptors { get; init; }

    public required LadderReference Reference { get; init; }

    /// <summary>Features that the filter keeps: those that can be a side effect.</summary>
    public required int Kept { get; init; }

    /// <summary>The features, ascending.</summary>
    public required IReadOnlyList<LadderFeature> Features { get; init; }
}

/// <summary>A feature to be measured.</summary>
public sealed record LadderFeature
{
    public required int Feature { get; init; }

    public required double P99 { get; init; }

    /// <summary>p99 · ‖d‖.</summary>
    public required double UnitLength { get; init; }

    /// <summary>Kept features whose directions are near its own, itself too: moving them does not count as a side effect.</summary>
    public required IReadOnlyList<int> Near { get; init; }
}

/// <summary>A clip to be made.</summary>
/// <param name="Feature">The feature; −1: nothing is steered.</param>
/// <param name="Strength">In multiples of p99; 0: nothing is steered.</param>
/// <param name="Prompt">Place of the prompt.</param>
/// <param name="Seed">Seed of the sampling noise.</param>
public readonly record struct LadderKey(int Feature, double Strength, int Prompt, int Seed);

/// <summary>What was heard in a clip: a line of ladder-clips.jsonl.</summary>
public sealed record LadderLine
{
    public required LadderKey Key { get; init; }

    /// <summary>Whether the model's output was not finite, or the stream ran away: then there is no clip.</summary>
    public bool Ended { get; init; }

    /// <summary>Means of the descriptors; null: there is none, as the pitch of silence.</summary>
    public IReadOnlyList<float?> Values { get; init; } = [];

    /// <summary>Mean log-mel spectrum, dB, by band.</summary>
    public IReadOnlyList<float> Spectrum { get; init; } = [];

    /// <summary>Level of the whole clip, dB (full scale 0).</summary>
    public float Level { get; init; }

    /// <summary>Share of the samples beyond full scale.</summary>
    public float Clipped { get; init; }

    /// <summary>Entropy of the codes, bits a code, mean of the codebooks.</summary>
    public float Entropy { get; init; }

    /// <summary>Kept features that are active, ascending.</summary>
    public IReadOnlyList<int> Features { get; init; } = [];

    /// <summary>Their mean activations over p99.</summary>
    public IReadOnlyList<float> Means { get; init; } = [];

    /// <summary>Of an unsteered clip: how far each descriptor moves when the codec codes the clip once more; null: no value.</summary>
    public IReadOnlyList<float?> Coding { get; init; } = [];
}
