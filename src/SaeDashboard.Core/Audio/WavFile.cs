using System.Buffers.Binary;
using System.Numerics.Tensors;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Audio;

/// <summary>Reads and writes RIFF WAV files.</summary>
public static class WavFile
{
    // 16-bit 1.0 is one step too many: +1 becomes 32767, and 16-bit samples round-trip bit for bit.
    private const float Pcm16Scale = 32768f;
    private const int FramesAtOnce = 1 << 14;

    /// <summary>Reads an uncompressed WAV file whole: PCM of up to 32 bits, float32 and float64, µ-law, A-law, in RIFF, RIFX or RF64, any
    /// number of channels.</summary>
    /// <exception cref="UserException">The file is missing, cut short, damaged, of another kind, or holds NaN.</exception>
    public static Waveform Read(string path)
    {
        // The header is read in small pieces.
        using var stream = RegularFile.OpenStream(path, bufferSize: 1 << 12);
        return Read(path, stream);
    }

    /// <summary>As <see cref="Read(string)"/>, of an open file.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="file">The file, at its beginning; it stays open.</param>
    /// <exception cref="UserException">As <see cref="Read(string)"/>.</exception>
    public static Waveform Read(string path, FileStream file)
    {
        using var sound = SoundReader.OpenWav(path, file);
        return sound.ReadRest();
    }

    /// <summary>
    /// Writes the file whole or not at all (<see cref="AtomicFile"/>). PCM16 rounds to the nearest step and clips at full scale.
    /// </summary>
    /// <exception cref="UserException">The file cannot be written, or would exceed 4 GiB, the limit of a WAV file.</exception>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static void Write(string path, Waveform waveform, WavEncoding encoding) =>
        Write(path, waveform.SampleRate, waveform.Channels.Length, waveform.SampleCount, [waveform.Channels], encoding);

    /// <summary>As <see cref="Write(string, Waveform, WavEncoding)"/>, piece by piece.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="channels">How many.</param>
    /// <param name="samples">Samples of each channel in all.</param>
    /// <param name="pieces"><c>[channels][samples]</c>, one after the other.</param>
    /// <param name="encoding">The encoding of the samples.</param>
    /// <exception cref="UserException">The file cannot be written, or would exceed 4 GiB, the limit of a WAV file.</exception>
    /// <exception cref="ArgumentException">A sample is not finite, or the pieces do not add up to the number of samples.</exception>
    public static void Write(string path, int sampleRate, int channels, long samples, IEnumerable<float[][]> pieces, WavEncoding encoding)
    {
        var header = MakeHeader(path, samples, channels, sampleRate, encoding);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            var written = 0L;
            foreach (var piece in pieces)
            {
                WriteSamples(stream, piece, encoding);
                written += piece[0].Length;
            }
            if (written != samples) throw new ArgumentException($"The pieces hold {written} samples of {samples}.", nameof(pieces));
        });
    }

    /// <summary>The bytes of the file that <see cref="Write(string, Waveform, WavEncoding)"/> writes.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static byte[] ToBytes(Waveform waveform, WavEncoding encoding)
    {
        using var stream = new MemoryStream();
        stream.Write(MakeHeader("The sound", waveform.SampleCount, waveform.Channels.Length, waveform.SampleRate, encoding));
        WriteSamples(stream, waveform.Channels, encoding);
        return stream.ToArray();
    }

    internal static byte[] MakeHeader(string path, long samples, int channels, int sampleRate, WavEncoding encoding)
    {
        var isFloat = encoding == WavEncoding.Float32;
        var sampleBytes = isFloat ? 4 : 2;
        var dataBytes = samples * channels * sampleBytes;
        // Any format but PCM carries its (empty) extension's size and a fact chunk with the number of samples.
        var length = isFloat ? 58 : 44;
        if (dataBytes > uint.MaxValue - 64)
            throw new UserException($"{path} would pass the 4 GiB that a WAV file can have: write a shorter piece.");

        var bytes = new byte[length];
        var at = 0;
        void Text(ReadOnlySpan<byte> text) { text.CopyTo(bytes.AsSpan(at)); at += text.Length; }
        void U32(long value) { BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)value); at += 4; }
        void U16(int value) { BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)value); at += 2; }
        Text("RIFF"u8);
        U32(length - 8 + dataBytes);
        Text("WAVEfmt "u8);
        U32(isFloat ? 18 : 16);
        U16(isFloat ? 3 : 1);
        U16(channels);
        U32(sampleRate);
        U32((long)sampleRate * channels * sampleBytes);
        U16(channels * sampleBytes);
        U16(sampleBytes * 8);
        if (isFloat)
        {
            U16(0);
            Text("fact"u8);
            U32(4);
            U32(samples);
        }
        Text("data"u8);
        U32(dataBytes);
        return bytes;
    }

    private static void WriteSamples(Stream stream, float[][] channels, WavEncoding encoding)
    {
        foreach (var channel in channels)
        {
            if (FirstNotFinite(channel) is >= 0 and var at) throw new ArgumentException($"Sample {at} is {channel[at]}.", nameof(channels));
        }
        var bytes = encoding == WavEncoding.Float32 ? 4 : 2;
        var buffer = new byte[FramesAtOnce * bytes * channels.Length];
        for (var from = 0; from < channels[0].Length; from += FramesAtOnce)
        {
            var frames = Math.Min(FramesAtOnce, channels[0].Length - from);
            var place = 0;
            for (var i = from; i < from + frames; i++)
            {
                foreach (var channel in channels)
                {
                    if (bytes == 4) BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(place), channel[i]);
                    else BinaryPrimitives.WriteInt16LittleEndian(buffer.AsSpan(place), ToPcm16(channel[i]));
                    place += bytes;
                }
            }
            stream.Write(buffer, 0, place);
        }
    }

    internal static short ToPcm16(float sample) => (short)Math.Clamp(MathF.Round(sample * Pcm16Scale), short.MinValue, short.MaxValue);

    private static int FirstNotFinite(float[] samples) =>
        TensorPrimitives.IsFiniteAll<float>(samples) ? -1 : Array.FindIndex(samples, sample => !float.IsFinite(sample));
}

/// <summary>The encoding of samples in a WAV file.</summary>
public enum WavEncoding { Pcm16, Float32 }
