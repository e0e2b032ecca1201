using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// The columns of one request. All rows march in step; a row that continues codes joins at the column where they end, its earlier
/// columns computed at once and alone, so that neither its neighbours nor theirs change what it gives.
/// </summary>
internal sealed class GenerationSession : IDisposable
{
    private readonly Decoder decoder;
    private readonly RowState[] rows;
    private readonly KeyValueCache cache;
    private readonly Drawing drawing;
    private StepPass? pass;
    private int active;

    /// <param name="decoder">The model.</param>
    /// <param name="rows">In order of the frames they continue; their lanes follow one another.</param>
    /// <param name="columns">The longest sequence.</param>
    public GenerationSession(Decoder decoder, RowState[] rows, int columns)
    {
        (this.decoder, this.rows) = (decoder, rows);
        cache = new KeyValueCache(decoder.Config, rows.Sum(row => row.Lanes), columns);
        drawing = new Drawing(decoder.Config.VocabularySize, decoder.Config.Codebooks);
    }

    /// <summary>Computes a column and draws the next one. Columns come in order, from 0.</summary>
    public void Advance(int column)
    {
        using var scope = NewDisposeScope();
        if (column == 0) active = this.rows.TakeWhile(row => row.Forced == 0).Count();
        if (active > 0) StepTogether(column);
        while (column > 0 && active < this.rows.Length && this.rows[active].Forced == column) Join(this.rows[active++], column);
    }

    public void Dispose() => cache.Dispose();

    private void StepTogether(int column)
    {
        var rows = this.rows.AsSpan(0, active);
        var lanes = rows[^1].FirstLane + rows[^1].Lanes;
        if (this.pass?.Lanes != lanes)
            this.pass = new StepPass(this.decoder.Config, cache, [.. this.rows.Take(active).SelectMany(row => row.Conditions)]);
        this.pass.Column = column;

        var codebooks = this.decoder.Config.Codebooks;
        var ids = new int[this.pass.Lanes * codebooks];
        foreach (var row in rows)
        {
            for (var lane = 0; lane < row.Lanes; lane++) row.WriteIds(column, 1, ids.AsSpan((row.FirstLane + lane) * codebooks, codebooks));
        }
        using var x = Embed(ids, column);
        Walk(x, this.pass.Lanes, 1, column, this.pass, rows, 0);
        using var output = this.decoder.Logits(x, this.pass);
        DrawNext(column + 1, output, rows, 0);
    }

    private Tensor Embed(int[] ids, int column)
    {
        using var measure = StepProfile.Measure(StepPart.Embedding);
        return this.decoder.Embed(ids, this.pass!.Lanes, column, 1).view(this.pass.Lanes, this.decoder.Config.Width);
    }

    private void Join(RowState row, int column)
    {
        using var scope = NewDisposeScope();
        var (columns, width) = (column + 1, this.decoder.Config.Width);
        using var pass = new SequencePass(this.decoder.Config, columns, row.Conditions, cache, row.FirstLane);
        var ids = new int[row.Lanes * columns * this.decoder.Config.Codebooks];
        for (var lane = 0; lane < row.Lanes; lane++)
            row.WriteIds(0, columns, ids.AsSpan(ids.Length / row.Lanes * lane, ids.Length / row.Lanes));
        var x = this.decoder.Embed(ids, row.Lanes, 0, columns).view(row.Lanes * columns, width);
        Walk(x, row.Lanes, columns, 0, pass, new ReadOnlySpan<RowState>(in row), row.FirstLane);
        var last = x.view(row.Lanes, columns, width).select(1, column).contiguous();
        DrawNext(column + 1, this.decoder.Logits(last, pass), new ReadOnlySpan<RowState>(in row), row.FirstLane);
    }

    private void Walk(Tensor x, int lanes, int columns, int firstColumn, ForwardPass pass, ReadOnlySpan<RowState> rows, int firstLane)
    {
        using var byLane = x.view(lanes, columns, -1);
        for (var layer = 0; layer < this.decoder.Layers.Count; layer++)
        {
            this.decoder.Layers[layer].Forward(x, layer, pass);
            using var measure = StepProfile.Measure(StepPart.Hooks);
            foreach (var row in rows) row.CallHooks(layer, byLane, row.FirstLane - firstLane, firstColumn);
        }
    }

    private void DrawNext(int column, Tensor output, ReadOnlySpan<RowState> rows, int firstLane)
    {
        using var measure = StepProfile.Measure(StepPart.Sampler);
        drawing.Draw(column, rows, TensorData.AsSpan(output), firstLane);
    }
}
