using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Sae.Evaluation.GroundTruth;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Steering.Trials;

/// <summary>Frames of annotated sounds, for training a tagger or for measuring it.</summary>
/// <param name="classes">The concepts, in order.</param>
/// <param name="sampleRate">Samples per second (Hz).</param>
/// <param name="hop">Samples of a frame.</param>
public sealed class TaggedFrames(IReadOnlyList<string> classes, int sampleRate, int hop)
{
    private readonly LogMelFrames frames = new(sampleRate, hop);
    private readonly GroundTruthOptions rules = new() { FrameRate = (double)sampleRate / hop };
    private readonly List<float[]> inputs = [];
    private readonly List<sbyte[]> labels = [];

    /// <summary>Frames added.</summary>
    public int Count { get; private set; }

    /// <summary>The concepts that sound at some times and not at others: what a frame can be tagged with.</summary>
    public static IReadOnlyList<string> ClassesOf(Annotations annotations)
    {
        var order = ConceptOrder.Of(annotations, new GroundTruthOptions());
        return order.Names[..order.Varying];
    }

    /// <summary>Adds a part of a clip.</summary>
    /// <param name="samples">The part's sound, mono.</param>
    /// <param name="count">Its frames.</param>
    /// <param name="annotations">The dataset's spans.</param>
    /// <param name="clip">The clip's id.</param>
    /// <param name="firstFrame">The part's first frame in the clip.</param>
    /// <param name="stride">Every how many frames one is kept.</param>
    public void Add(float[] samples, int count, Annotations annotations, string clip, int firstFrame, int stride)
    {
        var all = frames.Of(samples, count);
        var kept = (count + stride - 1) / stride;
        var (into, signs) = (new float[kept * LogMelFrames.Inputs], new sbyte[kept * classes.Count]);
        var labelled = new sbyte[firstFrame + count];
        for (var concept = 0; concept < classes.Count; concept++)
        {
            FrameLabels.Fill(annotations.Of(clip, classes[concept]), labelled, rules.FrameRate, rules.TailSeconds);
            for (var i = 0; i < kept; i++) signs[i * classes.Count + concept] = labelled[firstFrame + i * stride];
        }
        for (var i = 0; i < kept; i++) all.AsSpan(i * stride * LogMelFrames.Inputs, LogMelFrames.Inputs).CopyTo(into.AsSpan(i * LogMelFrames.Inputs));
        inputs.Add(into);
        labels.Add(signs);
        Count += kept;
    }

    /// <summary>All inputs <c>[frames, inputs]</c>.</summary>
    internal float[] Inputs() => [.. inputs.SelectMany(part => part)];

    /// <summary>All labels <c>[frames, classes]</c>: <see cref="FrameLabels"/>.</summary>
    internal sbyte[] Labels() => [.. labels.SelectMany(part => part)];
}

/// <summary>
/// Trains a <see cref="SoundTagger"/> by binary cross-entropy with Adam; frames in the decay after a span count for no class. The same frames and seed give
/// the same weights for a number of threads.
/// </summary>
public static class TaggerTraining
{
    private const int Hidden = 96, Batch = 512;

    private const double Rate = 3e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, SmallestDeviation = 1e-3;

    private const ulong StartStream = 0x7A61, OrderStream = 0x7A62;

    /// <summary>Trains on some frames and measures on others.</summary>
    /// <param name="classes">The names.</param>
    /// <param name="train">The frames to train on.</param>
    /// <param name="heldOut">Frames of other clips.</param>
    /// <param name="epochs">Passes over the training frames.</param>
    /// <param name="seed">Seed of the start and of the order.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <exception cref="UserException">There are too few frames.</exception>
    public static TaggerWeights Train(IReadOnlyList<string> classes, TaggedFrames train, TaggedFrames heldOut, int epochs, ulong seed, CancellationToken cancellation = default)
    {
        if (train.Count < 10 || heldOut.Count < 10) throw new UserException($"A tagger cannot be trained on {train.Count} frames and measured on {heldOut.Count}: give it more clips.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (inputs, labels) = (train.Inputs(), train.Labels());
        var (mean, scale) = Moments(inputs);
        var start = Start(classes, mean, scale, labels, seed);
        var x = start.Standard(TensorData.FromFloats(inputs, train.Count, LogMelFrames.Inputs));
        var (targets, counted) = (Floats(labels, label => label == FrameLabels.Positive), Floats(labels, label => label != FrameLabels.LeftOut));
        var weights = new[] { start.Hidden, start.HiddenBias, start.Output, start.OutputBias };
        var (first, second) = (weights.Select(part => new float[part.Length]).ToArray(), weights.Select(part => new float[part.Length]).ToArray());
        var steps = epochs * Math.Max(1, train.Count / Batch);
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var rows = Enumerable.Range(0, Math.Min(Batch, train.Count)).Select(draw => (long)(CounterRandom.Uniform(seed, OrderStream, (ulong)step * Batch + (ulong)draw) * train.Count)).ToArray();
            var gradients = Gradients(start, x.index_select(0, TensorData.FromInt64s(rows, rows.Length)), targets, counted, rows);
            var rate = Rate * (1 - (double)step / steps);
            for (var part = 0; part < weights.Length; part++) Adam(weights[part], gradients[part], first[part], second[part], rate, step + 1);
        }
        return Measured(start, classes, train, labels, heldOut);
    }

    private static (float[] Mean, float[] Scale) Moments(float[] inputs)
    {
        var rows = inputs.Length / LogMelFrames.Inputs;
        var (sum, squares) = (new double[LogMelFrames.Inputs], new double[LogMelFrames.Inputs]);
        for (var i = 0; i < inputs.Length; i++)
        {
            sum[i % sum.Length] += inputs[i];
            squares[i % sum.Length] += (double)inputs[i] * inputs[i];
        }
        float[] mean = [.. sum.Select(value => (float)(value / rows))];
        return (mean, [.. squares.Select((value, i) => (float)(1 / Math.Max(SmallestDeviation, Math.Sqrt(Math.Max(0, value / rows - (double)mean[i] * mean[i])))))]);
    }

    /// <summary>Random hidden weights, outputs at 0, biases at the log-odds of each class.</summary>
    private static TaggerWeights Start(IReadOnlyList<string> classes, float[] mean, float[] scale, sbyte[] labels, ulong seed)
    {
        var hidden = new float[LogMelFrames.Inputs * Hidden];
        for (var i = 0; i < hidden.Length; i++) hidden[i] = (float)(CounterRandom.Normal(seed, StartStream, (ulong)i) * Math.Sqrt(2.0 / LogMelFrames.Inputs));
        var positive = new int[classes.Count];
        for (var i = 0; i < labels.Length; i++) positive[i % classes.Count] += labels[i] == FrameLabels.Positive ? 1 : 0;
        float[] bias = [.. positive.Select(count => (float)SoundTagger.LogOdds((double)count * classes.Count / labels.Length))];
        return new TaggerWeights(classes, mean, scale, hidden, new float[Hidden], new float[Hidden * classes.Count], bias, [], []);
    }

    /// <summary>Gradients of the mean cross-entropy over counted cells, in the order of the weights.</summary>
    private static float[][] Gradients(TaggerWeights weights, Tensor x, float[] targets, float[] counted, long[] rows)
    {
        var classes = weights.Classes.Count;
        var (labels, mask) = (new float[rows.Length * classes], new float[rows.Length * classes]);
        for (var row = 0; row < rows.Length; row++)
        {
            targets.AsSpan((int)rows[row] * classes, classes).CopyTo(labels.AsSpan(row * classes));
            counted.AsSpan((int)rows[row] * classes, classes).CopyTo(mask.AsSpan(row * classes));
        }
        var output = TensorData.FromFloats(weights.Output, Hidden, classes);
        var hidden = x.mm(TensorData.FromFloats(weights.Hidden, LogMelFrames.Inputs, Hidden)).Add(TensorData.FromFloats(weights.HiddenBias, 1, Hidden)).relu();
        var logits = hidden.mm(output).Add(TensorData.FromFloats(weights.OutputBias, 1, classes));
        var slope = logits.sigmoid().sub(TensorData.FromFloats(labels, rows.Length, classes)).mul(TensorData.FromFloats(mask, rows.Length, classes)).Div(rows.Length);
        var back = slope.mm(output.t()).mul(hidden.Gt(0).to(ScalarType.Float32));
        return [TensorData.ToArray(x.t().mm(back).contiguous()), TensorData.ToArray(back.sum([0L]).contiguous()), TensorData.ToArray(hidden.t().mm(slope).contiguous()), TensorData.ToArray(slope.sum([0L]).contiguous())];
    }

    private static void Adam(float[] weights, float[] gradient, float[] first, float[] second, double rate, int step)
    {
        var (unbiased1, unbiased2) = (1 - Math.Pow(Beta1, step), 1 - Math.Pow(Beta2, step));
        for (var i = 0; i < weights.Length; i++)
        {
            first[i] = (float)(Beta1 * first[i] + (1 - Beta1) * gradient[i]);
            second[i] = (float)(Beta2 * second[i] + (1 - Beta2) * gradient[i] * gradient[i]);
            weights[i] -= (float)(rate * (first[i] / unbiased1) / (Math.Sqrt(second[i] / unbiased2) + Epsilon));
        }
    }

    private static TaggerWeights Measured(TaggerWeights weights, IReadOnlyList<string> classes, TaggedFrames train, sbyte[] trainLabels, TaggedFrames heldOut)
    {
        var labels = heldOut.Labels();
        var scores = TensorData.ToArray(weights.Logits(TensorData.FromFloats(heldOut.Inputs(), heldOut.Count, LogMelFrames.Inputs)).contiguous());
        var trained = TensorData.ToArray(weights.Logits(TensorData.FromFloats(train.Inputs(), train.Count, LogMelFrames.Inputs)).contiguous());
        var (auroc, accuracy) = (new float[classes.Count], new float[classes.Count]);
        for (var concept = 0; concept < classes.Count; concept++)
        {
            var (values, signs) = (Column(scores, classes.Count, concept), Column(labels, classes.Count, concept));
            auroc[concept] = (float)RankMeasures.Measure(values, signs).Auroc;
            var threshold = BestThreshold(Column(trained, classes.Count, concept), Column(trainLabels, classes.Count, concept));
            accuracy[concept] = (float)Balanced(values, signs, threshold);
        }
        return weights with { Auroc = auroc, Accuracy = accuracy };
    }

    /// <summary>The threshold of the largest balanced accuracy; NaN without both answers.</summary>
    internal static float BestThreshold(float[] values, sbyte[] signs)
    {
        double positives = signs.Count(sign => sign == FrameLabels.Positive), negatives = signs.Count(sign => sign == FrameLabels.Negative);
        if (positives == 0 || negatives == 0) return float.NaN;
        Array.Sort(values, signs);
        var (best, threshold, missed, kept) = (double.NegativeInfinity, float.NaN, 0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            if (i == 0 || values[i] != values[i - 1])
            {
                var balanced = ((positives - missed) / positives + kept / negatives) / 2;
                if (balanced > best) (best, threshold) = (balanced, values[i]);
            }
            if (signs[i] == FrameLabels.Positive) missed++;
            else if (signs[i] == FrameLabels.Negative) kept++;
        }
        return threshold;
    }

    private static double Balanced(float[] values, sbyte[] signs, float threshold)
    {
        double positives = 0, negatives = 0, right = 0, rejected = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (signs[i] == FrameLabels.Positive) (positives, right) = (positives + 1, right + (values[i] >= threshold ? 1 : 0));
            else if (signs[i] == FrameLabels.Negative) (negatives, rejected) = (negatives + 1, rejected + (values[i] < threshold ? 1 : 0));
        }
        return float.IsNaN(threshold) || positives == 0 || negatives == 0 ? double.NaN : (right / positives + rejected / negatives) / 2;
    }

    private static T[] Column<T>(T[] values, int columns, int column)
    {
        var found = new T[values.Length / columns];
        for (var row = 0; row < found.Length; row++) found[row] = values[row * columns + column];
        return found;
    }

    private static float[] Floats(sbyte[] labels, Func<sbyte, bool> test) => [.. labels.Select(label => test(label) ? 1f : 0f)];
}
