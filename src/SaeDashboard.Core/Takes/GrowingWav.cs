using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// Reads a PCM16 WAV file of one or two channels while another process writes it: the header is first and has the final length, and the samples
/// follow. A sample is one number for each channel, the left one first. Not thread-safe.
/// </summary>
public sealed class GrowingWav : IDisposable
{
    /// <summary>Bytes before the first sample.</summary>
    public const int HeaderBytes = 44;

    /// <summary>The most samples that one call of <see cref="Read"/> returns: five seconds at 48 kHz.</summary>
    public const int MostSamples = 1 << 18;

    private readonly SafeFileHandle file;

    private GrowingWav(SafeFileHandle file, int sampleRate, int channels) => (this.file, SampleRate, Channels) = (file, sampleRate, channels);

    /// <summary>1 or 2.</summary>
    public int Channels { get; }

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples of the complete file. Fewer after a take was stopped, so read it again.</summary>
    public long Promised
    {
        get
        {
            Span<byte> size = stackalloc byte[4];
            return RandomAccess.Read(file, size, 40) == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(size) / SampleBytes : 0;
        }
    }

    /// <summary>Samples that can be read now.</summary>
    public long Available => Math.Clamp((RandomAccess.GetLength(file) - HeaderBytes) / SampleBytes, 0, Promised);

    private int SampleBytes => sizeof(short) * Channels;

    /// <summary>Opens the file; null while it does not exist or has no header yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="roots">The folders that must contain it, links followed; null: any.</param>
    /// <exception cref="UserException">The file is damaged, not a regular file, or outside the roots.</exception>
    public static GrowingWav? TryOpen(string path, AllowedRoots? roots = null)
    {
        if ((roots is null ? RegularFile.TryOpen(path) : roots.TryOpenFile(path)) is not { } file) return null;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(file, header, 0) < HeaderBytes)
        {
            file.Dispose();
            return null;
        }
        var channels = BinaryPrimitives.ReadUInt16LittleEndian(header[22..]);
        var isPcm16 = header[..4].SequenceEqual("RIFF"u8) && header[8..16].SequenceEqual("WAVEfmt "u8) && header[36..40].SequenceEqual("data"u8)
            && BinaryPrimitives.ReadUInt16LittleEndian(header[20..]) == 1 && channels is 1 or 2
            && BinaryPrimitives.ReadUInt16LittleEndian(header[34..]) == 16;
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        if (isPcm16 && rate is > 0 and <= WavHeader.HighestRate) return new GrowingWav(file, (int)rate, channels);
        file.Dispose();
        throw new UserException($"{path} is not a 16-bit WAV file of a take with one channel or two: the file is damaged; make the take again.");
    }

    /// <summary>
    /// Samples from <paramref name="from"/>: those available, at most <paramref name="count"/> and at most <see cref="MostSamples"/>,
    /// independent of the file's header. Of two channels they alternate: left, right, left, ….
    /// </summary>
    public short[] Read(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var samples = new short[Channels * (int)Math.Clamp(Available - from, 0, Math.Min(count, MostSamples))];
        var bytes = MemoryMarshal.AsBytes(samples.AsSpan());
        var read = 0;
        while (read < bytes.Length)
        {
            var more = RandomAccess.Read(file, bytes[read..], HeaderBytes + SampleBytes * from + read);
            if (more == 0) break;
            read += more;
        }
        return read == bytes.Length ? samples : samples[..(read / SampleBytes * Channels)];
    }

    public void Dispose() => file.Dispose();
}

/// <summary>
/// Writes a PCM16 WAV file of one or two channels piece by piece, starting with the header and the final length. <see cref="GrowingWav"/> reads it meanwhile.
/// Its end may be taken back and written again: <see cref="RevisionLog"/> tells readers.
/// </summary>
public sealed class GrowingWavWriter : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly long promised;
    private readonly int channels;

    private GrowingWavWriter(string path, FileStream stream, long promised, int channels) => (this.path, this.stream, this.promised, this.channels) = (path, stream, promised, channels);

    /// <summary>Samples of each channel that are written.</summary>
    public long Samples { get; private set; }

    /// <summary>Creates the file with its header.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="samples">Samples of each channel of the complete file.</param>
    /// <param name="channels">1 or 2.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static GrowingWavWriter Create(string path, int sampleRate, long samples, int channels = 1)
    {
        var stream = RegularFile.OpenOrCreate(path);
        try
        {
            stream.SetLength(0);
            File.Delete(RevisionLog.PathOf(path));
            stream.Write(WavFile.MakeHeader(path, samples, channels, sampleRate, WavEncoding.Pcm16));
            return new GrowingWavWriter(path, stream, samples, channels);
        }
        catch (IOException error)
        {
            stream.Dispose();
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Appends samples of the one channel, −1 to 1; louder ones are clipped. Readers see them immediately.</summary>
    /// <exception cref="UserException">The file cannot be written; the disk is full, for example.</exception>
    public void Append(ReadOnlySpan<float> samples)
    {
        if (channels != 1) throw new ArgumentException("Samples of one channel for a file of two.", nameof(samples));
        var pcm = new short[samples.Length];
        for (var i = 0; i < pcm.Length; i++) pcm[i] = WavFile.ToPcm16(samples[i]);
        Append(pcm);
    }

    /// <summary>Appends samples <c>[channels][samples]</c>, likewise.</summary>
    /// <exception cref="UserException">The file cannot be written; the disk is full, for example.</exception>
    public void Append(IReadOnlyList<float[]> samples)
    {
        if (samples.Count != channels || samples.Any(channel => channel.Length != samples[0].Length)) throw new ArgumentException($"Expected {channels} channels of equal length.", nameof(samples));
        var pcm = new short[channels * samples[0].Length];
        for (var i = 0; i < pcm.Length; i++) pcm[i] = WavFile.ToPcm16(samples[i % channels][i / channels]);
        Append(pcm);
    }

    private void Append(short[] pcm)
    {
        if (Samples + pcm.Length / channels > promised) throw new ArgumentException("More samples than the header promises.", nameof(pcm));
        try
        {
            stream.Write(MemoryMarshal.AsBytes(pcm.AsSpan()));
            Samples += pcm.Length / channels;
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Takes back the samples from one on, so that others follow. <see cref="RevisionLog"/> says what readers see.</summary>
    /// <param name="sample">The first sample that is obsolete.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Rewind(long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sample, Samples);
        try
        {
            // The order decides what a reader can see: shorter, then announced, then longer again.
            stream.SetLength(GrowingWav.HeaderBytes + sizeof(short) * channels * sample);
            stream.Seek(0, SeekOrigin.End);
            Samples = sample;
            RevisionLog.Append(path, sample);
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Completes the file: writes the actual length into the header and flushes everything to the disk.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void Finish()
    {
        try
        {
            if (Samples < promised)
            {
                var size = new byte[4];
                var bytes = sizeof(short) * channels * Samples;
                BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)(GrowingWav.HeaderBytes - 8 + bytes));
                RandomAccess.Write(stream.SafeFileHandle, size, 4);
                BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)bytes);
                RandomAccess.Write(stream.SafeFileHandle, size, 40);
            }
            stream.Flush(flushToDisk: true);
        }
        catch (IOException error)
        {
            throw PendingFile.CannotWrite(path, error);
        }
    }

    public void Dispose() => stream.Dispose();
}
