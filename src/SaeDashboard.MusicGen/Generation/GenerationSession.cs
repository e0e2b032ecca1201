using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Generation.OnDevice;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// The columns of one request, window by window. All rows advance together. A row that continues codes (given ones, or the end of the
/// previous window) joins at the column where they end; its earlier columns are computed at once and separately, so that a row's result
/// does not depend on its neighbours.
/// </summary>
internal sealed class GenerationSession : IDisposable
{
    private readonly Decoder decoder;
    private readonly RowState[] rows;
    private readonly WindowPlan plan;
    private readonly KeyValueCache[] caches;
    private readonly int[] held;
    private readonly ColumnSampling sampling;
    private StepPass? pass;
    private KeyValueCache? passCache;
    private DeviceStep? deviceStep;
    private HookCalls? hooks;

    /// <param name="decoder">The model.</param>
    /// <param name="rows">In order of the frames they continue; their lanes follow one another.</param>
    /// <param name="plan">The windows.</param>
    /// <param name="keepsOne">Whether the previous window is kept for a rewind, which takes a second cache.</param>
    public GenerationSession(Decoder decoder, RowState[] rows, WindowPlan plan, bool keepsOne)
    {
        (this.decoder, this.rows, this.plan) = (decoder, rows, plan);
        caches = new KeyValueCache[keepsOne && plan.Count > 1 ? 2 : 1];
        held = [.. caches.Select(_ => -1)];
        sampling = new ColumnSampling(decoder.Config.VocabularySize, decoder.Config.Codebooks);
        hooks = HookCalls.Of(rows);
        try
        {
            var prefix = rows.SelectMany(row => row.Conditions).Select(condition => condition is { IsPrefix: true } ? condition.Tokens : 0).DefaultIfEmpty().Max();
            for (var index = 0; index < caches.Length; index++)
            {
                caches[index] = new KeyValueCache(decoder, rows.Sum(row => row.Lanes), plan.Columns, prefix);
                WritePrefixes(caches[index], rows, decoder.Layers.Count);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether keys and values of a window are kept.</summary>
    public bool Holds(int window) => held[window % held.Length] == window;

    /// <summary>Reads the rows' hooks again after a change.</summary>
    public void HooksChanged() => hooks = HookCalls.Of(this.rows);

    /// <summary>Computes a column of a window and samples the next one. Columns are computed in order from the end of the window's prompt;
    /// recomputed columns overwrite the earlier values.</summary>
    /// <param name="index">The window.</param>
    /// <param name="column">Counted from its BOS.</param>
    public void Advance(int index, int column)
    {
        using var scope = NewDisposeScope();
        var window = this.plan[index];
        held[index % held.Length] = index;
        var cache = caches[index % caches.Length];
        var stepping = this.rows.TakeWhile(row => row.JoinsAt(window) < Math.Max(1, column)).ToArray();
        if (stepping.Length > 0) StepTogether(stepping, window, column, cache);
        if (column == 0) return;
        foreach (var row in this.rows.Skip(stepping.Length).TakeWhile(row => row.JoinsAt(window) == column)) Join(row, window, column, cache);
    }

    public void Dispose()
    {
        deviceStep?.Dispose();
        foreach (var cache in caches) cache?.Dispose();
    }

    /// <summary>The prefix of the columns is the same in every window.</summary>
    private static void WritePrefixes(KeyValueCache cache, RowState[] rows, int layers)
    {
        foreach (var (condition, lane) in rows.SelectMany(row => row.Conditions.Select((condition, half) => (condition, row.FirstLane + half))))
        {
            if (condition is not { IsPrefix: true }) continue;
            for (var layer = 0; layer < layers; layer++)
            {
                using var keys = condition.Keys(layer).unsqueeze(0);
                using var values = condition.Values(layer).unsqueeze(0);
                cache.Write(layer, lane, -condition.Tokens, keys, values);
            }
        }
    }

    private void StepTogether(RowState[] rows, Window window, int column, KeyValueCache cache)
    {
        if (this.decoder.Device is not null)
        {
            StepOnDevice(rows, window, column, cache);
            return;
        }
        var lanes = rows[^1].FirstLane + rows[^1].Lanes;
        if (this.pass?.Lanes != lanes || passCache != cache)
            (this.pass, passCache) = (new StepPass(this.decoder.Config, cache, [.. rows.SelectMany(row => row.Conditions)]), cache);
        this.pass.Column = column;

        var codebooks = this.decoder.Config.Codebooks;
        var ids = new int[this.pass.Lanes * codebooks];
        foreach (var row in rows)
        {
            for (var lane = 0; lane < row.Lanes; lane++)
                row.WriteIds(window, window.Start + column, 1, ids.AsSpan((row.FirstLane + lane) * codebooks, codebooks));
        }
        using var x = Embed(ids, column);
        hooks?.Expect(rows, window, window.Start + column, 1);
        Walk(x, this.pass);
        using var output = this.decoder.Logits(x, this.pass, hooks);
        DrawNext(window, column + 1, output, rows);
    }

    private void StepOnDevice(RowState[] rows, Window window, int column, KeyValueCache cache)
    {
        if (deviceStep?.Serves(cache, rows) != true)
        {
            deviceStep?.Dispose();
            deviceStep = new DeviceStep(this.decoder, cache, rows);
        }
        deviceStep.Advance(window, column, hooks);
    }

    private Tensor Embed(int[] ids, int column)
    {
        using var measure = StepProfile.Measure(StepPart.Embedding);
        return this.decoder.Embed(ids, this.pass!.Lanes, column, 1, this.pass).view(this.pass.Lanes, this.decoder.Config.Width);
    }

    private void Join(RowState row, Window window, int column, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var (columns, width) = (column + 1, this.decoder.Config.Width);
        using var pass = new SequencePass(this.decoder, columns, row.Conditions, cache, row.FirstLane);
        var ids = new int[row.Lanes * columns * this.decoder.Config.Codebooks];
        for (var lane = 0; lane < row.Lanes; lane++)
            row.WriteIds(window, window.Start, columns, ids.AsSpan(ids.Length / row.Lanes * lane, ids.Length / row.Lanes));
        var x = this.decoder.Embed(ids, row.Lanes, 0, columns, pass).view(row.Lanes * columns, width);
        hooks?.Expect([row], window, window.Start, columns);
        Walk(x, pass);
        Tensor LastOf(Tensor all) => all.view(row.Lanes, columns, width).select(1, column).contiguous();
        var normed = hooks?.Wants(HookSite.FinalNorm) == true
            ? LastOf(this.decoder.Normed(x, pass, hooks))
            : this.decoder.Normed(LastOf(x), pass, null);
        DrawNext(window, column + 1, this.decoder.Heads(normed, pass), [row]);
    }

    private void Walk(Tensor x, ForwardPass pass)
    {
        hooks?.Show(HookSite.Embed, x);
        for (var layer = 0; layer < this.decoder.Layers.Count; layer++) this.decoder.Layers[layer].Forward(x, layer, pass, hooks);
    }

    private void DrawNext(Window window, int column, Tensor output, RowState[] rows)
    {
        using var measure = StepProfile.Measure(StepPart.Sampler);
        using var host = output.is_cuda ? output.cpu() : output.detach();
        sampling.Draw(window, window.Start + column, rows, TensorData.AsSpan(host));
    }
}

/// <summary>Samples a column of several rows, one part of work per codebook. Reused by one thread.</summary>
internal sealed unsafe class ColumnSampling : PoolWork
{
    private readonly int vocabulary, codebooks;
    private Sampler[] samplers = [];
    private bool[] drawn = [];
    private RowState[] rows = [];
    private float* logits;
    private Window window;
    private int column, laneLength, firstLane;

    /// <param name="vocabulary">Codes of a codebook.</param>
    /// <param name="codebooks">Number of codebooks.</param>
    public ColumnSampling(int vocabulary, int codebooks) => (this.vocabulary, this.codebooks) = (vocabulary, codebooks);

    /// <summary>Samples a column.</summary>
    /// <param name="window">The window that is computed.</param>
    /// <param name="column">1 or more.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="logits">Logits of all their lanes <c>[lanes, codebooks · vocabulary]</c>; overwritten.</param>
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
            if (!drawn[part]) this.rows[part / codebooks].End(column);
        }
    }

    protected override void Part(int part)
    {
        var row = this.rows[part / codebooks];
        var mine = new Span<float>(this.logits + (long)(row.FirstLane - this.firstLane) * laneLength, row.Lanes * laneLength);
        drawn[part] = row.Draw(this.window, this.column, part % codebooks, mine, samplers[part]);
    }
}
