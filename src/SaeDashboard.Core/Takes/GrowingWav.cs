using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SaeDashboard.Core.Takes;

/// <summary>
/// Reads a mono PCM16 WAV file that another process is still writing: its header stands first and promises the final length, its samples
/// come bit by bit. Not for several threads at once.
/// </summary>
public sealed class GrowingWav : IDisposable
{
    /// <summary>Bytes before the first sample.</summary>
    public const int HeaderBytes = 44;

    private readonly FileStream stream;

    private GrowingWav(FileStream stream, int sampleRate) => (this.stream, SampleRate) = (stream, sampleRate);

    /// <summary>Hz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples the file will have when it is whole; fewer after a take was stopped, so ask again.</summary>
    public long Promised
    {
        get
        {
            Span<byte> size = stackalloc byte[4];
            return RandomAccess.Read(stream.SafeFileHandle, size, 40) == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(size) / 2 : 0;
        }
    }

    /// <summary>Samples that can be read now.</summary>
    public long Available => Math.Clamp((RandomAccess.GetLength(stream.SafeFileHandle) - HeaderBytes) / 2, 0, Promised);

    /// <summary>Opens the file; null while it does not exist or has no header yet.</summary>
    /// <exception cref="UserException">It is no such file.</exception>
    public static GrowingWav? TryOpen(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (RandomAccess.Read(stream.SafeFileHandle, header, 0) < HeaderBytes)
        {
            stream.Dispose();
            return null;
        }
        var isMono16 = header[..4].SequenceEqual("RIFF"u8) && header[8..16].SequenceEqual("WAVEfmt "u8) && header[36..40].SequenceEqual("data"u8)
            && BinaryPrimitives.ReadUInt16LittleEndian(header[20..]) == 1 && BinaryPrimitives.ReadUInt16LittleEndian(header[22..]) == 1
            && BinaryPrimitives.ReadUInt16LittleEndian(header[34..]) == 16;
        if (isMono16) return new GrowingWav(stream, (int)BinaryPrimitives.ReadUInt32LittleEndian(header[24..]));
        stream.Dispose();
        throw new UserException($"{path} is no mono 16-bit WAV file as takes have them: the file is damaged; make the take again.");
    }

    /// <summary>Samples from <paramref name="from"/>, at most <paramref name="count"/>: as many as are there.</summary>
    public short[] Read(long from, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var samples = new short[Math.Clamp(Available - from, 0, count)];
        var bytes = MemoryMarshal.AsBytes(samples.AsSpan());
        var read = 0;
        while (read < bytes.Length)
        {
            var more = RandomAccess.Read(stream.SafeFileHandle, bytes[read..], HeaderBytes + 2 * from + read);
            if (more == 0) break;
            read += more;
        }
        return read == bytes.Length ? samples : samples[..(read / 2)];
    }

    public void Dispose() => stream.Dispose();
}
