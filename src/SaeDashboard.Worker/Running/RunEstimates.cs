using SaeDashboard.Sae.Training;

namespace SaeDashboard.Worker.Running;

/// <summary>
/// What the stages are thought to take before anything is measured: multiplications divided by what two CPU cores did of them a second in
/// the default run. Within a factor of two on other machines; the run's own measures take over soon.
/// </summary>
internal static class RunEstimates
{
    // 10,400 columns a second through 5 layers of width 256 (12 width² a layer); 63,000 columns a second through 2,048 latents.
    private const double ModelRate = 10_400.0 * 5 * 12 * 256 * 256;
    private const double TrainRate = 63_000.0 * 2048 * 256;
    private const double EncodeRate = 45_000.0 * 2048 * 256;

    /// <summary>How much longer the dense engine takes for a step.</summary>
    private const double DenseShare = 5;
    private const double CoresMeasured = 2;

    /// <summary>What loading, scaling, evaluating and exporting take, whatever the size (s).</summary>
    private const double Preparation = 1;

    /// <summary>Seconds for running columns through the model up to and with a layer.</summary>
    public static double Collect(long columns, int layer, int width) => columns * (layer + 1.0) * 12 * width * width / (ModelRate * Speed);

    /// <summary>Seconds of training.</summary>
    public static double Train(TrainConfig config, int width)
    {
        var rate = config.ChosenEngine() == TrainEngine.Sparse ? TrainRate : TrainRate / DenseShare;
        return Preparation + config.Steps * config.Batch * (double)config.Latents * width / (rate * Speed);
    }

    /// <summary>Seconds for encoding columns with the SAE and gathering what fires.</summary>
    public static double Encode(long columns, int latents, int width) => columns * (double)latents * width / (EncodeRate * Speed);

    private static double Speed => Math.Min(Environment.ProcessorCount, 16) / CoresMeasured;
}
