using System.Buffers.Binary;
using System.Numerics.Tensors;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Audio;

/// <summary>Reads and writes RIFF WAV files.</summary>
public static class WavFile
{
    // 16-bit 1.0 is one step too many: +1 becomes 32767, and 16-bit samples come back bit for bit.
    private const float Pcm16Scale = 32768f;
    private const int FramesAtOnce = 1 << 14;

    /// <summary>Reads PCM of 16, 24 or 32 bits or float32, plain or extensible, any number of channels.</summary>
    /// <exception cref="UserException">The file is missing, cut short, damaged, of another kind, or holds NaN.</exception>
    public static Waveform Read(string path)
    {
        // The header is read in small bites.
        using var stream = RegularFile.OpenStream(path, bufferSize: 1 << 12);
        return Read(path, stream);
    }

    /// <summary>As <see cref="Read(string)"/>, of an open file.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="file">The file, at its beginning; it stays open.</param>
    /// <exception cref="UserException">As <see cref="Read(string)"/>.</exception>
    public static Waveform Read(string path, FileStream file)
    {
        try
        {
            var header = WavHeader.Read(path, file);
            if (header.SampleCount > Array.MaxLength)
                throw new UserException($"{path} holds {header.SampleCount} samples a channel, more than can be read at once: cut it " +
                    "into pieces.");
            return new Waveform(ReadSamples(path, file, header), header.SampleRate);
        }
        catch (EndOfStreamException error)
        {
            throw new UserException($"{path} became shorter while it was read: it is being written or replaced. Try again when that is done.", error);
        }
        catch (IOException error)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>
    /// Writes the file whole or not at all (<see cref="AtomicFile"/>). PCM16 rounds to the nearest step and clips at full scale.
    /// </summary>
    /// <exception cref="UserException">The file cannot be written, or would pass the 4 GiB that a WAV file can have.</exception>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static void Write(string path, Waveform waveform, WavEncoding encoding)
    {
        RequireFinite(waveform);
        var header = MakeHeader(path, waveform.SampleCount, waveform.Channels.Length, waveform.SampleRate, encoding);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            WriteSamples(stream, waveform, encoding);
        });
    }

    /// <summary>The bytes of the file that <see cref="Write"/> writes.</summary>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    public static byte[] ToBytes(Waveform waveform, WavEncoding encoding)
    {
        RequireFinite(waveform);
        using var stream = new MemoryStream();
        stream.Write(MakeHeader("The sound", waveform.SampleCount, waveform.Channels.Length, waveform.SampleRate, encoding));
        WriteSamples(stream, waveform, encoding);
        return stream.ToArray();
    }

    private static void RequireFinite(Waveform waveform)
    {
        foreach (var channel in waveform.Channels)
        {
            if (FirstNotFinite(channel) is >= 0 and var at) throw new ArgumentException($"Sample {at} is {channel[at]}.", nameof(waveform));
        }
    }

    private static float[][] ReadSamples(string path, FileStream stream, WavHeader header)
    {
        var count = (int)header.SampleCount;
        var channels = new float[header.Channels][];
        for (var c = 0; c < channels.Length; c++) channels[c] = new float[count];
        var frameBytes = header.Bytes * header.Channels;
        var buffer = new byte[Math.Min(count, FramesAtOnce) * frameBytes];
        stream.Position = header.DataStart;
        for (var from = 0; from < count; from += FramesAtOnce)
        {
            var frames = Math.Min(FramesAtOnce, count - from);
            stream.ReadExactly(buffer, 0, frames * frameBytes);
            for (var c = 0; c < channels.Length; c++)
                Decode(buffer.AsSpan(c * header.Bytes), frameBytes, channels[c].AsSpan(from, frames), header);
        }
        if (header.IsFloat)
        {
            foreach (var channel in channels)
            {
                if (FirstNotFinite(channel) is >= 0 and var at)
                    throw new UserException($"{path}: sample {at} ({(double)at / header.SampleRate:0.###} s) is not a number: the file " +
                        "is damaged; make it again.");
            }
        }
        return channels;
    }

    private static void Decode(ReadOnlySpan<byte> bytes, int stride, Span<float> samples, WavHeader header)
    {
        for (int i = 0, at = 0; i < samples.Length; i++, at += stride)
        {
            var sample = bytes[at..];
            samples[i] = (header.IsFloat, header.Bytes) switch
            {
                (true, _) => BinaryPrimitives.ReadSingleLittleEndian(sample),
                (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(sample) / Pcm16Scale,
                (_, 3) => (sample[0] | sample[1] << 8 | (sbyte)sample[2] << 16) / 8388608f,
                _ => (float)(BinaryPrimitives.ReadInt32LittleEndian(sample) / 2147483648.0),
            };
        }
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

    private static void WriteSamples(Stream stream, Waveform waveform, WavEncoding encoding)
    {
        var bytes = encoding == WavEncoding.Float32 ? 4 : 2;
        var buffer = new byte[FramesAtOnce * bytes * waveform.Channels.Length];
        for (var from = 0; from < waveform.SampleCount; from += FramesAtOnce)
        {
            var frames = Math.Min(FramesAtOnce, waveform.SampleCount - from);
            var at = 0;
            for (var i = from; i < from + frames; i++)
            {
                foreach (var channel in waveform.Channels)
                {
                    if (bytes == 4) BinaryPrimitives.WriteSingleLittleEndian(buffer.AsSpan(at), channel[i]);
                    else BinaryPrimitives.WriteInt16LittleEndian(buffer.AsSpan(at), ToPcm16(channel[i]));
                    at += bytes;
                }
            }
            stream.Write(buffer, 0, at);
        }
    }

    internal static short ToPcm16(float sample) => (short)Math.Clamp(MathF.Round(sample * Pcm16Scale), short.MinValue, short.MaxValue);

    private static int FirstNotFinite(float[] samples) =>
        TensorPrimitives.IsFiniteAll<float>(samples) ? -1 : Array.FindIndex(samples, sample => !float.IsFinite(sample));
}
