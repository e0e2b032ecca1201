using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;

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

/// <summary>One piece to be made. Rows of a request share a batch, and what one gives does not depend on the others.</summary>
public sealed record GenerationRow
{
    /// <summary>The text; null is the null condition (no text at all and, without a melody, no guidance), "" is a text of no words.</summary>
    public string? Prompt { get; init; }

    /// <summary>What a melody model is to follow; null: nothing. Guidance then guides by text and melody together.</summary>
    public MelodyChroma? Melody { get; init; }

    /// <summary>The noise's key. Rows with equal seed and sample share their noise: arms.</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of the sample within its request: other noise from the same seed.</summary>
    public int Sample { get; init; }

    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Called where their sites are, in this order at one site.</summary>
    public IReadOnlyList<IHook> Hooks { get; init; } = [];

    /// <summary>Codes that the piece begins with; they are part of the result.</summary>
    public CodeGrid? Continue { get; init; }
}

/// <summary>What a request gave.</summary>
/// <param name="Codes">A row: its codes <c>[codebooks, frames]</c>, continued ones included.</param>
/// <param name="Columns">Columns computed.</param>
/// <param name="Elapsed">Time taken, texts and continued codes included.</param>
public sealed record GenerationResult(IReadOnlyList<CodeGrid> Codes, int Columns, TimeSpan Elapsed);

/// <summary>Told of frames as soon as all their codebooks are drawn: for sound that plays while it is made.</summary>
public interface IFrameListener
{
    /// <summary>Called on the generating thread, for each row in order of its frames.</summary>
    /// <param name="row">The row's place in the request.</param>
    /// <param name="codes">The row's whole grid, which is still being written: only frames below <paramref name="from"/> +
    /// <paramref name="count"/> are final.</param>
    /// <param name="from">The first frame that became final.</param>
    /// <param name="count">How many did: one a column, after a continued beginning that comes at once.</param>
    void FramesFinal(int row, CodeGrid codes, int from, int count);
}
