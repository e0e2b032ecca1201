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
    private readonly Decoder _decoder;
    private readonly RowState[] _rows;
    private readonly KeyValueCache _cache;
    private readonly Sampler _sampler;
    private StepPass? _pass;
    private int _active;

    /// <param name="decoder">The model.</param>
    /// <param name="rows">In order of the frames they continue; their lanes follow one another.</param>
    /// <param name="columns">The longest sequence.</param>
    public GenerationSession(Decoder decoder, RowState[] rows, int columns)
    {
        (_decoder, _rows) = (decoder, rows);
        _cache = new KeyValueCache(decoder.Config, rows.Sum(row => row.Lanes), columns);
        _sampler = new Sampler(decoder.Config.VocabularySize);
    }

    /// <summary>Computes a column and draws the next one. Columns come in order, from 0.</summary>
    public void Advance(int column)
    {
        using var scope = NewDisposeScope();
        if (column == 0) _active = _rows.TakeWhile(row => row.Forced == 0).Count();
        if (_active > 0) StepTogether(column);
        while (column > 0 && _active < _rows.Length && _rows[_active].Forced == column) Join(_rows[_active++], column);
    }

    public void Dispose() => _cache.Dispose();

    private void StepTogether(int column)
    {
        var rows = _rows.AsSpan(0, _active);
        var lanes = rows[^1].FirstLane + rows[^1].Lanes;
        if (_pass?.Lanes != lanes)
            _pass = new StepPass(_decoder.Config, _cache, [.. _rows.Take(_active).SelectMany(row => row.Conditions)]);
        _pass.Column = column;

        var codebooks = _decoder.Config.Codebooks;
        var ids = new int[_pass.Lanes * codebooks];
        foreach (var row in rows)
        {
            for (var lane = 0; lane < row.Lanes; lane++) row.WriteIds(column, 1, ids.AsSpan((row.FirstLane + lane) * codebooks, codebooks));
        }
        using var x = _decoder.Embed(ids, _pass.Lanes, column, 1).view(_pass.Lanes, _decoder.Config.Width);
        Walk(x, _pass.Lanes, 1, column, _pass, rows, 0);
        using var output = _decoder.Logits(x, _pass);
        DrawNext(column + 1, output, rows, 0);
    }

    private void Join(RowState row, int column)
    {
        using var scope = NewDisposeScope();
        var (columns, width) = (column + 1, _decoder.Config.Width);
        using var pass = new SequencePass(_decoder.Config, columns, row.Conditions, _cache, row.FirstLane);
        var ids = new int[row.Lanes * columns * _decoder.Config.Codebooks];
        for (var lane = 0; lane < row.Lanes; lane++)
            row.WriteIds(0, columns, ids.AsSpan(ids.Length / row.Lanes * lane, ids.Length / row.Lanes));
        var x = _decoder.Embed(ids, row.Lanes, 0, columns).view(row.Lanes * columns, width);
        Walk(x, row.Lanes, columns, 0, pass, new ReadOnlySpan<RowState>(in row), row.FirstLane);
        var last = x.view(row.Lanes, columns, width).select(1, column).contiguous();
        DrawNext(column + 1, _decoder.Logits(last, pass), new ReadOnlySpan<RowState>(in row), row.FirstLane);
    }

    private void Walk(Tensor x, int lanes, int columns, int firstColumn, ForwardPass pass, ReadOnlySpan<RowState> rows, int firstLane)
    {
        using var byLane = x.view(lanes, columns, -1);
        for (var layer = 0; layer < _decoder.Layers.Count; layer++)
        {
            _decoder.Layers[layer].Forward(x, layer, pass);
            foreach (var row in rows) row.CallHooks(layer, byLane, row.FirstLane - firstLane, firstColumn);
        }
    }

    private void DrawNext(int column, Tensor output, ReadOnlySpan<RowState> rows, int firstLane)
    {
        var logits = TensorData.AsSpan(output);
        var laneLength = (int)output.shape[1];
        foreach (var row in rows)
            row.Draw(column, logits.Slice((row.FirstLane - firstLane) * laneLength, row.Lanes * laneLength), _sampler);
    }
}
