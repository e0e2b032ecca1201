using System.Buffers.Binary;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Audio;

/// <summary>
/// What a compressed file says of its own length, to notice one that was cut short: ffmpeg decodes what is there and ends without an error. FLAC
/// has its number of samples in STREAMINFO (RFC 9639), MP3 often its number of frames in a Xing or Info header, and the last page of an Ogg
/// stream is marked as the last (RFC 3533).
/// </summary>
public static class SoundLength
{
    // Cover pictures come before the first frame of an MP3 file.
    private const int MostTag = 64 << 20;
    private const int Mp3Window = 1 << 16;
    private const int OggWindow = 1 << 17;

    // Encoders and decoders add and remove a frame or two at both ends.
    private const int SpareMp3Frames = 4;

    private static readonly byte[][] Beginnings =
    [
        [.. "RIFF"u8], [.. "RIFX"u8], [.. "RF64"u8], [.. "BW64"u8], [.. "riff"u8], [.. "fLaC"u8], [.. "OggS"u8], [.. "ID3"u8], [.. "FORM"u8], [.. ".snd"u8], [.. "caff"u8], [.. "wvpk"u8],
        [.. "MAC "u8], [.. "TTA1"u8], [.. "ADIF"u8], [.. "#!AMR"u8], [0x30, 0x26, 0xB2, 0x75], [0x1A, 0x45, 0xDF, 0xA3],
    ];

    /// <summary>Whether a file begins as a sound or a film of a kind that ffmpeg reads.</summary>
    /// <exception cref="UserException">The file cannot be read.</exception>
    public static bool LooksLikeSound(string path)
    {
        using var file = RegularFile.OpenStream(path);
        var start = Read(file, 0, 12);
        return start.Length == 12 && (Beginnings.Any(each => start.AsSpan().StartsWith(each)) || start.AsSpan(4, 4).SequenceEqual("ftyp"u8) || start[0] == 0xFF && (start[1] & 0xE0) == 0xE0);
    }

    /// <summary>Why a sound that was decoded is not whole; null: it is, or its file does not say.</summary>
    /// <param name="path">The file.</param>
    /// <param name="samples">Samples of each channel that were decoded.</param>
    /// <exception cref="UserException">The file cannot be read.</exception>
    public static string? Problem(string path, long samples)
    {
        using var file = RegularFile.OpenStream(path);
        var start = Read(file, 0, 42);
        if (start.Length < 42) return null;
        if (start.AsSpan(0, 4).SequenceEqual("fLaC"u8)) return Short(FlacSamples(start), samples, 0);
        if (start.AsSpan(0, 4).SequenceEqual("OggS"u8)) return EndsAsOgg(file) ? null : "it is cut short: its stream of pages has no end";
        return Mp3Samples(file, start) is var (announced, frame) ? Short(announced, samples, SpareMp3Frames * frame) : null;
    }

    private static string? Short(long announced, long samples, long spare) => announced > 0 && samples < announced - spare
        ? FormattableString.Invariant($"it is cut short: it announces {announced:N0} samples, {samples:N0} are there")
        : null;

    private static long FlacSamples(byte[] start) => BinaryPrimitives.ReadInt64BigEndian(start.AsSpan(18)) & 0xF_FFFF_FFFF;

    private static bool EndsAsOgg(FileStream file)
    {
        var end = Read(file, Math.Max(0, file.Length - OggWindow), OggWindow);
        var at = end.AsSpan().LastIndexOf("OggS"u8);
        // The flag "last page" is bit 2 of the byte after the version.
        if (at < 0 || at + 27 > end.Length || (end[at + 5] & 4) == 0) return false;
        var segments = end[at + 26];
        return at + 27 + segments <= end.Length && at + 27 + segments + end.AsSpan(at + 27, segments).ToArray().Sum(size => size) <= end.Length;
    }

    private static (long Samples, int Frame)? Mp3Samples(FileStream file, byte[] start)
    {
        long at = 0;
        if (start.AsSpan(0, 3).SequenceEqual("ID3"u8))
        {
            // A length of four times seven bits, without the ten bytes of the header and of the footer.
            var length = (start[6] << 21) | (start[7] << 14) | (start[8] << 7) | start[9];
            if (length is < 0 or > MostTag) return null;
            at = 10 + length + ((start[5] & 0x10) != 0 ? 10 : 0);
        }
        var bytes = Read(file, at, Mp3Window);
        for (var i = 0; i + 200 < bytes.Length && i < 4096; i++)
        {
            // Eleven bits of ones, a version other than 1, layer III, a rate that exists.
            if (bytes[i] != 0xFF || (bytes[i + 1] & 0xE0) != 0xE0 || (bytes[i + 1] & 0x18) == 0x08 || (bytes[i + 1] & 0x06) != 0x02 || (bytes[i + 2] & 0x0C) == 0x0C) continue;
            var isFirstVersion = (bytes[i + 1] & 0x18) == 0x18;
            var isMono = (bytes[i + 3] & 0xC0) == 0xC0;
            var side = isFirstVersion ? isMono ? 17 : 32 : isMono ? 9 : 17;
            var tag = bytes.AsSpan(i + 4 + side);
            if (!tag.StartsWith("Xing"u8) && !tag.StartsWith("Info"u8) || (tag[7] & 1) == 0) return null;
            var frame = isFirstVersion ? 1152 : 576;
            return (BinaryPrimitives.ReadUInt32BigEndian(tag[8..]) * (long)frame, frame);
        }
        return null;
    }

    private static byte[] Read(FileStream file, long from, int count)
    {
        var bytes = new byte[(int)Math.Clamp(file.Length - from, 0, count)];
        file.Position = Math.Min(from, file.Length);
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
