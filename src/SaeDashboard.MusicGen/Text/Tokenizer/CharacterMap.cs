using System.Buffers.Binary;
using System.Globalization;
using System.Text.Unicode;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// Checks SentencePiece's precompiled character map. The native library follows its trie without bounds checks, and a step past the end
/// aborts the process; so every step that any text can cause is checked here first.
/// </summary>
/// <remarks>
/// The map is the trie's size in bytes (u32, little-endian), the trie in the double-array form of the Darts-clone library, then the
/// replacements in UTF-8, each terminated by NUL. A unit of the trie is 32 bits: bits 0..7 its label (bit 31 set: a value instead of a label), bit 8 set:
/// it has a value, bits 10..30 are the offset to its children, shifted left by 8 when bit 9 is set.
/// </remarks>
internal static class CharacterMap
{
    private const uint LabelBits = 0x8000_00FF, ValueBits = 0x7FFF_FFFF, HasValue = 1 << 8, Wide = 1 << 9;

    /// <summary>Checks the whole map.</summary>
    /// <returns>The most bytes that replace one byte of text (T5: 11).</returns>
    /// <exception cref="FormatException">The map is damaged; the message says how.</exception>
    public static double Check(ReadOnlySpan<byte> map)
    {
        if (map.Length > TokenizerLimits.MapBytes) throw new FormatException($"it has {map.Length} bytes; at most {TokenizerLimits.MapBytes} are read");
        if (map.Length < sizeof(uint)) throw new FormatException("it is shorter than its header");
        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(map);
        var body = map[sizeof(uint)..];
        if (trieBytes == 0 || trieBytes % sizeof(uint) != 0 || trieBytes > body.Length)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"its header promises a trie of {trieBytes} bytes, and {body.Length} bytes follow"));

        var replacements = body[(int)trieBytes..];
        if (!Utf8.IsValid(replacements)) throw new FormatException("its replacements are not UTF-8");
        foreach (var replacement in replacements.Split((byte)0))
        {
            if (replacement.End.Value - replacement.Start.Value > TokenizerLimits.MaxReplacementLength)
                throw new FormatException($"it puts in more than {TokenizerLimits.MaxReplacementLength} bytes at once");
        }

        var units = new uint[trieBytes / sizeof(uint)];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(body[(i * sizeof(uint))..]);
        return Walk(units, replacements);
    }

    // Breadth first, so that a node is first reached by its shortest key, whose replacement makes a text grow most.
    private static double Walk(uint[] units, ReadOnlySpan<byte> replacements)
    {
        var (firstChild, sibling) = Children(units);
        var growth = 1.0;
        var seen = new bool[units.Length];
        var nodes = new Queue<(uint Children, int KeyBytes)>();
        nodes.Enqueue((Offset(units[0]), 0));
        while (nodes.TryDequeue(out var node))
        {
            // The next byte of a text is looked up at one of these 256 units.
            if ((node.Children | 0xFF) >= units.Length) throw new FormatException("its trie points beyond its end");
            if (seen[node.Children]) continue;
            seen[node.Children] = true;
            for (var child = firstChild[node.Children]; child >= 0; child = sibling[child])
            {
                var children = (uint)child ^ Offset(units[child]);
                nodes.Enqueue((children, node.KeyBytes + 1));
                if ((units[child] & HasValue) == 0 || children >= units.Length) continue;
                growth = Math.Max(growth, ReplacementBytes(units[children] & ValueBits, replacements) / (node.KeyBytes + 1.0));
            }
        }
        return growth;
    }

    /// <summary>A unit's index is its parent's first child XOR its label, so each unit has one possible parent, and children form lists.</summary>
    private static (int[] First, int[] Sibling) Children(uint[] units)
    {
        var (first, sibling) = (new int[units.Length], new int[units.Length]);
        Array.Fill(first, -1);
        for (var place = 0; place < units.Length; place++)
        {
            var label = units[place] & LabelBits;
            var parent = (uint)place ^ label;
            if (label is 0 or > 0xFF || parent >= units.Length) continue;
            (sibling[place], first[parent]) = (first[parent], place);
        }
        return (first, sibling);
    }

    private static int ReplacementBytes(uint start, ReadOnlySpan<byte> replacements)
    {
        const byte continuation = 0b1000_0000, twoBits = 0b1100_0000;
        if (start > replacements.Length || (start < replacements.Length && (replacements[(int)start] & twoBits) == continuation))
            throw new FormatException("its trie points at no replacement");
        var tail = replacements[(int)start..];
        return tail.IndexOf((byte)0) is >= 0 and var end ? end : tail.Length;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & Wide) >> 6);
}
