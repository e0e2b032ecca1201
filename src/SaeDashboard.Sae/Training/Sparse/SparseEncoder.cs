using SaeDashboard.Torch.Extensions;
using SaeDashboard.Torch.Extensions.Panels;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// The one dense product of a step, h·W_enc, a tile of columns by latents at a time: what a tile holds is looked through while it is in the
/// cache, and the pre-activations [columns, F] never exist as a whole. In float32 by <see cref="PanelProduct"/>, or in bfloat16 by libtorch for
/// a collector that computes again what it takes.
/// </summary>
internal sealed unsafe class SparseEncoder : IDisposable
{
    /// <summary>Latents of a tile, a multiple of <see cref="PanelProduct.Width"/>.</summary>
    private const int Tile = 4096;

    private readonly WorkerTeam team;
    private readonly Tensor[] products, panels;
    private readonly HalfWeights? half;

    /// <param name="batch">What it will be given.</param>
    /// <param name="half">The weights in bfloat16 to compute with, not disposed here; null: compute in float32.</param>
    /// <param name="team">Who computes.</param>
    public SparseEncoder(SparseBatch batch, HalfWeights? half, WorkerTeam team)
    {
        (this.team, this.half) = (team, half);
        var size = (long)Math.Min(batch.BlockRows, batch.Capacity) * Math.Min(Tile, Padded(batch.Latents));
        products = Working(size, half is null ? ScalarType.Float32 : ScalarType.BFloat16);
        panels = half is null ? Working((long)batch.Width * PanelProduct.Width, ScalarType.Float32) : [];
    }

    /// <summary>Fills the lists of a batch with what the workers' collectors take from it.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The columns; their lists are written.</param>
    /// <param name="collectors">One per worker.</param>
    public void Run(TrainingState state, SparseBatch batch, IReadOnlyList<RowCollector> collectors)
    {
        half?.Update(state, team);
        team.Run(batch.Blocks, (worker, block) => RunBlock(state, batch, collectors[worker], worker, block));
    }

    /// <summary>One block's list alone.</summary>
    public void RunBlock(TrainingState state, SparseBatch batch, RowCollector collector, int block)
    {
        half?.Update(state, team);
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
        if (half is null)
            Single(state, batch, collector, worker, input, rows);
        else
            Half(half, batch, collector, worker, centred.to(ScalarType.BFloat16));
        var list = batch.Lists[block];
        list.Clear();
        collector.End(list, input, state.Encoder.ValueStart, batch.Width);
    }

    private void Single(TrainingState state, SparseBatch batch, RowCollector collector, int worker, float* input, int rows)
    {
        float* product = TensorMemory.Pointer(products[worker]), panel = TensorMemory.Pointer(panels[worker]);
        var width = batch.Width;
        for (var first = 0; first < batch.Latents; first += Tile)
        {
            var count = Math.Min(Tile, batch.Latents - first);
            var stride = Padded(count);
            for (var latent = 0; latent < count; latent += PanelProduct.Width)
            {
                // Packing reads a weight once for all rows of the block: a thirtieth of the product's time.
                PanelProduct.Pack(state.Encoder.ValueStart + (long)(first + latent) * width, Math.Min(PanelProduct.Width, count - latent), width, panel);
                PanelProduct.Multiply(input, rows, width, panel, isBrain: false, width, product + latent, stride);
            }
            for (var row = 0; row < rows; row++)
                collector.Take(row, first, product + (long)row * stride, count);
        }
    }

    private void Half(HalfWeights weights, SparseBatch batch, RowCollector collector, int worker, Tensor input)
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

    private Tensor[] Working(long size, ScalarType type) => [.. Enumerable.Range(0, team.Size).Select(_ => empty([size], type).DetachFromDisposeScope())];
}
