using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>A gelu dealt out to the <see cref="WorkerPool"/>. One a thread, used again.</summary>
internal sealed unsafe class GeluLoop : PoolWork
{
    // Whole vectors; fewer elements than two parts are not worth a second thread.
    private const int ElementsOfAPart = 1024;

    [ThreadStatic]
    private static GeluLoop? mine;

    private float* from, to;
    private int length;

    /// <summary>to[i] = gelu(from[i]).</summary>
    public static void Run(float* from, float* to, int length)
    {
        var loop = mine ??= new GeluLoop();
        loop.from = from;
        loop.to = to;
        loop.length = length;
        WorkerPool.Run(loop, (length + ElementsOfAPart - 1) / ElementsOfAPart);
    }

    protected override void Part(int part)
    {
        var start = part * ElementsOfAPart;
        var count = Math.Min(ElementsOfAPart, length - start);
        ErrorFunction.Gelu(new ReadOnlySpan<float>(from + start, count), new Span<float>(to + start, count));
    }
}
