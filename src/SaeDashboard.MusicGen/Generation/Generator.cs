using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Hooks;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Makes music: codes from prompts, several rows at a time. Not for several threads at once.</summary>
public sealed class Generator
{
    private readonly MusicGenModel model;
    private readonly DelayPattern pattern;

    public Generator(MusicGenModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        pattern = new DelayPattern(model.Config.Decoder);
    }

    /// <summary>Generates <paramref name="frames"/> frames of every row.</summary>
    /// <param name="rows">What to make. Each gives the same codes whatever the others are.</param>
    /// <param name="frames">Frames of every row, continued ones included.</param>
    /// <param name="columnsDone">Told the number of columns computed, of <see cref="DelayPattern.Columns"/>(frames) − 1.</param>
    /// <param name="listener">Told of each frame as it becomes final.</param>
    /// <param name="cancellationToken">Looked at before every column.</param>
    /// <exception cref="UserException">A setting is out of range, a prompt too long, or continued codes are another model's or too
    /// many.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GenerationResult Generate(
        IReadOnlyList<GenerationRow> rows,
        int frames,
        IProgress<int>? columnsDone = null,
        IFrameListener? listener = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Check(rows, frames);
        var watch = Stopwatch.StartNew();
        using var run = new GenerationRun(this.model, pattern, rows, frames);
        foreach (var state in run.States.Where(state => state.Forced > 0)) listener?.FramesFinal(state.Index, state.Codes, 0, state.Forced);
        while (!run.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            run.Advance();
            columnsDone?.Report(run.Column);
            // One frame a column becomes final, once the last codebook's delay is over.
            var final = run.Column - 1 - pattern.LastDelay;
            foreach (var state in run.States)
            {
                if (final >= state.Forced) listener?.FramesFinal(state.Index, state.Codes, final, 1);
            }
        }
        return new GenerationResult(run.Codes, run.Columns, watch.Elapsed);
    }

    /// <summary>Prepares what <see cref="Generate"/> does at once, to be computed column by column.</summary>
    /// <param name="rows">What to make. Each gives the same codes whatever the others are.</param>
    /// <param name="frames">Frames of every row, continued ones included.</param>
    /// <exception cref="UserException">A setting is out of range, a prompt too long, or continued codes are another model's or too
    /// many.</exception>
    public GenerationRun Start(IReadOnlyList<GenerationRow> rows, int frames)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Check(rows, frames);
        return new GenerationRun(this.model, pattern, rows, frames);
    }

    private void Check(IReadOnlyList<GenerationRow> rows, int frames)
    {
        if (frames < 1)
            throw new UserException($"{frames} frames cannot be generated: ask for at least one "
                + $"({1 / this.model.Config.AudioEncoder.FrameRate:0.###} s).");
        foreach (var row in rows)
        {
            row.Sampling.Validate();
            this.model.Check(row.Melody);
            if (row.Continue is { } codes)
            {
                pattern.Check(codes);
                if (codes.Frames > frames)
                    throw new UserException($"The sound to continue has {codes.Frames} frames, but only {frames} are asked for in all: "
                        + "ask for more.");
            }
            foreach (var hook in row.Hooks)
            {
                var (site, layers) = (hook.Site, this.model.Config.Decoder.Layers);
                if (site.Point == HookSite.ResidualPost && site.Layer >= 0 && site.Layer < layers) continue;
                throw new UserException(
                    $"There is no hook point {site}: the model's layers are 0 to {layers - 1}, and each has {HookSite.ResidualPost}.");
            }
        }
    }
}
