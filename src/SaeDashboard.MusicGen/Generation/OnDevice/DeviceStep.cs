using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation.OnDevice;

/// <summary>
/// A column of some rows on a device, from ids to sampled codes. One code per codebook is copied to the device and back.
/// </summary>
internal sealed class DeviceStep : IDisposable
{
    // Attention grows by this many positions at a time: few shapes, and at most this many positions read in vain.
    private const int BoundStep = 256;

    private readonly Decoder decoder;
    private readonly KeyValueCache cache;
    private readonly RowState[] rows;
    private readonly DevicePass pass;
    private readonly DeviceSampler sampler;
    private readonly Tensor ids, column, place, drawn, offsets, positions, prefixes, conditional, unconditional, guidance, codes;

    /// <param name="decoder">A model on the device.</param>
    /// <param name="cache">On the device.</param>
    /// <param name="rows">The rows of the cache's first lanes.</param>
    public DeviceStep(Decoder decoder, KeyValueCache cache, RowState[] rows)
    {
        (this.decoder, this.cache, this.rows) = (decoder, cache, rows);
        var config = decoder.Config;
        var device = decoder.Device!;
        using var scope = NewDisposeScope();
        Tensor Keep(Tensor made) => made.to(device).DetachFromDisposeScope();
        TextCondition?[] conditions = [.. rows.SelectMany(row => row.Conditions)];
        var lanes = conditions.Length;
        ids = Keep(zeros(lanes, config.Codebooks, ScalarType.Int64));
        (column, place, drawn) = (Keep(zeros(1, ScalarType.Int64)), Keep(zeros(1, ScalarType.Int64)), Keep(zeros(1, ScalarType.Int64)));
        codes = Keep(zeros(rows.Length, config.Codebooks, ScalarType.Int64));
        // The codebooks' tables are concatenated.
        offsets = Keep(ScalarOperations.Range(config.Codebooks).Mul(config.VocabularySize + 1).view(1, -1));
        positions = Keep(TensorData.FromFloats(SinusoidalPositions.Of(0, cache.Columns, config.Width), cache.Columns, config.Width));
        pass = new DevicePass(config, cache, conditions, place);
        prefixes = Keep(tensor(Enumerable.Range(0, lanes).Select(lane => (long)pass.Prefix(lane)).ToArray()));
        // A row without an unconditional half is guided by itself, which changes nothing.
        conditional = Keep(tensor(rows.Select(row => (long)row.FirstLane).ToArray()));
        unconditional = Keep(tensor(rows.Select(row => (long)row.FirstLane + row.Lanes - 1).ToArray()));
        guidance = Keep(tensor(rows.Select(row => row.Lanes == 2 ? (float)row.Row.Sampling.Guidance : 1f).ToArray()).view(-1, 1, 1));
        sampler = new DeviceSampler([.. rows.Select(row => (row.Row.Sampling, row.Row.Seed, row.Row.Sample))], config.Codebooks, config.VocabularySize, device);
    }

    /// <summary>Whether the step was made for these rows.</summary>
    public bool Serves(KeyValueCache cache, RowState[] rows) => this.cache == cache && this.rows.SequenceEqual(rows);

    /// <summary>Computes a column and samples the next one into the rows' codes.</summary>
    /// <param name="window">The window.</param>
    /// <param name="at">The column, counted from the window's BOS.</param>
    /// <param name="hooks">The rows' hooks, if any.</param>
    /// <exception cref="Core.UserException">A logit is not finite.</exception>
    public void Advance(Window window, int at, HookCalls? hooks)
    {
        using var scope = NewDisposeScope();
        var codebooks = this.decoder.Config.Codebooks;
        var host = new int[pass.Lanes * codebooks];
        foreach (var row in this.rows)
        {
            for (var lane = 0; lane < row.Lanes; lane++)
                row.WriteIds(window, window.Start + at, 1, host.AsSpan((row.FirstLane + lane) * codebooks, codebooks));
        }
        ids.copy_(tensor(Array.ConvertAll(host, id => (long)id)).view(pass.Lanes, codebooks));
        column.Fill(at);
        place.Fill(this.cache.Prefix + at);
        drawn.Fill(window.Start + at + 1);
        pass.Bound = Math.Min(this.cache.Columns, (this.cache.Prefix + at) / BoundStep * BoundStep + BoundStep);
        hooks?.Expect(this.rows, window, window.Start + at, 1);
        Compute(hooks);

        var values = TensorData.ToInt64Array(codes);
        for (var cell = 0; cell < values.Length; cell++)
        {
            var row = this.rows[cell / codebooks];
            if (!row.Take(window, window.Start + at + 1, cell % codebooks, (int)values[cell])) row.End(window.Start + at + 1);
        }
    }

    public void Dispose()
    {
        pass.Dispose();
        sampler.Dispose();
        foreach (var part in (Tensor[])[ids, column, place, drawn, offsets, positions, prefixes, conditional, unconditional, guidance, codes]) part.Dispose();
    }

    private void Compute(HookCalls? hooks)
    {
        using var scope = NewDisposeScope();
        var config = this.decoder.Config;
        var looked = this.decoder.Embeddings.index_select(0, ids.Add(offsets).view(-1)).view(pass.Lanes, config.Codebooks, config.Width);
        var x = looked.select(1, 0).clone();
        // In sequence, as on the host: a sum in another order differs in the last bits.
        for (var codebook = 1; codebook < config.Codebooks; codebook++) x.AddInPlace(looked.select(1, codebook));
        x.AddInPlace(positions.index_select(0, prefixes.Add(column)));
        pass.Begin();
        hooks?.Show(HookSite.Embed, x);
        for (var layer = 0; layer < this.decoder.Layers.Count; layer++) this.decoder.Layers[layer].Forward(x, layer, pass, hooks);
        var logits = this.decoder.Logits(x, pass, hooks).view(pass.Lanes, config.Codebooks, config.VocabularySize);
        var without = logits.index_select(0, unconditional);
        var guided = without.Add(logits.index_select(0, conditional).sub(without).mul(guidance));
        codes.copy_(sampler.Draw(guided, drawn));
    }
}
