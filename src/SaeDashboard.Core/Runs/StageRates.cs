namespace SaeDashboard.Core.Runs;

/// <summary>
/// What the stages of a run are thought to take before anything is measured, from the default run on two CPU cores: multiplications divided
/// by what those did of them a second. Within a factor of two on other machines; whoever knows the machine divides by its speed.
/// </summary>
public static class StageRates
{
    // A training step whose gradients are written by hand, and one that is differentiated automatically.
    private const double ByHand = 1, Differentiated = 5;

    // 10,400 columns a second through 5 layers of width 256; 63,000 columns a second trained on, 50,000 indexed, of 256 × 2,048.
    private const double Model = 10_400.0 * 5 * 256 * 256, Sae = 256.0 * 2048;
    private const double TrainColumns = 63_000, IndexColumns = 50_000;

    /// <summary>Seconds for running columns through the model up to and with a layer; work grows with layers · width².</summary>
    public static double Collect(long columns, int layer, int width) => columns * (layer + 1.0) * width * width / Model;

    /// <summary>Seconds of training on columns, by the cost of a step.</summary>
    public static double Train(long columns, int latents, int width, double stepCost) => stepCost * columns / TrainColumns * Share(latents, width);

    /// <summary>How long a training step takes, in steps of TopK of the same size: a rough estimate, the same for every size and machine.</summary>
    /// <param name="bySparseEngine">Whether its gradients are written by hand.</param>
    public static double StepCost(bool bySparseEngine) => bySparseEngine ? ByHand : Differentiated;

    /// <summary>Seconds for encoding columns with the SAE and gathering what fires.</summary>
    public static double Index(long columns, int latents, int width) => columns / IndexColumns * Share(latents, width);

    /// <summary>How fast a machine is that trained so many columns a second, beside the two cores.</summary>
    public static double Speed(double columnsPerSecond, int latents, int width) => columnsPerSecond / TrainColumns * Share(latents, width);

    private static double Share(int latents, int width) => (double)latents * width / Sae;
}
