using System.Security.Cryptography;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Melody;

namespace SaeDashboard.Worker.Serving;

/// <summary>What a take is conditioned on besides its text: a sound that it continues, a melody that it follows. Tensor thread only.</summary>
internal static class TakeSounds
{
    /// <summary>Settings whose sounds are what the model gets, with their hashes: codes of a sound to continue, pitch classes of a melody.</summary>
    /// <param name="settings">As they were asked for.</param>
    /// <param name="model">The model.</param>
    /// <param name="file">The absolute path of a file that may be read.</param>
    /// <exception cref="UserException">A sound cannot be read, is empty or another model's, or the model follows no melody.</exception>
    public static TakeSettings Resolve(TakeSettings settings, MusicGenModel model, Func<string, string> file)
    {
        if (settings.Continue is { } given) settings = settings with { Continue = Continued(given, model, file) };
        if (settings.Melody is { } melody) settings = settings with { Melody = Followed(melody, model, file) };
        // The sound to continue has as many frames as it has only now.
        if (TakeRules.Problem(settings) is { } problem) throw new UserException(problem);
        return settings;
    }

    /// <summary>The codes that every arm begins with; null: none.</summary>
    /// <exception cref="UserException">The settings name a sound and do not hold what the model is given of it.</exception>
    public static CodeGrid? Continued(TakeSettings settings) =>
        settings.Continue is not { } given ? null : given.Codes is { } codes ? CodeGrid.FromBase64(codes, given.Codebooks, "The sound to continue") : throw Unknown(given);

    /// <summary>The melody that every arm follows; null: none. One object for all arms: the model computes it once.</summary>
    /// <exception cref="UserException">The settings name a melody and do not hold its pitch classes.</exception>
    public static MelodyChroma? Melody(TakeSettings settings) =>
        settings.Melody is not { } given ? null : given.Chroma is { } chroma ? new MelodyChroma([.. Convert.FromBase64String(chroma).Select(bin => (int)bin)]) : throw Unknown(given);

    /// <summary>A sound file that the command line continues, with its codes.</summary>
    /// <param name="path">The file; its name is kept.</param>
    /// <param name="start">Where in it the part begins that is used, seconds.</param>
    /// <param name="codes">What the model is given.</param>
    /// <param name="frameRate">Frames a second.</param>
    public static TakeSound Of(string path, double start, CodeGrid codes, double frameRate)
    {
        var text = codes.ToBase64();
        return Named(path, start, codes.Frames / frameRate) with { Codes = text, Codebooks = codes.Codebooks, Hash = HashOf(text) };
    }

    /// <summary>A sound file whose melody the command line follows.</summary>
    public static TakeSound Of(string path, double seconds, MelodyChroma melody)
    {
        var text = Convert.ToBase64String([.. melody.Bins.Select(bin => (byte)bin)]);
        return Named(path, 0, seconds) with { Chroma = text, Hash = HashOf(text) };
    }

    private static TakeSound Named(string path, double start, double seconds)
    {
        var name = new string([.. Path.GetFileName(path).Where(letter => !char.IsControl(letter)).Take(TakeLimits.MaxSoundName)]);
        return new TakeSound { Source = "file", Name = name, Start = Math.Round(start, 3), Seconds = Math.Round(seconds, 3) };
    }

    private static UserException Unknown(TakeSound given) =>
        new($"The take does not say what “{given.Name ?? given.Source}” sounds like: choose the sound again.");

    private static TakeSound Continued(TakeSound given, MusicGenModel model, Func<string, string> file)
    {
        var codes = given.Codes is { } kept ? CodeGrid.FromBase64(kept, given.Codebooks, "The sound to continue") : Encode(Sound(given, model.Codec.SampleRate, file), model);
        new DelayPattern(model.Config.Decoder).Check(codes);
        var text = codes.ToBase64();
        // Of a sound that ends earlier there is less than was asked for.
        return given with { Seconds = Math.Round(codes.Frames / model.Codec.FrameRate, 3), Codes = text, Codebooks = codes.Codebooks, Hash = HashOf(text), File = null };
    }

    private static TakeSound Followed(TakeSound given, MusicGenModel model, Func<string, string> file)
    {
        if (model.Chroma is not { } extractor)
            throw new UserException($"The model {Path.GetFileName(model.Folder)} follows no melody: use a melody model (config.json: \"model_type\": \"musicgen_melody\"), or leave the melody out.");
        var bins = given.Chroma is { } kept ? Convert.FromBase64String(kept) : [.. extractor.Extract(Mono(given, model, extractor, file)).Bins.Select(bin => (byte)bin)];
        if (Array.FindIndex(bins, bin => bin >= model.Config.Melody!.Chroma) is >= 0 and var wrong)
            throw new UserException($"The melody's frame {wrong} holds the pitch class {bins[wrong]}; this model's are 0 to {model.Config.Melody!.Chroma - 1}.");
        var text = Convert.ToBase64String(bins);
        return given with { Chroma = text, Codes = null, Codebooks = 0, Hash = HashOf(text), File = null };
    }

    private static float[] Mono(TakeSound given, MusicGenModel model, ChromaExtractor extractor, Func<string, string> file)
    {
        if (given.Codes is not { } codes) return new Waveform(Sound(given, extractor.SampleRate, file), extractor.SampleRate).ToMono();
        var sound = new Waveform(model.DecodeSound(CodeGrid.FromBase64(codes, given.Codebooks, "The melody")), model.Codec.SampleRate);
        return Resampler.To(sound, extractor.SampleRate).ToMono();
    }

    private static CodeGrid Encode(float[][] channels, MusicGenModel model)
    {
        var wanted = model.Config.Decoder.AudioChannels;
        // As the verb encode does: as many channels, or mixed to one.
        return model.EncodeSound(channels.Length == wanted ? channels : [new Waveform(channels, model.Codec.SampleRate).ToMono()]);
    }

    /// <summary>The part of a WAV file that is used, at a rate: <c>[channels][samples]</c>.</summary>
    private static float[][] Sound(TakeSound given, int sampleRate, Func<string, string> file)
    {
        if (given.File is not { } path) throw Unknown(given);
        using var stream = RegularFile.OpenStream(file(path), bufferSize: 1 << 16);
        using var sound = SoundReader.OpenWav(Path.GetFileName(path), stream);
        var (first, most) = ((long)Math.Round(given.Start * sampleRate), Math.Max(1, (long)Math.Round(given.Seconds * sampleRate)));
        var (channels, at) = (new List<float[]>[sound.Channels], 0L);
        for (var channel = 0; channel < channels.Length; channel++) channels[channel] = [];
        foreach (var piece in Resampler.Pieces(sound, sampleRate))
        {
            var (from, to) = ((int)Math.Clamp(first - at, 0, piece[0].Length), (int)Math.Clamp(first + most - at, 0, piece[0].Length));
            for (var channel = 0; channel < channels.Length && from < to; channel++) channels[channel].Add(piece[channel][from..to]);
            at += piece[0].Length;
            if (at >= first + most) break;
        }
        if (channels[0].Count == 0) throw new UserException(FormattableString.Invariant($"Of “{given.Name ?? given.Source}” {(double)at / sampleRate:0.##} s were read: nothing is there at {given.Start:0.##} s. Begin earlier."));
        return [.. channels.Select(pieces => pieces.SelectMany(piece => piece).ToArray())];
    }

    private static string HashOf(string base64) => Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(base64)));
}
