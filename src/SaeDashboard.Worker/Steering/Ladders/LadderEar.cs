using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Features.Sound;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Worker.Steering.Trials;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary>Hears the clips of a ladder: the decoded sound, and the SAE's features in a new pass over the finished codes, unsteered and without a text.</summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
internal sealed class LadderEar(MusicGenModel model, LoadedSae sae)
{
    // A mean over fewer frames is a matter of chance.
    private const double LeastShare = 0.1;

    private const int FirstColumn = 4;

    private readonly TeacherForcing forcing = new(model);
    private readonly int[] kept = [.. Enumerable.Range(0, sae.Index.Count).Where(feature => sae.Index[feature] is { Kept: true, P99: > 0 })];

    /// <summary>Features that the filter keeps and that fire: those that can be a side effect.</summary>
    public IReadOnlyList<int> Kept => kept;

    /// <summary>What is heard of a sound.</summary>
    /// <param name="Values">Means of the descriptors.</param>
    /// <param name="Spectrum">Mean log-mel spectrum, dB.</param>
    /// <param name="Level">Level, dB (full scale 0).</param>
    /// <param name="Clipped">Share of the samples beyond full scale.</param>
    internal sealed record Heard(float?[] Values, float[] Spectrum, float Level, float Clipped);

    /// <summary>Hears a sound. Several threads may call it.</summary>
    public Heard Hear(float[] mono, int frames)
    {
        var described = new SoundMeter(model.Codec.SampleRate, model.Codec.HopLength).Measure(mono, frames);
        var inputs = new LogMelFrames(model.Codec.SampleRate, model.Codec.HopLength).Of(mono, frames);
        var spectrum = new float[LogMelFrames.Bands];
        for (var frame = 0; frame < frames; frame++)
            for (var band = 0; band < spectrum.Length; band++) spectrum[band] += 10 * inputs[frame * LogMelFrames.Inputs + band] / frames;
        var (power, clipped) = (0.0, 0);
        foreach (var sample in mono)
        {
            power += (double)sample * sample;
            if (Math.Abs(sample) >= 1) clipped++;
        }
        var length = Math.Max(1, mono.Length);
        return new Heard([.. described.Select(Mean)], [.. spectrum.Select(Short)], Short((float)(10 * Math.Log10(power / length + 1e-10))), (float)clipped / length);

        float? Mean(float[] values)
        {
            float[] there = [.. values.Where(float.IsFinite)];
            return there.Length >= Math.Max(1, LeastShare * values.Length) ? Short(there.Average()) : null;
        }
    }

    /// <summary>How far each descriptor moves when the codec codes a sound once more; null: no value.</summary>
    public IReadOnlyList<float?> Coding(float[] mono, Heard heard, int frames)
    {
        var again = model.EncodeSound([mono]);
        var second = Hear(TrialJudge.Mono(model, again.Frames > frames ? again.Slice(0, frames) : again), Math.Min(frames, again.Frames));
        return [.. heard.Values.Zip(second.Values, (first, other) => first is { } was && other is { } now ? Short(now - was) : (float?)null)];
    }

    /// <summary>Entropy of a clip's codes, bits a code.</summary>
    public static float Entropy(CodeGrid codes) =>
        Short((float)LadderRules.Entropy([.. Enumerable.Range(0, codes.Codebooks).Select(book => codes.Codebook(book).ToArray().Select(code => (int)code).ToArray())]));

    /// <summary>Kept features that are active in a clip, ascending, with their mean activations over p99. One clip at a time.</summary>
    public (int[] Features, float[] Means) Read(CodeGrid codes)
    {
        using var scope = NewDisposeScope();
        var columns = Math.Max(1, codes.Frames - FirstColumn + 1);
        var sums = SteeringScore.SummedActivations(sae.Sae, forcing.At([codes], [sae.Site])[sae.Site].select(0, 0), kept, FirstColumn);
        var active = kept.Zip(sums, (feature, sum) => (feature, Mean: (float)(sum / columns / sae.Index[feature].P99))).Where(one => one.Mean >= LadderRules.LeastMean).ToArray();
        return ([.. active.Select(one => one.feature)], [.. active.Select(one => Short(one.Mean))]);
    }

    private static float Short(float value) => (float)LadderRules.Short(value);
}
