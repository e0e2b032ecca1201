using System.Diagnostics;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>Measures where a generation's time goes, on the thread that started it. Nothing is measured otherwise.</summary>
public sealed class StepProfile
{
    [ThreadStatic]
    private static StepProfile? current;

    private readonly long[] ticks = new long[Enum.GetValues<StepPart>().Length];

    /// <summary>Measures on this thread until <see cref="Stop"/>.</summary>
    public static StepProfile Start() => current = new StepProfile();

    /// <summary>Stops measuring.</summary>
    public void Stop()
    {
        if (current == this) current = null;
    }

    /// <summary>Seconds so far.</summary>
    public double Seconds(StepPart part) => (double)ticks[(int)part] / Stopwatch.Frequency;

    internal static Span Measure(StepPart part) => current is { } profile ? new Span(profile, part) : default;

    internal readonly ref struct Span(StepProfile profile, StepPart part)
    {
        private readonly long begun = Stopwatch.GetTimestamp();

        public void Dispose()
        {
            if (profile is not null) profile.ticks[(int)part] += Stopwatch.GetTimestamp() - begun;
        }
    }
}

/// <summary>The parts of a step's time; the remainder is not counted.</summary>
public enum StepPart
{
    /// <summary>Products of rows and weights.</summary>
    Products,

    Attention,

    Norm,

    Gelu,

    /// <summary>Sampling codes from logits, guidance included.</summary>
    Sampler,

    /// <summary>Codes' embeddings and the position.</summary>
    Embedding,

    Hooks,
}
