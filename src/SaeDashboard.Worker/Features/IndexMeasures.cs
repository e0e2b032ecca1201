using System.CommandLine;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Features;
using SaeDashboard.Sae.Features.Measures;
using SaeDashboard.Sae.Features.Sound;
using SaeDashboard.Sae.Formats;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Evaluation;
using SaeDashboard.Worker.Saes;

namespace SaeDashboard.Worker.Features;

/// <summary>What the verb index and a run's last stage measure of features, beyond their statistics.</summary>
internal static class IndexMeasures
{
    /// <summary>Descriptors of the decoded sound, and the annotated concepts where the dataset has some.</summary>
    /// <param name="model">The model, whose codec decodes the clips; owned by the caller.</param>
    /// <param name="dataset">The dataset, owned by the caller.</param>
    /// <param name="note">Takes a remark: annotations that cannot be read cost the concepts, not the index of a run of hours.</param>
    public static MeasureOptions Of(MusicGenModel model, ClipDataset dataset, Action<string> note)
    {
        Annotations? annotations = null;
        try
        {
            annotations = Annotations.TryLoad(dataset.Folder);
        }
        catch (UserException error)
        {
            note($"Features are not compared with annotated concepts: {error.Message}");
        }
        return new MeasureOptions
        {
            Descriptors = new ClipDescriptors(model, dataset),
            Concepts = annotations is null ? null : new ConceptAnnotations(annotations, row => dataset.Clips[row].Id),
        };
    }
}

/// <summary>
/// The descriptors of a dataset's clips, from the sound that the model's codec makes of their codes. Decoding takes longer than all else of an
/// index, so of each clip an excerpt is decoded, at a place drawn by the clip's row: all clips, a part of each.
/// </summary>
/// <param name="model">The model, owned by the caller.</param>
/// <param name="dataset">The dataset, owned by the caller.</param>
internal sealed class ClipDescriptors(MusicGenModel model, ClipDataset dataset) : IColumnDescriptors
{
    // Frames at the beginning of an excerpt that are not measured: they lack what the codec heard before.
    private const int WarmUp = 6;

    private readonly SoundMeter meter = new(model.Codec.SampleRate, model.Codec.HopLength);

    public IReadOnlyList<string> Names => SoundDescriptors.All;

    /// <summary>Column i + 1 has heard frame i last, so entry i is of that frame; NaN outside of the excerpt.</summary>
    public float[][] ValuesOf(int row, int columns)
    {
        var frames = Math.Min(SoundDescriptors.ExcerptFrames, columns);
        var start = new Random(row).Next(columns - frames + 1);
        var channels = model.DecodeSound(dataset.Codes(dataset.Clips[row]).Slice(start, frames));
        var mono = channels[0];
        for (var i = 0; channels.Length > 1 && i < mono.Length; i++) mono[i] = channels.Average(channel => channel[i]);
        var measured = meter.Measure(mono, frames);
        var skipped = start == 0 ? 0 : Math.Min(WarmUp, frames);
        var values = Names.Select(_ => new float[columns]).ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            Array.Fill(values[i], float.NaN);
            measured[i].AsSpan(skipped).CopyTo(values[i].AsSpan(start + skipped));
        }
        return values;
    }
}

/// <summary>The options of index that concern measures which take another SAE, or more passes of the model.</summary>
internal sealed class MeasureVerbOptions
{
    private readonly Option<string?> secondOption = new("--second-seed") { Description = "An SAE of the same place, trained from another seed: how stable each feature is, and the mystery guests", HelpName = "dir" };
    private readonly Option<int> scoresOption = new Option<int>("--output-scores") { Description = "Columns at which each kept feature is injected for its output score (passes of the model for each); 0: none", HelpName = "count" }.Default(0).Between(0, 1_000_000);

    public MeasureVerbOptions(Command verb)
    {
        verb.Options.Add(secondOption);
        verb.Options.Add(scoresOption);
    }

    /// <summary>The second SAE; null: none is given. The caller disposes it.</summary>
    /// <param name="context">The command line.</param>
    /// <param name="site">Where the first one reads.</param>
    /// <param name="first">The first one.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="UserException">It is the same SAE, or reads another place.</exception>
    public SecondSae? Second(VerbContext context, HookSite site, SparseAutoencoder first, MusicGenModel model)
    {
        if (context.Find(secondOption) is not { } folder) return null;
        var second = SaeFolder.Load(folder);
        try
        {
            if (SaeCompatibility.Require(folder, second, model) is var other && other != site)
                throw new UserException($"{folder} reads {other}, the SAE to index {site}: stability compares two SAEs of the same place.");
            if (second.WeightsHash == first.WeightsHash) throw new UserException($"{folder} is the SAE to index itself: give --second-seed one that was trained from another seed.");
            return new SecondSae(second, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));
        }
        catch
        {
            second.Dispose();
            throw;
        }
    }

    /// <summary>The index with output scores, if they are asked for.</summary>
    public BuiltFeatureIndex Score(VerbContext context, BuiltFeatureIndex built, EvaluationSubject subject)
    {
        if (context.Get(scoresOption) is not (> 0 and var columns)) return built;
        var measurement = new OutputScoreMeasurement(subject, FeatureFigures.Of(built.Data), columns, context.Progress, context.Cancellation);
        return measurement.Measure() is { } scores ? built.With(scores) : built;
    }
}
