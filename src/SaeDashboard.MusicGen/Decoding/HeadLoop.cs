using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Decoding;

/// <summary>The heads of one <see cref="SingleQueryAttention"/>, dealt out to the <see cref="WorkerPool"/>. One a thread, used again.</summary>
internal sealed class HeadLoop : PoolWork
{
    // Below this many multiplications, handing out the work costs more than it saves.
    private const long WorkOfAPart = 1 << 15;

    [ThreadStatic]
    private static HeadLoop? mine;

    [ThreadStatic]
    private static float[]? scores;

    private SingleQueryAttention.Head[] heads = [];
    private int count, size, headsOfAPart;
    private bool isBrain;

    public static HeadLoop Mine => mine ??= new HeadLoop();

    public int Parts => (count + headsOfAPart - 1) / headsOfAPart;

    /// <summary>What the loop is about.</summary>
    public void Fill(ReadOnlySpan<SingleQueryAttention.Head> heads, int size, bool isBrain)
    {
        if (this.heads.Length < heads.Length) this.heads = new SingleQueryAttention.Head[heads.Length];
        heads.CopyTo(this.heads);
        (count, this.size, this.isBrain) = (heads.Length, size, isBrain);
        long work = 0;
        foreach (var head in heads) work += 2L * head.Columns * size;
        headsOfAPart = (int)Math.Clamp(WorkOfAPart * count / Math.Max(1, work), 1, Math.Max(1, count));
    }

    protected override void Part(int part)
    {
        var end = Math.Min(count, (part + 1) * headsOfAPart);
        for (var index = part * headsOfAPart; index < end; index++)
        {
            var padded = SingleQueryAttention.Padded(this.heads[index].Columns);
            // Doubled, so that a growing cache does not ask for new memory at every column.
            if (scores is null || scores.Length < padded) scores = new float[2 * padded];
            var next = index + 1 < count ? this.heads[index + 1].Keys : 0;
            SingleQueryAttention.Attend(this.heads[index], this.size, isBrain, scores, next);
        }
    }
}
