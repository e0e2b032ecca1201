using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Tracing;
using SaeDashboard.Sae.Evaluation;
using SaeDashboard.Sae.Evaluation.Recovery;
using SaeDashboard.Sae.Features;
using SaeDashboard.Worker.Activations;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>
/// Cross-entropy and KL recovered: each clip runs through the model up to the SAE's point once, and from there four times at once, as it is and
/// with x̂, zero and the mean in columns 1 … F of what is computed there; a fifth time with PCA's reconstruction, where there is one.
/// </summary>
/// <param name="subject">What is measured.</param>
/// <param name="clips">On which of the split's clips.</param>
/// <param name="baseline">PCA; null: without.</param>
/// <param name="progress">Called after every clip of each of the two passes.</param>
/// <param name="cancellation">Looked at between clips.</param>
internal sealed class RecoveryMeasurement(EvaluationSubject subject, IReadOnlyList<Clip> clips, LinearBaseline? baseline, IProgress<ClipProgress> progress, CancellationToken cancellation)
{
    /// <summary>One condition: without text, or with captions.</summary>
    public RecoveryReport Measure(bool captions)
    {
        var condition = TextConditions.Of(captions);
        using var mean = MeanOf(captions, condition);
        var forcing = new TeacherForcing(subject.Model);
        var meter = new RecoveryMeter(subject.Model.Config.Decoder.Codebooks, baseline?.Rank);
        for (var done = 0; done < clips.Count; done++)
        {
            cancellation.ThrowIfCancellationRequested();
            using (var clip = forcing.Begin(subject.Dataset.Codes(clips[done]), subject.Site, captions ? clips[done].Caption : null))
            using (NewDisposeScope())
                meter.Add(clip.Logits(Streams(clip, mean)), Targets(clip));
            progress.Report(new ClipProgress($"cross-entropy ({condition})", done + 1, clips.Count));
        }
        return meter.Finish(condition, EvaluationSubject.FirstColumn, "columns 4 to the last of the same clips, same condition");
    }

    /// <summary>The mean of the measured columns, in a pass of its own: the ablation must not differ from clip to clip.</summary>
    private Tensor MeanOf(bool captions, string condition)
    {
        var mean = new ColumnMean(subject.Model.Config.Decoder.Width);
        var source = new ModelActivationSource(subject.Model, subject.Dataset, clips, subject.Site, captions);
        var done = 0;
        foreach (var clip in source.Clips())
        {
            using (clip)
            {
                cancellation.ThrowIfCancellationRequested();
                var skipped = Math.Min(EvaluationSubject.FirstColumn - 1, clip.Columns.shape[0]);
                using var measured = clip.Columns.narrow(0, skipped, clip.Columns.shape[0] - skipped);
                mean.Add(measured);
            }
            progress.Report(new ClipProgress($"mean activation ({condition})", ++done, clips.Count));
        }
        if (mean.Count == 0) throw new Core.UserException($"Nothing to measure: no clip of {subject.Split} has a column {EvaluationSubject.FirstColumn} or later.");
        return mean.Mean();
    }

    /// <summary>The clip's own values, and three or four that differ from it in columns 1 … F.</summary>
    private List<Tensor> Streams(ForcedClip clip, Tensor mean)
    {
        using var gradients = no_grad();
        var frames = clip.Columns - 1;
        var (_, reconstruction) = subject.Sae.Forward(clip.Values.narrow(0, 1, frames));
        List<Tensor> streams = [clip.Values, With(to => to.copy_(reconstruction)), With(to => to.zero_()), With(to => to.copy_(mean.expand(frames, mean.shape[0])))];
        if (baseline is not null) streams.Add(With(to => to.copy_(baseline.Components.Reconstruct(clip.Values.narrow(0, 1, frames), baseline.Rank))));
        return streams;

        Tensor With(Action<Tensor> fill)
        {
            var stream = clip.Values.clone();
            fill(stream.narrow(0, 1, frames));
            return stream;
        }
    }

    /// <summary>The codes that follow, <c>[columns, codebooks]</c>; −1 before the first measured column and where the delay pattern has none.</summary>
    private static int[] Targets(ForcedClip clip)
    {
        var targets = new int[clip.Columns * clip.Codebooks];
        for (var column = 0; column < clip.Columns; column++)
        {
            for (var codebook = 0; codebook < clip.Codebooks; codebook++)
                targets[column * clip.Codebooks + codebook] = column < EvaluationSubject.FirstColumn ? -1 : clip.Target(codebook, column);
        }
        return targets;
    }
}

/// <summary>PCA as the linear baseline of an SAE: as many directions as the SAE has active in a column.</summary>
/// <param name="Components">Fitted on clips that are not measured.</param>
/// <param name="Rank">How many of them are kept.</param>
internal sealed record LinearBaseline(PrincipalComponents Components, int Rank)
{
    /// <summary>Of a measured reconstruction; null where no PCA was fitted.</summary>
    public static LinearBaseline? Of(ReconstructionReport report, int width) =>
        report.Components is { } components ? new LinearBaseline(components, ReconstructionReport.MatchingRank(report.L0, width)) : null;
}
