using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Takes;

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
