using System.Buffers.Binary;
using System.Text;

namespace SaeDashboard.Core.Audio;

/// <summary>Finds a chunk in a RIFF WAV file. Reads forward only and keeps that chunk alone, so that a file may be of any length.</summary>
public static class WavChunk
{
    /// <summary>Chunks that are looked at: more are not a sound file.</summary>
    public const int MostChunks = 1024;

    private const int Header = 8, Piece = 1 << 16;

    /// <summary>The content of the first chunk of that name; null: there is none.</summary>
    /// <param name="stream">At the file's beginning.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="name">Four ASCII characters.</param>
    /// <param name="most">The largest content, in bytes.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="UserException">It is not a RIFF WAV file, or the chunk is larger or cut short.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, string file, string name, int most, CancellationToken ct)
    {
        var bytes = new byte[12];
        if (await stream.ReadAtLeastAsync(bytes, 12, throwOnEndOfStream: false, ct) < 12 || !bytes.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !bytes.AsSpan(8).SequenceEqual("WAVE"u8))
            throw new UserException($"{file} is not a WAV file: it should begin with RIFF and WAVE.");
        for (var chunk = 0; chunk < MostChunks; chunk++)
        {
            if (await stream.ReadAtLeastAsync(bytes.AsMemory(0, Header), Header, throwOnEndOfStream: false, ct) < Header) return null;
            var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
            if (!Encoding.Latin1.GetString(bytes, 0, 4).Equals(name, StringComparison.Ordinal))
            {
                if (!await SkipAsync(stream, size + (size & 1L), ct)) return null;
                continue;
            }
            if (size > most) throw new UserException(FormattableString.Invariant($"{file}: its chunk “{name}” says that it has {size:N0} bytes; {most:N0} is the most. The file was changed."));
            var content = new byte[size];
            if (await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, ct) < content.Length)
                throw new UserException($"{file} ends within its chunk “{name}”: it was cut short. Download it again.");
            return content;
        }
        throw new UserException($"{file} has more than {MostChunks} chunks: it is not a sound file.");
    }

    /// <summary>Passes over some bytes; false: the file ended.</summary>
    private static async Task<bool> SkipAsync(Stream stream, long count, CancellationToken ct)
    {
        if (stream.CanSeek)
        {
            if (count > stream.Length - stream.Position) return false;
            stream.Position += count;
            return true;
        }
        var buffer = new byte[(int)Math.Min(Piece, Math.Max(1, count))];
        while (count > 0)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), ct);
            if (read == 0) return false;
            count -= read;
        }
        return true;
    }
}
