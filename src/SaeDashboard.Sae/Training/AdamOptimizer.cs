namespace SaeDashboard.Sae.Training;

/// <summary>
/// Adam over a run's tensors in place. Dense: a row without gradient still decays its moments and moves. Decoder rows are put back to norm 1
/// after the step. What both engines share is <see cref="At"/>; <see cref="Step"/> is for gradients that lie in the tensors.
/// </summary>
internal sealed unsafe class AdamOptimizer(TrainConfig config, WorkerTeam team)
{
    private const int RowsPerBlock = 64;

    /// <summary>
    /// The numbers of the step after <see cref="TrainingState.Step"/>. Clipping: the gradient is multiplied by clipNorm over the norm of the
    /// gradient of the step before, where that was larger (docs/decisions/0016).
    /// </summary>
    public AdamStep At(TrainingState state, double learningRate)
    {
        var step = state.Step + 1;
        return new AdamStep(
            (float)config.Beta1,
            (float)config.Beta2,
            (float)(learningRate / (1 - Math.Pow(config.Beta1, step))),
            (float)(1 / Math.Sqrt(1 - Math.Pow(config.Beta2, step))),
            (float)config.Epsilon,
            (float)(state.GradientNorm > config.ClipNorm ? config.ClipNorm / state.GradientNorm : 1));
    }

    /// <summary>Takes a step with the gradients that lie in the tensors.</summary>
    public void Step(TrainingState state, AdamStep adam)
    {
        var blocks = (state.Latents + RowsPerBlock - 1) / RowsPerBlock;
        team.Run(blocks, (_, block) =>
        {
            var first = block * RowsPerBlock;
            var rows = Math.Min(RowsPerBlock, state.Latents - first);
            var offset = (long)first * state.Width;
            adam.Update(state.Encoder, offset, state.Encoder.GradientStart + offset, rows * state.Width);
            adam.Update(state.EncoderBias, first, state.EncoderBias.GradientStart + first, rows);
            adam.Update(state.Decoder, offset, state.Decoder.GradientStart + offset, rows * state.Width);
            Renormalize(state.Decoder.ValueStart + offset, rows, state.Width);
        });
        adam.Update(state.DecoderBias, 0, state.DecoderBias.GradientStart, state.Width);
        foreach (var tensor in state.Extra)
            StepExtra(tensor, tensor.GradientStart, state.Latents, adam);
    }

    /// <summary>Moves a tensor [F] of the architecture's own, which has a smallest value.</summary>
    public static void StepExtra(TrainedTensor tensor, float* gradient, int latents, AdamStep adam)
    {
        adam.Update(tensor, 0, gradient, latents);
        foreach (ref var value in new Span<float>(tensor.ValueStart, latents))
            value = Math.Max(value, tensor.Minimum);
    }

    /// <summary>Puts rows back to norm 1.</summary>
    public static void Renormalize(float* rows, int count, int width)
    {
        for (var i = 0; i < count; i++)
        {
            var row = rows + (long)i * width;
            RowKernels.Scale(row, 1 / MathF.Sqrt(RowKernels.Dot(row, row, width)), width);
        }
    }
}
