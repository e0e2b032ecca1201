using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;

namespace SaeDashboard.Labelling.Models;

/// <summary>About two seconds of a clip, as a WAV file.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Start">Where it begins in the clip, seconds.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Wav">16-bit mono WAV.</param>
public sealed record LabelExcerpt(int Row, double Start, double Seconds, byte[] Wav)
{
    /// <summary>Length of an excerpt, seconds.</summary>
    public const double DefaultSeconds = 2;

    /// <summary>Cuts the excerpt of a clip around a column: column p is the one that has just heard frame p − 1. It stays inside the clip.</summary>
    /// <param name="row">The clip's row.</param>
    /// <param name="sound">The whole clip.</param>
    /// <param name="column">The column of the feature's maximum.</param>
    /// <param name="frameRate">Frames a second.</param>
    /// <param name="seconds">Length of the excerpt; a shorter clip gives all it has.</param>
    public static LabelExcerpt Cut(int row, Waveform sound, int column, double frameRate, double seconds = DefaultSeconds)
    {
        var mono = sound.ToMono();
        var length = Length(mono, sound.SampleRate, seconds);
        var middle = (Math.Max(1, column) - 0.5) / frameRate * sound.SampleRate;
        return Of(row, mono, sound.SampleRate, (int)Math.Clamp(Math.Round(middle - length / 2.0), 0, mono.Length - length), length);
    }

    /// <summary>Cuts the excerpt with the most energy, by steps of a tenth of a second; the first of equal ones.</summary>
    public static LabelExcerpt Loudest(int row, Waveform sound, double seconds = DefaultSeconds)
    {
        var mono = sound.ToMono();
        var length = Length(mono, sound.SampleRate, seconds);
        var step = Math.Max(1, sound.SampleRate / 10);
        var energy = new double[mono.Length + 1];
        for (var i = 0; i < mono.Length; i++) energy[i + 1] = energy[i] + (double)mono[i] * mono[i];
        var best = 0;
        for (var start = step; start <= mono.Length - length; start += step)
        {
            if (energy[start + length] - energy[start] > energy[best + length] - energy[best] + 1e-9) best = start;
        }
        return Of(row, mono, sound.SampleRate, best, length);
    }

    private static int Length(float[] mono, int rate, double seconds) => Math.Min(mono.Length, (int)Math.Round(seconds * rate));

    private static LabelExcerpt Of(int row, float[] mono, int rate, int start, int length) =>
        new(row, (double)start / rate, (double)length / rate, WavFile.ToBytes(new Waveform([mono.AsSpan(start, length).ToArray()], rate), WavEncoding.Pcm16));
}

/// <summary>What a language model hears of a feature.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Firing">Excerpts at its maxima, strongest first.</param>
/// <param name="Contrast">Excerpts of near misses, nearest first.</param>
public sealed record LabelRequest(int Feature, IReadOnlyList<LabelExcerpt> Firing, IReadOnlyList<LabelExcerpt> Contrast)
{
    /// <summary>Seconds of sound in all.</summary>
    public double Seconds => Firing.Concat(Contrast).Sum(excerpt => excerpt.Seconds);

    /// <summary>The same with fewer excerpts of both kinds, for a model that takes less sound at once.</summary>
    /// <exception cref="UserException">There is one left.</exception>
    public LabelRequest Halved() => Firing.Count > 1
        ? this with { Firing = [.. Firing.Take(Firing.Count / 2)], Contrast = [.. Contrast.Take(Contrast.Count / 2)] }
        : throw new UserException($"The model refuses even one excerpt of feature {Feature} as too long. Choose a model that takes more sound.");

    /// <summary>SHA-256 of all that decides the answer: protocol, model, instructions and every byte of sound, in order.</summary>
    public string ContentHash(ModelProtocol protocol, string model, PromptTemplate template) => Hash($"{protocol}\n{model}\n{template.Id}\n{template.Hash}", Firing, Contrast);

    /// <summary>The same of a judgement: with the label.</summary>
    internal static string ContentHash(ModelProtocol protocol, string model, PromptTemplate template, string label, IReadOnlyList<LabelExcerpt> excerpts) =>
        Hash($"{protocol}\n{model}\n{template.Id}\n{template.Hash}\n{label}", excerpts);

    private static string Hash(string words, params ReadOnlySpan<IReadOnlyList<LabelExcerpt>> lists)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Encoding.UTF8.GetBytes(words));
        foreach (var list in lists)
        {
            Add(hash, Encoding.UTF8.GetBytes(FormattableString.Invariant($"{list.Count}")));
            foreach (var excerpt in list) Add(hash, excerpt.Wav);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        // The length before the bytes: two lists of excerpts with the same bytes in other places differ.
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
