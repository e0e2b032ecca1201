using System.Runtime.CompilerServices;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// The rest of a step from what the forward pass left: column by column the latents are turned into latent by latent the columns that chose
/// it, and then each latent's row is passed once: its two gradients are summed in the cache, the decoder's loses its part along the row,
/// which the fixed norm forbids, Adam moves encoder row, bias and decoder row, and the decoder row gets its norm 1 back. No gradient exists
/// for longer than that. With h = x − b_dec, δ = ∂L/∂f and the pull r: ∂/∂W_dec[j] = −2/B·Σ f_j r, ∂/∂W_enc[j] = Σ δ_j h, ∂/∂b_enc[j] = Σ δ_j,
/// ∂/∂b_dec = −2/B·Σ r_0 − Σ_j (∂/∂b_enc[j])·W_enc[j].
/// </summary>
internal sealed unsafe class LatentUpdate
{
    /// <summary>Columns of the next latent that are fetched ahead: more would push out of the cache what is needed first.</summary>
    private const int MostFetched = 16;

    private const int LatentsPerBlock = 64;
    private readonly SparseBatch batch;
    private readonly HalfWeights? half;
    private readonly WorkerTeam team;
    private readonly int latentBlocks;
    private readonly int[] starts;
    private readonly int[] cursors;
    private readonly float[] biasParts;
    private readonly double[] squares;
    private readonly float[][] rows;
    private int[] columns = [];
    private int[] pulls = [];
    private float[] values = [];
    private float[] deltas = [];

    /// <param name="batch">What the forward pass fills.</param>
    /// <param name="half">The encoder in bfloat16 to be moved with the weights, or null.</param>
    /// <param name="team">Who computes.</param>
    public LatentUpdate(SparseBatch batch, HalfWeights? half, WorkerTeam team)
    {
        (this.batch, this.half, this.team) = (batch, half, team);
        latentBlocks = (batch.Latents + LatentsPerBlock - 1) / LatentsPerBlock;
        starts = new int[batch.Latents + 1];
        cursors = new int[batch.Latents];
        biasParts = GC.AllocateArray<float>(latentBlocks * batch.Width, pinned: true);
        squares = new double[latentBlocks];
        rows = Enumerable.Range(0, team.Size).Select(_ => GC.AllocateArray<float>(2 * batch.Width, pinned: true)).ToArray();
    }

    /// <summary>Counts who was active and moves every weight but the architecture's own.</summary>
    /// <param name="state">The weights, moments and counters.</param>
    /// <param name="dead">The dead latents with their gradients computed, or null.</param>
    /// <param name="adam">The step to take.</param>
    /// <returns>Σ of the squares of all these gradients.</returns>
    public double Run(TrainingState state, DeadLatents? dead, AdamStep adam)
    {
        Regroup(state);
        team.Run(latentBlocks, (worker, block) => RunBlock(state, dead, adam, Start(rows[worker]), block));
        half?.Written(state);
        return squares.Sum() + DecoderBias(state, adam);
    }

    /// <summary>Counting sort of (column, pull, value, δ) by latent; within a latent in the columns' order.</summary>
    private void Regroup(TrainingState state)
    {
        Array.Clear(starts);
        for (var block = 0; block < batch.Blocks; block++)
        {
            var list = batch.Lists[block];
            for (var row = 0; row < batch.Block(block).Rows; row++)
            {
                var from = list.Starts[row];
                for (var i = from; i < from + list.Active[row]; i++)
                    starts[list.Numbers[i] + 1]++;
            }
        }
        for (var j = 0; j < batch.Latents; j++)
        {
            state.ColumnsSinceActive[j] = starts[j + 1] > 0 ? 0 : state.ColumnsSinceActive[j] + batch.Columns;
            state.ActiveCounts[j] += starts[j + 1];
            starts[j + 1] += starts[j];
        }
        state.CountedColumns += batch.Columns;

        Reserve(starts[batch.Latents]);
        Array.Copy(starts, cursors, batch.Latents);
        for (var block = 0; block < batch.Blocks; block++)
            Place(batch.Lists[block], block);
    }

    private void Place(LatentList list, int block)
    {
        var (first, count) = batch.Block(block);
        for (var row = 0; row < count; row++)
        {
            var from = list.Starts[row];
            var group = 0;
            for (var i = from; i < from + list.Active[row]; i++)
            {
                var number = list.Numbers[i];
                while (number >= batch.GroupEnds[group])
                    group++;
                var place = cursors[number]++;
                columns[place] = first + row;
                pulls[place] = (first + row) * batch.Groups + group;
                values[place] = -2f / batch.Columns * list.Values[i];
                deltas[place] = list.Deltas[i];
            }
        }
    }

    private void RunBlock(TrainingState state, DeadLatents? dead, AdamStep adam, float* gradients, int block)
    {
        var width = batch.Width;
        var pull = TensorMemory.Pointer(batch.Pull);
        var centred = TensorMemory.Pointer(batch.Centred);
        var gd = gradients;
        var ge = gradients + width;
        var column = Start(columns);
        var pullRow = Start(pulls);
        var value = Start(values);
        var delta = Start(deltas);
        var biasPart = Start(biasParts) + (long)block * width;
        new Span<float>(biasPart, width).Clear();
        var sum = 0.0;
        for (var j = block * LatentsPerBlock; j < Math.Min((block + 1) * LatentsPerBlock, batch.Latents); j++)
        {
            var (from, count) = (starts[j], starts[j + 1] - starts[j]);
            var encoderRow = state.Encoder.ValueStart + (long)j * width;
            var decoderRow = state.Decoder.ValueStart + (long)j * width;
            var bias = 0f;
            // The next latent's rows are anywhere: they are on their way while this one's are added up.
            for (var i = from + count; i < Math.Min(starts[Math.Min(j + 2, batch.Latents)], from + count + MostFetched); i++)
            {
                RowKernels.Prefetch(pull + (long)pullRow[i] * width, width);
                RowKernels.Prefetch(centred + (long)column[i] * width, width);
            }
            new Span<float>(gradients, 2 * width).Clear();
            if (dead is not null && dead.SlotOf[j] is >= 0 and var slot)
                bias = dead.CopyGradients(slot, gd, ge, width);
            RowKernels.SumRows(gd, gd, pull, pullRow + from, value + from, count, width);
            RowKernels.SumRows(ge, ge, centred, column + from, delta + from, count, width);
            RowKernels.Add(gd, -RowKernels.Dot(gd, decoderRow, width), decoderRow, width);
            for (var i = from; i < from + count; i++)
                bias += delta[i];
            RowKernels.Add(biasPart, -bias, encoderRow, width);
            sum += RowKernels.Dot(gd, gd, width) + RowKernels.Dot(ge, ge, width) + (double)bias * bias;

            adam.Update(state.Encoder, (long)j * width, ge, width);
            half?.Write(j, encoderRow);
            adam.Update(state.EncoderBias, j, &bias, 1);
            adam.Update(state.Decoder, (long)j * width, gd, width);
            AdamOptimizer.Renormalize(decoderRow, 1, width);
        }
        squares[block] = sum;
    }

    private double DecoderBias(TrainingState state, AdamStep adam)
    {
        var width = batch.Width;
        var gradient = Start(rows[0]);
        new Span<float>(gradient, width).Clear();
        foreach (var sum in batch.Sums.AsSpan(0, batch.Blocks))
            RowKernels.Add(gradient, -2f / batch.Columns, Start(sum.Pull), width);
        for (var block = 0; block < latentBlocks; block++)
            RowKernels.Add(gradient, 1, Start(biasParts) + (long)block * width, width);
        adam.Update(state.DecoderBias, 0, gradient, width);
        return RowKernels.Dot(gradient, gradient, width);
    }

    private void Reserve(int count)
    {
        if (columns.Length >= Math.Max(1, count))
            return;
        var size = Math.Max(1024, checked(count + count / 2));
        columns = GC.AllocateUninitializedArray<int>(size, pinned: true);
        pulls = GC.AllocateUninitializedArray<int>(size, pinned: true);
        values = GC.AllocateUninitializedArray<float>(size, pinned: true);
        deltas = GC.AllocateUninitializedArray<float>(size, pinned: true);
    }

    /// <summary>Where a pinned array begins.</summary>
    private static T* Start<T>(T[] pinned) where T : unmanaged => (T*)Unsafe.AsPointer(ref pinned[0]);
}
