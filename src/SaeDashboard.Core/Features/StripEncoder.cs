using SaeDashboard.Core.Tensors;

namespace SaeDashboard.Core.Features;

/// <summary>Reads single strips of a file.</summary>
/// <param name="file">The open file.</param>
/// <param name="starts">The start of each strip, and the end of the last <c>[strips + 1]</c>.</param>
/// <param name="columns">The distances.</param>
/// <param name="values">The values.</param>
internal sealed class StripReader(SafetensorsFile file, long[] starts, TensorEntry columns, TensorEntry values)
{
    // A strip has two bytes per column of one clip: a longer one means damage.
    private const long Longest = 1 << 24;

    /// <summary>One strip; empty where there is none.</summary>
    /// <param name="strip">Which.</param>
    /// <param name="largest">The activation that 255 stands for.</param>
    /// <param name="which">It in words, for the message.</param>
    /// <exception cref="UserException">The file is damaged, or was cut or changed since it was opened.</exception>
    public ActivationStrip Read(int strip, float largest, string which)
    {
        long start = starts[strip], end = starts[strip + 1];
        if (start < 0 || end < start || end > values.ByteLength || end > columns.ByteLength || end - start > Longest)
            throw new UserException($"{file.Path}: the strip of {which} is outside the file: build the index again.");
        if (start == end) return ActivationStrip.Empty;
        var length = (int)(end - start);
        var bytes = new byte[2 * length];
        Span<byte> distances = bytes.AsSpan(0, length), packed = bytes.AsSpan(length);
        file.Read(columns, start, distances);
        file.Read(values, start, packed);
        return StripEncoder.Decode(distances, packed, largest);
    }
}

/// <summary>
/// Packs activation strips, two bytes per column: the distance from the previous column (for the first, from column −1), and value /
/// largest · 255 rounded, at least 1. A distance above 255 takes fillers (255, 0), where the value 0 means that nothing fires. Strips
/// are appended feature by feature, rank by rank: strip f · T + r is the r-th of feature f.
/// </summary>
public sealed class StripEncoder
{
    private const int Farthest = 255;

    private readonly List<long> starts = [0];
    private readonly List<byte> columns = [];
    private readonly List<byte> values = [];

    /// <summary>Appends the next strip: ascending columns with their activations; activations not above 0 are left out.</summary>
    /// <param name="strip">Columns, ascending, from 0.</param>
    /// <param name="activations">The activation on each.</param>
    /// <param name="largest">The largest of the clip, which becomes 255.</param>
    public void Append(ReadOnlySpan<int> strip, ReadOnlySpan<float> activations, float largest)
    {
        if (strip.Length != activations.Length) throw new ArgumentException("Each column has one activation.", nameof(activations));
        var before = -1;
        for (var i = 0; i < strip.Length; i++)
        {
            if (!(activations[i] > 0)) continue;
            if (strip[i] <= before) throw new ArgumentException("The columns of a strip ascend from 0.", nameof(strip));
            var distance = strip[i] - before;
            for (; distance > Farthest; distance -= Farthest) Add(Farthest, 0);
            Add(distance, (byte)Math.Clamp(MathF.Round(activations[i] / largest * 255f), 1f, 255f));
            before = strip[i];
        }
        starts.Add(columns.Count);
    }

    /// <summary>Appends the activations of columns <paramref name="firstColumn"/>, <paramref name="firstColumn"/> + 1, ….</summary>
    public void AppendDense(ReadOnlySpan<float> activations, int firstColumn, float largest)
    {
        var places = new List<int>();
        var positive = new List<float>();
        for (var i = 0; i < activations.Length; i++)
        {
            if (!(activations[i] > 0)) continue;
            places.Add(firstColumn + i);
            positive.Add(activations[i]);
        }
        Append(places.ToArray(), positive.ToArray(), largest);
    }

    /// <summary>Appends a strip as another encoder has packed it.</summary>
    public void AppendPacked(ReadOnlySpan<byte> distances, ReadOnlySpan<byte> packed)
    {
        if (distances.Length != packed.Length) throw new ArgumentException("Each distance has one value.", nameof(packed));
        columns.AddRange(distances);
        values.AddRange(packed);
        starts.Add(columns.Count);
    }

    /// <summary>Appends an empty strip: there is no clip of this rank.</summary>
    public void AppendEmpty() => starts.Add(columns.Count);

    /// <summary>The start of each strip, and the end of the last <c>[strips + 1]</c>.</summary>
    public long[] Starts() => [.. starts];

    /// <summary>The distances.</summary>
    public byte[] Columns() => [.. columns];

    /// <summary>The values.</summary>
    public byte[] Values() => [.. values];

    /// <summary>Unpacks one strip.</summary>
    public static ActivationStrip Decode(ReadOnlySpan<byte> distances, ReadOnlySpan<byte> values, float largest)
    {
        var count = values.Length - values.Count((byte)0);
        var columns = new int[count];
        var activations = new float[count];
        var column = -1;
        var at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            column += distances[i];
            if (values[i] == 0) continue;
            columns[at] = column;
            activations[at++] = values[i] * largest / 255f;
        }
        return new ActivationStrip(columns, activations);
    }

    private void Add(int distance, byte value)
    {
        columns.Add((byte)distance);
        values.Add(value);
    }
}
