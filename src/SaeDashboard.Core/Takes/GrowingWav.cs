using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// Reads a mono PCM16 WAV file while another process writes it: the header is first and has the final length, and the samples follow. Not
/// thread-safe.
/// </summary>
public sealed class GrowingWav : IDisposable
{
    /// <summary>Bytes before the first sample.</summary>
    public const int HeaderBytes = 44;

    /// <summary>The most samples that one call of <see cref="Read"/> returns: five seconds at 48 kHz.</summary>
    public const int MostSamples = 1 << 18;

    private readonly SafeFileHandle file;

    private GrowingWav(SafeFileHandle file, int sampleRate) => (this.file, SampleRate) = (file, sampleRate);

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples of the complete file. Fewer after a take was stopped, so read it again.</summary>
    public long Promised
    {
        get
        {
            Span<byte> size = stackalloc byte[4];
            return RandomAccess.Read(file, size, 40) == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(size) / 2 : 0;
        }
    }

    /// <summary>Samples that can be read now.</summary>
    public long Available => Math.Clamp((RandomAccess.GetLength(file) - HeaderBytes) / 2, 0, Promised);

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
        var isMono16 = header[..4].SequenceEqual("RIFF"u8) && header[8..16].SequenceEqual("WAVEfmt "u8) && header[36..40].SequenceEqual("data"u8)
            && BinaryPrimitives.ReadUInt16LittleEndian(header[20..]) == 1 && BinaryPrimitives.ReadUInt16LittleEndian(header[22..]) == 1
            && BinaryPrimitives.ReadUInt16LittleEndian(header[34..]) == 16;
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        if (isMono16 && rate is > 0 and <= WavHeader.HighestRate) return new GrowingWav(file, (int)rate);
        file.Dispose();
        throw new UserException($"{path} is not a mono 16-bit WAV file of a take: the file is damaged; make the take again.");
    }

    /// <summary>
    /// Samples from <paramref name="from"/>: those available, at most <paramref name="count"/> and at most <see cref="MostSamples"/>,
    /// independent of the file's header.
    /// </summary>
    public short[] Read(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var samples = new short[Math.Clamp(Available - from, 0, Math.Min(count, MostSamples))];
        var bytes = MemoryMarshal.AsBytes(samples.AsSpan());
        var read = 0;
        while (read < bytes.Length)
        {
            var more = RandomAccess.Read(file, bytes[read..], HeaderBytes + 2 * from + read);
            if (more == 0) break;
            read += more;
        }
        return read == bytes.Length ? samples : samples[..(read / 2)];
    }

    public void Dispose() => file.Dispose();
}

/// <summary>
/// Writes a mono PCM16 WAV file piece by piece, starting with the header and the final length. <see cref="GrowingWav"/> reads it meanwhile.
/// Its end may be taken back and written again: <see cref="RevisionLog"/> tells readers.
/// </summary>
public sealed class GrowingWavWriter : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly long promised;

    private GrowingWavWriter(string path, FileStream stream, long promised) => (this.path, this.stream, this.promised) = (path, stream, promised);

    /// <summary>Samples written.</summary>
    public long Samples { get; private set; }

    /// <summary>Creates the file with its header.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="samples">Samples of the complete file.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static GrowingWavWriter Create(string path, int sampleRate, long samples)
    {
        var stream = RegularFile.OpenOrCreate(path);
        try
        {
            stream.SetLength(0);
            File.Delete(RevisionLog.PathOf(path));
            stream.Write(WavFile.MakeHeader(path, samples, 1, sampleRate, WavEncoding.Pcm16));
            return new GrowingWavWriter(path, stream, samples);
        }
        catch (IOException error)
        {
            stream.Dispose();
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Appends samples, −1 to 1; louder ones are clipped. Readers see them immediately.</summary>
    /// <exception cref="UserException">The file cannot be written; the disk is full, for example.</exception>
    public void Append(ReadOnlySpan<float> samples)
    {
        if (Samples + samples.Length > promised) throw new ArgumentException("More samples than the header promises.", nameof(samples));
        var pcm = new short[samples.Length];
        for (var i = 0; i < pcm.Length; i++) pcm[i] = WavFile.ToPcm16(samples[i]);
        try
        {
            stream.Write(MemoryMarshal.AsBytes(pcm.AsSpan()));
            Samples += pcm.Length;
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
            stream.SetLength(GrowingWav.HeaderBytes + 2 * sample);
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
                BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)(GrowingWav.HeaderBytes - 8 + 2 * Samples));
                RandomAccess.Write(stream.SafeFileHandle, size, 4);
                BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)(2 * Samples));
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
