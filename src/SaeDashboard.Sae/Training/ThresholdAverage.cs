namespace SaeDashboard.Sae.Training;

/// <summary>
/// The mean over steps of the smallest value a batch's selection kept, recent steps weighing most (0.999), from which BatchTopK takes the
/// threshold of single columns (Bussmann, Leask, Nanda 2024). Divided by the weights' sum: the first step's is its own value, and a short run's
/// is not drawn towards 0.
/// </summary>
internal sealed class ThresholdAverage
{
    private const double Decay = 0.999;

    /// <summary>Σ (1 − 0.999)·0.999^age·value, kept in float32 so that a checkpoint holds all of it.</summary>
    public float Sum { get; private set; }

    /// <summary>Values taken in.</summary>
    public long Count { get; private set; }

    /// <summary>The average; 0 before the first value. What <see cref="Fix"/> set replaces it.</summary>
    public double Value => replacement ?? (Count == 0 ? 0 : Sum / (1 - Math.Pow(Decay, Count)));

    private double? replacement;

    public void Add(double value)
    {
        Sum = (float)(Decay * Sum + (1 - Decay) * value);
        Count++;
    }

    /// <summary>Sets what was measured at the end of a run.</summary>
    public void Fix(double value) => replacement = value;

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(float sum, long count) => (Sum, Count) = (sum, count);
}
