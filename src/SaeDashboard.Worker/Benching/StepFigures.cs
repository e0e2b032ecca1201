namespace SaeDashboard.Worker.Benching;

/// <summary>What generation steps cost.</summary>
/// <param name="Milliseconds">One step, the mean over the places of the medians at each.</param>
/// <param name="BytesRead">Weights, keys and values that a step must read, on average.</param>
/// <param name="Shares">Parts of the time: products, attention, norm, gelu, sampler, embedding, hooks, rest.</param>
/// <param name="Overhead">What is none of products, attention, norm and gelu.</param>
/// <param name="AllocatedBytes">Managed memory a step asks for on its thread.</param>
internal sealed record StepFigures(double Milliseconds, double BytesRead, IReadOnlyDictionary<string, double> Shares, double Overhead, long AllocatedBytes);
