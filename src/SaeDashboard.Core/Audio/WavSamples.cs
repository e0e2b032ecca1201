using System.Buffers.Binary;

namespace SaeDashboard.Core.Audio;

/// <summary>The encoding of one sample.</summary>
internal enum WavKind
{
    /// <summary>Integers, the value at the top of its bytes; one byte is unsigned, more are signed.</summary>
    Integer,

    /// <summary>24-bit integers at the bottom of 4 bytes, as ALSA writes them.</summary>
    IntegerAtBottom,

    /// <summary>IEEE floats of 4 or 8 bytes.</summary>
    Float,

    /// <summary>IEEE floats of 4 bytes from −2²³ to 2²³, as Cool Edit wrote them.</summary>
    Float24,

    /// <summary>ITU-T G.711 µ-law, one byte.</summary>
    MuLaw,

    /// <summary>ITU-T G.711 A-law, one byte.</summary>
    ALaw,

    /// <summary>24 bits in 4 bytes with a header that fits three layouts: <see cref="WavSamples.Settle"/> decides from the samples.</summary>
    Unclear24,
}

/// <summary>The layout of a WAV file's samples.</summary>
/// <param name="Kind">The encoding of a sample.</param>
/// <param name="Bytes">Bytes a sample takes.</param>
/// <param name="BigEndian">The first byte is the highest (RIFX).</param>
internal readonly record struct WavSamples(WavKind Kind, int Bytes, bool BigEndian)
{
    private const double IntegerScale = 2147483648.0;
    private const float Float24Scale = 8388608f;
    private const float Pcm16Scale = 32768f;

    // Floats of sound on a scale of 2^23 are zero or between these: no program writes below −280 dB or above +6 dB.
    private const float Float24Least = 1e-7f, Float24Most = 2 * Float24Scale;

    private static readonly float[] MuLawTable = [.. Enumerable.Range(0, 256).Select(MuLawOf)];
    private static readonly float[] ALawTable = [.. Enumerable.Range(0, 256).Select(ALawOf)];

    /// <summary>Which floats may be NaN or infinite.</summary>
    public bool IsFloat => Kind is WavKind.Float or WavKind.Float24;

    /// <summary>Reads one channel out of interleaved bytes.</summary>
    /// <param name="bytes">From the channel's first sample on.</param>
    /// <param name="stride">Bytes from one of its samples to the next.</param>
    /// <param name="samples">Receives −1 … 1 (floats unchanged).</param>
    public void Decode(ReadOnlySpan<byte> bytes, int stride, Span<float> samples)
    {
        switch (Kind)
        {
            case WavKind.MuLaw:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = MuLawTable[bytes[at]];
                break;
            case WavKind.ALaw:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = ALawTable[bytes[at]];
                break;
            case WavKind.Float when Bytes == 8:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = (float)Double(bytes[at..]);
                break;
            case WavKind.Float:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = Single(bytes[at..]);
                break;
            case WavKind.Float24:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = Single(bytes[at..]) / Float24Scale;
                break;
            case WavKind.IntegerAtBottom:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = (float)((Integer(bytes[at..]) << 8) / IntegerScale);
                break;
            case WavKind.Integer:
                for (int i = 0, at = 0; i < samples.Length; i++, at += stride) samples[i] = (float)(Integer(bytes[at..]) / IntegerScale);
                break;
            default:
                throw new InvalidOperationException($"Samples of the kind {Kind} must be settled before they are read.");
        }
    }

    /// <summary>Decides from the samples what 24 bits in 4 bytes are: floats of sound on a scale of 2²³, integers at the bottom (the top byte
    /// repeats the sign, or is 0), or integers at the top, which is the standard.</summary>
    /// <param name="bytes">The first whole samples.</param>
    public WavSamples Settle(ReadOnlySpan<byte> bytes)
    {
        if (Kind != WavKind.Unclear24) return this;
        var (floats, atBottom, isSilent) = (true, true, true);
        for (var at = 0; at + 4 <= bytes.Length; at += 4)
        {
            var integer = Integer(bytes[at..]);
            if (integer == 0) continue;
            isSilent = false;
            floats &= MathF.Abs(Single(bytes[at..])) is >= Float24Least and <= Float24Most;
            atBottom &= integer >> 24 is 0 || integer == integer << 8 >> 8;
        }
        return this with { Kind = isSilent ? WavKind.Integer : floats ? WavKind.Float24 : atBottom ? WavKind.IntegerAtBottom : WavKind.Integer };
    }

    private double Double(ReadOnlySpan<byte> bytes) => BigEndian ? BinaryPrimitives.ReadDoubleBigEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes);

    private float Single(ReadOnlySpan<byte> bytes) => BigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes) : BinaryPrimitives.ReadSingleLittleEndian(bytes);

    /// <summary>The sample at the top of 32 bits.</summary>
    private int Integer(ReadOnlySpan<byte> bytes) => (Bytes, BigEndian) switch
    {
        (1, _) => (bytes[0] - 128) << 24,
        (2, false) => bytes[0] << 16 | bytes[1] << 24,
        (2, true) => bytes[1] << 16 | bytes[0] << 24,
        (3, false) => bytes[0] << 8 | bytes[1] << 16 | bytes[2] << 24,
        (3, true) => bytes[2] << 8 | bytes[1] << 16 | bytes[0] << 24,
        (_, false) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadInt32BigEndian(bytes),
    };

    // G.711: sign, three bits of exponent, four of mantissa; µ-law adds 33 in units of 4, A-law half a step. On a scale of 16 bits.
    private static float MuLawOf(int code)
    {
        var inverted = ~code;
        var value = ((((inverted & 0x0F) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
        return ((inverted & 0x80) != 0 ? -value : value) / Pcm16Scale;
    }

    private static float ALawOf(int code)
    {
        var toggled = code ^ 0x55;
        var (exponent, value) = ((toggled & 0x70) >> 4, ((toggled & 0x0F) << 4) + 8);
        if (exponent > 0) value = (value + 0x100) << (exponent - 1);
        return ((toggled & 0x80) != 0 ? value : -value) / Pcm16Scale;
    }
}
