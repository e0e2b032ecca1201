namespace SaeDashboard.Sae.Features;

/// <summary>How far a pass over clips is.</summary>
/// <param name="Stage">What is being done, such as "statistics" or "top clips".</param>
/// <param name="Clips">Clips done.</param>
/// <param name="Total">Clips there are, when that is known.</param>
/// <param name="Unit">What is counted where it is not clips, in the plural.</param>
public readonly record struct ClipProgress(string Stage, int Clips, int? Total, string Unit = "clips")
{
    /// <summary>A source's clips, each disposed after use, with progress told and cancellation looked at in between.</summary>
    internal static IEnumerable<ClipActivations> Count(
        IActivationSource source, string stage, IProgress<ClipProgress>? progress, CancellationToken cancellation)
    {
        var clips = 0;
        foreach (var clip in source.Clips())
        {
            using (clip)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return clip;
            }

            progress?.Report(new ClipProgress(stage, ++clips, source.ClipCount));
        }
    }
}
