using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// The one dense product of a step, h·W_enc, a tile of columns by latents at a time: what a tile holds is looked through while it is in the
/// cache, and the pre-activations [columns, F] never exist as a whole. In float32, or in bfloat16 for a collector that computes again what
/// it takes.
/// </summary>
internal sealed unsafe class SparseEncoder : IDisposable
{
    /// <summary>Latents of a tile.</summary>
    private const int Tile = 4096;

    private readonly WorkerTeam team;
    private readonly Tensor[] products;
    private readonly HalfWeights? half;
    private readonly ScalarType type;

    /// <param name="batch">What it will be given.</param>
    /// <param name="half">The weights in bfloat16 to compute with, not disposed here; null: compute in float32.</param>
    /// <param name="team">Who computes.</param>
    public SparseEncoder(SparseBatch batch, HalfWeights? half, WorkerTeam team)
    {
        (this.team, this.half) = (team, half);
        type = half is null ? ScalarType.Float32 : ScalarType.BFloat16;
        var size = (long)Math.Min(batch.BlockRows, batch.Capacity) * Math.Min(Tile, batch.Latents);
        products = Enumerable.Range(0, team.Size).Select(_ => empty([size], type).DetachFromDisposeScope()).ToArray();
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

    private void RunBlock(TrainingState state, SparseBatch batch, RowCollector collector, int worker, int block)
    {
        var (firstRow, rows) = batch.Block(block);
        using var scope = NewDisposeScope();
        var centred = batch.Centred.narrow(0, firstRow, rows);
        var input = half is null ? centred : centred.to(type);
        var weights = half?.Value ?? state.Encoder.Value;
        collector.Begin(rows, state.EncoderBias.ValueStart);
        for (var first = 0; first < batch.Latents; first += Tile)
        {
            var count = Math.Min(Tile, batch.Latents - first);
            using var tileWeights = weights.narrow(0, first, count);
            using var transposed = tileWeights.t();
            using var flat = products[worker].narrow(0, 0, (long)rows * count);
            using var target = flat.view(rows, count);
            using var result = target.addmm_(input, transposed, 0, 1);
            for (var row = 0; row < rows; row++)
            {
                if (half is null)
                    collector.Take(row, first, TensorMemory.Pointer(target) + (long)row * count, count);
                else
                    collector.Take(row, first, (ushort*)TensorData.UncheckedAddress(target) + (long)row * count, count);
            }
        }
        var list = batch.Lists[block];
        list.Clear();
        collector.End(list, TensorMemory.Pointer(centred), state.Encoder.ValueStart, batch.Width);
    }

    public void Dispose()
    {
        foreach (var product in products)
            product.Dispose();
    }
}
