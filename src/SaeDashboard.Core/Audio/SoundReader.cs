using System.Numerics.Tensors;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// Reads the sound of a file piece by piece from its beginning, in constant memory: uncompressed WAV directly, and everything else through
/// ffmpeg where it is installed.
/// </summary>
public sealed class SoundReader : IDisposable
{
    private const int FramesAtOnce = 1 << 14;

    // Decided from a second of stereo at 96 kHz or more.
    private const int BytesToSettle = 1 << 20;

    private readonly string path;
    private readonly Stream stream;
    private readonly bool ownsStream;
    private readonly FfmpegDecoder? decoder;
    private readonly WavHeader header;
    private byte[] buffer = [];

    private SoundReader(string path, Stream stream, bool ownsStream, FfmpegDecoder? decoder, WavHeader header)
    {
        (this.path, this.stream, this.ownsStream, this.decoder) = (path, stream, ownsStream, decoder);
        this.header = header with { Samples = Settled(header.Samples) };
    }

    /// <summary>In Hz.</summary>
    public int SampleRate => header.SampleRate;

    public int Channels => header.Channels;

    /// <summary>Samples of each channel; null: known when all are read.</summary>
    public long? SampleCount => header.SampleCount;

    /// <summary>Samples of each channel that were read.</summary>
    public long Position { get; private set; }

    /// <summary>Samples of each channel, estimated from the share of the file that was read where it is not known.</summary>
    public long ExpectedCount => SampleCount ?? (decoder is { Share: > 0 and var share } ? (long)(Position / share) : Position);

    /// <summary>Errors that ffmpeg reported but continued after; null: none.</summary>
    public string? Remark { get; private set; }

    /// <summary>Opens a file of any kind.</summary>
    /// <exception cref="UserException">The file is missing, damaged, cut short, or needs ffmpeg, which is not installed; the message says what to do.</exception>
    public static SoundReader Open(string path)
    {
        var file = RegularFile.OpenStream(path, bufferSize: 1 << 16);
        FfmpegDecoder? decoder = null;
        try
        {
            if (Header(path, file, file.Length, out var foreign) is { } header) return new SoundReader(path, file, ownsStream: true, decoder: null, header);
            GitLfsPointer.Refuse(path);
            file.Position = 0;
            decoder = FfmpegDecoder.Start(path, file, foreign);
            return new SoundReader(path, decoder.Output, ownsStream: false, decoder, decoder.ReadHeader());
        }
        catch
        {
            decoder?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads an open file, which must be a WAV file.</summary>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="file">The file, at its beginning; it stays open.</param>
    /// <exception cref="UserException">It is of another kind, damaged or cut short.</exception>
    public static SoundReader OpenWav(string path, FileStream file) => Header(path, file, file.Length, out var foreign) is { } header
        ? new SoundReader(path, file, ownsStream: false, decoder: null, header)
        : throw new UserException($"{path} {foreign}. Convert it to a PCM or float32 WAV, for example with: ffmpeg -i IN -c:a pcm_s16le OUT.wav");

    /// <summary>Reads the next samples of every channel.</summary>
    /// <param name="into">One array per channel, written from its beginning.</param>
    /// <param name="count">How many, at most as many as the arrays hold.</param>
    /// <returns>The number of samples read; fewer than requested only at the end.</returns>
    /// <exception cref="UserException">The file became shorter, cannot be read, or holds NaN.</exception>
    public int Read(float[][] into, int count)
    {
        try
        {
            var done = 0;
            while (done < count && ReadSome(into, done, Math.Min(count - done, FramesAtOnce)) is > 0 and var read) done += read;
            return done;
        }
        catch (IOException error)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads all remaining samples.</summary>
    /// <exception cref="UserException">As <see cref="Read"/>, or the rest does not fit in an array.</exception>
    public Waveform ReadRest()
    {
        if (SampleCount is not { } count) throw new InvalidOperationException("The length is not known: read piece by piece.");
        var rest = count - Position;
        if (rest > Array.MaxLength) throw new UserException($"{path} holds {count} samples a channel, more than can be read at once: cut it into pieces.");
        var channels = new float[Channels][];
        for (var channel = 0; channel < channels.Length; channel++) channels[channel] = new float[rest];
        Read(channels, (int)rest);
        return new Waveform(channels, SampleRate);
    }

    public void Dispose()
    {
        decoder?.Dispose();
        if (ownsStream) stream.Dispose();
    }

    private static WavHeader? Header(string path, FileStream file, long length, out string foreign)
    {
        try
        {
            return WavHeader.Read(path, file, length, out foreign);
        }
        catch (IOException error)
        {
            throw new UserException($"{path} cannot be read: {error.Message}", error);
        }
    }

    private WavSamples Settled(WavSamples samples)
    {
        if (samples.Kind != WavKind.Unclear24) return samples;
        var start = stream.Position;
        var bytes = new byte[BytesToSettle];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        stream.Position = start;
        return samples.Settle(bytes.AsSpan(0, read));
    }

    private int ReadSome(float[][] into, int at, int frames)
    {
        if (SampleCount is { } all) frames = (int)Math.Min(frames, all - Position);
        if (frames == 0) return 0;
        if (buffer.Length < frames * header.FrameBytes) buffer = new byte[frames * header.FrameBytes];
        var bytes = buffer.AsSpan(0, frames * header.FrameBytes);
        var read = (decoder is null ? stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) : decoder.Read(bytes)) / header.FrameBytes;
        if (read < frames)
        {
            if (SampleCount is not null) throw new UserException($"{path} became shorter while it was read: it is being written or replaced. Try again when that is done.");
            Remark = decoder?.End();
        }
        for (var channel = 0; channel < Channels; channel++)
        {
            var samples = into[channel].AsSpan(at, read);
            header.Samples.Decode(bytes[(channel * header.Samples.Bytes)..], header.FrameBytes, samples);
            if (header.Samples.IsFloat) RequireFinite(samples);
        }
        Position += read;
        return read;
    }

    private void RequireFinite(ReadOnlySpan<float> samples)
    {
        // Returns false when there is no sample.
        if (samples.Length == 0 || TensorPrimitives.IsFiniteAll(samples)) return;
        var at = 0;
        while (float.IsFinite(samples[at])) at++;
        throw new UserException(FormattableString.Invariant(
            $"{path}: sample {Position + at} ({(double)(Position + at) / SampleRate:0.###} s) is not a number: the file is damaged; make it again."));
    }
}
