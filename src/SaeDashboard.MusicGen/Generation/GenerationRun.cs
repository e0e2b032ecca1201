using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// A request that is computed column by column, so that other work of the same thread can come in between. <see cref="Generator.Start"/>
/// makes it. Every call comes from the thread that computes, and no dispose scope may span two calls. Memory is that of one window (two
/// in a run that can be taken back) and of the codes, so a piece that is to go on until someone stops it is one with as many frames as
/// it may have at most: stop when <see cref="FinalFrames"/> is far enough.
/// </summary>
public sealed class GenerationRun : IDisposable
{
    private readonly ConditionSet conditions;
    private readonly DelayPattern pattern;
    private readonly RowState[] states;
    private readonly WindowPlan plan;
    private readonly GenerationSession session;
    private readonly int layers;
    private readonly bool retractable;
    private bool broken;

    internal GenerationRun(MusicGenModel model, DelayPattern pattern, IReadOnlyList<GenerationRow> rows, int frames, WindowSettings windows,
        bool retractable)
    {
        (this.pattern, this.retractable, layers) = (pattern, retractable, model.Config.Decoder.Layers);
        conditions = new ConditionSet(model);
        Frames = frames;
        plan = new WindowPlan(frames, windows, pattern.LastDelay);
        using var gradients = no_grad();
        try
        {
            states = Prepare(rows);
            // Codes that are already as long as asked for cost nothing.
            Columns = states.All(state => state.Forced == frames) ? 0 : plan.TotalSteps;
            session = new GenerationSession(model.Decoder, states, plan, retractable);
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

    /// <summary>Columns to compute, those that windows compute again included.</summary>
    public int Columns { get; }

    /// <summary>Columns computed: falls when the head is taken back.</summary>
    public int Column { get; private set; }

    public bool IsDone => Column == Columns;

    /// <summary>The column of the whole piece that is computed next: what a hook changes there is heard from frame Head on. Where a window
    /// ends it falls by the delay, as those columns are computed again.</summary>
    public int Head
    {
        get
        {
            var window = plan[plan.IndexOf(Column)];
            return window.Start + window.Prompt + Column - window.FirstStep;
        }
    }

    /// <summary>How often the head was taken back: codes of an earlier revision may no longer be true.</summary>
    public int Revision { get; private set; }

    /// <summary>Frames of every row whose codebooks are all drawn.</summary>
    public int FinalFrames
    {
        get
        {
            if (IsDone) return Frames;
            var window = plan[plan.IndexOf(Column)];
            return Math.Max(window.Start + window.Prompt, Head - pattern.LastDelay);
        }
    }

    /// <summary>A row's codes, being written: those before <see cref="FinalFrames"/> are final, until the head is taken back.</summary>
    public IReadOnlyList<CodeGrid> Codes { get; }

    internal IReadOnlyList<RowState> States => states;

    /// <summary>Computes one column.</summary>
    /// <exception cref="UserException">The model's output is no longer finite.</exception>
    /// <exception cref="InvalidOperationException">There is no further column, or an earlier one failed.</exception>
    public void Advance()
    {
        if (IsDone) throw new InvalidOperationException("Every column is computed.");
        if (broken) throw new InvalidOperationException("A column of this run failed: it cannot go on.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        broken = true;
        var index = plan.IndexOf(Column);
        session.Advance(index, Head - plan[index].Start);
        broken = false;
        Column++;
    }

    /// <summary>
    /// Takes the head back: <paramref name="column"/> is computed next, for the first time it was computed, and everything drawn from it on is
    /// forgotten. Keys and values of the columns before stay as they are, steered or not. Going on with the same hooks gives the same codes.
    /// </summary>
    /// <param name="column">Of the whole piece; the frames before <paramref name="column"/> − largest delay stay.</param>
    /// <exception cref="UserException">The head has not been there, a row's given codes reach further, or what the earlier window knew
    /// is no longer kept.</exception>
    public void TakeBack(int column)
    {
        if (broken) throw new InvalidOperationException("A column of this run failed: it cannot go on.");
        var step = column < 0 ? -1 : plan.StepOf(column);
        if (step < 0 || step > Column)
            throw new UserException($"The head stands at column {Head}: it cannot be taken back to column {column}.");
        if (states.MaxBy(state => state.Forced) is { } longest && column < longest.Forced)
            throw new UserException($"Row {longest.Index} goes on from {longest.Forced} given frames: the head cannot be taken back to "
                + $"column {column}, which is among them. Column {longest.Forced} is the first that can be.");
        var index = plan.IndexOf(step);
        // At the beginning of a window nothing of it is kept yet, and nothing is needed.
        if (step < Column && !session.Holds(index))
            throw new UserException($"Column {column} is in an earlier window, whose keys and values are no longer kept"
                + (this.retractable ? ": only the one before the current window is." : ": the run was not started as one to be taken back."));
        // At a window's beginning the one before has drawn up to the delay further than the head says.
        var drawn = Math.Min(Frames, Head + pattern.LastDelay);
        foreach (var state in states) state.Clear(plan[index], column, drawn);
        Column = step;
        Revision++;
    }

    /// <summary>Gives a row other hooks, from the next column on.</summary>
    /// <param name="row">The row's place in the request.</param>
    /// <param name="hooks">Called where their sites are, in this order at one site.</param>
    /// <exception cref="UserException">The model has no such point.</exception>
    public void ReplaceHooks(int row, IReadOnlyList<IHook> hooks)
    {
        ArgumentNullException.ThrowIfNull(hooks);
        foreach (var hook in hooks) hook.Site.Require(layers);
        states.Single(state => state.Index == row).Replace(hooks);
        session.HooksChanged();
    }

    /// <summary>Goes on at a later column as if those between were computed: what it then computes is no music, but takes as long.
    /// For measuring.</summary>
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

    /// <summary>Rows in order of the frames they continue, so that those at work are always the first lanes of the cache.</summary>
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
