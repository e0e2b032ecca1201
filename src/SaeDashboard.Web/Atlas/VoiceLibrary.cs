using System.Buffers.Binary;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Atlas;

/// <summary>
/// The voices of features: half a second around the strongest moment of each of up to eight top clips, one after the other. The music worker
/// decodes them at once, from the codes of the excerpts alone, and the cache keeps them.
/// </summary>
public sealed class VoiceLibrary(ClipLibrary clips, IServeClient serve, WavCache cache)
{
    private const int Excerpts = 8;
    private const double Length = 0.5, Lead = 0.12, Fade = 0.02;

    // What is decoded before and after an excerpt and cut away: the codec's memory of the excerpt before it, and its view ahead.
    private const double Before = 0.3, After = 0.08;

    // Voices are played one after the other, so all are about as loud; what is nearly silent is not raised to noise.
    private const float Loudness = 0.12f, MostGain = 4, HighestPeak = 0.9f;

    // Changed when the sound of the same excerpts would be another.
    private const string Recipe = "voice-1";

    /// <summary>The excerpts of a feature's voice; null: it has none, because it never fires or the dataset is missing.</summary>
    /// <exception cref="UserException">The dataset or its model cannot be used; the message says why.</exception>
    public VoicePlan? Plan(FeatureSet set, int feature)
    {
        if (set.DatasetId is not { } dataset) return null;
        var top = set.Index.TopClips(feature);
        // What sounds at its moment comes first; a feature of silence has a silent voice.
        var chosen = top.Where(clip => Listening.Sounds(set, clip)).Concat(top.Where(clip => !Listening.Sounds(set, clip))).Take(Excerpts).ToList();
        if (chosen.Count == 0 || clips.Locate(dataset, chosen[0].Row) is not { } place) return null;
        var identity = $"{Recipe}|{place.Key}|{string.Join(',', chosen.Select(clip => $"{clip.Row}:{clip.Column}"))}";
        return new VoicePlan(place, set.Index.Info.FrameRate, [.. chosen.Select(clip => (clip.Row, clip.Column))], Hashing.Sha256(Encoding.UTF8.GetBytes(identity))[..32] + "-voice");
    }

    /// <summary>The sound of a voice, made when it is not in the cache. The caller closes the file.</summary>
    /// <exception cref="UserException">The worker cannot decode it now; the message says why.</exception>
    public Task<FileStream> OpenAsync(VoicePlan plan, CancellationToken ct) => cache.OpenAsync(plan.Key, async stop =>
    {
        var (codes, cuts) = Codes(plan);
        return Join(await serve.DecodeAsync(plan.Place.Model.Path, codes, stop), codes.Frames, cuts, plan.FrameRate);
    }, ct);

    /// <summary>The codes of all excerpts with what surrounds them, and where the excerpts are in them (frames).</summary>
    private static (CodeGrid Codes, List<(int From, int Count)> Cuts) Codes(VoicePlan plan)
    {
        int Frames(double seconds) => (int)Math.Round(seconds * plan.FrameRate);
        var pieces = new List<CodeGrid>();
        var cuts = new List<(int From, int Count)>();
        var at = 0;
        foreach (var (row, column) in plan.Moments)
        {
            var clip = plan.Place.Set.Codes(plan.Place.Set.Clips[row]);
            var from = Math.Clamp(column - 1 - Frames(Lead), 0, Math.Max(0, clip.Frames - Frames(Length)));
            var (first, end) = (Math.Max(0, from - Frames(Before)), Math.Min(clip.Frames, from + Frames(Length + After)));
            pieces.Add(clip.Slice(first, end - first));
            cuts.Add((at + from - first, Math.Min(Frames(Length), end - from)));
            at += end - first;
        }
        var codes = new CodeGrid(pieces[0].Codebooks, at);
        at = 0;
        foreach (var piece in pieces)
        {
            for (var codebook = 0; codebook < codes.Codebooks; codebook++)
            {
                for (var frame = 0; frame < piece.Frames; frame++) codes[codebook, at + frame] = piece[codebook, frame];
            }
            at += piece.Frames;
        }
        return (codes, cuts);
    }

    private static byte[] Join(byte[] wav, int frames, List<(int From, int Count)> cuts, double frameRate)
    {
        var (samples, rate) = Samples(wav);
        var perFrame = (double)samples.Length / frames;
        var fade = (int)(Fade * rate);
        var joined = new List<float>();
        foreach (var (from, count) in cuts)
        {
            var start = (int)Math.Round(from * perFrame);
            var excerpt = samples.AsSpan(start, Math.Min((int)Math.Round(count * perFrame), samples.Length - start)).ToArray();
            for (var i = 0; i < Math.Min(fade, excerpt.Length / 2); i++)
            {
                excerpt[i] *= (float)i / fade;
                excerpt[^(i + 1)] *= (float)i / fade;
            }
            joined.AddRange(excerpt);
        }
        var voice = joined.ToArray();
        var (power, peak) = (0.0, 0f);
        foreach (var sample in voice) (power, peak) = (power + sample * sample, Math.Max(peak, Math.Abs(sample)));
        var level = Math.Sqrt(power / Math.Max(1, voice.Length));
        var gain = (float)Math.Min(Math.Min(MostGain, Loudness / Math.Max(1e-6, level)), HighestPeak / Math.Max(1e-6, peak));
        for (var i = 0; i < voice.Length; i++) voice[i] *= gain;
        return WavFile.ToBytes(new Waveform([voice], rate), WavEncoding.Pcm16);
    }

    /// <summary>The samples of the worker's answer: mono PCM16 without further chunks.</summary>
    private static (float[] Samples, int Rate) Samples(byte[] wav)
    {
        const int header = 44;
        var known = wav.Length >= header && wav.AsSpan(0, 4).SequenceEqual("RIFF"u8) && BinaryPrimitives.ReadUInt16LittleEndian(wav.AsSpan(22)) == 1 &&
            BinaryPrimitives.ReadUInt16LittleEndian(wav.AsSpan(34)) == 16 && wav.AsSpan(36, 4).SequenceEqual("data"u8);
        if (!known) throw new UserException("The music worker answered with another kind of sound than mono 16-bit WAV: restart the site, so that site and worker are of one version.");
        var samples = new float[(wav.Length - header) / 2];
        for (var i = 0; i < samples.Length; i++) samples[i] = BinaryPrimitives.ReadInt16LittleEndian(wav.AsSpan(header + 2 * i)) / 32768f;
        return (samples, BinaryPrimitives.ReadInt32LittleEndian(wav.AsSpan(24)));
    }
}

/// <summary>What a voice is made of.</summary>
/// <param name="Place">The dataset of its clips, and the model whose codec decodes them.</param>
/// <param name="FrameRate">Codec frames a second.</param>
/// <param name="Moments">Row of the clip and column of the moment, in the order in which they sound.</param>
/// <param name="Key">Names the sound: another sound has another key.</param>
public sealed record VoicePlan(ClipPlace Place, double FrameRate, IReadOnlyList<(int Row, int Column)> Moments, string Key);
