namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>Over what a direction is scored.</summary>
public enum TruthLevel
{
    /// <summary>Whole clips, by the mean over columns 4..F. Lags mean nothing here.</summary>
    Clips,

    /// <summary>Seconds that follow on each other from the clip's start, by the mean over their columns.</summary>
    Seconds,

    /// <summary>Single frames.</summary>
    Frames,
}
