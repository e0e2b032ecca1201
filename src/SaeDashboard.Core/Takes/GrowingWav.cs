using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Serving;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// Reads a mono PCM16 WAV file that another process is still writing: its header stands first and promises the final length, its samples
/// come bit by bit. Not for several threads at once.
/// </summary>
public sealed class GrowingWav : IDisposable
{
    /// <summary>Bytes before the first sample.</summary>
    public const int HeaderBytes = 44;

    /// <summary>Samples that one call of <see cref="Read"/> gives at most: five seconds at 48 kHz.</summary>
    public const int MostSamples = 1 << 18;

    private readonly SafeFileHandle file;

    private GrowingWav(SafeFileHandle file, int sampleRate) => (this.file, SampleRate) = (file, sampleRate);

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples the file will have when it is whole; fewer after a take was stopped, so ask again.</summary>
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
    /// <param name="roots">The folders that it must lie under, links followed; null: anywhere.</param>
    /// <exception cref="UserException">It is damaged, not a regular file, or lies elsewhere.</exception>
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
        throw new UserException($"{path} is no mono 16-bit WAV file as takes have them: the file is damaged; make the take again.");
    }

    /// <summary>
    /// Samples from <paramref name="from"/>: as many as are there, at most <paramref name="count"/> and at most <see cref="MostSamples"/>, whatever
    /// the file says of itself.
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
/// Writes a mono PCM16 WAV file bit by bit, its header first and with the length it will have: what <see cref="GrowingWav"/> reads meanwhile.
/// </summary>
public sealed class GrowingWavWriter : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly long promised;

    private GrowingWavWriter(string path, FileStream stream, long promised) => (this.path, this.stream, this.promised) = (path, stream, promised);

    /// <summary>Samples written.</summary>
    public long Samples { get; private set; }

    /// <summary>Makes the file with its header.</summary>
    /// <param name="path">A file of that name is replaced.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="samples">Samples it will have.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static GrowingWavWriter Create(string path, int sampleRate, long samples)
    {
        var stream = RegularFile.OpenOrCreate(path);
        try
        {
            stream.SetLength(0);
            stream.Write(WavFile.MakeHeader(path, samples, 1, sampleRate, WavEncoding.Pcm16));
            return new GrowingWavWriter(path, stream, samples);
        }
        catch (IOException error)
        {
            stream.Dispose();
            throw PendingFile.CannotWrite(path, error);
        }
    }

    /// <summary>Appends samples, −1 to 1; louder ones are clipped. Readers see them at once.</summary>
    /// <exception cref="UserException">The disk is full, say.</exception>
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

    /// <summary>Ends the file: its header says what is really there, and everything is on the disk.</summary>
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
