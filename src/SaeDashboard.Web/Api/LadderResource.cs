using SaeDashboard.Core.Steering;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Api;

/// <summary>The strength ladder of a feature.</summary>
internal static class LadderResource
{
    public static void MapLadderResource(this IEndpointRouteBuilder app) =>
        app.MapGet(ApiSetup.Root + "/saes/{sae}/features/{index:int}/ladder", One)
            .Says("getLadder", "The strength ladder of a feature: from which strength it is heard, is strong and breaks the music, and which other features move",
                "Measured by strength-ladder, over the same seeds at every strength. The rules are in docs/decisions/0055.")
            .Produces<ApiLadder>()
            .Fails(404, "There is no such SAE or feature, or its ladder was not measured.").Fails(503, "The index is being read, or cannot be read; or the file of ladders is damaged.");

    private static IResult One(string sae, int index, FeatureCatalog features, ICatalog catalog) => FeatureResource.WithFeature(features, catalog, sae, index, set =>
        set.Ladder(index) is { } view ? Results.Ok(ApiLadder.Of(view))
            : set.LadderProblems is [var problem, ..] ? ApiProblems.Unavailable(problem)
            : ApiProblems.NotFound($"The strength ladder of feature {index} was not measured. Press \"Measure its ladder\" on its page, or run strength-ladder."));
}

/// <summary>The strength ladder of a feature. Strengths are in multiples of its p99; intervals are Student's, of 95 %, over pairs of the same prompt and seed.</summary>
/// <param name="P99">The p99 that strengths are multiples of.</param>
/// <param name="UnitLength">Length of what is added at strength 1, in the residual stream's unit.</param>
/// <param name="Stale">Why it does not count any more; null: it counts.</param>
/// <param name="Prompts">The prompts.</param>
/// <param name="Seeds">Seeds of each prompt.</param>
/// <param name="Seconds">Length of a clip, in seconds.</param>
/// <param name="Guidance">Guidance of every clip; no unit.</param>
/// <param name="Up">What turning it up does.</param>
/// <param name="Down">What turning it down does.</param>
/// <param name="Noise">What the unsteered clips are like, by descriptor.</param>
/// <param name="Spectrum">Mean distance between the spectra of two unsteered clips, dB.</param>
/// <param name="Rungs">The strengths, ascending.</param>
/// <param name="SideEffects">Which other features moved.</param>
public sealed record ApiLadder(
    double P99, double UnitLength, string? Stale, IReadOnlyList<string> Prompts, int Seeds, double Seconds, double Guidance, ApiLadderReach Up, ApiLadderReach Down, IReadOnlyDictionary<string, ApiLadderNoise> Noise, double Spectrum,
    IReadOnlyList<ApiLadderRung> Rungs, IReadOnlyList<ApiSideEffects> SideEffects)
{
    internal static ApiLadder Of(LadderView view)
    {
        var (ladder, conditions) = (view.Ladder, view.Ladder.Conditions);
        return new ApiLadder(
            ladder.P99, ladder.UnitLength, view.Stale, conditions.Prompts, conditions.Seeds, conditions.Seconds, conditions.Guidance, ApiLadderReach.Of(ladder.Up), ApiLadderReach.Of(ladder.Down),
            view.Descriptors.Index().ToDictionary(one => one.Item, one => new ApiLadderNoise(ladder.Noise.Deviations[one.Index], ladder.Noise.Coding[one.Index])), ladder.Noise.Spectrum,
            [.. ladder.Rungs.Select(rung => ApiLadderRung.Of(rung, view.Descriptors))],
            [.. ladder.Sides.Select(side => new ApiSideEffects(side.Strength, side.Moved, side.Of, [.. side.Features.Select(move => new ApiSideEffect(move.Feature, move.Mean, move.Low, move.High))]))]);
    }
}

/// <summary>The band of one direction, in multiples of p99 with the direction's sign. Null: not within what was tested.</summary>
/// <param name="Audible">The least strength from which on every tested one is surely heard.</param>
/// <param name="Strong">The least from which on every one is strong.</param>
/// <param name="Breaks">The least that breaks the music.</param>
/// <param name="Tested">The largest that was tested and does not break it.</param>
public sealed record ApiLadderReach(double? Audible, double? Strong, double? Breaks, double? Tested)
{
    internal static ApiLadderReach Of(LadderReach reach) => new(reach.Audible, reach.Strong, reach.Breaks, reach.Tested);
}

/// <summary>What a descriptor is like without steering, in its unit. Null: it cannot be measured.</summary>
/// <param name="Deviation">Standard deviation between seeds.</param>
/// <param name="Coding">Mean size of the change that the codec alone makes.</param>
public sealed record ApiLadderNoise(double? Deviation, double? Coding);

/// <summary>What was measured at one strength.</summary>
/// <param name="Strength">In multiples of p99.</param>
/// <param name="Level">unsure, audible, strong or breaks.</param>
/// <param name="Pairs">Pairs of clips.</param>
/// <param name="Broken">Pairs whose steered clip is broken.</param>
/// <param name="Fault">The most frequent reason; null: none is broken.</param>
/// <param name="Deltas">Steered less unsteered, by descriptor, in its unit; without those of which too few clips have a value.</param>
/// <param name="Spectrum">How much farther the spectrum is from the unsteered clip's than two unsteered clips are from each other, dB; null: too few clips.</param>
/// <param name="Own">Steered less unsteered, of its own mean activation read from the finished codes, in multiples of p99; null: too few clips.</param>
public sealed record ApiLadderRung(
    double Strength, LadderLevel Level, int Pairs, int Broken, LadderFault? Fault, IReadOnlyDictionary<string, ApiInterval> Deltas, ApiInterval? Spectrum, ApiInterval? Own)
{
    internal static ApiLadderRung Of(LadderRung rung, IReadOnlyList<string> descriptors) => new(
        rung.Strength, rung.Level, rung.Pairs, rung.Broken, rung.Fault, descriptors.Zip(rung.Deltas).Where(one => one.Second is not null).ToDictionary(one => one.First, one => ApiInterval.Of(one.Second)!), ApiInterval.Of(rung.Spectrum), ApiInterval.Of(rung.Own));
}

/// <summary>A mean with its 95 % interval, in the unit of what it is of.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record ApiInterval(double Mean, double Low, double High)
{
    internal static ApiInterval? Of(LadderInterval? interval) => interval is null ? null : new(interval.Mean, interval.Low, interval.High);
}

/// <summary>Which other features moved at one strength.</summary>
/// <param name="Strength">In multiples of p99.</param>
/// <param name="Moved">How many moved surely: false discovery rate 0.05.</param>
/// <param name="Of">Kept features that were looked at: those with a decoder cosine of at most 0.3 in size.</param>
/// <param name="Features">Those of them that moved most, the farthest first.</param>
public sealed record ApiSideEffects(double Strength, int Moved, int Of, IReadOnlyList<ApiSideEffect> Features);

/// <summary>A feature that moved.</summary>
/// <param name="Index">The feature.</param>
/// <param name="Mean">Steered less unsteered, of its mean activation, in multiples of its p99.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
public sealed record ApiSideEffect(int Index, double Mean, double Low, double High);
