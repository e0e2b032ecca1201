using SaeDashboard.Core.Features;

namespace SaeDashboard.Sae.Features;

/// <summary>
/// The sparse latents of every clip of a pass, packed as strips, so that examples can be chosen at its end without another pass. Beyond its
/// budget it keeps a part of the clips, drawn by their rows: the choice does not depend on the order of the clips.
/// </summary>
/// <param name="budget">Bytes of strips that are kept.</param>
internal sealed class ClipArchive(long budget)
{
    private readonly List<ArchivedClip> clips = [];
    private ulong threshold = ulong.MaxValue;
    private long bytes;

    /// <summary>The kept clips, by their rows.</summary>
    public IReadOnlyList<ArchivedClip> Clips
    {
        get
        {
            clips.Sort((one, other) => one.Row.CompareTo(other.Row));
            return clips;
        }
    }

    /// <summary>Whether every clip was kept.</summary>
    public bool IsWhole => threshold == ulong.MaxValue;

    /// <summary>Adds a clip (each row once).</summary>
    /// <param name="latents">Its grouped latents.</param>
    /// <param name="row">Its row in the dataset.</param>
    /// <param name="firstColumn">Columns before it cannot be the largest.</param>
    public void Add(ClipLatents latents, int row, int firstColumn)
    {
        if (Hash.Of(row) > threshold) return;
        var fired = latents.Fired.ToArray();
        Array.Sort(fired);
        var peaks = new (float Value, int Column)[fired.Length];
        var strips = new StripEncoder();
        for (var i = 0; i < fired.Length; i++)
        {
            var columns = latents.Columns(fired[i]);
            var values = latents.Values(fired[i]);
            for (var at = 0; at < columns.Length; at++)
            {
                if (columns[at] >= firstColumn && values[at] > peaks[i].Value) peaks[i] = (values[at], columns[at]);
            }
            if (peaks[i].Value > 0) strips.Append(columns, values, peaks[i].Value);
            else strips.AppendEmpty();
        }
        var clip = new ArchivedClip(row, fired, peaks, strips.Starts(), strips.Columns(), strips.Values());
        clips.Add(clip);
        bytes += clip.Bytes;
        while (bytes > budget && clips.Count > 1) Thin();
    }

    private void Thin()
    {
        threshold /= 2;
        clips.RemoveAll(clip => Hash.Of(clip.Row) > threshold);
        bytes = clips.Sum(clip => clip.Bytes);
    }
}

/// <summary>One clip's latents.</summary>
/// <param name="Row">Its row in the dataset.</param>
/// <param name="Fired">The features that fire in it, ascending.</param>
/// <param name="Peaks">The largest activation of each and its first column; 0: it fires only before the first measured column.</param>
/// <param name="Starts">The start of each one's strip, and the end of the last.</param>
/// <param name="Distances">As <see cref="StripEncoder"/> packs them.</param>
/// <param name="Values">The same.</param>
internal sealed record ArchivedClip(int Row, int[] Fired, (float Value, int Column)[] Peaks, long[] Starts, byte[] Distances, byte[] Values)
{
    // What is kept of each feature and column.
    public long Bytes => 20L * Fired.Length + 2L * Values.Length;

    /// <summary>Appends a feature's strip, by its place in <see cref="Fired"/>.</summary>
    public void AppendTo(StripEncoder strips, int place)
    {
        var (from, to) = ((int)Starts[place], (int)Starts[place + 1]);
        strips.AppendPacked(Distances.AsSpan(from, to - from), Values.AsSpan(from, to - from));
    }
}

/// <summary>Draws that are the same on every machine: splitmix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").</summary>
internal static class Hash
{
    public static ulong Of(int row, int feature = -1, int salt = 0)
    {
        var value = ((ulong)(uint)feature << 32 | (uint)row) + 0x9E3779B97F4A7C15UL * (ulong)(uint)(salt + 1);
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ value >> 27) * 0x94D049BB133111EBUL;
        return value ^ value >> 31;
    }
}
