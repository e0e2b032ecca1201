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
    // What is decoded around a part: the LSTM's memory before it, and the convolutions' reach after it.
    internal const double SecondsBefore = 1, SecondsAfter = 0.2;

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

    /// <summary>A part of a clip, its channels mixed; at an end of the clip it begins or ends there, and a shorter clip is taken whole.</summary>
    /// <param name="row">The clip.</param>
    /// <param name="moment">The part's middle, seconds.</param>
    /// <param name="seconds">Its length.</param>
    public Waveform Excerpt(int row, double moment, double seconds)
    {
        var clip = dataset.Clips[row];
        var frames = dataset.MusicFrames(clip, codec.FrameRate);
        var length = Math.Min((int)Math.Round(seconds * codec.SampleRate), frames * codec.HopLength);
        var start = (int)Math.Clamp(Math.Round(moment * codec.SampleRate) - length / 2, 0, frames * codec.HopLength - length);
        // Decoding takes longer than all else here, so it is the part alone that is decoded, with what the codec hears around it.
        var first = Math.Max(0, start / codec.HopLength - FramesOf(SecondsBefore));
        var last = Math.Min(frames, (start + length - 1) / codec.HopLength + 1 + FramesOf(SecondsAfter));
        var codes = dataset.Codes(clip).Slice(first, last - first);
        var decoded = new Waveform([.. Enumerable.Range(0, channels).Select(channel => codec.Decode(MusicGenModel.ChannelCodes(codes, channel, channels)))], codec.SampleRate);
        return new Waveform([decoded.ToMono().AsSpan(start - first * codec.HopLength, length).ToArray()], codec.SampleRate);
    }

    private int FramesOf(double seconds) => (int)Math.Ceiling(seconds * codec.FrameRate);

    public void Dispose() => codec.Dispose();
}

/// <summary>What CLAP hears of a feature: the parts of its top clips around its maximum in each.</summary>
/// <param name="model">CLAP; owned by the caller.</param>
/// <param name="index">The index of the features; owned by the caller.</param>
/// <param name="sounds">The clips' sounds; owned by the caller.</param>
/// <param name="seconds">Length of an excerpt.</param>
internal sealed class ClipExcerpts(ClapModel model, FeatureIndex index, ClipSounds sounds, double seconds)
{
    // Excerpts heard at once.
    private const int Batch = 8;

    /// <summary>The embeddings of each feature's excerpts.</summary>
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
        foreach (var (feature, row, column) in places)
        {
            // Column c is frame c − 1.
            var excerpt = sounds.Excerpt(row, (column - 1) / index.Info.FrameRate, seconds);
            waiting.Add((feature, Resampler.To(excerpt, model.SampleRate).Channels[0]));
            if (waiting.Count == Batch) Hear();
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
}
