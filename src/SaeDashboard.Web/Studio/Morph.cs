namespace SaeDashboard.Web.Studio;

/// <summary>Racks between two racks.</summary>
public static class Morph
{
    /// <summary>
    /// The rack at a place between two. A strip of both goes straight from one strength to the other, and so does the threshold of a condition on the same feature;
    /// what has nothing between is that of the nearer rack (<see cref="OfTheNearer"/>). A strip whose mode differs goes to where it changes nothing, and from there
    /// on in the other mode. A strip of one rack alone comes or goes, with its condition, its envelope and its moves.
    /// </summary>
    /// <param name="one">The rack at 0; its strips name their SAEs.</param>
    /// <param name="other">The rack at 1; likewise.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="p99">The unit of a strip's strength, where the two racks may have another; null: it is the same.</param>
    public static IReadOnlyList<RackStrip> At(IReadOnlyList<RackStrip> one, IReadOnlyList<RackStrip> other, double share, Func<RackStrip, double>? p99 = null)
    {
        var at = double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0;
        var ends = other.ToDictionary(strip => strip.Key);
        var strips = new List<RackStrip>();
        foreach (var from in one)
        {
            if (!ends.TryGetValue(from.Key, out var to)) Add(Part(from, 1 - at));
            else if (from.Mode == to.Mode) Add(Between(from, to, at, p99));
            else Add(at < .5 ? Part(from, 1 - 2 * at) : Part(to, 2 * at - 1));
        }
        foreach (var to in other.Where(strip => one.All(each => each.Key != strip.Key))) Add(Part(to, at));
        return [.. strips.Take(Rack.MaxFeatures)];

        void Add(RackStrip? strip)
        {
            if (strip is not null) strips.Add(strip);
        }
    }

    /// <summary>Whether the second of two racks is the nearer one.</summary>
    public static bool IsNearerToOther(double share) => share >= .5;

    /// <summary>What of the strips that two racks share is the nearer one's at every place between, in words: there is nothing between two of it. Empty: nothing is.</summary>
    public static IReadOnlyList<string> OfTheNearer(IReadOnlyList<RackStrip> one, IReadOnlyList<RackStrip> other)
    {
        (RackStrip From, RackStrip To)[] shared = [.. one.Join(other, strip => (strip.Key, strip.Mode), strip => (strip.Key, strip.Mode), (from, to) => (from, to))];
        return
        [
            .. new[]
            {
                shared.Any(pair => !Same(pair.From.Moves, pair.To.Moves)) ? "recorded moves" : null,
                shared.Any(pair => pair.From.Condition != pair.To.Condition && !AreOnOne(pair.From, pair.To)) ? "conditions" : null,
                shared.Any(pair => !Same(pair.From.Envelope, pair.To.Envelope)) ? "envelopes" : null,
                shared.Any(pair => pair.From.Onset != pair.To.Onset) ? "onsets" : null,
            }.OfType<string>(),
        ];

        static bool Same<T>(IReadOnlyList<T>? from, IReadOnlyList<T>? to) => (from ?? []).SequenceEqual(to ?? []);
    }

    private static RackStrip Between(RackStrip from, RackStrip to, double at, Func<RackStrip, double>? p99)
    {
        if (at is 0 or 1) return at is 0 ? from : to;
        var near = IsNearerToOther(at) ? to : from;
        var (first, last) = (In(near, from), In(near, to));
        return Rack.Set(near with { Condition = Condition(from, to, at) }, first + at * (last - first));

        // A strip's strength in the unit of the nearer one. A factor has none.
        double In(RackStrip unit, RackStrip strip) =>
            strip.Unit == unit.Unit || strip.Mode == RackModes.Scale || p99 is null || !(p99(unit) > 0) ? strip.Strength : strip.Strength * p99(strip) / p99(unit);
    }

    private static SteerCondition? Condition(RackStrip from, RackStrip to, double at)
    {
        var near = IsNearerToOther(at) ? to.Condition : from.Condition;
        return near is null || !AreOnOne(from, to) ? near : near with { Threshold = Math.Round(from.Condition!.Threshold + at * (to.Condition!.Threshold - from.Condition.Threshold), 2) };
    }

    /// <summary>Whether the conditions of two strips are on one feature, in the same unit.</summary>
    private static bool AreOnOne(RackStrip from, RackStrip to) => from.Condition is { } one && to.Condition is { } other
        && (one.Feature, one.Sae ?? from.Sae, one.P99) == (other.Feature, other.Sae ?? to.Sae, other.P99);

    /// <summary>A part of a strip's effect; null: none of it.</summary>
    private static RackStrip? Part(RackStrip strip, double part)
    {
        if (part <= 0) return null;
        if (part >= 1) return strip;
        // A clamp to 0 and an ablation switch the feature off: a part of their effect is a level of their envelope, which acts on their moves too.
        if (strip.Mode is RackModes.Clamp or RackModes.Ablate)
            return strip with { Envelope = [.. (strip.Envelope ?? [new EnvelopePoint(0, 1)]).Select(point => point with { Level = Math.Round(point.Level * part, 4) })] };
        var (_, _, neutral) = Rack.Limits(strip.Mode);
        return Rack.Set(strip with { Moves = strip.Moves is { } moves ? [.. moves.Select(move => move with { Strength = Toward(move.Strength) })] : null }, Toward(strip.Strength));

        double Toward(double strength) => Math.Round(neutral + part * (strength - neutral), 4);
    }
}
