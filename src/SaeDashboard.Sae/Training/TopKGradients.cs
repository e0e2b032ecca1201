using System.Runtime.CompilerServices;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The gradients of Σ‖x − x̂‖²/B + c·L_aux from what <see cref="TopKForward"/> left, written by hand: column by column the chosen latents
/// are turned into latent by latent the columns that chose it, and each latent's two gradient rows are sums over those columns. With e = x
/// − x̂, h = x − b_dec, δ_j = ∂L/∂f_j: ∂/∂W_dec[j] = −2/B·Σ f_j e, ∂/∂W_enc[j] = Σ δ_j h, ∂/∂b_enc[j] = Σ δ_j, ∂/∂b_dec = −2/B·Σ e − Σ_j
/// (∂/∂b_enc[j])·W_enc[j]. The part of a decoder row's gradient along the row itself, which its fixed norm forbids, is taken out.
/// </summary>
internal sealed unsafe class TopKGradients
{
    private const int LatentsPerBlock = 64;
    private readonly StepBuffers buffers;
    private readonly WorkerTeam team;
    private readonly int latentBlocks;
    private readonly int[] starts;
    private readonly int[] cursors;
    private readonly int[] columns;
    private readonly float[] values;
    private readonly float[] deltas;
    private readonly float[] biasParts;
    private readonly double[] squares;
    private readonly float[] zeroRow;

    public TopKGradients(StepBuffers buffers, WorkerTeam team)
    {
        this.buffers = buffers;
        this.team = team;
        latentBlocks = (buffers.Latents + LatentsPerBlock - 1) / LatentsPerBlock;
        starts = new int[buffers.Latents + 1];
        cursors = new int[buffers.Latents];
        columns = GC.AllocateArray<int>(buffers.Batch * buffers.K, pinned: true);
        values = GC.AllocateArray<float>(buffers.Batch * buffers.K, pinned: true);
        deltas = GC.AllocateArray<float>(buffers.Batch * buffers.K, pinned: true);
        biasParts = GC.AllocateArray<float>(latentBlocks * buffers.Width, pinned: true);
        zeroRow = GC.AllocateArray<float>(buffers.Width, pinned: true);
        squares = new double[latentBlocks];
    }

    /// <summary>Writes every gradient and counts who was active. Returns the norm over all of them.</summary>
    /// <param name="state">The weights; their gradients and the counters are written.</param>
    /// <param name="dead">The dead latents with their gradients computed, or null.</param>
    public double Run(TrainingState state, DeadLatents? dead)
    {
        Regroup(state);
        team.Run(latentBlocks, (_, block) => RunBlock(state, dead, block));
        var total = squares.Sum() + DecoderBias(state);
        return Math.Sqrt(total);
    }

    /// <summary>Counting sort of (column, value, δ) by latent; within a latent in the columns' order.</summary>
    private void Regroup(TrainingState state)
    {
        Array.Clear(starts);
        for (var column = 0; column < buffers.Batch; column++)
        {
            var chosen = buffers.Chosen + (long)column * buffers.K;
            for (var i = 0; i < buffers.Counts[column]; i++)
                starts[chosen[i] + 1]++;
        }
        for (var j = 0; j < buffers.Latents; j++)
        {
            state.ColumnsSinceActive[j] = starts[j + 1] > 0 ? 0 : state.ColumnsSinceActive[j] + buffers.Batch;
            state.ActiveCounts[j] += starts[j + 1];
            starts[j + 1] += starts[j];
        }
        state.CountedColumns += buffers.Batch;

        Array.Copy(starts, cursors, buffers.Latents);
        for (var column = 0; column < buffers.Batch; column++)
        {
            var slot = (long)column * buffers.K;
            for (var i = 0; i < buffers.Counts[column]; i++)
            {
                var place = cursors[buffers.Chosen[slot + i]]++;
                columns[place] = column;
                values[place] = -2f / buffers.Batch * buffers.Values[slot + i];
                deltas[place] = buffers.ValueGradients[slot + i];
            }
        }
    }

    private void RunBlock(TrainingState state, DeadLatents? dead, int block)
    {
        var width = buffers.Width;
        var error = TensorMemory.Pointer(buffers.Error);
        var centred = TensorMemory.Pointer(buffers.Centred);
        var encoder = state.Encoder.ValueStart;
        var decoder = state.Decoder.ValueStart;
        var encoderGradient = state.Encoder.GradientStart;
        var decoderGradient = state.Decoder.GradientStart;
        var biasGradient = state.EncoderBias.GradientStart;
        var zero = Start(zeroRow);
        var column = Start(columns);
        var value = Start(values);
        var delta = Start(deltas);
        var biasPart = Start(biasParts) + (long)block * width;
        new Span<float>(biasPart, width).Clear();
        var sum = 0.0;

        fixed (float* deadDecoder = dead?.DecoderGradient, deadEncoder = dead?.EncoderGradient)
        {
            for (var j = block * LatentsPerBlock; j < Math.Min((block + 1) * LatentsPerBlock, buffers.Latents); j++)
            {
                var slot = dead?.SlotOf[j] ?? -1;
                var (from, count) = (starts[j], starts[j + 1] - starts[j]);
                var ge = encoderGradient + (long)j * width;
                var gd = decoderGradient + (long)j * width;
                var row = decoder + (long)j * width;
                var decoderStart = slot < 0 ? zero : deadDecoder + (long)slot * width;
                var encoderStart = slot < 0 ? zero : deadEncoder + (long)slot * width;
                RowKernels.SumRows(gd, decoderStart, error, column + from, value + from, count, width);
                RowKernels.SumRows(ge, encoderStart, centred, column + from, delta + from, count, width);
                RowKernels.Add(gd, -RowKernels.Dot(gd, row, width), row, width);

                var bias = slot < 0 ? 0 : dead!.BiasGradient[slot];
                for (var i = from; i < from + count; i++)
                    bias += delta[i];
                biasGradient[j] = bias;
                RowKernels.Add(biasPart, -bias, encoder + (long)j * width, width);
                sum += RowKernels.Dot(gd, gd, width) + RowKernels.Dot(ge, ge, width) + (double)bias * bias;
            }
        }
        squares[block] = sum;
    }

    private double DecoderBias(TrainingState state)
    {
        var width = buffers.Width;
        var gradient = state.DecoderBias.GradientStart;
        new Span<float>(gradient, width).Clear();
        foreach (var block in buffers.BlockSums.AsSpan(0, buffers.Blocks))
            RowKernels.Add(gradient, -2f / buffers.Batch, (float*)Unsafe.AsPointer(ref block.Error[0]), width);
        for (var block = 0; block < latentBlocks; block++)
            RowKernels.Add(gradient, 1, Start(biasParts) + (long)block * width, width);
        return RowKernels.Dot(gradient, gradient, width);
    }

    /// <summary>Where a pinned array begins.</summary>
    private static T* Start<T>(T[] pinned) where T : unmanaged => (T*)Unsafe.AsPointer(ref pinned[0]);
}
