using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Ladders;
using SaeDashboard.Torch.Extensions;
using SaeDashboard.Worker.Steering.Trials;

namespace SaeDashboard.Worker.Steering.Ladders;

/// <summary>How long ladders will take on this machine, measured on a few columns before anything is kept.</summary>
/// <param name="Clips">Clips to make, at most: no strength breaks the music.</param>
/// <param name="Rows">Clips at once.</param>
/// <param name="ColumnSeconds">Seconds for a column of a full batch.</param>
/// <param name="HearSeconds">Seconds for decoding and hearing a frame, as many clips at once as there are threads.</param>
/// <param name="ReadSeconds">Seconds for reading the features of a frame.</param>
/// <param name="PrepareSeconds">Seconds for the dataset's clips.</param>
/// <param name="MakeSeconds">Seconds for the clips.</param>
internal sealed record LadderEstimate(int Clips, int Rows, double ColumnSeconds, double HearSeconds, double ReadSeconds, double PrepareSeconds, double MakeSeconds)
{
    private const int Warm = 2, Measured = 8;

    // Attention reads more keys at the end of a clip than at its beginning.
    private const double LaterColumns = 1.1;

    /// <summary>Measures.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="dataset">The dataset, of which one clip is heard.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="ear">Hears it.</param>
    /// <param name="preparation">What is to be prepared.</param>
    /// <param name="rows">Clips at once.</param>
    public static LadderEstimate Of(MusicGenModel model, LoadedSae sae, ClipDataset dataset, LadderSettings settings, LadderEar ear, LadderPreparation preparation, int rows)
    {
        var clips = LadderAnalysis.Most(settings, settings.Features.Count);
        var (frames, batch) = (preparation.Frames, Math.Min(rows, clips));
        var column = Column(model, sae, settings, frames, batch);
        var clip = dataset.Codes(dataset.Clips[0]).Slice(0, Math.Min(frames, dataset.Frames));
        var (hear, read) = Hearing(model, ear, clip);
        return new LadderEstimate(clips, batch, column, hear, read, preparation.ReferenceClips().Count * frames * hear, clips * (frames * LaterColumns * column / batch + frames * (hear + read)));
    }

    /// <summary>For a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Estimate: {Clips:N0} clips at most, about {ClipWork.About(PrepareSeconds)} to prepare and {ClipWork.About(MakeSeconds)} to make and hear them ({1000 * ColumnSeconds:F0} ms for a column of {Rows} clips, {1000 * HearSeconds:F2} ms to hear a frame and {1000 * ReadSeconds:F2} ms to read its features). Fewer where the music breaks early.");

    private static double Column(MusicGenModel model, LoadedSae sae, LadderSettings settings, int frames, int rows)
    {
        using var edit = new SteeringEdit(sae.Sae, sae.Index, [new Steer(settings.Features[0], 1)]);
        var hook = new SteeringHook(sae.Site, edit, SteerRows.Both, settings.Guidance > 1);
        return ClipWork.ColumnSeconds(model, hook, settings.Prompts, settings.Guidance, frames, rows, Warm, Measured);
    }

    private static (double Hear, double Read) Hearing(MusicGenModel model, LadderEar ear, CodeGrid clip)
    {
        var clips = Math.Max(1, TorchRuntime.Threads);
        var (hear, read) = (0.0, 0.0);
        // The first time is slower.
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var clock = Stopwatch.StartNew();
            TrialJudge.Together(clips, _ => ear.Hear(TrialJudge.Mono(model, clip), clip.Frames));
            hear = clock.Elapsed.TotalSeconds / clip.Frames / clips;
            clock.Restart();
            ear.Read(clip);
            read = clock.Elapsed.TotalSeconds / clip.Frames;
        }
        return (hear, read);
    }
}
