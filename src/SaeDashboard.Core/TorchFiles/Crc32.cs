namespace SaeDashboard.Core.TorchFiles;

/// <summary>The checksum of zip files: CRC-32 with the polynomial 0xEDB88320, eight bytes a step.</summary>
internal static class Crc32
{
    private const int Slices = 8;
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= Slices)
        {
            var low = crc ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = Table[(7 << 8) + (byte)low] ^ Table[(6 << 8) + (byte)(low >> 8)] ^ Table[(5 << 8) + (byte)(low >> 16)] ^ Table[(4 << 8) + (int)(low >> 24)]
                ^ Table[(3 << 8) + (byte)high] ^ Table[(2 << 8) + (byte)(high >> 8)] ^ Table[(1 << 8) + (byte)(high >> 16)] ^ Table[(int)(high >> 24)];
            bytes = bytes[Slices..];
        }
        foreach (var value in bytes) crc = (crc >> 8) ^ Table[(byte)crc ^ value];
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[Slices << 8];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            table[i] = crc;
        }
        for (var i = 256; i < table.Length; i++) table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        return table;
    }
}
