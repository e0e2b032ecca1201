using System.Runtime.InteropServices;

namespace SaeDashboard.Core.Features;

/// <summary>
/// Every activation above 0 of an SAE along one sound, by feature: what <see cref="SoundReading"/> carries, checked and as numbers.
/// Column c (1 … F) has heard frames up to c − 1, so it belongs to frame c − 1, which sounds from (c − 1) / <see cref="FrameRate"/> on.
/// </summary>
public sealed class SoundActivations
{
    private readonly int[] features, starts;
    private readonly ushort[] columns;
    private readonly float[] values;

    private SoundActivations(int frames, double frameRate, int firstColumn, int[] features, int[] starts, ushort[] columns, float[] values)
    {
        (Frames, FrameRate, FirstColumn) = (frames, frameRate, firstColumn);
        (this.features, this.starts, this.columns, this.values) = (features, starts, columns, values);
    }

    /// <summary>Codec frames of the sound, F.</summary>
    public int Frames { get; }

    /// <summary>Frames a second.</summary>
    public double FrameRate { get; }

    /// <summary>The first column that is counted; earlier ones are affected by the start of the sequence.</summary>
    public int FirstColumn { get; }

    /// <summary>Length in seconds.</summary>
    public double Seconds => Frames / FrameRate;

    /// <summary>The features that fire anywhere, ascending <c>[n]</c>.</summary>
    public ReadOnlySpan<int> Features => features;

    /// <summary>The place of a feature among <see cref="Features"/>; negative: it does not fire.</summary>
    public int PlaceOf(int feature) => Array.BinarySearch(features, feature);

    /// <summary>Columns on which the feature at a place fires, ascending.</summary>
    public ReadOnlySpan<ushort> Columns(int place) => columns.AsSpan(starts[place], starts[place + 1] - starts[place]);

    /// <summary>Its activation on each of these columns.</summary>
    public ReadOnlySpan<float> Values(int place) => values.AsSpan(starts[place], starts[place + 1] - starts[place]);

    /// <summary>Groups activations by feature.</summary>
    /// <param name="frames">F.</param>
    /// <param name="frameRate">Frames a second.</param>
    /// <param name="firstColumn">The first column that is counted.</param>
    /// <param name="strips">Each feature's columns, ascending from 1 to F, and activations above 0.</param>
    public static SoundReading Message(int frames, double frameRate, int firstColumn, IReadOnlyDictionary<int, (List<ushort> Columns, List<float> Values)> strips)
    {
        var features = strips.Keys.Order().ToArray();
        var starts = new int[features.Length + 1];
        for (var i = 0; i < features.Length; i++) starts[i + 1] = starts[i] + strips[features[i]].Columns.Count;
        var (columns, values) = (new ushort[starts[^1]], new float[starts[^1]]);
        for (var i = 0; i < features.Length; i++)
        {
            var strip = strips[features[i]];
            CollectionsMarshal.AsSpan(strip.Columns).CopyTo(columns.AsSpan(starts[i]));
            CollectionsMarshal.AsSpan(strip.Values).CopyTo(values.AsSpan(starts[i]));
        }
        return new SoundReading(frames, frameRate, firstColumn, Bytes<int>(features), Bytes<int>(starts), Bytes<ushort>(columns), Bytes<float>(values));
    }

    /// <summary>Reads what the music worker sent.</summary>
    /// <exception cref="UserException">Its parts do not fit together: the worker is of another build.</exception>
    public static SoundActivations Read(SoundReading message)
    {
        var (features, starts, columns, values) = (Numbers<int>(message.Features), Numbers<int>(message.Starts), Numbers<ushort>(message.Columns), Numbers<float>(message.Values));
        var fits = message.Frames > 0 && message.FrameRate > 0 && starts.Length == features.Length + 1 && starts[0] == 0 && starts[^1] == columns.Length && columns.Length == values.Length;
        for (var i = 0; fits && i < features.Length; i++) fits = starts[i] < starts[i + 1] && (i == 0 || features[i - 1] < features[i]) && features[i] >= 0;
        if (!fits || columns.AsSpan().IndexOfAnyExceptInRange((ushort)1, (ushort)Math.Min(message.Frames, ushort.MaxValue)) >= 0)
            throw new UserException("The music worker's answer does not fit together: it is of another build. Start the site again.");
        return new SoundActivations(message.Frames, message.FrameRate, message.FirstColumn, features, starts, columns, values);
    }

    private static byte[] Bytes<T>(ReadOnlySpan<T> values) where T : struct => MemoryMarshal.AsBytes(values).ToArray();

    private static T[] Numbers<T>(byte[]? bytes) where T : struct => MemoryMarshal.Cast<byte, T>(bytes ?? []).ToArray();
}
