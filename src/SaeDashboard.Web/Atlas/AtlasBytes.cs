using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SaeDashboard.Core.Features;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Atlas;

/// <summary>
/// An atlas as the page reads it (wwwroot/js/atlas/atlas-data.js): one block of columns, little-endian, the widest numbers first, 18 to 28
/// bytes per feature. Shares are 16-bit numbers of 65,535.
/// </summary>
internal static class AtlasBytes
{
    public const uint Version = 1;

    /// <summary>The value of 16-bit columns for "none".</summary>
    public const ushort None = ushort.MaxValue;

    private const int HeaderBytes = 16;

    /// <summary>Columns that only measured indexes have.</summary>
    [Flags]
    private enum Sections : uint
    {
        None = 0,
        Concepts = 1,
        Stability = 2,
        OutputScore = 4,
    }

    [Flags]
    private enum Marks : byte
    {
        None = 0,
        Kept = 1,
        Dead = 2,
        HasVoice = 4,
    }

    /// <summary>Writes the block.</summary>
    public static byte[] Of(FeatureSet set, FeatureAtlas atlas)
    {
        var index = set.Index;
        var measures = index.Measures;
        var sections = (measures is { HasConcepts: true } ? Sections.Concepts : Sections.None) | (measures is { Stability.IsEmpty: false } ? Sections.Stability : Sections.None) |
            (measures is { OutputScore.IsEmpty: false } ? Sections.OutputScore : Sections.None);
        using var stream = new MemoryStream(HeaderBytes + 28 * index.Count);
        Span<byte> header = stackalloc byte[HeaderBytes];
        "ATLS"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)index.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)sections);
        stream.Write(header);

        stream.Write(MemoryMarshal.AsBytes(atlas.Positions));
        stream.Write(MemoryMarshal.AsBytes(index.P99));
        if (sections.HasFlag(Sections.OutputScore)) stream.Write(MemoryMarshal.AsBytes(measures!.OutputScore));
        Write(stream, index.Count, feature => Share(index.ClipDensity[feature]));
        if (sections.HasFlag(Sections.Concepts))
        {
            Write(stream, index.Count, feature => Share(measures!.ConceptAuroc[feature]));
            Write(stream, index.Count, feature => measures!.Concept[feature] is >= 0 and < None and var concept ? (ushort)concept : None);
        }
        if (sections.HasFlag(Sections.Stability)) Write(stream, index.Count, feature => Share(measures!.Stability[feature]));
        Write(stream, index.Count, feature => (ushort)Math.Min(index.GuestRank(feature) ?? 0, None));
        stream.Write(index.Hue);
        for (var feature = 0; feature < index.Count; feature++)
        {
            var dead = index.TopRows(feature) is not [>= 0, ..];
            var marks = (index.Kept[feature] != 0 ? Marks.Kept : Marks.None) | (dead ? Marks.Dead : Marks.None) | (!dead && set.DatasetId is not null ? Marks.HasVoice : Marks.None);
            stream.WriteByte((byte)marks);
        }
        return stream.ToArray();
    }

    private static void Write(Stream stream, int count, Func<int, ushort> value)
    {
        var column = new ushort[count];
        for (var feature = 0; feature < count; feature++) column[feature] = value(feature);
        stream.Write(MemoryMarshal.AsBytes(column.AsSpan()));
    }

    // A cosine below 0 is as unlike as one of 0; NaN counts as 0.
    private static ushort Share(float value) => value > 0 ? (ushort)Math.Round(Math.Min(1, value) * ushort.MaxValue) : (ushort)0;
}
