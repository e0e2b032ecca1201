namespace SaeDashboard.Core.Features;

/// <summary>
/// Mystery guests: features that another SAE found too, that do not follow the position in the clip, and that no annotated concept explains.
/// The one statement of the rule, for the worker and the site.
/// </summary>
public static class MysteryGuests
{
    /// <summary>The least stability: cosine with a decoder direction of the second SAE.</summary>
    public const double MinStability = 0.7;

    /// <summary>The share of its variance that position explains is below this.</summary>
    public const double MaxPositionR2 = 0.2;

    /// <summary>The AUROC for its best concept is below this.</summary>
    public const double MaxAuroc = 0.7;

    /// <summary>The guests of an index, the highest score first, then by number; null: it lacks a measurement that the rule takes.</summary>
    public static IReadOnlyList<MysteryGuest>? Of(FeatureIndex index)
    {
        if (index.Measures is not { HasConcepts: true, Stability.IsEmpty: false } measures) return null;
        var guests = new List<MysteryGuest>();
        for (var feature = 0; feature < index.Count; feature++)
        {
            if (index.Kept[feature] != 0 && Score(measures.Stability[feature], measures.PositionR2[feature], measures.ConceptAuroc[feature]) is { } score)
                guests.Add(new MysteryGuest(feature, score));
        }
        guests.Sort((one, other) => one.Score != other.Score ? other.Score.CompareTo(one.Score) : one.Feature.CompareTo(other.Feature));
        return guests;
    }

    /// <summary>
    /// stability · (1 − position R²) · (1 − (2 · AUROC − 1)), 0 to 1: what the second SAE confirms, less what position and the best concept
    /// explain. An AUROC below ½ counts as ½. Null: not a guest, or a value is missing (NaN). Only kept features are asked: one that hardly ever
    /// fires has an AUROC near ½ for every concept.
    /// </summary>
    /// <param name="stability">Largest cosine with the second SAE.</param>
    /// <param name="positionR2">Share of the variance that position explains.</param>
    /// <param name="auroc">For its best concept.</param>
    public static double? Score(double stability, double positionR2, double auroc) =>
        stability >= MinStability && positionR2 < MaxPositionR2 && auroc < MaxAuroc ? stability * (1 - positionR2) * (1 - Math.Max(0, 2 * auroc - 1)) : null;
}

/// <summary>A mystery guest.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Score">Its <see cref="MysteryGuests.Score"/>.</param>
public readonly record struct MysteryGuest(int Feature, double Score);

/// <summary>The descriptors of a clip's sound that activations are correlated with, by their names in an index.</summary>
public static class SoundDescriptors
{
    /// <summary>Frames of a clip that are decoded to be described: an excerpt, since decoding takes longer than all else of an index.</summary>
    public const int ExcerptFrames = 64;

    /// <summary>Level of the sound, dB.</summary>
    public const string Level = "level";

    /// <summary>Centre of gravity of the spectrum, octaves.</summary>
    public const string Brightness = "brightness";

    /// <summary>Onsets in the second around the column, 1/s.</summary>
    public const string OnsetRate = "onset rate";

    /// <summary>Fundamental frequency, semitones; only where there is a pitch.</summary>
    public const string Pitch = "pitch";

    /// <summary>How far partials are from multiples of the fundamental, 0 to 1; only where there is a pitch.</summary>
    public const string Inharmonicity = "inharmonicity";

    /// <summary>All of them, in the order of an index.</summary>
    public static IReadOnlyList<string> All { get; } = [Level, Brightness, OnsetRate, Pitch, Inharmonicity];
}
