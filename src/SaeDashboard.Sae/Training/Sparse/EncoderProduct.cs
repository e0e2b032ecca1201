using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// The only dense product of a step, h·W_enc, computed one tile of columns by latents at a time. A collector scans each tile while it is in
/// the cache, so the pre-activations [B, F] never exist as a whole. In float32 by <see cref="PanelProduct"/>, or in bfloat16 by libtorch
/// for a collector that computes its candidates again in float32.
/// </summary>
internal sealed unsafe class EncoderProduct : IDisposable
{
    /// <summary>Latents of a tile, a multiple of <see cref="PanelProduct.Width"/>.</summary>
    private const int Tile = 4096;

    private readonly WorkerTeam team;
    private readonly Tensor[] products, panels;
    private readonly BFloat16Weights? candidates;

    /// <param name="batch">The batch whose sizes the buffers must hold.</param>
    /// <param name="candidates">The weights in bfloat16 to compute with, owned by the caller; null: compute in float32.</param>
    /// <param name="team">The threads.</param>
    public EncoderProduct(SparseBatch batch, BFloat16Weights? candidates, WorkerTeam team)
    {
        (this.team, this.candidates) = (team, candidates);
        var size = (long)Math.Min(batch.BlockRows, batch.Capacity) * Math.Min(Tile, Padded(batch.Latents));
        products = Buffers(size, candidates is null ? ScalarType.Float32 : ScalarType.BFloat16);
        panels = candidates is null ? Buffers((long)batch.Width * PanelProduct.Width, ScalarType.Float32) : [];
    }

    /// <summary>Fills the lists of all blocks.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The centred columns; their lists are written.</param>
    /// <param name="collectors">One per worker.</param>
    public void Run(TrainingState state, SparseBatch batch, IReadOnlyList<RowCollector> collectors)
    {
        candidates?.Update(state, team);
        team.Run(batch.Blocks, (worker, block) => RunBlock(state, batch, collectors[worker], worker, block));
    }

    /// <summary>Fills the list of one block.</summary>
    public void RunBlock(TrainingState state, SparseBatch batch, RowCollector collector, int block)
    {
        candidates?.Update(state, team);
        RunBlock(state, batch, collector, 0, block);
    }

    public void Dispose()
    {
        foreach (var tensor in products.Concat(panels))
            tensor.Dispose();
    }

    private void RunBlock(TrainingState state, SparseBatch batch, RowCollector collector, int worker, int block)
    {
        var (firstRow, rows) = batch.Block(block);
        using var scope = NewDisposeScope();
        var centred = batch.Centred.narrow(0, firstRow, rows);
        var input = TensorMemory.Pointer(centred);
        collector.Begin(rows, state.EncoderBias.ValueStart);
        if (candidates is null)
            RunFloat32(state, batch, collector, worker, input, rows);
        else
            RunBFloat16(candidates, batch, collector, worker, centred.to(ScalarType.BFloat16));
        var list = batch.Lists[block];
        list.Clear();
        collector.End(list, input, state.Encoder.ValueStart, batch.Width);
    }

    private void RunFloat32(TrainingState state, SparseBatch batch, RowCollector collector, int worker, float* input, int rows)
    {
        float* product = TensorMemory.Pointer(products[worker]), panel = TensorMemory.Pointer(panels[worker]);
        var width = batch.Width;
        for (var first = 0; first < batch.Latents; first += Tile)
        {
            var count = Math.Min(Tile, batch.Latents - first);
            var stride = Padded(count);
            for (var latent = 0; latent < count; latent += PanelProduct.Width)
            {
                // Packing reads each weight once for all rows of the block: about 3 % of the product's time.
                var weights = state.Encoder.ValueStart + (long)(first + latent) * width;
                PanelProduct.Pack(weights, Math.Min(PanelProduct.Width, count - latent), width, panel);
                PanelProduct.Multiply(input, rows, width, panel, isBFloat16: false, width, product + latent, stride);
            }
            for (var row = 0; row < rows; row++)
                collector.Take(row, first, product + (long)row * stride, count);
        }
    }

    private void RunBFloat16(BFloat16Weights weights, SparseBatch batch, RowCollector collector, int worker, Tensor input)
    {
        var rows = (int)input.shape[0];
        for (var first = 0; first < batch.Latents; first += Tile)
        {
            var count = Math.Min(Tile, batch.Latents - first);
            using var tileWeights = weights.Value.narrow(0, first, count);
            using var transposed = tileWeights.t();
            using var flat = products[worker].narrow(0, 0, (long)rows * count);
            using var target = flat.view(rows, count);
            target.addmm_(input, transposed, 0, 1);
            for (var row = 0; row < rows; row++)
                collector.Take(row, first, (ushort*)TensorData.UncheckedAddress(target) + (long)row * count, count);
        }
    }

    private static int Padded(int latents) => (latents + PanelProduct.Width - 1) / PanelProduct.Width * PanelProduct.Width;

    private Tensor[] Buffers(long size, ScalarType type) =>
        [.. Enumerable.Range(0, team.Size).Select(_ => empty([size], type).DetachFromDisposeScope())];
}

/// <summary>
/// The encoder in bfloat16 [F, d], for products that only find candidates. The step that moves a row writes it here while it is in the
/// cache; after any other change, such as a loaded checkpoint, all rows are converted again.
/// </summary>
internal sealed unsafe class BFloat16Weights(int latents, int width) : IDisposable
{
    private const int RowsPerBlock = 256;
    private const int Lane = 16;
    private TrainingState? currentFor;
    private long step;

    /// <summary>[F, d].</summary>
    public Tensor Value { get; } = empty([latents, width], ScalarType.BFloat16).DetachFromDisposeScope();

    /// <summary>Converts the encoder, unless the last step left it converted.</summary>
    public void Update(TrainingState state, WorkerTeam team)
    {
        if (currentFor == state && step == state.Step)
            return;
        team.Run((latents + RowsPerBlock - 1) / RowsPerBlock, (_, block) =>
        {
            for (var row = block * RowsPerBlock; row < Math.Min((block + 1) * RowsPerBlock, latents); row++)
                Write(row, state.Encoder.ValueStart + (long)row * width);
        });
        (currentFor, step) = (state, state.Step);
    }

    /// <summary>Converts one row.</summary>
    public void Write(int row, float* values)
    {
        var target = (ushort*)TensorData.UncheckedAddress(Value) + (long)row * width;
        var i = 0;
        for (; i <= width - 2 * Lane; i += 2 * Lane)
            Vector512.Store(Vector512.Narrow(Round(Vector512.Load((uint*)values + i)), Round(Vector512.Load((uint*)values + i + Lane))), target + i);
        for (; i < width; i++)
            target[i] = (ushort)Round(Vector512.CreateScalar(((uint*)values)[i]))[0];
    }

    /// <summary>Declares that every row was written with the weights that the state has after its current step.</summary>
    public void MarkCurrent(TrainingState state) => (currentFor, step) = (state, state.Step + 1);

    public void Dispose() => Value.Dispose();

    /// <summary>The upper 16 bits of the nearest bfloat16, ties to even.</summary>
    private static Vector512<uint> Round(Vector512<uint> bits) =>
        (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
}
