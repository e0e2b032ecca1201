using System.Diagnostics;
using System.Text.Json.Serialization;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation;

namespace SaeDashboard.Worker.Bench;

/// <summary>Times steps at columns spread over a window: early ones have few keys to attend to, late ones many.</summary>
internal sealed class StepMeasure : IDisposable
{
    private const string Prompt = "fast rock beat";

    private static readonly StepPart[] Parts = Enum.GetValues<StepPart>();

    private readonly MusicGenModel model;
    private readonly int lanes, places, steps;
    private readonly GenerationRun run;
    private readonly double[,] times, floors;
    private readonly double[] parts = new double[Parts.Length];
    private double bytes;
    private long allocated;

    private StepMeasure(MusicGenModel model, int arms, int columns, int places, int steps)
    {
        (this.model, lanes, this.places, this.steps) = (model, 2 * arms, places, steps);
        (times, floors) = (new double[places, steps], new double[places, steps]);
        var rows = Enumerable.Range(0, arms).Select(arm => new GenerationRow { Prompt = Prompt, Sample = arm }).ToArray();
        run = new Generator(model).Start(rows, columns - model.Config.Decoder.CodebooksPerChannel);
    }

    /// <summary>Measures requests of several sizes, a step of each in turn, so that a machine that is slower for a while is so for all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="arms">Guided rows of each request: two lanes each.</param>
    /// <param name="columns">The window.</param>
    /// <param name="places">Where it is timed: the middles of as many parts of the window.</param>
    /// <param name="steps">Steps at each place, after one that is not counted.</param>
    /// <param name="bandwidth">Read before and after each step, outside of what is timed; null: not at all, which leaves a small model in
    /// the cache.</param>
    /// <returns>One for each of <paramref name="arms"/>.</returns>
    public static StepFigures[] Of(MusicGenModel model, int[] arms, int columns, int places, int steps, ReadBandwidth? bandwidth = null)
    {
        StepMeasure[] measures = [.. arms.Select(count => new StepMeasure(model, count, columns, places, steps))];
        try
        {
            for (var place = 0; place < places; place++)
            {
                foreach (var measure in measures) measure.GoTo((int)((place + 0.5) / places * columns));
                var before = bandwidth?.Read() ?? 0;
                for (var step = 0; step < steps; step++)
                {
                    foreach (var measure in measures)
                    {
                        var stepBytes = measure.Step(place, step);
                        if (bandwidth is null) continue;
                        var after = bandwidth.Read();
                        // The time for the bytes, half of them at each of the two speeds.
                        measure.floors[place, step] = 1000 * stepBytes * (0.5 / before + 0.5 / after);
                        before = after;
                    }
                }
            }
            return [.. measures.Select(measure => measure.Figures(bandwidth is not null))];
        }
        finally
        {
            foreach (var measure in measures) measure.Dispose();
        }
    }

    public void Dispose() => run.Dispose();

    private void GoTo(int column)
    {
        run.SkipTo(column - 1);
        run.Advance();
    }

    /// <returns>Bytes that the step read.</returns>
    private double Step(int place, int step)
    {
        var stepBytes = BytesRead(run.Column);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var profile = StepProfile.Start();
        var begun = Stopwatch.GetTimestamp();
        run.Advance();
        times[place, step] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        profile.Stop();
        allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        foreach (var part in Parts) parts[(int)part] += 1000 * profile.Seconds(part);
        bytes += stepBytes;
        return stepBytes;
    }

    private StepFigures Figures(bool hasFloors)
    {
        var total = times.Cast<double>().Sum();
        var shares = Parts.ToDictionary(part => part.ToString().ToLowerInvariant(), part => parts[(int)part] / total);
        shares["rest"] = 1 - shares.Values.Sum();
        var kernels = new[] { StepPart.Products, StepPart.Attention, StepPart.Norm, StepPart.Gelu }.Sum(part => parts[(int)part]) / total;
        IEnumerable<int> allPlaces = Enumerable.Range(0, places), allSteps = Enumerable.Range(0, steps);
        double[] Rounds(double[,] values) => [.. allSteps.Select(step => allPlaces.Average(place => values[place, step]))];
        var milliseconds = allPlaces.Average(place => Spread.Of(allSteps.Select(step => times[place, step])).Median);
        return new StepFigures(milliseconds, bytes / times.Length, shares, 1 - kernels, allocated / times.Length, Rounds(times), hasFloors ? Rounds(floors) : []);
    }

    /// <summary>A step's weights (without those that only the prompt needs), and the keys and values of all lanes.</summary>
    private double BytesRead(int column)
    {
        var decoder = model.Config.Decoder;
        double width = decoder.Width;
        var layer = 6 * width * width + 2 * width * decoder.FeedForwardWidth;
        var weights = decoder.Layers * layer + width * decoder.Codebooks * decoder.VocabularySize;
        return (model.Options.Type == ComputeType.Float32 ? sizeof(float) : sizeof(ushort)) * (weights + 2.0 * lanes * decoder.Layers * width * column);
    }
}

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

/// <summary>What repeated measurements gave.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Low">The tenth percentile.</param>
/// <param name="High">The ninetieth percentile.</param>
internal readonly record struct Spread(double Median, double Low, double High)
{
    /// <param name="values">At least one.</param>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        double At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
        return new Spread(At(0.5), At(0.1), At(0.9));
    }

    /// <summary>"0.62 (0.55–0.66)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Median:F2} ({Low:F2}–{High:F2})");
}
