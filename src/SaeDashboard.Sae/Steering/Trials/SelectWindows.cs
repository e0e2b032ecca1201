using SaeDashboard.Core.Data;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Sae.Features;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>
/// The clips of `select`, cut into windows of a second: what the judges hear in each, what the SAE reads there, and the mean of the stream. Targets,
/// DiffMean directions and companions come from it, before anything is generated. Column p is held against frame p − 1.
/// </summary>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="classes">The tagger's classes: the first judges.</param>
/// <param name="judges">Names of all judges.</param>
/// <param name="frameRate">Frames per second (Hz).</param>
public sealed class SelectWindows(SparseAutoencoder sae, IReadOnlyList<string> classes, IReadOnlyList<string> judges, double frameRate)
{
    /// <summary>The least |r| of a target: three standard errors over the 4,000 windows of 400 clips. A target found by chance raises no false findings: it is tested on clips that did not choose it.</summary>
    public const double LeastCorrelation = 0.05;

    /// <summary>Companions of a feature, at most; their least r; and the largest |cosine| with the feature's direction.</summary>
    public const int MostCompanions = 5;

    /// <inheritdoc cref="MostCompanions"/>
    public const double LeastCompanion = 0.2, NearDirection = 0.3;

    private const int FirstColumn = 4, FewestPositive = 3;

    private const double TopShare = 0.05, PositiveShare = 0.5;

    private readonly ClipEncoder encoder = new(sae);
    private readonly int length = (int)Math.Round(frameRate);
    private readonly List<float?[]> values = [];
    private readonly List<float[]> streams = [];
    private readonly List<sbyte[]> truth = [];
    private readonly List<(int Window, float Value)>?[] fired = new List<(int, float)>?[sae.Config.DSae];
    private readonly double[] sums = new double[sae.Config.DSae], squares = new double[sae.Config.DSae];

    /// <summary>Windows added.</summary>
    public int Count => values.Count;

    /// <summary>Adds a clip.</summary>
    /// <param name="columns">Its stream, columns 1 … F <c>[F, width]</c>.</param>
    /// <param name="summary">What the judges hear in some of its frames: the first frame and the number of frames → a value for each judge.</param>
    /// <param name="spans">The concept's annotated spans.</param>
    public void Add(Tensor columns, Func<int, int, float?[]> summary, Func<string, IReadOnlyList<Span>> spans)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(spans);
        var (frames, width) = ((int)columns.size(0), (int)columns.size(1));
        var (windows, first) = (frames / length, Count);
        var stream = TensorData.ToArray(columns.contiguous());
        var labels = Labels(windows, spans);
        for (var window = 0; window < windows; window++)
        {
            values.Add(summary(window * length, length));
            truth.Add(labels[window]);
            var mean = new float[width];
            var from = Math.Max(FirstColumn - 1, window * length);
            for (var column = from; column < (window + 1) * length; column++) TensorPrimitives.Add(mean, stream.AsSpan(column * width, width), mean);
            TensorPrimitives.Divide(mean, (window + 1) * length - from, mean);
            streams.Add(mean);
        }
        encoder.Encode(new ClipActivations(0, "select", columns));
        foreach (var feature in encoder.Latents.Fired) Sum(feature, first, windows);
    }

    /// <summary>What follows a feature best.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="usable">Which judges may be targets: a class that the tagger does not know cannot.</param>
    /// <returns>The target, or null, and the largest |r|; null too where the feature never fires.</returns>
    public (TrialTarget? Target, double? Best) Target(int feature, IReadOnlyList<bool> usable)
    {
        ArgumentNullException.ThrowIfNull(usable);
        if (fired[feature] is null) return (null, null);
        var activation = Dense(feature);
        TrialTarget? best = null;
        for (var judge = 0; judge < judges.Count; judge++)
        {
            if (!usable[judge] || Correlation(activation, judge) is not { } found) continue;
            // A feature is no detector of what a class lacks: most features fire where a given class does not.
            if (judge < classes.Count && found.R < 0) continue;
            if (best is not null && Math.Abs(found.R) <= Math.Abs(best.Target.Correlation)) continue;
            best = new TrialTarget(new SteeringTarget(judge < classes.Count ? TargetKind.Class : TargetKind.Descriptor, judges[judge], Math.Sign(found.R), found.R), judge, found.Deviation);
        }
        var r = best is null ? 0 : Math.Abs(best.Target.Correlation);
        return (r >= LeastCorrelation ? best : null, r);
    }

    /// <summary>
    /// The difference of the stream's means [width]: of a class, windows of which it fills at least half less windows without it; of a descriptor, the
    /// quarter of the windows with the most of it less the quarter with the least, in the target's sense.
    /// </summary>
    public float[] DiffMean(TrialTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        int[] there, absent;
        var present = Enumerable.Range(0, Count).Where(window => values[window][target.Judge] is not null).OrderBy(window => target.Target.Sign * values[window][target.Judge]!.Value).ToArray();
        if (target.Target.Kind == TargetKind.Class)
        {
            there = [.. Enumerable.Range(0, Count).Where(window => truth[window][target.Judge] == FrameLabels.Positive)];
            // Too few for a mean: those that the tagger is surest of.
            if (there.Length < FewestPositive) there = present[^Math.Max(1, (int)(TopShare * present.Length))..];
            absent = [.. Enumerable.Range(0, Count).Where(window => truth[window][target.Judge] == FrameLabels.Negative).Except(there)];
        }
        else (there, absent) = (present[^Math.Max(1, present.Length / 4)..], present[..Math.Max(1, present.Length / 4)]);
        var difference = Mean(there);
        TensorPrimitives.Subtract(difference, Mean(absent), difference);
        return difference;
    }

    /// <summary>The features that fire in the same windows, none near it in direction, the largest r first.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="cosines">The cosine of each feature's direction with this one's <c>[F]</c>.</param>
    /// <param name="kept">Whether a feature may be one.</param>
    public IReadOnlyList<int> Companions(int feature, ReadOnlySpan<float> cosines, Func<int, bool> kept)
    {
        ArgumentNullException.ThrowIfNull(kept);
        if (fired[feature] is null) return [];
        var activation = Dense(feature);
        var found = new List<(int Feature, double R)>();
        for (var other = 0; other < fired.Length; other++)
        {
            if (other == feature || fired[other] is not { } entries || Math.Abs(cosines[other]) > NearDirection || !kept(other)) continue;
            var product = 0.0;
            foreach (var (window, value) in entries) product += activation[window] * value;
            var spread = Spread(feature) * Spread(other);
            var r = spread > 0 ? (product / Count - sums[feature] / Count * (sums[other] / Count)) / spread : 0;
            if (r >= LeastCompanion) found.Add((other, r));
        }
        return [.. found.OrderByDescending(one => one.R).ThenBy(one => one.Feature).Take(MostCompanions).Select(one => one.Feature)];
    }

    private double Spread(int feature) => Math.Sqrt(Math.Max(0, squares[feature] / Count - Math.Pow(sums[feature] / Count, 2)));

    private (double R, double Deviation)? Correlation(float[] activation, int judge)
    {
        double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (var window = 0; window < Count; window++)
        {
            if (values[window][judge] is not { } value) continue;
            var a = (double)activation[window];
            (n, x, y, xx, yy, xy) = (n + 1, x + a, y + value, xx + a * a, yy + (double)value * value, xy + a * value);
        }
        var (spreadX, spreadY) = (xx - x * x / Math.Max(1, n), yy - y * y / Math.Max(1, n));
        return n >= 2 && spreadX > 1e-12 * xx && spreadY > 1e-12 * yy
            ? (Math.Clamp((xy - x * y / n) / Math.Sqrt(spreadX * spreadY), -1, 1), Math.Sqrt(spreadY / n))
            : null;
    }

    private float[] Dense(int feature)
    {
        var activation = new float[Count];
        foreach (var (window, value) in fired[feature]!) activation[window] = value;
        return activation;
    }

    private void Sum(int feature, int first, int windows)
    {
        var at = encoder.Latents.Columns(feature);
        var active = encoder.Latents.Values(feature);
        var means = new double[windows];
        for (var entry = 0; entry < at.Length; entry++)
        {
            var window = (at[entry] - 1) / length;
            if (at[entry] >= FirstColumn && window < windows) means[window] += active[entry] / (double)length;
        }
        for (var window = 0; window < windows; window++)
        {
            if (means[window] == 0) continue;
            (fired[feature] ??= []).Add((first + window, (float)means[window]));
            sums[feature] += means[window];
            squares[feature] += means[window] * means[window];
        }
    }

    private sbyte[][] Labels(int windows, Func<string, IReadOnlyList<Span>> spans)
    {
        var found = Enumerable.Range(0, windows).Select(_ => new sbyte[classes.Count]).ToArray();
        var rules = new GroundTruthOptions();
        var frames = new sbyte[windows * length];
        for (var concept = 0; concept < classes.Count; concept++)
        {
            FrameLabels.Fill(spans(classes[concept]), frames, frameRate, rules.TailSeconds);
            for (var window = 0; window < windows; window++)
                found[window][concept] = ConceptTruth.Label(frames.AsSpan(window * length, length), PositiveShare, rules.NegativeShare, tailIsNegative: false);
        }
        return found;
    }

    private float[] Mean(int[] windows)
    {
        var mean = new float[sae.Config.DIn];
        foreach (var window in windows) TensorPrimitives.Add(mean, streams[window], mean);
        TensorPrimitives.Divide(mean, Math.Max(1, windows.Length), mean);
        return mean;
    }
}
