namespace SaeDashboard.Sae.Training;

/// <summary>How a run ended.</summary>
public sealed record TrainResult
{
    /// <summary>False: it was cancelled, its state is saved and can be resumed; nothing was exported.</summary>
    public required bool Finished { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>The step it was resumed from; 0 for a fresh run.</summary>
    public required long ResumedFrom { get; init; }

    /// <summary>Seconds of training in this process, without preparation and export.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Columns trained on a second, in this process.</summary>
    public required double ColumnsPerSecond { get; init; }

    /// <summary>The share of that time in which training waited for its columns.</summary>
    public double WaitShare { get; init; }

    /// <summary>The share of latents that were dead at the end.</summary>
    public required double DeadShare { get; init; }

    /// <summary>On clips that were not trained on, before export; null when none are held out.</summary>
    public HeldOutMeasure? HeldOut { get; init; }

    /// <summary>The SAELens folder that was written, or null.</summary>
    public string? ExportFolder { get; init; }

    /// <summary>The exported SAE's <see cref="SparseAutoencoder.WeightsHash"/>, or null.</summary>
    public string? WeightsHash { get; init; }
}
