using SaeDashboard.Clap;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Features.Sound;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Clap;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary>
/// Hears clips: the tagger and the descriptors on the decoded sound, and the SAE's features in a new pass over the finished codes, unsteered and without a
/// text. Nothing of the pass that made the clip is read.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="sae">The SAE, owned by the caller.</param>
/// <param name="tagger">The tagger; null: the dataset has no annotations.</param>
internal sealed class TrialJudge(MusicGenModel model, LoadedSae sae, SoundTagger? tagger)
{
    // A mean over fewer frames of a second is a matter of chance.
    private const double LeastShare = 0.1;

    private const int FirstColumn = 4;

    private readonly TeacherForcing forcing = new(model);

    /// <summary>Names of the values: the tagger's classes, then the descriptors.</summary>
    public IReadOnlyList<string> Judges { get; } = [.. tagger?.Classes ?? [], .. SoundDescriptors.All];

    /// <summary>The sound of codes, its channels mixed.</summary>
    public static float[] Mono(MusicGenModel model, CodeGrid codes) => new Waveform(model.DecodeSound(codes), model.Codec.SampleRate).ToMono();

    /// <summary>
    /// Does the same for several clips at once, each on one thread: the codec's steps are too small to be divided, and a clip's bits then depend on no
    /// number of threads.
    /// </summary>
    public static T[] Together<T>(int count, Func<int, T> work, CancellationToken cancellation = default)
    {
        var results = new T[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, TorchRuntime.Threads), CancellationToken = cancellation }, item =>
        {
            using var threads = new TorchThreads(1);
            using var gradients = no_grad();
            results[item] = work(item);
        });
        return results;
    }

    /// <summary>Hears a sound; the result gives the values of any part of it: first frame, frames → a value for each judge.</summary>
    /// <remarks>Several threads may call it.</remarks>
    /// <param name="mono">The sound.</param>
    /// <param name="frames">Its frames.</param>
    public Func<int, int, float?[]> Hear(float[] mono, int frames)
    {
        var classes = tagger?.Classes.Count ?? 0;
        var tagged = tagger?.Tag(mono, frames) ?? [];
        var described = new SoundMeter(model.Codec.SampleRate, model.Codec.HopLength).Measure(mono, frames);
        return (from, count) =>
        {
            var values = new float?[Judges.Count];
            for (var concept = 0; concept < classes; concept++)
            {
                var sum = 0.0;
                for (var frame = from; frame < from + count; frame++) sum += tagged[frame * classes + concept];
                values[concept] = (float)SoundTagger.LogOdds(sum / count);
            }
            for (var descriptor = 0; descriptor < described.Length; descriptor++)
            {
                var (sum, there) = (0.0, 0);
                foreach (var value in described[descriptor].AsSpan(from, count))
                {
                    if (float.IsFinite(value)) (sum, there) = (sum + value, there + 1);
                }
                values[classes + descriptor] = there >= Math.Max(1, LeastShare * count) ? (float)(sum / there) : null;
            }
            return values;
        };
    }

    /// <summary>The stream at the SAE's place, columns 1 … F <c>[F, width]</c>, in the caller's dispose scope. One clip at a time: another clip in the same
    /// product could change the last bit.</summary>
    public Tensor Stream(CodeGrid codes) => forcing.At([codes], [sae.Site])[sae.Site].select(0, 0);

    /// <summary>What <see cref="TrialLine.Reads"/> holds of a clip.</summary>
    /// <param name="codes">The clip.</param>
    /// <param name="features">The feature that is steered, or all of the plan.</param>
    public float[] Reads(CodeGrid codes, IReadOnlyList<TrialFeature> features)
    {
        using var scope = NewDisposeScope();
        int[] asked = [.. features.SelectMany(feature => feature.Companions.Prepend(feature.Feature)).Distinct()];
        var sums = SteeringScore.SummedActivations(sae.Sae, Stream(codes), asked, FirstColumn);
        var columns = Math.Max(1, codes.Frames - FirstColumn + 1);
        var means = asked.Zip(sums).ToDictionary(pair => pair.First, pair => pair.Second / columns / Math.Max(1e-9, sae.Index[pair.First].P99));
        return [.. features.SelectMany(feature => new[] { (float)means[feature.Feature], (float)feature.Companions.Select(companion => means[companion]).DefaultIfEmpty(0).Average() })];
    }
}

/// <summary>CLAP as a judge: how near a clip is to what the features' own clips sound like.</summary>
/// <param name="model">CLAP, owned by the caller.</param>
/// <param name="sounds">What CLAP hears of each feature.</param>
/// <param name="sampleRate">Samples per second (Hz) of the clips.</param>
internal sealed class ClapJudge(ClapModel model, IReadOnlyDictionary<int, MeanDirection> sounds, int sampleRate)
{
    /// <summary>The cosine with each feature's clips; 0 for a feature that has none.</summary>
    public float[] Cosines(float[] mono, IReadOnlyList<TrialFeature> features)
    {
        var heard = Resampler.To(new Waveform([mono], sampleRate), model.SampleRate).Channels[0];
        var embedding = model.EmbedSounds([heard.Length > model.MaxSamples ? heard[..model.MaxSamples] : heard])[0];
        return [.. features.Select(feature => sounds.TryGetValue(feature.Feature, out var own) ? (float)own.Cosine(embedding) : 0)];
    }
}
