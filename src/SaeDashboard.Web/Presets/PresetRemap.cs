using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>
/// Which features of another SAE a preset could steer instead of its own: those with the largest decoder cosine. Directions come from the preset
/// itself, or from its SAE where that is here; the decoders are read in Core with plain floats, without the worker.
/// </summary>
public sealed class PresetRemap(ICatalog catalog, FeatureCatalog features, FeatureLabels labels)
{
    /// <summary>Below this cosine a feature has no counterpart: halfway between two directions of one subspace and unrelated ones (0 in many dimensions).</summary>
    public const double Threshold = 0.5;

    /// <summary>The SAEs that a preset's features may have counterparts in: indexed, and another than its own.</summary>
    public IReadOnlyList<CatalogSae> Targets(SteeringPreset preset) => [.. catalog.Saes.Where(sae => sae.HasIndex && sae.Hash is not null && sae.Hash != preset.Sae.WeightsHash)];

    /// <summary>The counterparts in an SAE, in the preset's order. Nothing is changed.</summary>
    /// <exception cref="UserException">The preset carries no directions and its SAE is not here, the other SAE cannot be read, or is of another width.</exception>
    public Task<IReadOnlyList<Counterpart>> OfAsync(SteeringPreset preset, CatalogSae target, CancellationToken ct) => Task.Run<IReadOnlyList<Counterpart>>(() => Of(preset, target, ct), ct);

    /// <summary>The preset's set-up with the counterparts in place of its features; those without one are left out.</summary>
    public static SetUp With(SteeringPreset preset, CatalogSae target, IReadOnlyList<Counterpart> counterparts)
    {
        var settings = PresetSettings.ToTake(preset, preset.Model.Name, target.Name) with
        {
            Steers = [.. counterparts.Where(each => each.Found).Select(each => new TakeSteer(each.Feature, each.Strength, each.From.Mode, each.P99) { Onset = each.From.Onset, Envelope = each.From.Envelope, Muted = each.From.Muted })],
        };
        return new SetUp($"{preset.Name}, with features of {target.Name}", settings, preset.Model.FrameRate, preset.Model.WeightsHash, target.Hash);
    }

    private Counterpart[] Of(SteeringPreset preset, CatalogSae target, CancellationToken ct)
    {
        if (preset.Steers.Any(steer => steer.Sae is not null || steer.Condition is not null) || preset.Moves is not null)
            throw new UserException($"“{preset.Name}” steers with several SAEs, conditions or knob moves, which name features by their SAE: only its own SAEs fit it.");
        var directions = Directions(preset);
        var nearest = DecoderRows.Nearest(target.Path, directions, ct);
        var set = features.Open(target.Id) ?? throw new UserException($"The SAE “{target.Name}” has no index: make one on its page.");
        var names = labels.Current(target.Hash!);
        return
        [
            .. preset.Steers.Select((steer, place) =>
            {
                var (feature, cosine) = nearest[place];
                var name = names.GetValueOrDefault(feature)?.Text ?? set.Row(feature, null).Suggestion?.Words;
                var p99 = (double)set.Index.P99[feature];
                return new Counterpart(steer, feature, cosine, name, p99, Strength(steer, Norm(directions[place]), p99, set.Index[feature].DecoderNorm));
            }),
        ];
    }

    private float[][] Directions(SteeringPreset preset)
    {
        if (preset.Steers.All(steer => steer.Direction is not null))
            return [.. preset.Steers.Select((steer, place) => DecoderDirection.FromBase64(steer.Direction!, $"“{preset.Name}”: steers[{place}].direction"))];
        if (catalog.SaeByHash(preset.Sae.WeightsHash) is { } own) return DecoderRows.Read(own.Path, [.. preset.Steers.Select(steer => steer.Feature)]);
        throw new UserException($"“{preset.Name}” does not carry the directions of its features, and its SAE “{preset.Sae.Name}” is not here: they cannot be compared with others.");
    }

    private static double Norm(float[] direction) => Math.Sqrt(direction.Sum(value => (double)value * value));

    /// <summary>The strength that changes the residual stream by as much as before: α·p99·‖d‖ stays. A factor is a factor in every SAE.</summary>
    private static double Strength(PresetSteer steer, double norm, double p99, double targetNorm)
    {
        if (steer.Mode is "scale" or "ablate") return steer.Strength;
        var strength = steer.Strength * steer.P99 * norm / (p99 * targetNorm);
        return double.IsFinite(strength) ? Math.Round(Math.Clamp(strength, -PresetLimits.MaxStrength, PresetLimits.MaxStrength), 2) : steer.Strength;
    }
}

/// <summary>A steered feature's nearest in another SAE.</summary>
/// <param name="From">How the preset steers it.</param>
/// <param name="Feature">The other SAE's feature.</param>
/// <param name="Cosine">Of the two decoder directions, −1 to 1.</param>
/// <param name="Label">What the other feature is called; null: nothing is known of it.</param>
/// <param name="P99">Its p99.</param>
/// <param name="Strength">How far to steer it for the same change of the residual stream, in multiples of its p99.</param>
public sealed record Counterpart(PresetSteer From, int Feature, double Cosine, string? Label, double P99, double Strength)
{
    /// <summary>Whether it is near enough to be one.</summary>
    public bool Found => Feature >= 0 && Cosine >= PresetRemap.Threshold;
}
