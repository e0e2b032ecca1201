using SaeDashboard.Clap;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Models;

namespace SaeDashboard.Worker.Clap;

/// <summary>The sound of a dataset's clips, by the codec of the model that its codes belong to; the language model is not loaded.</summary>
internal sealed class ClipSounds : IDisposable
{
    private readonly AudioCodec codec;
    private readonly ClipDataset dataset;
    private readonly int channels;

    private ClipSounds(AudioCodec codec, ClipDataset dataset, int channels) => (this.codec, this.dataset, this.channels) = (codec, dataset, channels);

    /// <param name="folder">The MusicGen folder.</param>
    /// <param name="index">The index of the features; it names the model that it was made with.</param>
    /// <param name="dataset">The clips; owned by the caller.</param>
    /// <param name="progress">Receives the progress of reading the weights.</param>
    /// <exception cref="UserException">The folder cannot be read, or is another model's.</exception>
    public static ClipSounds Open(string folder, FeatureIndex index, ClipDataset dataset, ConsoleProgress progress)
    {
        var config = MusicGenConfig.Load(folder);
        using var tensors = CheckpointTensors.Open(folder);
        var megabytes = ModelLoading.Megabytes("Hashing the music model", progress);
        if (tensors.Hash(done => megabytes.Report(new LoadProgress("hash", done, tensors.ByteLength))) != index.Info.ModelHash)
            throw new UserException($"{index.Folder} was made with another model than {folder}. Name that one: another codec would make other sounds of the clips' codes.");
        return new ClipSounds(new AudioCodec(config.AudioEncoder, tensors), dataset, config.Decoder.AudioChannels);
    }

    /// <summary>A clip's sound, its channels mixed.</summary>
    /// <param name="row">The clip.</param>
    public Waveform Of(int row)
    {
        var clip = dataset.Clips[row];
        var codes = dataset.Codes(clip).Slice(0, dataset.MusicFrames(clip, codec.FrameRate));
        var sound = new Waveform([.. Enumerable.Range(0, channels).Select(channel => codec.Decode(MusicGenModel.ChannelCodes(codes, channel, channels)))], codec.SampleRate);
        return new Waveform([sound.ToMono()], codec.SampleRate);
    }

    public void Dispose() => codec.Dispose();
}

/// <summary>What CLAP hears of a feature: the parts of its top clips around its maximum in each.</summary>
/// <param name="model">CLAP; owned by the caller.</param>
/// <param name="index">The index of the features; owned by the caller.</param>
/// <param name="sounds">The clips' sounds; owned by the caller.</param>
/// <param name="seconds">Length of an excerpt.</param>
internal sealed class ClipExcerpts(ClapModel model, FeatureIndex index, ClipSounds sounds, double seconds)
{
    // Excerpts heard at once. A full-size model takes about 100 MB for each.
    private const int Batch = 8;

    /// <summary>The embeddings of each feature's excerpts. A clip is decoded once, however many features have it.</summary>
    /// <param name="features">The features.</param>
    /// <param name="clips">Top clips of each, at most.</param>
    /// <param name="context">Progress and cancellation.</param>
    /// <returns>Features that fire in no clip are left out.</returns>
    public IReadOnlyDictionary<int, MeanDirection> Embed(IReadOnlyCollection<int> features, int clips, VerbContext context)
    {
        var places = features.SelectMany(feature => index.TopClips(feature).Take(clips).Select(top => (Feature: feature, top.Row, top.Column))).ToArray();
        var means = new SortedDictionary<int, MeanDirection>();
        var waiting = new List<(int Feature, float[] Sound)>();
        var done = 0;
        foreach (var clip in places.GroupBy(place => place.Row).OrderBy(group => group.Key))
        {
            var sound = sounds.Of(clip.Key);
            foreach (var place in clip)
            {
                waiting.Add((place.Feature, Cut(sound, (place.Column - 1) / index.Info.FrameRate, seconds, model.SampleRate)));
                if (waiting.Count == Batch) Hear();
            }
        }
        Hear();
        return means;

        void Hear()
        {
            if (waiting.Count == 0) return;
            context.Cancellation.ThrowIfCancellationRequested();
            var embeddings = model.EmbedSounds([.. waiting.Select(excerpt => excerpt.Sound)]);
            foreach (var (excerpt, embedding) in waiting.Zip(embeddings))
            {
                if (!means.TryGetValue(excerpt.Feature, out var mean)) means[excerpt.Feature] = mean = new MeanDirection(embedding.Length);
                mean.Add(embedding);
            }
            done += waiting.Count;
            waiting.Clear();
            context.Progress.Report("Hearing excerpts", done, places.Length, "excerpts");
        }
    }

    /// <summary>The part of a sound around a moment, as far as the sound reaches, at another rate.</summary>
    /// <param name="sound">One channel.</param>
    /// <param name="moment">Its middle, seconds; near an end of the sound the part begins or ends there.</param>
    /// <param name="seconds">Its length; a shorter sound is taken whole.</param>
    /// <param name="sampleRate">Hz.</param>
    internal static float[] Cut(Waveform sound, double moment, double seconds, int sampleRate)
    {
        var length = (int)Math.Min(sound.SampleCount, Math.Round(seconds * sound.SampleRate));
        var start = (int)Math.Clamp(Math.Round(moment * sound.SampleRate) - length / 2, 0, sound.SampleCount - length);
        return Resampler.To(new Waveform([sound.Channels[0].AsSpan(start, length).ToArray()], sound.SampleRate), sampleRate).Channels[0];
    }
}
