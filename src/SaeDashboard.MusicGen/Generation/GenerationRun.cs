using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// A request computed column by column, so that the thread can do other work in between; made by <see cref="Generator.Start"/>. Every call
/// must come from the computing thread, and no dispose scope may span two calls. Memory is that of one window (two in a run that can be
/// rewound) and of the codes. For a piece without a fixed end, ask for the largest number of frames and stop when
/// <see cref="FinalFrames"/> is far enough.
/// </summary>
public sealed class GenerationRun : IDisposable
{
    private readonly ConditionSet conditions;
    private readonly DelayPattern pattern;
    private readonly RowState[] states;
    private readonly WindowPlan plan;
    private readonly GenerationSession session;
    private readonly int layers;
    private readonly bool rewindable;
    private bool broken;

    internal GenerationRun(MusicGenModel model, DelayPattern pattern, IReadOnlyList<GenerationRow> rows, int frames, WindowSettings windows,
        bool rewindable)
    {
        (this.pattern, this.rewindable, layers) = (pattern, rewindable, model.Config.Decoder.Layers);
        conditions = new ConditionSet(model);
        Frames = frames;
        plan = new WindowPlan(frames, windows, pattern.LastDelay);
        using var gradients = no_grad();
        try
        {
            states = Prepare(rows);
            // Codes that already have the requested length need no computation.
            Columns = states.All(state => state.Forced == frames) ? 0 : plan.TotalSteps;
            session = new GenerationSession(model.Decoder, states, plan, rewindable);
        }
        catch
        {
            conditions.Dispose();
            throw;
        }
        Codes = [.. states.OrderBy(state => state.Index).Select(state => state.Codes)];
    }

    /// <summary>Frames of every row.</summary>
    public int Frames { get; }

    /// <summary>Columns to compute, including those that a window recomputes.</summary>
    public int Columns { get; }

    /// <summary>Columns computed. Falls on <see cref="Rewind"/>.</summary>
    public int Column { get; private set; }

    public bool IsDone => Column == Columns;

    /// <summary>The column of the whole piece that is computed next: a hook's change there is heard from frame Head on. At the end of a window
    /// it falls by the delay, as those columns are recomputed.</summary>
    public int Head
    {
        get
        {
            var window = plan[plan.IndexOf(Column)];
            return window.Start + window.Prompt + Column - window.FirstStep;
        }
    }

    /// <summary>Columns to compute before a window begins, whose first one takes as long as many others: what the window continues is computed with it.
    /// 0: that one is next. Null: no other window begins.</summary>
    public int? UntilWindow
    {
        get
        {
            var index = plan.IndexOf(Column);
            if (index > 0 && plan[index].FirstStep == Column) return 0;
            return index + 1 < plan.Count ? plan[index + 1].FirstStep - Column : null;
        }
    }

    /// <summary>How often the run was rewound: codes of an earlier revision may be obsolete.</summary>
    public int Revision { get; private set; }

    /// <summary>Frames of every row whose codebooks are all sampled.</summary>
    public int FinalFrames
    {
        get
        {
            if (IsDone) return Frames;
            var window = plan[plan.IndexOf(Column)];
            return Math.Max(window.Start + window.Prompt, Head - pattern.LastDelay);
        }
    }

    /// <summary>A row's codes, being written: those before <see cref="FinalFrames"/> are final until a <see cref="Rewind"/>.</summary>
    public IReadOnlyList<CodeGrid> Codes { get; }

    internal IReadOnlyList<RowState> States => states;

    /// <summary>The column whose output was not finite, of a row that <see cref="GenerationRow.EndsAlone"/>; null: it continues. A
    /// <see cref="Rewind"/> to that column or an earlier one revives it.</summary>
    /// <param name="row">The row's index in the request.</param>
    public int? EndedAt(int row) => states.Single(state => state.Index == row).EndedAt;

    /// <summary>Whether a column was computed: a change of it needs a <see cref="Rewind"/> to it. At a window's beginning that holds for some
    /// columns past the head, which the previous window has computed for its last codes.</summary>
    public bool HasComputed(int column) => column >= 0 && plan.StepOf(column) < Column;

    /// <summary>How many frames do not depend on a column or on later ones: those that a change of that column leaves as they are.</summary>
    public int FramesBefore(int column) => Math.Clamp(column - pattern.LastDelay, 0, Frames);

    /// <summary>Computes one column.</summary>
    /// <exception cref="UserException">The model's output is not finite.</exception>
    /// <exception cref="InvalidOperationException">All columns are computed, or an earlier one failed.</exception>
    public void Advance()
    {
        if (IsDone) throw new InvalidOperationException("Every column is computed.");
        if (broken) throw new InvalidOperationException("An earlier column of this run failed: it cannot continue.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        broken = true;
        var index = plan.IndexOf(Column);
        session.Advance(index, Head - plan[index].Start);
        broken = false;
        Column++;
    }

    /// <summary>
    /// Rewinds the run: <paramref name="column"/> is computed next, and everything sampled from it on is discarded. Keys and values of the
    /// columns before are kept, steered or not. Continuing with the same hooks gives the same codes.
    /// </summary>
    /// <param name="column">Column of the whole piece; the frames before <paramref name="column"/> − largest delay are kept.</param>
    /// <exception cref="UserException">The column has not been computed, is among a row's given codes, or is in a window whose keys
    /// and values are not kept.</exception>
    public void Rewind(int column)
    {
        if (broken) throw new InvalidOperationException("An earlier column of this run failed: it cannot continue.");
        var step = column < 0 ? -1 : plan.StepOf(column);
        if (step < 0 || step > Column)
            throw new UserException($"The run is at column {Head}: it cannot be rewound to column {column}.");
        if (states.MaxBy(state => state.Forced) is { } longest && column < longest.Forced)
            throw new UserException($"Row {longest.Index} continues {longest.Forced} given frames: the run cannot be rewound to column {column}, "
                + $"which is among them. The earliest possible column is {longest.Forced}.");
        var index = plan.IndexOf(step);
        // At the beginning of a window nothing of it is kept, and nothing is needed.
        if (step < Column && !session.Holds(index))
            throw new UserException($"Column {column} is in an earlier window, whose keys and values are not kept"
                + (this.rewindable ? ": only those of the previous window are." : ": the run was not started as rewindable."));
        // At a window's beginning the previous window has sampled up to the delay beyond the head.
        var drawn = Math.Min(Frames, Head + pattern.LastDelay);
        foreach (var state in states) state.Clear(plan[index], column, drawn);
        Column = step;
        Revision++;
    }

    /// <summary>Replaces a row's hooks from the next column on.</summary>
    /// <param name="row">The row's index in the request.</param>
    /// <param name="hooks">Called at their sites, in this order at one site.</param>
    /// <exception cref="UserException">The model has no such point.</exception>
    public void ReplaceHooks(int row, IReadOnlyList<IHook> hooks)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        foreach (var hook in hooks) hook.Site.Require(layers);
        states.Single(state => state.Index == row).Replace(hooks);
        session.HooksChanged();
    }

    /// <summary>Skips to a later column as if those between were computed. The result is not music but takes as long; for
    /// benchmarks.</summary>
    public void SkipTo(int column)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(column, Column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Columns);
        Column = column;
    }

    public void Dispose()
    {
        session.Dispose();
        conditions.Dispose();
    }

    /// <summary>Rows in order of the frames they continue, so that active rows are always the first lanes of the cache.</summary>
    private RowState[] Prepare(IReadOnlyList<GenerationRow> rows)
    {
        using var scope = NewDisposeScope();
        var made = new List<RowState>();
        var lane = 0;
        foreach (var (index, row) in rows.Index().OrderBy(item => item.Item.Continue?.Frames ?? 0))
        {
            var halves = conditions.Halves(row.Prompt, row.Melody, row.Sampling.Guidance);
            var state = new RowState(index, row, Frames, pattern, halves, lane);
            made.Add(state);
            lane += state.Lanes;
        }
        return [.. made];
    }
}
