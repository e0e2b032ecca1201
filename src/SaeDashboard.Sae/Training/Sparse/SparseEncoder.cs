using System.Runtime.Intrinsics;
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
    private const int RowsPerConversion = 1024;
    private const int Lane = 16;

    private readonly WorkerTeam team;
    private readonly Tensor[] products;
    private readonly float[][] widened;
    private readonly Tensor? halfWeights;
    private readonly ScalarType type;

    /// <param name="batch">What it will be given.</param>
    /// <param name="half">Compute in bfloat16.</param>
    /// <param name="team">Who computes.</param>
    public SparseEncoder(SparseBatch batch, bool half, WorkerTeam team)
    {
        this.team = team;
        type = half ? ScalarType.BFloat16 : ScalarType.Float32;
        var size = (long)Math.Min(batch.BlockRows, batch.Capacity) * Math.Min(Tile, batch.Latents);
        products = Enumerable.Range(0, team.Size).Select(_ => empty([size], type).DetachFromDisposeScope()).ToArray();
        widened = Enumerable.Range(0, team.Size).Select(_ => GC.AllocateArray<float>(half ? Tile : 1, pinned: true)).ToArray();
        halfWeights = half ? empty([batch.Latents, batch.Width], type).DetachFromDisposeScope() : null;
    }

    /// <summary>Fills the lists of a batch with what the workers' collectors take from it.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The columns; their lists are written.</param>
    /// <param name="collectors">One per worker.</param>
    public void Run(TrainingState state, SparseBatch batch, IReadOnlyList<RowCollector> collectors)
    {
        ConvertWeights(state);
        team.Run(batch.Blocks, (worker, block) => RunBlock(state, batch, collectors[worker], worker, block));
    }

    /// <summary>Converts the weights anew; <see cref="RunBlock"/> uses them until the next time.</summary>
    public void ConvertWeights(TrainingState state)
    {
        if (halfWeights is null)
            return;
        team.Run((state.Latents + RowsPerConversion - 1) / RowsPerConversion, (_, part) =>
        {
            var first = part * RowsPerConversion;
            var rows = Math.Min(RowsPerConversion, state.Latents - first);
            using var target = halfWeights.narrow(0, first, rows);
            using var source = state.Encoder.Value.narrow(0, first, rows);
            using var result = target.copy_(source);
        });
    }

    /// <summary>One block's list.</summary>
    public void RunBlock(TrainingState state, SparseBatch batch, RowCollector collector, int worker, int block)
    {
        var (firstRow, rows) = batch.Block(block);
        using var scope = NewDisposeScope();
        var centred = batch.Centred.narrow(0, firstRow, rows);
        var input = halfWeights is null ? centred : centred.to(type);
        var weights = halfWeights ?? state.Encoder.Value;
        collector.Begin(rows, state.EncoderBias.ValueStart);
        for (var first = 0; first < batch.Latents; first += Tile)
        {
            var count = Math.Min(Tile, batch.Latents - first);
            using var tileWeights = weights.narrow(0, first, count);
            using var transposed = tileWeights.t();
            using var flat = products[worker].narrow(0, 0, (long)rows * count);
            using var target = flat.view(rows, count);
            using var result = target.addmm_(input, transposed, 0, 1);
            if (halfWeights is null)
            {
                var p = TensorMemory.Pointer(target);
                for (var row = 0; row < rows; row++)
                    collector.Take(row, first, p + (long)row * count, count);
            }
            else
            {
                var p = (ushort*)TensorData.UncheckedAddress(target);
                fixed (float* wide = widened[worker])
                {
                    for (var row = 0; row < rows; row++)
                    {
                        Widen(p + (long)row * count, wide, count);
                        collector.Take(row, first, wide, count);
                    }
                }
            }
        }
        var list = batch.Lists[block];
        list.Clear();
        collector.End(list, TensorMemory.Pointer(centred), state.Encoder.ValueStart, batch.Width);
    }

    public void Dispose()
    {
        halfWeights?.Dispose();
        foreach (var product in products)
            product.Dispose();
    }

    /// <summary>A bfloat16 is the upper half of a float32.</summary>
    private static void Widen(ushort* source, float* target, int count)
    {
        var i = 0;
        for (; i <= count - 2 * Lane; i += 2 * Lane)
        {
            var (lower, upper) = Vector512.Widen(Vector512.Load(source + i));
            Vector512.Store((lower << 16).AsSingle(), target + i);
            Vector512.Store((upper << 16).AsSingle(), target + i + Lane);
        }
        for (; i < count; i++)
            target[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }
}
