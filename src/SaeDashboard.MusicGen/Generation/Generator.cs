using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

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
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var conditions = new Dictionary<string, TextCondition>(StringComparer.Ordinal);
        try
        {
            var states = Prepare(rows, frames, conditions);
            var columns = Compute(states, frames, columnsDone, listener, cancellationToken);
            return new GenerationResult([.. states.OrderBy(state => state.Index).Select(state => state.Codes)], columns, watch.Elapsed);
        }
        finally
        {
            foreach (var condition in conditions.Values) condition.Dispose();
        }
    }

    private void Check(IReadOnlyList<GenerationRow> rows, int frames)
    {
        if (frames < 1)
            throw new UserException($"{frames} frames cannot be generated: ask for at least one "
                + $"({1 / this.model.Config.AudioEncoder.FrameRate:0.###} s).");
        foreach (var row in rows)
        {
            row.Sampling.Validate();
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

    /// <summary>Rows in order of the frames they continue, so that those at work are always the first lanes of the cache.</summary>
    private RowState[] Prepare(IReadOnlyList<GenerationRow> rows, int frames, Dictionary<string, TextCondition> conditions)
    {
        var states = new List<RowState>();
        var lane = 0;
        foreach (var (index, row) in rows.Index().OrderBy(item => item.Item.Continue?.Frames ?? 0))
        {
            var condition = row.Prompt is null ? null : this.model.Condition(row.Prompt, conditions);
            var state = new RowState(index, row, frames, pattern, condition, lane);
            states.Add(state);
            lane += state.Lanes;
        }
        return [.. states];
    }

    private int Compute(RowState[] states, int frames, IProgress<int>? columnsDone, IFrameListener? listener,
        CancellationToken cancellationToken)
    {
        // The last column is drawn, not computed. Codes that are already as long as asked for cost nothing.
        var last = states.All(state => state.Forced == frames) ? 0 : pattern.Columns(frames) - 1;
        using var session = new GenerationSession(this.model.Decoder, states, last);
        foreach (var state in states.Where(state => state.Forced > 0)) listener?.FramesFinal(state.Index, state.Codes, 0, state.Forced);
        for (var column = 0; column < last; column++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            session.Advance(column);
            columnsDone?.Report(column + 1);
            var final = column - pattern.LastDelay;
            foreach (var state in states)
            {
                if (final >= state.Forced) listener?.FramesFinal(state.Index, state.Codes, final, 1);
            }
        }
        return last;
    }
}
