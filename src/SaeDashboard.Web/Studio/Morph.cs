namespace SaeDashboard.Web.Studio;

/// <summary>Racks between two racks.</summary>
public static class Morph
{
    /// <summary>
    /// The rack at a place between two. A strip of both goes straight from one strength to the other; one whose mode differs goes to where it changes
    /// nothing, and from there on in the other mode. A strip of one rack alone comes or goes.
    /// </summary>
    /// <param name="one">The rack at 0; its strips name their SAEs.</param>
    /// <param name="other">The rack at 1; likewise.</param>
    /// <param name="share">0 to 1.</param>
    public static IReadOnlyList<RackStrip> At(IReadOnlyList<RackStrip> one, IReadOnlyList<RackStrip> other, double share)
    {
        var at = double.IsFinite(share) ? Math.Clamp(share, 0, 1) : 0;
        var ends = other.ToDictionary(strip => strip.Key);
        var strips = new List<RackStrip>();
        foreach (var from in one)
        {
            if (!ends.TryGetValue(from.Key, out var to)) Add(Part(from, 1 - at));
            else if (from.Mode == to.Mode) Add(Between(from, to, at));
            else Add(at < .5 ? Part(from, 1 - 2 * at) : Part(to, 2 * at - 1));
        }
        foreach (var to in other.Where(strip => one.All(each => each.Key != strip.Key))) Add(Part(to, at));
        return [.. strips.Take(Rack.MaxFeatures)];

        void Add(RackStrip? strip)
        {
            if (strip is not null) strips.Add(strip);
        }
    }

    private static RackStrip Between(RackStrip from, RackStrip to, double at) => Rack.Set(at < .5 ? from : to, from.Strength + at * (to.Strength - from.Strength));

    /// <summary>A part of a strip's effect; null: none of it.</summary>
    private static RackStrip? Part(RackStrip strip, double part)
    {
        if (part <= 0) return null;
        if (part >= 1) return strip;
        // A clamp to 0 and an ablation switch the feature off: a part of their effect is a level of their envelope.
        if (strip.Mode is RackModes.Clamp or RackModes.Ablate)
            return strip with { Envelope = [.. (strip.Envelope ?? [new EnvelopePoint(0, 1)]).Select(point => point with { Level = Math.Round(point.Level * part, 4) })] };
        var (_, _, neutral) = Rack.Limits(strip.Mode);
        return Rack.Set(strip, neutral + part * (strip.Strength - neutral));
    }
}
