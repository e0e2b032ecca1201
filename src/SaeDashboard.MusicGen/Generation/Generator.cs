using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.MusicGen.Melody;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Generates music: codes from prompts, several rows at a time. Not thread-safe.</summary>
public sealed class Generator
{
    /// <summary>The longest piece, frames: five and a half hours at 50 a second.</summary>
    public const int MaxFrames = 1_000_000;

    // Leaves memory for more than keys and values.
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
    /// <param name="rows">The pieces. A row's codes do not depend on the other rows.</param>
    /// <param name="frames">Frames of every row, those of the continued sound included; more than one window is generated window by window.</param>
    /// <param name="columnsDone">Receives the number of columns computed, out of <see cref="GenerationRun.Columns"/>.</param>
    /// <param name="listener">Receives each frame when it becomes final.</param>
    /// <param name="windows">Window sizes; null: <see cref="WindowSettings.Of(Checkpoints.MusicGenConfig)"/>.</param>
    /// <param name="cancellationToken">Checked before every column.</param>
    /// <exception cref="UserException">There are no rows, a setting is out of range, a prompt is too long, the continued codes are
    /// another model's or too long, or the keys and values do not fit in memory.</exception>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
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

    /// <summary>Starts a request to be computed column by column, where <see cref="Generate"/> computes it at once.</summary>
    /// <param name="rows">The pieces. A row's codes do not depend on the other rows.</param>
    /// <param name="frames">Frames of every row, those of the continued sound included; more than one window is generated window by window.</param>
    /// <param name="windows">Window sizes; null: <see cref="WindowSettings.Of(Checkpoints.MusicGenConfig)"/>.</param>
    /// <param name="rewindable">Whether <see cref="GenerationRun.Rewind"/> can reach into the previous window, which doubles the memory of a
    /// piece of several windows.</param>
    /// <exception cref="UserException">As <see cref="Generate"/>.</exception>
    public GenerationRun Start(IReadOnlyList<GenerationRow> rows, int frames, WindowSettings? windows = null, bool rewindable = false)
    {
        ArgumentNullException.ThrowIfNull(rows);
        windows ??= WindowSettings.Of(this.model.Config);
        windows.Validate();
        Check(rows, frames);
        CheckMemory(rows, Math.Min(frames, windows.LongestFrames) + pattern.LastDelay, rewindable && frames > windows.LongestFrames ? 2 : 1);
        return new GenerationRun(this.model, pattern, rows, frames, windows, rewindable);
    }

    private void Check(IReadOnlyList<GenerationRow> rows, int frames)
    {
        if (rows.Count == 0) throw new UserException("There is nothing to generate: a request needs at least one row.");
        if (frames < 1)
            throw new UserException($"{frames} frames cannot be generated: ask for at least one "
                + $"({1 / this.model.Config.AudioEncoder.FrameRate:0.###} s).");
        if (frames > MaxFrames) throw new UserException($"{frames} frames are more than a piece can have: ask for {MaxFrames} at most.");
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

    /// <summary>Checks the memory before it is allocated: otherwise the system would kill the process.</summary>
    private void CheckMemory(IReadOnlyList<GenerationRow> rows, int columns, int caches)
    {
        var lanes = rows.Sum(row => (row.Prompt is not null || row.Melody is not null) && row.Sampling.Guidance > 1 ? 2 : 1);
        var needed = caches * KeyValueCache.Bytes(this.model.Decoder, lanes, columns);
        var there = ShareOfMemory * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed <= there) return;
        throw new UserException(FormattableString.Invariant(
            $"{rows.Count} rows of {columns} columns ask for {needed / 1e9:F1} GB of keys and values, and this machine has {there / 1e9:F1} GB for them: ask for fewer rows at once, or for less guidance (1 halves it)."));
    }
}

/// <summary>One piece to generate. Rows of a request share a batch; a row's result does not depend on the others.</summary>
public sealed record GenerationRow
{
    /// <summary>The text. Null is the null condition (no text and, without a melody, no guidance); "" is an empty text.</summary>
    public string? Prompt { get; init; }

    /// <summary>The melody that a melody model follows; null: none. Guidance applies to text and melody together.</summary>
    public MelodyChroma? Melody { get; init; }

    /// <summary>The seed of the noise. Rows with equal seed and sample share their noise, as the arms of a take do.</summary>
    public ulong Seed { get; init; }

    /// <summary>Number of the sample within its request: different noise from the same seed.</summary>
    public int Sample { get; init; }

    public SamplingSettings Sampling { get; init; } = new();

    /// <summary>Called at their sites, in this order at one site.</summary>
    public IReadOnlyList<IHook> Hooks { get; init; } = [];

    /// <summary>Whether this row ends by itself when the model's output for it is not finite, while the others continue
    /// (<see cref="GenerationRun.EndedAt"/>); otherwise the request fails.</summary>
    public bool EndsAlone { get; init; }

    /// <summary>Codes that the piece continues; they are part of the result.</summary>
    public CodeGrid? Continue { get; init; }
}

/// <summary>The result of a request.</summary>
/// <param name="Codes">Each row's codes <c>[codebooks, frames]</c>, those of the continued sound included.</param>
/// <param name="Columns">Columns computed.</param>
/// <param name="Elapsed">Time taken, including texts and continued codes.</param>
public sealed record GenerationResult(IReadOnlyList<CodeGrid> Codes, int Columns, TimeSpan Elapsed);

/// <summary>Receives frames as soon as all their codebooks are sampled, for sound that plays while it is generated.</summary>
public interface IFrameListener
{
    /// <summary>Called on the generating thread, for each row in order of its frames.</summary>
    /// <param name="row">The row's index in the request.</param>
    /// <param name="codes">The row's whole grid, which is still being written: only frames below <paramref name="from"/> +
    /// <paramref name="count"/> are final.</param>
    /// <param name="from">The first frame that became final.</param>
    /// <param name="count">Number of frames: one per column, but all frames of a continued sound at once.</param>
    void FramesFinal(int row, CodeGrid codes, int from, int count);
}
