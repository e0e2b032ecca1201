namespace SaeDashboard.Sae.Training;

/// <summary>Linear warm-up, constant, linear decay to 0.</summary>
internal static class LearningRate
{
    /// <summary>The rate of a step, counted from 0.</summary>
    public static double At(TrainConfig config, long step)
    {
        var warmUp = Math.Min(1000, (long)Math.Ceiling(config.WarmUp * config.Steps));
        var decay = (long)Math.Ceiling(config.Decay * config.Steps);
        var factor = 1.0;
        if (step < warmUp)
            factor = (step + 1.0) / warmUp;
        if (step >= config.Steps - decay)
            factor = Math.Min(factor, (double)(config.Steps - step) / decay);
        return config.LearningRate * factor;
    }
}
