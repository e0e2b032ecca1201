using System.Buffers.Binary;
using System.Text;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// The chunks before a WAV file's samples: RIFF, its big-endian form RIFX, and RF64 (EBU Tech 3306; BW64 is the same) with lengths
/// of 64 bits. Reads forward only, so it works on a pipe.
/// </summary>
/// <param name="Samples">The layout of the samples.</param>
/// <param name="Channels">Interleaved channels.</param>
/// <param name="SampleRate">In Hz.</param>
/// <param name="SampleCount">Samples of each channel; null: to the end of the stream.</param>
internal sealed record WavHeader(WavSamples Samples, int Channels, int SampleRate, long? SampleCount)
{
    /// <summary>Hz; a higher rate means damage. Analysers sample at a few million.</summary>
    public const uint HighestRate = 10_000_000;

    private const ushort TagPcm = 1, TagFloat = 3, TagALaw = 6, TagMuLaw = 7, TagExtensible = 0xFFFE;

    private const string Advice = "The file is damaged: fetch or make it again.";

    /// <summary>Bytes of one sample of all channels.</summary>
    public int FrameBytes => Samples.Bytes * Channels;

    /// <summary>Reads up to the first sample.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="stream">At the file's beginning; afterwards at the first sample.</param>
    /// <param name="length">The stream's length; null when it is not known.</param>
    /// <param name="foreign">If null is returned: what the file holds instead.</param>
    /// <returns>Null: not a WAV file, or one with unsupported samples.</returns>
    /// <exception cref="UserException">The WAV file is damaged or cut short.</exception>
    public static WavHeader? Read(string path, Stream stream, long? length, out string foreign)
    {
        foreign = "";
        var riff = ReadUpTo(stream, 12);
        if (riff.Length == 0) throw SoundFault.CutShort($"{path} is empty: it holds no byte. Fetch or make it again.");
        var form = riff.Length < 12 || !riff.AsSpan(8).SequenceEqual("WAVE"u8) ? "" : Encoding.Latin1.GetString(riff, 0, 4);
        if (form is not ("RIFF" or "RIFX" or "RF64" or "BW64"))
        {
            foreign = $"is not a WAV file (it begins with '{Printable(riff)}')";
            return null;
        }
        return new Chunks(path, stream, length, isBigEndian: form == "RIFX", isLong: form is "RF64" or "BW64", riff).Read(out foreign);
    }

    private static byte[] ReadUpTo(Stream stream, int length)
    {
        var bytes = new byte[length];
        var read = stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false);
        return read == length ? bytes : bytes[..read];
    }

    private static string Printable(byte[] bytes) => string.Concat(
        Encoding.Latin1.GetString(bytes, 0, Math.Min(4, bytes.Length)).Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '.'));

    /// <summary>Reads one file's chunks.</summary>
    private sealed class Chunks(string path, Stream stream, long? length, bool isBigEndian, bool isLong, byte[] riff)
    {
        private long position = riff.Length;

        public WavHeader? Read(out string foreign)
        {
            foreign = "";
            (WavSamples Samples, int Channels, int Rate)? format = null;
            long? longData = null;
            while (true)
            {
                var chunk = Take(8);
                if (chunk.Length < 8)
                    throw SoundFault.CutShort($"{path} is a WAV file without {(format is null ? "format" : "samples")}: it was cut short; " +
                        "fetch or make it again.");
                var size = U32(chunk, 4);
                if (chunk.AsSpan(0, 4).SequenceEqual("fmt "u8))
                {
                    if (size is < 16 or > 4096) throw new UserException($"{path}: its format chunk has {size} bytes. {Advice}");
                    format = ReadFormat(Take((int)size), out foreign);
                    if (format is null) return null;
                    Skip(size & 1);
                }
                else if (chunk.AsSpan(0, 4).SequenceEqual("ds64"u8) && isLong)
                {
                    var sizes = Take((int)Math.Min(size, 28));
                    if (sizes.Length < 28) throw new UserException($"{path}: its chunk of long sizes (ds64) has {sizes.Length} bytes of 28. {Advice}");
                    longData = BinaryPrimitives.ReadInt64LittleEndian(sizes.AsSpan(8));
                    Skip(size - 28 + (size & 1));
                }
                else if (chunk.AsSpan(0, 4).SequenceEqual("data"u8))
                {
                    if (format is not { } known) throw new UserException($"{path}: its samples come before their format. {Advice}");
                    var bytes = DataBytes(size, longData);
                    return new WavHeader(known.Samples, known.Channels, known.Rate, bytes / (known.Samples.Bytes * known.Channels));
                }
                else
                {
                    // A chunk that claims to go past the end leaves nothing to read, which the next iteration reports.
                    Skip(size + (size & 1));
                }
            }
        }

        /// <summary>Bytes of the samples; null: to the end of a stream of unknown length.</summary>
        private long? DataBytes(uint size, long? longData)
        {
            long promised = size;
            var isOpen = size != 0 && IsPlaceholder(size);
            if (isLong && size == uint.MaxValue && longData is { } given) (promised, isOpen) = (given, given is 0 or -1);
            if (length is not { } whole) return isOpen || promised == 0 ? null : promised;
            var remaining = whole - position;
            // A program that streams, or that never filled the length in, leaves 0 here; the RIFF length then ends before the samples.
            if (promised == 0 && U32(riff, 4) is var all && (IsPlaceholder(all) || all + 8L <= position)) isOpen = true;
            if (isOpen && (promised <= 0 || size == uint.MaxValue || promised > remaining)) return remaining;
            if (promised < 0 || promised > remaining)
                throw SoundFault.CutShort($"{path} is cut short: its header promises {promised} bytes of samples, {remaining} are there. " +
                    "Fetch or make it again.");
            return promised;
        }

        /// <summary>What programs put where the length is not known: 0, the largest signed or unsigned number, or one a little below it (what a
        /// header's own bytes leave of it).</summary>
        private static bool IsPlaceholder(uint size) => size is 0 or (>= 0x7FFF0000 and <= 0x80000000) or >= 0xFFFF0000;

        private (WavSamples, int Channels, int Rate)? ReadFormat(byte[] format, out string foreign)
        {
            foreign = "";
            if (format.Length < 16) throw SoundFault.CutShort($"{path} ends within its format: it was cut short; fetch or make it again.");
            var tag = U16(format, 0);
            var isExtensible = tag == TagExtensible;
            if (isExtensible)
            {
                if (format.Length < 40) throw new UserException($"{path}: its extensible format has {format.Length} bytes of 40. {Advice}");
                // The sub-format's GUID begins with its tag; if there are fewer valid bits (offset 18) than the container has, they are its upper bits.
                tag = U16(format, 24);
            }
            int channels = U16(format, 2), bits = U16(format, 14), block = U16(format, 12);
            var rate = U32(format, 4);
            if ((tag, bits) is not ((TagPcm, >= 1 and <= 32) or (TagFloat, 32 or 64) or (TagALaw or TagMuLaw, 8)))
            {
                foreign = $"holds {Name(tag, bits)}";
                return null;
            }
            var bytes = (bits + 7) / 8;
            if (block == 0 && channels is > 0 and < 8192) block = bytes * channels;
            var container = channels > 0 && block % channels == 0 ? block / channels : 0;
            var isWide = tag == TagPcm && bits == 24 && container == 4;
            if (channels == 0 || rate is 0 or > HighestRate || (container != bytes && !isWide))
                throw new UserException($"{path}: {channels} channels of {bits} bits at {rate} Hz in blocks of {block} bytes make no sense. {Advice}");
            var kind = tag switch
            {
                TagFloat => WavKind.Float,
                TagALaw => WavKind.ALaw,
                TagMuLaw => WavKind.MuLaw,
                _ => isWide && !isExtensible ? WavKind.Unclear24 : WavKind.Integer,
            };
            return (new WavSamples(kind, container, isBigEndian), channels, (int)rate);
        }

        private static string Name(int tag, int bits) => tag switch
        {
            TagPcm => $"PCM of {bits} bits",
            TagFloat => $"floats of {bits} bits",
            2 => "Microsoft ADPCM",
            0x11 => "IMA ADPCM",
            0x31 => "GSM 6.10",
            0x50 or 0x55 => "MPEG audio (MP3)",
            0xFF => "AAC",
            0x2000 => "AC-3",
            0xF1AC => "FLAC",
            _ => $"samples of format {tag}",
        };

        private ushort U16(byte[] bytes, int at) =>
            isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

        private uint U32(byte[] bytes, int at) =>
            isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

        private byte[] Take(int count)
        {
            var bytes = ReadUpTo(stream, count);
            position += bytes.Length;
            return bytes;
        }

        private void Skip(long count)
        {
            if (stream.CanSeek && length is { } end)
            {
                position = Math.Min(end, position + count);
                stream.Position = position;
                return;
            }
            for (; count > 0; count -= 4096)
            {
                var part = (int)Math.Min(4096, count);
                if (Take(part).Length < part) return;
            }
        }
    }
}
