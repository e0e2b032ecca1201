using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Torch.Extensions;

namespace SaeDashboard.Worker.Steering.Trials;

/// <summary>How long a table will take on this machine, measured on a few columns before anything is kept.</summary>
/// <param name="Clips">Clips to make, at most: every feature has a target, and none breaks the model.</param>
/// <param name="Rows">Clips at once.</param>
/// <param name="ColumnSeconds">Seconds for a column of a full batch.</param>
/// <param name="HearSeconds">Seconds for decoding and hearing a frame, as many clips at once as there are threads.</param>
/// <param name="ReadSeconds">Seconds for reading the features of a frame.</param>
/// <param name="PrepareSeconds">Seconds for the tagger and the targets.</param>
/// <param name="MakeSeconds">Seconds for the clips.</param>
internal sealed record TrialEstimate(int Clips, int Rows, double ColumnSeconds, double HearSeconds, double ReadSeconds, double PrepareSeconds, double MakeSeconds)
{
    private const int Warm = 4, Measured = 16;

    // Attention reads more keys at the end of a clip than at its beginning.
    private const double LaterColumns = 1.1;

    /// <summary>Measures.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="dataset">The dataset, of which one clip is heard.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="preparation">What is to be prepared.</param>
    /// <param name="rows">Clips at once.</param>
    public static TrialEstimate Of(MusicGenModel model, LoadedSae sae, ClipDataset dataset, TrialSettings settings, TrialPreparation preparation, int rows)
    {
        var clips = TrialKeys.Count(settings, settings.Sample + settings.TopScore);
        var frames = TrialPreparation.Frames(settings, model);
        var batch = Math.Min(rows, clips);
        var column = Column(model, sae, settings, frames, batch);
        var clip = dataset.Codes(dataset.Clips[0]).Slice(0, Math.Min(frames, dataset.Frames));
        var (decode, read) = Hearing(model, sae, clip);
        var (decoded, columns) = preparation.Work();
        return new TrialEstimate(clips, batch, column, decode, read, decoded * decode + columns * read, clips * (frames * LaterColumns * column / batch + frames * (decode + read)));
    }

    /// <summary>For a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Estimate: {Clips:N0} clips at most, about {ClipWork.About(PrepareSeconds)} to prepare and {ClipWork.About(MakeSeconds)} to make and hear them ({1000 * ColumnSeconds:F0} ms for a column of {Rows} clips, {1000 * HearSeconds:F2} ms to hear a frame and {1000 * ReadSeconds:F2} ms to read its features).");

    private static double Column(MusicGenModel model, LoadedSae sae, TrialSettings settings, int frames, int rows)
    {
        var feature = Enumerable.Range(0, sae.Index.Count).Where(each => sae.Index[each] is { Kept: true, P99: > 0 }).DefaultIfEmpty(-1).First();
        if (feature < 0) throw new UserException($"{sae.Folder}: the feature filter keeps no feature, so there is nothing to sample from.");
        using var steered = new SteeringEdit(sae.Sae, sae.Index, [new Steer(feature, 1)]);
        var edit = new MatchedEdit(steered, RandomDirection.Create(settings.Seed, sae.Sae.Config.DIn, 1));
        var hook = new SteeringHook(sae.Site, edit, SteerRows.Both, settings.Guidance > 1);
        return ClipWork.ColumnSeconds(model, hook, settings.Prompts, settings.Guidance, frames, rows, Warm, Measured);
    }

    private static (double Decode, double Read) Hearing(MusicGenModel model, LoadedSae sae, CodeGrid clip)
    {
        var judge = new TrialJudge(model, sae, tagger: null);
        var clips = 2 * Math.Max(1, TorchRuntime.Threads);
        var (decode, read) = (0.0, 0.0);
        // The first time is slower.
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var clock = Stopwatch.StartNew();
            TrialJudge.Together(clips, _ => judge.Hear(TrialJudge.Mono(model, clip), clip.Frames)(0, clip.Frames));
            decode = clock.Elapsed.TotalSeconds / clip.Frames / clips;
            clock.Restart();
            judge.Reads(clip, [new TrialFeature { Feature = 0, Groups = [], P99 = 1, UnitLength = 1, OtherRow = 0 }]);
            read = clock.Elapsed.TotalSeconds / clip.Frames;
        }
        return (decode, read);
    }
}
