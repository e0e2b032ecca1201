namespace SaeDashboard.Sae.Training;

/// <summary>What training needs of memory, about.</summary>
internal static class TrainingMemory
{
    /// <summary>Tensors of the size [batch, F] that differentiating a dense step keeps at once.</summary>
    private const int DenseTensors = 6;

    /// <summary>
    /// One session: weights with two moments and a step's buffers. By hand there is no gradient, and of the pre-activations only what was chosen;
    /// a float32 number in bfloat16 takes half of one.
    /// </summary>
    /// <param name="config">Its settings.</param>
    /// <param name="width">d.</param>
    /// <param name="onGpu">Whether it is the GPU's memory that is asked for.</param>
    public static long OfSession(TrainConfig config, int width, bool onGpu = false)
    {
        long latents = config.Latents, batch = config.Batch;
        var weights = 2 * latents * width + 2 * latents + width;
        var step = config.ChosenEngine(onGpu) == TrainEngine.Sparse
            ? 3 * weights + batch * width + 6 * batch * config.K + (config.Candidates == TrainCandidates.BFloat16 ? latents * width / 2 : 0)
            : 4 * weights + DenseTensors * batch * latents + 2 * latents * width;
        return sizeof(float) * (step + 4 * batch * width);
    }

    /// <summary>A layer's columns that scaling, centre and measures are taken from.</summary>
    public static long OfPreparation(TrainConfig config, int width) => sizeof(float) * ((long)config.MedianSamples + 8192 + 1024) * width;
}
