using SaeDashboard.Core;
using SaeDashboard.Core.Presets;
using SaeDashboard.Core.Saes;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Presets;

/// <summary>
/// Which features of another SAE a preset could steer instead of its own: those with the largest decoder cosine. Directions come from the preset
/// itself, or from its SAE where that is here; the decoders are read in Core with plain floats, without the worker. Of a preset with several SAEs
/// those of the other one's layer are replaced, and the rest stays.
/// </summary>
public sealed class PresetRemap(ICatalog catalog, FeatureCatalog features, FeatureLabels labels)
{
    /// <summary>Below this cosine a feature has no counterpart: halfway between two directions of one subspace and unrelated ones (0 in many dimensions).</summary>
    public const double Threshold = 0.5;

    /// <summary>The SAEs that a preset's features may have counterparts in: indexed, and none of its own.</summary>
    public IReadOnlyList<CatalogSae> Targets(SteeringPreset preset) =>
        [.. catalog.Saes.Where(sae => sae.HasIndex && sae.Hash is { } hash && hash != preset.Sae.WeightsHash && (preset.Saes ?? []).All(own => own.WeightsHash != hash))];

    /// <summary>The counterparts in an SAE, in the preset's order. Nothing is changed.</summary>
    /// <exception cref="UserException">The other SAE reads at another layer than all of several SAEs, a direction is not known, a part that stays needs an SAE that is not here, or the other SAE cannot be read or is of another width.</exception>
    public Task<IReadOnlyList<Counterpart>> OfAsync(SteeringPreset preset, CatalogSae target, CancellationToken ct) => Task.Run<IReadOnlyList<Counterpart>>(() => Of(preset, target, ct), ct);

    /// <summary>The preset's set-up with the counterparts in place of its features. Strips without one are left out, and moves stay with their strips.</summary>
    public static SetUp With(SteeringPreset preset, CatalogSae target, IReadOnlyList<Counterpart> counterparts)
    {
        var replaced = Replaced(preset, target);
        var first = replaced.Contains(preset.Sae.WeightsHash);
        var settings = PresetSettings.ToTake(preset, preset.Model.Name, first ? target.Name : preset.Sae.Name);
        var own = first ? target.Hash : preset.Sae.WeightsHash;
        var strips = counterparts.Index().Where(each => each.Item.Used).ToArray();
        var places = strips.Select((strip, place) => (strip.Index, place)).ToDictionary(pair => pair.Index, pair => pair.place);
        var moves = (settings.Moves ?? []).Where(move => places.ContainsKey(move.Strip))
            .Select(move => move with { Strip = places[move.Strip], Strength = counterparts[move.Strip].Scaled(move.Strength) }).ToArray();
        settings = settings with
        {
            Steers = [.. strips.Select(strip => Steer(strip.Item, settings.Steers[strip.Index]))],
            Moves = moves.Length > 0 ? moves : null,
        };
        return new SetUp($"{preset.Name}, with features of {target.Name}", settings, preset.Model.FrameRate, preset.Model.WeightsHash, own);

        TakeSteer Steer(Counterpart each, TakeSteer was) => was with
        {
            Feature = each.Feature,
            Strength = each.Strength,
            P99 = each.P99,
            SaePath = Other(each.Stays ? was.SaePath ?? preset.Sae.WeightsHash : target.Hash!),
            Condition = was.Condition is { } condition && each.Condition is { } mapped
                // A condition that names no SAE is on the strip's.
                ? condition with { Feature = mapped.Feature, Threshold = mapped.Threshold, P99 = mapped.P99, Sae = OfCondition(each, was, mapped, condition) }
                : was.Condition,
        };

        string? OfCondition(Counterpart each, TakeSteer was, ConditionCounterpart mapped, SteerCondition condition)
        {
            var strip = each.Stays ? was.SaePath ?? preset.Sae.WeightsHash : target.Hash!;
            var sae = mapped.Stays ? condition.Sae ?? was.SaePath ?? preset.Sae.WeightsHash : target.Hash!;
            return sae == strip ? null : sae;
        }

        // The set-up's own SAE has no name in it.
        string? Other(string hash) => hash == own ? null : hash;
    }

    /// <summary>The hashes of the preset's SAEs whose features are replaced: of one SAE that one, of several those of the other's layer.</summary>
    private static HashSet<string> Replaced(SteeringPreset preset, CatalogSae target)
    {
        PresetSae[] all = [preset.Sae, .. preset.Saes ?? []];
        return [.. all.Where(sae => all.Length == 1 || sae.Hook == target.Hook).Select(sae => sae.WeightsHash)];
    }

    private Counterpart[] Of(SteeringPreset preset, CatalogSae target, CancellationToken ct)
    {
        var replaced = Replaced(preset, target);
        if (replaced.Count == 0)
            throw new UserException($"“{preset.Name}” steers at {string.Join(" and ", preset.Saes!.Select(sae => sae.Hook).Prepend(preset.Sae.Hook).Distinct())}, and “{target.Name}” reads at {target.Hook ?? "a place that is not known"}: choose an SAE of one of its layers.");
        var set = features.Open(target.Id) ?? throw new UserException($"The SAE “{target.Name}” has no index: make one on its page.");
        var directions = Directions(preset, replaced);
        var wanted = directions.Keys.ToArray();
        var nearest = wanted.Zip(DecoderRows.Nearest(target.Path, [.. wanted.Select(key => directions[key])], ct)).ToDictionary(pair => pair.First, pair => pair.Second);
        var names = labels.Current(target.Hash!);
        return [.. preset.Steers.Select(Strip)];

        Counterpart Strip(PresetSteer steer)
        {
            var sae = steer.Sae ?? preset.Sae.WeightsHash;
            var condition = steer.Condition is { } when ? ConditionOf(when, when.Sae ?? sae) : null;
            if (!replaced.Contains(sae)) return new Counterpart(steer, steer.Feature, 1, steer.Label ?? NameHere(sae, steer.Feature), steer.P99, 1, true, condition);
            var (feature, cosine, p99, factor) = Match((sae, steer.Feature), steer.P99);
            return new Counterpart(steer, feature, cosine, Name(feature), p99, steer.Mode is "scale" or "ablate" ? 1 : factor, false, condition);
        }

        ConditionCounterpart ConditionOf(SteerCondition when, string sae)
        {
            if (!replaced.Contains(sae)) return new ConditionCounterpart(when.Feature, when.Feature, 1, NameHere(sae, when.Feature), when.Threshold, when.P99, true);
            var (feature, cosine, p99, factor) = Match((sae, when.Feature), when.P99);
            return new ConditionCounterpart(when.Feature, feature, cosine, Name(feature), Math.Round(Math.Min(when.Threshold * factor, TakeLimits.MaxThreshold), 3), p99, false);
        }

        // What a feature writes stays as large: α·p99·‖d‖ is the same in both SAEs.
        (int Feature, double Cosine, double P99, double Factor) Match((string, int) key, double p99)
        {
            var (feature, cosine) = nearest[key];
            if (feature < 0) return (feature, cosine, 0, 1);
            var there = (double)set.Index.P99[feature];
            var factor = p99 * Norm(directions[key]) / (there * set.Index[feature].DecoderNorm);
            return (feature, cosine, there, double.IsFinite(factor) && factor > 0 ? factor : 1);
        }

        string? Name(int feature) => feature < 0 ? null : names.GetValueOrDefault(feature)?.Text ?? set.Row(feature, null).Suggestion?.Words;

        string? NameHere(string hash, int feature) => labels.Current(hash).GetValueOrDefault(feature)?.Text;
    }

    /// <summary>The direction of every feature that is replaced, of strips and of conditions.</summary>
    private Dictionary<(string Sae, int Feature), float[]> Directions(SteeringPreset preset, HashSet<string> replaced)
    {
        var known = new Dictionary<(string Sae, int Feature), float[]>();
        var read = new HashSet<(string Sae, int Feature)>();
        foreach (var (place, steer) in preset.Steers.Index())
        {
            var sae = steer.Sae ?? preset.Sae.WeightsHash;
            if (steer.Direction is { } direction) known[(sae, steer.Feature)] = DecoderDirection.FromBase64(direction, $"“{preset.Name}”: steers[{place}].direction");
            read.Add((sae, steer.Feature));
            if (steer.Condition is { } condition) read.Add((condition.Sae ?? sae, condition.Feature));
        }
        // What stays is generated with SAEs that have to be here.
        foreach (var sae in read.Select(key => key.Sae).Distinct().Where(hash => !replaced.Contains(hash) && catalog.SaeByHash(hash) is null))
            throw new UserException($"“{preset.Name}” also steers with the SAE “{NameOf(preset, sae)}” at another layer, which stays as it is and is not here. Put its folder into saes/ of the data folder and rescan on the Data page.");
        foreach (var group in read.Where(key => replaced.Contains(key.Sae) && !known.ContainsKey(key)).GroupBy(key => key.Sae))
        {
            int[] missing = [.. group.Select(key => key.Feature)];
            var folder = catalog.SaeByHash(group.Key)?.Path ?? throw new UserException(
                $"“{preset.Name}” does not carry the {(missing.Length == 1 ? "direction" : "directions")} of {string.Join(", ", missing.Select(feature => FormattableString.Invariant($"#{feature}")))}, and the SAE “{NameOf(preset, group.Key)}” is not here: they cannot be compared with others.");
            foreach (var (feature, row) in missing.Zip(DecoderRows.Read(folder, missing))) known[(group.Key, feature)] = row;
        }
        return known.Where(pair => replaced.Contains(pair.Key.Sae)).ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    private static string NameOf(SteeringPreset preset, string hash) => hash == preset.Sae.WeightsHash ? preset.Sae.Name : (preset.Saes ?? []).FirstOrDefault(sae => sae.WeightsHash == hash)?.Name ?? hash[..12];

    private static double Norm(float[] direction) => Math.Sqrt(direction.Sum(value => (double)value * value));
}

/// <summary>A steered feature's nearest in another SAE.</summary>
/// <param name="From">How the preset steers it.</param>
/// <param name="Feature">The other SAE's feature; the preset's own where it stays.</param>
/// <param name="Cosine">Of the two decoder directions, −1 to 1.</param>
/// <param name="Label">What the other feature is called; null: nothing is known of it.</param>
/// <param name="P99">Its p99.</param>
/// <param name="Factor">What strengths and moves are multiplied by for the same change of the residual stream; 1 where they stay.</param>
/// <param name="Stays">Whether it is of an SAE of another layer, which stays as it is.</param>
/// <param name="Condition">The counterpart of its condition's feature; null: it has no condition.</param>
public sealed record Counterpart(PresetSteer From, int Feature, double Cosine, string? Label, double P99, double Factor, bool Stays, ConditionCounterpart? Condition)
{
    /// <summary>Whether it is near enough to be one.</summary>
    public bool Found => Feature >= 0 && Cosine >= PresetRemap.Threshold;

    /// <summary>Whether the strip is taken over: without its condition it would be another steering.</summary>
    public bool Used => Found && Condition is null or { Found: true };

    /// <summary>How far to steer it, in multiples of its p99.</summary>
    public double Strength => Scaled(From.Strength);

    /// <summary>A strength of the preset in the other feature's unit.</summary>
    public double Scaled(double strength) => Factor == 1 ? strength : Math.Round(Math.Clamp(strength * Factor, -PresetLimits.MaxStrength, PresetLimits.MaxStrength), 2);
}

/// <summary>The feature of another SAE that a condition could read instead.</summary>
/// <param name="From">The preset's feature.</param>
/// <param name="Feature">The other SAE's; the preset's own where it stays.</param>
/// <param name="Cosine">Of the two decoder directions, −1 to 1.</param>
/// <param name="Label">What the other feature is called; null: nothing is known of it.</param>
/// <param name="Threshold">Where both write as much into the residual stream, in multiples of <paramref name="P99"/>.</param>
/// <param name="P99">Its p99.</param>
/// <param name="Stays">Whether it is of an SAE of another layer, which stays as it is.</param>
public sealed record ConditionCounterpart(int From, int Feature, double Cosine, string? Label, double Threshold, double P99, bool Stays)
{
    /// <summary>Whether it is near enough.</summary>
    public bool Found => Feature >= 0 && Cosine >= PresetRemap.Threshold;
}
