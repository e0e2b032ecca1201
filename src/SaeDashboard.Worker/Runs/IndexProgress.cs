using SaeDashboard.Core.Runs;
using SaeDashboard.Sae.Features;

namespace SaeDashboard.Worker.Runs;

/// <summary>
/// How far the last stage of a run is, and how long it takes. A clip of the statistics runs through the model and its sound is described; the others are only
/// encoded; at the end features are measured and mapped. Each counts for as many encoded clips as it is thought to take (<see cref="StageRates"/>).
/// </summary>
/// <param name="measured">Clips of the statistics.</param>
/// <param name="further">Clips whose activations are there.</param>
/// <param name="frames">Frames of a clip.</param>
/// <param name="layer">The layer that the SAE reads.</param>
/// <param name="latents">Latents.</param>
/// <param name="width">Their width.</param>
/// <param name="clock">The clock; null: the system's.</param>
internal sealed class IndexProgress(int measured, int further, long frames, int layer, int latents, int width, TimeProvider? clock = null)
{
    // Of what follows the clips; the rest is the map.
    private const double MeasuresShare = 0.9, NearestShare = 0.03;

    private readonly double weight = Weight(frames, layer, latents, width);
    private readonly double tail = StageRates.Finish(latents) / StageRates.Index(frames, latents, width);
    private readonly ProgressEstimator speed = new(
        measured * Weight(frames, layer, latents, width) + further + StageRates.Finish(latents) / StageRates.Index(frames, latents, width), 0, clock);

    /// <summary>Clips that are done.</summary>
    public int Clips { get; private set; }

    /// <summary>Whether all of them are.</summary>
    public bool IsAfterClips { get; private set; }

    public double ElapsedSeconds => speed.ElapsedSeconds;

    /// <summary>Seconds remaining, of what follows the clips too; null in the first moment.</summary>
    public double? EtaSeconds => speed.EtaSeconds;

    /// <summary>Takes what the builder of the index or of the map reports.</summary>
    public void Update(ClipProgress happened)
    {
        var share = happened.Total > 0 ? (double)happened.Clips / happened.Total.Value : 0;
        var (afterClips, done) = happened.Stage switch
        {
            "statistics" => (false, happened.Clips * weight),
            "top clips" => (false, measured * weight + happened.Clips),
            FeatureIndexBuilder.MeasuresStage => (true, MeasuresShare * share),
            "nearest directions" => (true, MeasuresShare + NearestShare * share),
            _ => (true, MeasuresShare + NearestShare + (1 - MeasuresShare - NearestShare) * share),
        };
        IsAfterClips = afterClips;
        Clips = afterClips ? measured + further : happened.Stage == "statistics" ? happened.Clips : measured + happened.Clips;
        speed.Update(afterClips ? measured * weight + further + tail * done : done);
    }

    private static double Weight(long frames, int layer, int latents, int width)
    {
        var encode = StageRates.Index(frames, latents, width);
        return (encode + StageRates.Collect(frames, layer, width) + StageRates.Describe(1, frames)) / encode;
    }
}
