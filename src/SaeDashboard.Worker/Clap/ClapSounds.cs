using SaeDashboard.Clap;
using SaeDashboard.Core.Audio;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Music;

namespace SaeDashboard.Worker.Clap;

/// <summary>A sound file as CLAP hears it.</summary>
/// <param name="File">Its path.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Windows">Windows of the model's input that it was heard in.</param>
/// <param name="Embedding">Of length 1.</param>
internal sealed record HeardSound(string File, double Seconds, int Windows, float[] Embedding)
{
    /// <summary>Reads a file of any kind and length, in constant memory.</summary>
    /// <exception cref="Core.UserException">It cannot be read, or holds no sound.</exception>
    public static HeardSound Of(string path, ClapModel model, VerbContext context)
    {
        using var sound = SoundReader.Open(path);
        var (samples, windows) = (0L, 0);
        var mean = new MeanDirection(model.Config.EmbeddingWidth);
        foreach (var window in SoundWindows.Of(AudioInput.Pieces("Listening", path, sound, model.SampleRate, channels: 1, context).Select(Count), model.MaxSamples))
        {
            mean.Add(model.EmbedSounds([window])[0]);
            windows++;
        }
        context.Progress.CloseLine();
        return new HeardSound(path, (double)samples / model.SampleRate, windows, mean.ToUnit());

        float[] Count(float[][] piece)
        {
            samples += piece[0].Length;
            return piece[0];
        }
    }
}

/// <summary>Cuts a sound into the windows that a model of a fixed input hears one after the other (decision 0038).</summary>
internal static class SoundWindows
{
    /// <summary>Windows of <paramref name="length"/> samples from the beginning; the last one ends with the sound, so it overlaps the one before it.
    /// A sound shorter than a window is one window.</summary>
    /// <param name="pieces">The sound's samples in order; at least one.</param>
    /// <param name="length">Samples of a window.</param>
    public static IEnumerable<float[]> Of(IEnumerable<float[]> pieces, int length)
    {
        float[]? whole = null;
        var (held, filled) = (new float[length], 0);
        foreach (var piece in pieces)
        {
            for (var from = 0; from < piece.Length;)
            {
                var count = Math.Min(length - filled, piece.Length - from);
                piece.AsSpan(from, count).CopyTo(held.AsSpan(filled));
                (from, filled) = (from + count, filled + count);
                if (filled < length) continue;
                yield return held;
                (whole, held, filled) = (held, new float[length], 0);
            }
        }
        if (filled > 0) yield return whole is null ? held[..filled] : [.. whole.AsSpan(filled), .. held.AsSpan(0, filled)];
    }
}

/// <summary>The mean of vectors of length 1, in float64.</summary>
/// <param name="width">Numbers of a vector.</param>
internal sealed class MeanDirection(int width)
{
    private readonly double[] sum = new double[width];

    /// <summary>Vectors added.</summary>
    public int Count { get; private set; }

    public void Add(float[] unit)
    {
        for (var index = 0; index < width; index++) sum[index] += unit[index];
        Count++;
    }

    /// <summary>The mean cosine of a vector of length 1 with the vectors that were added.</summary>
    public double Cosine(float[] unit)
    {
        var product = 0.0;
        for (var index = 0; index < width; index++) product += sum[index] * unit[index];
        return product / Count;
    }

    /// <summary>The mean's direction.</summary>
    public float[] ToUnit()
    {
        var length = Math.Sqrt(sum.Sum(value => value * value));
        // Vectors that cancel out have no direction: such a sound is like no text.
        return Array.ConvertAll(sum, value => length > 0 ? (float)(value / length) : 0);
    }
}
