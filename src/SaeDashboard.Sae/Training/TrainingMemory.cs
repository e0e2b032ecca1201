namespace SaeDashboard.Sae.Training;

/// <summary>What training needs of memory, about.</summary>
internal static class TrainingMemory
{
    /// <summary>Tensors of the size [batch, F] that differentiating a dense step keeps at once.</summary>
    private const int DenseTensors = 6;

    /// <summary>One session: weights with gradient and two moments, and a step's buffers.</summary>
    public static long OfSession(TrainConfig config, int width)
    {
        long latents = config.Latents, batch = config.Batch;
        var weights = 4 * (2 * latents * width + 2 * latents + width);
        var step = config.ChosenEngine() == TrainEngine.Sparse
            ? batch * width + batch * config.K * 3 + Math.Min(StepBuffers.BlockRows, batch) * latents * Environment.ProcessorCount
            : DenseTensors * batch * latents + 2 * latents * width;
        return sizeof(float) * (weights + step + 4 * batch * width);
    }

    /// <summary>A layer's columns that scaling, centre and measures are taken from.</summary>
    public static long OfPreparation(TrainConfig config, int width) => sizeof(float) * ((long)config.MedianSamples + 8192 + 1024) * width;
}
