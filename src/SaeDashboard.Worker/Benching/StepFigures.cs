using System.Text.Json.Serialization;

namespace SaeDashboard.Worker.Benching;

/// <summary>What generation steps cost. A round is one step at each place of the window.</summary>
/// <param name="Milliseconds">One step, the mean over the places of the medians at each.</param>
/// <param name="BytesRead">Weights, keys and values that a step must read, on average.</param>
/// <param name="Shares">Parts of the time: products, attention, norm, gelu, sampler, embedding, hooks, rest.</param>
/// <param name="Overhead">What is none of products, attention, norm and gelu.</param>
/// <param name="AllocatedBytes">Managed memory a step asks for on its thread.</param>
/// <param name="RoundMilliseconds">One step, the mean over the places of each round.</param>
/// <param name="RoundFloors">The milliseconds that reading a step's bytes takes at the bandwidth measured around it, the mean over the places
/// of each round. Empty where the bandwidth was not measured.</param>
internal sealed record StepFigures(
    double Milliseconds,
    double BytesRead,
    IReadOnlyDictionary<string, double> Shares,
    double Overhead,
    long AllocatedBytes,
    [property: JsonIgnore] IReadOnlyList<double> RoundMilliseconds,
    [property: JsonIgnore] IReadOnlyList<double> RoundFloors)
{
    /// <summary>The floor over the time, round by round.</summary>
    public Spread OfFloor() => Spread.Of(RoundFloors.Zip(RoundMilliseconds, (floor, time) => floor / time));

    /// <summary>The bandwidth around the steps, bytes a second, round by round.</summary>
    public IEnumerable<double> Bandwidths() => RoundFloors.Select(floor => 1000 * BytesRead / floor);
}
