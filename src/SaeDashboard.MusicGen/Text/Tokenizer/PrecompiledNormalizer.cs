using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace SaeDashboard.MusicGen.Text.Tokenizer;

/// <summary>
/// SentencePiece's precompiled character map (NFKC with changes) as Hugging Face applies it: by grapheme clusters, not by the longest
/// match. A cluster of fewer than six UTF-8 bytes is looked up whole, and if any prefix of it is in the map the <b>shortest</b> one's
/// replacement stands for all of the cluster; other clusters are looked up code point by code point. It looks wrong and is what the
/// models were trained with. Clusters are the framework's (UAX 29 without the later rule for Indic conjuncts, which are six bytes or
/// more with or without it).
/// </summary>
internal sealed class PrecompiledNormalizer : INormalizer
{
    private const int WholeClusterBytes = 6;

    private readonly DoubleArrayTrie trie;
    private readonly byte[] replacements;

    private PrecompiledNormalizer(DoubleArrayTrie trie, byte[] replacements)
    {
        this.trie = trie;
        this.replacements = replacements;
    }

    /// <summary>Reads a map: the trie's size in bytes (u32, little-endian), its units, then the replacements, each ended by NUL.</summary>
    /// <exception cref="FormatException">The sizes do not fit together.</exception>
    public static PrecompiledNormalizer Parse(ReadOnlySpan<byte> map)
    {
        if (map.Length < sizeof(uint)) throw new FormatException("it is shorter than its header");
        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(map);
        var body = map[sizeof(uint)..];
        if (trieBytes == 0 || trieBytes % sizeof(uint) != 0 || trieBytes > body.Length)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture,
                $"its header promises a trie of {trieBytes} bytes, and {body.Length} bytes follow"));

        var size = (int)trieBytes;
        var replacements = body[size..].ToArray();
        foreach (var replacement in new ReadOnlySpan<byte>(replacements).Split((byte)0))
        {
            if (replacement.End.Value - replacement.Start.Value > TokenizerLimits.LongestReplacement)
                throw new FormatException($"it puts in more than {TokenizerLimits.LongestReplacement} bytes at once");
        }
        return new PrecompiledNormalizer(DoubleArrayTrie.Parse(body[..size]), replacements);
    }

    public string Normalize(string text)
    {
        var output = new StringBuilder(text.Length);
        Span<byte> utf8 = stackalloc byte[WholeClusterBytes];
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var length = StringInfo.GetNextTextElementLength(rest);
            var cluster = rest[..length];
            rest = rest[length..];

            // UTF-8 never takes fewer bytes than UTF-16 takes characters, so a long cluster need not be encoded to be known as long.
            if (length < WholeClusterBytes && Encoding.UTF8.GetByteCount(cluster) < WholeClusterBytes
                && TryReplace(utf8[..Encoding.UTF8.GetBytes(cluster, utf8)], output))
                continue;

            foreach (var rune in cluster.EnumerateRunes())
                if (!TryReplace(utf8[..rune.EncodeToUtf8(utf8)], output))
                    output.Append(rune.ToString());
        }

        return output.ToString();
    }

    private bool TryReplace(ReadOnlySpan<byte> key, StringBuilder output)
    {
        if (this.trie.ShortestPrefix(key) is not { } start) return false;
        if (start < this.replacements.Length)
        {
            var tail = this.replacements.AsSpan(start);
            var end = tail.IndexOf((byte)0);
            output.Append(Encoding.UTF8.GetString(end < 0 ? tail : tail[..end]));
        }

        return true;
    }
}
