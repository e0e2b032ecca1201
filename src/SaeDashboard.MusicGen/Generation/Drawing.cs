using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Draws a column of several rows, every codebook a part of its own. Used again by one thread.</summary>
internal sealed unsafe class Drawing : PoolWork
{
    private readonly int vocabulary, codebooks;
    private Sampler[] samplers = [];
    private bool[] drawn = [];
    private RowState[] rows = [];
    private float* logits;
    private Window window;
    private int column, laneLength, firstLane;

    /// <param name="vocabulary">Codes of a codebook.</param>
    /// <param name="codebooks">How many.</param>
    public Drawing(int vocabulary, int codebooks) => (this.vocabulary, this.codebooks) = (vocabulary, codebooks);

    /// <summary>Draws a column.</summary>
    /// <param name="window">The window that is computed.</param>
    /// <param name="column">1 or more.</param>
    /// <param name="rows">Which rows.</param>
    /// <param name="logits">Of all their lanes <c>[lanes, codebooks · vocabulary]</c>; overwritten.</param>
    /// <exception cref="Core.UserException">A logit is not finite.</exception>
    public void Draw(Window window, int column, RowState[] rows, Span<float> logits)
    {
        this.rows = rows;
        var parts = rows.Length * codebooks;
        if (samplers.Length < parts)
        {
            samplers = [.. Enumerable.Range(0, parts).Select(_ => new Sampler(vocabulary))];
            drawn = new bool[parts];
        }
        (this.window, this.column, firstLane, laneLength) = (window, column, rows[0].FirstLane, codebooks * vocabulary);
        fixed (float* start = logits)
        {
            this.logits = start;
            WorkerPool.Run(this, parts);
        }
        for (var part = 0; part < parts; part++)
        {
            if (!drawn[part]) throw this.rows[part / codebooks].NotFinite(column);
        }
    }

    protected override void Part(int part)
    {
        var row = this.rows[part / codebooks];
        var mine = new Span<float>(this.logits + (long)(row.FirstLane - this.firstLane) * laneLength, row.Lanes * laneLength);
        drawn[part] = row.Draw(this.window, this.column, part % codebooks, mine, samplers[part]);
    }
}
