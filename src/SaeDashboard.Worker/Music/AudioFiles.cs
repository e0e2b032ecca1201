using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Melody;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Music;

/// <summary>Reads sound files at the rate and channels of the model, piece by piece: memory does not grow with the length.</summary>
internal static class AudioInput
{
    // Progress is shown for longer sounds.
    private const double SecondsInSilence = 10;

    /// <summary>A sound file as codes: with the model's channels, at its rate.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="context">Progress reporter and cancellation.</param>
    public static CodeGrid Codes(string path, MusicGenModel model, VerbContext context) => Codes(path, model, context, lastSeconds: null, out _);

    /// <summary>The same of its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model.</param>
    /// <param name="context">Progress reporter and cancellation.</param>
    /// <param name="lastSeconds">Only so much of its end; null: all of it.</param>
    /// <param name="start">Where that part begins, seconds.</param>
    public static CodeGrid Codes(string path, MusicGenModel model, VerbContext context, double? lastSeconds, out double start)
    {
        using var sound = SoundReader.Open(path);
        var (rate, modelChannels) = (model.Codec.SampleRate, model.Config.Decoder.AudioChannels);
        var channels = sound.Channels == modelChannels ? modelChannels : 1;
        if (sound.Channels == 1 && modelChannels > 1) context.Progress.Note($"{path}: its one channel is used for each of the model's {modelChannels}.");
        using var encoder = model.NewSoundEncoder(channels);
        foreach (var piece in LastOf(Pieces("Encoding", path, sound, rate, channels, context), lastSeconds is { } last ? Math.Max(1, (long)Math.Round(last * rate)) : long.MaxValue)) encoder.Append(piece);
        start = lastSeconds is { } end ? Math.Max(0, (double)sound.Position / sound.SampleRate - end) : 0;
        return encoder.Finish();
    }

    /// <summary>A sound file as a melody to follow.</summary>
    /// <exception cref="UserException">The model follows none.</exception>
    public static MelodyChroma Melody(string path, MusicGenModel model, VerbContext context) => Melody(path, model, context, out _);

    /// <summary>The same, with the seconds of it that the model hears.</summary>
    public static MelodyChroma Melody(string path, MusicGenModel model, VerbContext context, out double seconds)
    {
        var chroma = model.Chroma
            ?? throw new UserException($"{model.Folder} follows no melody: --melody needs a melody model (config.json: \"model_type\": \"musicgen_melody\").");
        using var sound = SoundReader.Open(path);
        // The model hears no more than this, and one sample more shows that there was more.
        var most = (int)Math.Round(chroma.LongestSeconds * chroma.SampleRate);
        var mono = new List<float>();
        foreach (var piece in Pieces("Listening", path, sound, chroma.SampleRate, channels: 1, context))
        {
            mono.AddRange(piece[0]);
            if (mono.Count > most) break;
        }
        if (mono.Count > most) context.Progress.Note(FormattableString.Invariant($"{path}: the melody is cut after {chroma.LongestSeconds} s."));
        context.Progress.CloseLine();
        seconds = (double)Math.Min(mono.Count, most) / chroma.SampleRate;
        return chroma.Extract([.. mono]);
    }

    /// <summary>The sound at a rate, with as many channels or mixed to one; notes what that changes, and reports progress.</summary>
    /// <exception cref="UserException">It cannot be read, or holds no sample.</exception>
    internal static IEnumerable<float[][]> Pieces(string stage, string path, SoundReader sound, int sampleRate, int channels, VerbContext context)
    {
        var progress = context.Progress;
        if (sound.SampleRate != sampleRate) progress.Note($"{path}: resampled from {sound.SampleRate} Hz to the model's {sampleRate} Hz.");
        if (sound.Channels > channels) progress.Note($"{path}: {sound.Channels} channels mixed to mono.");
        var isLong = sound.SampleCount is not { } known || known > SecondsInSilence * sound.SampleRate;
        long Seconds(long samples) => (samples + sound.SampleRate - 1) / sound.SampleRate;
        foreach (var piece in Resampler.Pieces(sound, sampleRate))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            yield return sound.Channels > channels ? [new Waveform(piece, sampleRate).ToMono()] : piece;
            if (isLong) progress.Report(stage, sound.Position / sound.SampleRate, Seconds(Math.Max(sound.ExpectedCount, sound.Position)) + 1, "seconds");
        }
        if (isLong && sound.Position > 0) progress.Report(stage, Seconds(sound.Position), Seconds(sound.Position), "seconds");
        if (sound.Position == 0) throw new UserException($"{path} holds no sound: it has no samples. Give a file with at least one.");
        if (sound.Remark is { } remark) progress.Note(remark);
    }

    /// <summary>The last samples of a sound.</summary>
    private static IEnumerable<float[][]> LastOf(IEnumerable<float[][]> pieces, long most)
    {
        if (most == long.MaxValue)
        {
            foreach (var piece in pieces) yield return piece;
            yield break;
        }
        var kept = new Queue<float[][]>();
        var count = 0L;
        foreach (var piece in pieces)
        {
            kept.Enqueue(piece);
            count += piece[0].Length;
            while (count - kept.Peek()[0].Length >= most) count -= kept.Dequeue()[0].Length;
        }
        foreach (var piece in kept)
        {
            var over = (int)Math.Max(0, count - most);
            yield return over == 0 ? piece : Array.ConvertAll(piece, channel => channel[over..]);
            count -= over;
        }
    }
}

/// <summary>Codes as a WAV file, decoded and written piece by piece.</summary>
internal static class AudioOutput
{
    // Progress is shown for longer sounds.
    private const double SecondsInSilence = 10;

    /// <summary>Writes the sound of the codes, whole or not at all.</summary>
    /// <returns>Samples of each channel.</returns>
    /// <exception cref="Core.UserException">The codes are another model's, or the file cannot be written.</exception>
    public static long Write(string path, CodeGrid codes, MusicGenModel model, WavEncoding encoding, VerbContext context)
    {
        var samples = (long)codes.Frames * model.Codec.HopLength;
        WavFile.Write(path, model.Codec.SampleRate, model.Config.Decoder.AudioChannels, samples, Pieces(), encoding);
        return samples;

        IEnumerable<float[][]> Pieces()
        {
            var isLong = samples > SecondsInSilence * model.Codec.SampleRate;
            var done = 0L;
            foreach (var piece in model.DecodePieces(codes))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                yield return piece;
                done += piece[0].Length;
                if (isLong) context.Progress.Report("Decoding", done / model.Codec.HopLength, codes.Frames, "frames");
            }
        }
    }
}
