using System.Buffers.Binary;
using System.Text;

namespace SaeDashboard.Core.Tests.Audio;

/// <summary>WAV files put together by hand, byte by byte: what a header says need not be so.</summary>
internal sealed record WavBytes
{
    public const uint Streamed = uint.MaxValue;

    public int Tag { get; init; } = 1;

    public int Channels { get; init; } = 1;

    public int Rate { get; init; } = 16000;

    public int Bits { get; init; } = 16;

    /// <summary>Bytes a sample; null: as many as the bits fill.</summary>
    public int? Container { get; init; }

    /// <summary>Behind the format's 16 bytes.</summary>
    public byte[] Extension { get; init; } = [];

    public bool BigEndian { get; init; }

    public byte[] Data { get; init; } = [];

    /// <summary>What the data chunk says its length is; null: the truth.</summary>
    public uint? DataSize { get; init; }

    /// <summary>What the RIFF chunk says its length is; null: the truth.</summary>
    public uint? RiffSize { get; init; }

    /// <summary>Chunks between the format and the samples.</summary>
    public byte[] Before { get; init; } = [];

    public byte[] After { get; init; } = [];

    /// <summary>RF64 with a chunk of long sizes that says this; null: RIFF.</summary>
    public ulong? LongDataSize { get; init; }

    /// <summary>The standard extension of tag 0xFFFE.</summary>
    public static byte[] Extensible(int validBits, int tag) =>
    [
        22, 0, (byte)validBits, 0, 0, 0, 0, 0, (byte)tag, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71,
    ];

    public static byte[] Chunk(string name, byte[] content) => [.. Encoding.ASCII.GetBytes(name), .. BitConverter.GetBytes(content.Length), .. content, .. new byte[content.Length & 1]];

    public byte[] ToArray()
    {
        var block = (Container ?? (Bits + 7) / 8) * Channels;
        byte[] format = [.. U16(Tag), .. U16(Channels), .. U32((uint)Rate), .. U32((uint)(Rate * block)), .. U16(block), .. U16(Bits), .. Extension];
        byte[] longSizes = LongDataSize is not { } size ? [] : Chunk("ds64", [.. BitConverter.GetBytes(size + 1000), .. BitConverter.GetBytes(size), .. new byte[12]]);
        byte[] chunks =
        [
            .. "WAVE"u8, .. longSizes, .. "fmt "u8, .. U32((uint)format.Length), .. format, .. Before,
            .. "data"u8, .. U32(DataSize ?? (LongDataSize is null ? (uint)Data.Length : uint.MaxValue)), .. Data, .. After,
        ];
        var name = LongDataSize is not null ? "RF64" : BigEndian ? "RIFX" : "RIFF";
        return [.. Encoding.ASCII.GetBytes(name), .. U32(RiffSize ?? (uint)chunks.Length), .. chunks];
    }

    private byte[] U16(int value)
    {
        var bytes = new byte[2];
        if (BigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    private byte[] U32(uint value)
    {
        var bytes = new byte[4];
        if (BigEndian) BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
