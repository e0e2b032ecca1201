using System.Buffers.Binary;
using System.Text;

namespace SaeDashboard.Core.Audio;

/// <summary>What the chunks before a WAV file's samples say.</summary>
/// <param name="IsFloat">IEEE floats rather than integers.</param>
/// <param name="Bytes">Bytes a sample.</param>
/// <param name="Channels">Interleaved channels.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="DataStart">Where the samples begin in the file.</param>
/// <param name="SampleCount">Samples of each channel.</param>
internal sealed record WavHeader(bool IsFloat, int Bytes, int Channels, int SampleRate, long DataStart, long SampleCount)
{
    /// <summary>Hz: what is above is damage. Analysers sample sound at a few million.</summary>
    public const uint HighestRate = 10_000_000;

    private const ushort TagPcm = 1, TagFloat = 3, TagExtensible = 0xFFFE;

    // What programs put where the length is not known yet: while they stream, or because they never came back.
    private const uint Unknown = uint.MaxValue;

    private const string Advice = "Convert it to a PCM or float32 WAV, for example with: ffmpeg -i IN -c:a pcm_s16le OUT.wav";

    public static WavHeader Read(string path, Stream stream)
    {
        var riff = ReadUpTo(stream, 12);
        if (riff.Length < 12 || !riff.AsSpan(0, 4).SequenceEqual("RIFF"u8) || !riff.AsSpan(8).SequenceEqual("WAVE"u8))
            throw new UserException($"{path} is no WAV file (it begins with '{Printable(riff)}'). {Advice}");

        (bool IsFloat, int Bytes, int Channels, int Rate)? format = null;
        while (true)
        {
            var chunk = ReadUpTo(stream, 8);
            if (chunk.Length < 8)
                throw new UserException($"{path} is a WAV file without {(format is null ? "format" : "samples")}: it was cut short; " +
                    "fetch or make it again.");
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk.AsSpan(4));
            if (chunk.AsSpan(0, 4).SequenceEqual("fmt "u8))
            {
                if (size is < 16 or > 4096)
                    throw new UserException($"{path}: its format chunk has {size} bytes: the file is damaged. {Advice}");
                format = ReadFormat(path, ReadUpTo(stream, (int)size));
                stream.Position += size & 1;
            }
            else if (chunk.AsSpan(0, 4).SequenceEqual("data"u8))
            {
                if (format is not { } known)
                    throw new UserException($"{path}: its samples stand before their format: the file is damaged. {Advice}");
                var remaining = stream.Length - stream.Position;
                var length = size == Unknown || (size == 0 && remaining > 0 && IsStreamed(riff)) ? remaining : size;
                if (length > remaining)
                    throw new UserException($"{path} is cut short: its header promises {length} bytes of samples, {remaining} are there. " +
                        "Fetch or make it again.");
                var samples = length / (known.Bytes * known.Channels);
                return new WavHeader(known.IsFloat, known.Bytes, known.Channels, known.Rate, stream.Position, samples);
            }
            else
            {
                // A chunk that claims to go past the end leaves nothing to read, which the next turn says.
                stream.Position = Math.Min(stream.Length, stream.Position + size + (size & 1));
            }
        }
    }

    private static (bool IsFloat, int Bytes, int Channels, int Rate) ReadFormat(string path, byte[] format)
    {
        if (format.Length < 16) throw new UserException($"{path} ends within its format: it was cut short; fetch or make it again.");
        ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(format.AsSpan(at));
        var tag = U16(0);
        if (tag == TagExtensible)
        {
            // The sub-format's GUID begins with the tag it stands for; the valid bits (offset 18) may be fewer than the container's and lie
            // at its top.
            if (format.Length < 40)
                throw new UserException($"{path}: its extensible format has {format.Length} bytes of 40: the file is damaged. {Advice}");
            tag = U16(24);
        }
        int channels = U16(2), bits = U16(14), block = U16(12);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(format.AsSpan(4));
        var isFloat = tag == TagFloat;
        if ((tag, bits) is not ((TagPcm, 16 or 24 or 32) or (TagFloat, 32)))
            throw new UserException($"{path} holds {bits}-bit samples of format {tag}; 16, 24 and 32-bit PCM and 32-bit float are " +
                $"read. {Advice}");
        if (channels == 0 || rate is 0 or > HighestRate || block != channels * bits / 8)
            throw new UserException($"{path}: {channels} channels at {rate} Hz in blocks of {block} bytes make no sense: the file is " +
                $"damaged. {Advice}");
        return (isFloat, bits / 8, channels, (int)rate);
    }

    private static bool IsStreamed(byte[] riff) => BinaryPrimitives.ReadUInt32LittleEndian(riff.AsSpan(4)) is 0 or Unknown;

    private static byte[] ReadUpTo(Stream stream, int length)
    {
        var bytes = new byte[length];
        var read = stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false);
        return read == length ? bytes : bytes[..read];
    }

    private static string Printable(byte[] bytes) => string.Concat(
        Encoding.Latin1.GetString(bytes, 0, Math.Min(4, bytes.Length)).Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '.'));
}
