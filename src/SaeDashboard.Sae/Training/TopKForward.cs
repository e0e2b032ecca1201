using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// f = TopK(ReLU((x − b_dec)·W_enc + b_enc)), x̂ = f·W_dec + b_dec over a batch. Only the encoder's product is dense; everything after it
/// touches the k chosen decoder rows of a column.
/// </summary>
internal sealed unsafe class TopKForward(StepBuffers buffers, WorkerTeam team)
{
    private readonly TopKSelector[] selectors =
        Enumerable.Range(0, team.Size).Select(_ => new TopKSelector(buffers.Latents, buffers.K)).ToArray();

    /// <summary>Runs a batch [batch, d] of inputs, which is overwritten by x − b_dec; the results are in the buffers.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="batch">The inputs.</param>
    /// <param name="dead">Latents whose raw pre-activations are to be kept, or null.</param>
    public StepOutcome Run(TrainingState state, Tensor batch, DeadLatents? dead)
    {
        buffers.Centred = batch;
        using var encoder = state.Encoder.Value.t();
        team.Run(buffers.Blocks, (worker, block) => RunBlock(state, encoder, dead, worker, block));
        return Sum(dead?.Count ?? 0);
    }

    private void RunBlock(TrainingState state, Tensor encoder, DeadLatents? dead, int worker, int block)
    {
        var (first, rows) = buffers.Block(block);
        var (width, latents, k) = (buffers.Width, buffers.Latents, buffers.K);
        var centred = TensorMemory.Pointer(buffers.Centred) + (long)first * width;
        var error = TensorMemory.Pointer(buffers.Error) + (long)first * width;
        var preActivations = TensorMemory.Pointer(buffers.PreActivations[worker]);
        var decoder = state.Decoder.ValueStart;
        var encoderBias = state.EncoderBias.ValueStart;
        var decoderBias = state.DecoderBias.ValueStart;
        var sum = buffers.BlockSums[block];
        (sum.SquaredError, sum.SquaredInput, sum.Active) = (0, 0, 0);
        Array.Clear(sum.Error);
        Array.Clear(sum.Input);

        for (var row = 0; row < rows; row++)
            RowKernels.Add(centred + (long)row * width, -1, decoderBias, width);
        Multiply(encoder, worker, first, rows);

        var negative = stackalloc float[k];
        fixed (float* errorSum = sum.Error, inputSum = sum.Input)
        {
            for (var row = 0; row < rows; row++)
            {
                var p = preActivations + (long)row * latents;
                var slot = (long)(first + row) * k;
                var chosen = buffers.Chosen + slot;
                var values = buffers.Values + slot;
                var gradients = buffers.ValueGradients + slot;
                var count = selectors[worker].Choose(p, encoderBias, chosen, values);
                dead?.Keep(first + row, p);

                var h = centred + (long)row * width;
                var e = error + (long)row * width;
                for (var i = 0; i < count; i++)
                    negative[i] = -values[i];
                RowKernels.SumRows(e, h, decoder, chosen, negative, count, width);
                // L = Σ‖e‖²/B, so ∂L/∂f_j = −2/B · e·W_dec[j].
                for (var i = 0; i < count; i++)
                    gradients[i] = -2f / buffers.Batch * RowKernels.Dot(e, decoder + (long)chosen[i] * width, width);

                buffers.Counts[first + row] = count;
                sum.Active += count;
                sum.SquaredError += RowKernels.Dot(e, e, width);
                sum.SquaredInput += RowKernels.Dot(h, h, width);
                RowKernels.Add(errorSum, 1, e, width);
                RowKernels.Add(inputSum, 1, h, width);
            }
        }
    }

    private void Multiply(Tensor encoder, int worker, int first, int rows)
    {
        using var input = buffers.Centred.narrow(0, first, rows);
        using var target = buffers.PreActivations[worker].narrow(0, 0, rows);
        using var result = target.addmm_(input, encoder, 0, 1);
    }

    private StepOutcome Sum(int dead)
    {
        var (error, input, active) = (0.0, 0.0, 0L);
        var mean = new double[buffers.Width];
        foreach (var block in buffers.BlockSums.AsSpan(0, buffers.Blocks))
        {
            error += block.SquaredError;
            input += block.SquaredInput;
            active += block.Active;
            for (var d = 0; d < mean.Length; d++)
                mean[d] += block.Input[d];
        }
        return new StepOutcome
        {
            Columns = buffers.Batch,
            SquaredError = error,
            Variance = input - mean.Sum(value => value * value) / buffers.Batch,
            Active = active,
            Dead = dead,
        };
    }
}
