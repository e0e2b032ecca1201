using SaeDashboard.Sae.Features;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Features;

/// <summary>Clips kept in memory.</summary>
internal sealed class MemorySource(int width, IReadOnlyList<(int Row, string Split, float[] Values)> clips) : IActivationSource
{
    public int Width => width;

    public int? ClipCount => clips.Count;

    public IReadOnlyList<int> Rows => [.. clips.Select(clip => clip.Row)];

    public IEnumerable<ClipActivations> Clips() => clips.Select(clip => new ClipActivations(clip.Row, clip.Split, Columns(clip.Values)));

    /// <summary>Clips of normal noise around a mean that differs by dimension and by column, each with a loudness of its own.</summary>
    public static MemorySource Random(int seed, int width, int columns, int clips, string split = "select", int firstRow = 0)
    {
        var random = new Random(seed);
        var list = new List<(int, string, float[])>();
        for (var clip = 0; clip < clips; clip++)
        {
            var loudness = 0.3 + 1.5 * random.NextDouble();
            var values = RandomSae.Normal(random, loudness, columns, width).data<float>().ToArray();
            for (var i = 0; i < values.Length; i++)
                values[i] += 0.5f * (i % width % 3) + 0.2f * MathF.Sin(i / width);
            list.Add((firstRow + clip, split, values));
        }

        return new MemorySource(width, list);
    }

    private Tensor Columns(float[] values) => tensor(values).reshape(-1, width);
}
