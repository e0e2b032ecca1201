using System.Buffers.Binary;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// A read-only trie in the double-array form of the Darts-clone library. A unit is 32 bits: bits 0..7 its label (bit 31 set: no label
/// but a value), bit 8 says that a value hangs below, bits 10..30 are the offset to the children, shifted left by 8 when bit 9 is set.
/// </summary>
internal sealed class DoubleArrayTrie
{
    private readonly uint[] units;

    private DoubleArrayTrie(uint[] units) => this.units = units;

    /// <param name="bytes">Units, little-endian; the length is a multiple of 4 and not 0.</param>
    public static DoubleArrayTrie Parse(ReadOnlySpan<byte> bytes)
    {
        var units = new uint[bytes.Length / sizeof(uint)];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return new DoubleArrayTrie(units);
    }

    /// <summary>The value of the shortest key that <paramref name="text"/> starts with, or null.</summary>
    public int? ShortestPrefix(ReadOnlySpan<byte> text)
    {
        var position = Offset(this.units[0]);
        foreach (var character in text)
        {
            if (character == 0) return null;
            position ^= character;
            if (position >= this.units.Length) return null;
            var unit = this.units[position];
            if ((unit & 0x8000_00FF) != character) return null;
            position ^= Offset(unit);
            if ((unit >> 8 & 1) == 1 && position < this.units.Length) return (int)(this.units[position] & 0x7FFF_FFFF);
        }

        return null;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
