using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Decoding;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Makes music: codes from prompts, several rows at a time. Not for several threads at once.</summary>
public sealed class Generator
{
    /// <summary>The longest piece, frames: five and a half hours at 50 a second.</summary>
    public const int MostFrames = 1_000_000;

    // Keys and values are not all there is.
    private const double ShareOfMemory = 0.9;

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
    /// <param name="frames">Frames of every row, continued ones included; beyond one window they are made window by window.</param>
    /// <param name="columnsDone">Told the number of columns computed, of <see cref="GenerationRun.Columns"/>.</param>
    /// <param name="listener">Told of each frame as it becomes final.</param>
    /// <param name="windows">How to go beyond one window; null: <see cref="WindowSettings.Of(Checkpoints.MusicGenConfig)"/> the model.</param>
    /// <param name="cancellationToken">Looked at before every column.</param>
    /// <exception cref="UserException">There are no rows, a setting is out of range, a prompt too long, continued codes are another
    /// model's or too many, or the keys and values would not fit the memory.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GenerationResult Generate(
        IReadOnlyList<GenerationRow> rows,
        int frames,
        IProgress<int>? columnsDone = null,
        IFrameListener? listener = null,
        WindowSettings? windows = null,
        CancellationToken cancellationToken = default)
    {
        var watch = Stopwatch.StartNew();
        using var run = Start(rows, frames, windows);
        foreach (var state in run.States.Where(state => state.Forced > 0)) listener?.FramesFinal(state.Index, state.Codes, 0, state.Forced);
        while (!run.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = run.FinalFrames;
            run.Advance();
            columnsDone?.Report(run.Column);
            foreach (var state in run.States)
            {
                var from = Math.Max(before, state.Forced);
                if (run.FinalFrames > from) listener?.FramesFinal(state.Index, state.Codes, from, run.FinalFrames - from);
            }
        }
        return new GenerationResult(run.Codes, run.Columns, watch.Elapsed);
    }

    /// <summary>Prepares what <see cref="Generate"/> does at once, to be computed column by column.</summary>
    /// <param name="rows">What to make. Each gives the same codes whatever the others are.</param>
    /// <param name="frames">Frames of every row, continued ones included; beyond one window they are made window by window.</param>
    /// <param name="windows">How to go beyond one window; null: <see cref="WindowSettings.Of(Checkpoints.MusicGenConfig)"/> the model.</param>
    /// <param name="retractable">Whether <see cref="GenerationRun.TakeBack"/> shall reach over a window's beginning into the one before:
    /// that doubles the memory of a piece of several windows.</param>
    /// <exception cref="UserException">As <see cref="Generate"/>.</exception>
    public GenerationRun Start(IReadOnlyList<GenerationRow> rows, int frames, WindowSettings? windows = null, bool retractable = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        windows ??= WindowSettings.Of(this.model.Config);
        windows.Validate();
        Check(rows, frames);
        CheckMemory(rows, Math.Min(frames, windows.LongestFrames) + pattern.LastDelay, retractable && frames > windows.LongestFrames ? 2 : 1);
        return new GenerationRun(this.model, pattern, rows, frames, windows, retractable);
    }

    private void Check(IReadOnlyList<GenerationRow> rows, int frames)
    {
        if (rows.Count == 0) throw new UserException("There is nothing to generate: a request needs at least one row.");
        if (frames < 1)
            throw new UserException($"{frames} frames cannot be generated: ask for at least one "
                + $"({1 / this.model.Config.AudioEncoder.FrameRate:0.###} s).");
        if (frames > MostFrames) throw new UserException($"{frames} frames are more than a piece can have: ask for {MostFrames} at most.");
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
            foreach (var hook in row.Hooks) hook.Site.Require(this.model.Config.Decoder.Layers);
        }
    }

    /// <summary>Says before memory is asked for what a machine would only say by ending the program.</summary>
    private void CheckMemory(IReadOnlyList<GenerationRow> rows, int columns, int caches)
    {
        var lanes = rows.Sum(row => row.Prompt is not null && row.Sampling.Guidance > 1 ? 2 : 1);
        var needed = caches * KeyValueCache.Bytes(this.model.Decoder, lanes, columns);
        var there = ShareOfMemory * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed <= there) return;
        throw new UserException(FormattableString.Invariant(
            $"{rows.Count} rows of {columns} columns ask for {needed / 1e9:F1} GB of keys and values, and this machine has {there / 1e9:F1} GB for them: ask for fewer rows at once, or for less guidance (1 halves it)."));
    }
}
