using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// A request that is computed column by column, so that other work of the same thread can come in between. <see cref="Generator.Start"/>
/// makes it. Every call comes from the thread that computes, and no dispose scope may span two calls.
/// </summary>
public sealed class GenerationRun : IDisposable
{
    private readonly Dictionary<string, TextCondition> conditions = new(StringComparer.Ordinal);
    private readonly DelayPattern pattern;
    private readonly RowState[] states;
    private readonly GenerationSession session;

    internal GenerationRun(MusicGenModel model, DelayPattern pattern, IReadOnlyList<GenerationRow> rows, int frames)
    {
        this.pattern = pattern;
        Frames = frames;
        using var gradients = no_grad();
        try
        {
            states = Prepare(model, rows);
            // The last column is drawn, not computed. Codes that are already as long as asked for cost nothing.
            Columns = states.All(state => state.Forced == frames) ? 0 : pattern.Columns(frames) - 1;
            session = new GenerationSession(model.Decoder, states, Columns);
        }
        catch
        {
            foreach (var condition in conditions.Values) condition.Dispose();
            throw;
        }
        Codes = [.. states.OrderBy(state => state.Index).Select(state => state.Codes)];
    }

    /// <summary>Frames of every row.</summary>
    public int Frames { get; }

    /// <summary>Columns to compute.</summary>
    public int Columns { get; }

    /// <summary>Columns computed.</summary>
    public int Column { get; private set; }

    public bool IsDone => Column == Columns;

    /// <summary>Frames of every row whose codebooks are all drawn.</summary>
    public int FinalFrames => IsDone ? Frames : Math.Max(0, Column - pattern.LastDelay);

    /// <summary>A row's codes, being written: those before <see cref="FinalFrames"/> are final.</summary>
    public IReadOnlyList<CodeGrid> Codes { get; }

    internal IReadOnlyList<RowState> States => states;

    /// <summary>Computes one column.</summary>
    /// <exception cref="UserException">The model's output is no longer finite.</exception>
    public void Advance()
    {
        if (IsDone) throw new InvalidOperationException("Every column is computed.");
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        session.Advance(Column);
        Column++;
    }

    /// <summary>Goes on at a later column as if those between were computed: what it then computes is no music, but takes as long.
    /// For measuring.</summary>
    public void SkipTo(int column)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(column, Column);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, Columns);
        // The first column is what settles which rows are at work.
        if (Column == 0) Advance();
        Column = Math.Max(Column, column);
    }

    public void Dispose()
    {
        session.Dispose();
        foreach (var condition in conditions.Values) condition.Dispose();
    }

    /// <summary>Rows in order of the frames they continue, so that those at work are always the first lanes of the cache.</summary>
    private RowState[] Prepare(MusicGenModel model, IReadOnlyList<GenerationRow> rows)
    {
        using var scope = NewDisposeScope();
        var made = new List<RowState>();
        var lane = 0;
        foreach (var (index, row) in rows.Index().OrderBy(item => item.Item.Continue?.Frames ?? 0))
        {
            var condition = row.Prompt is null ? null : model.Condition(row.Prompt, conditions);
            var state = new RowState(index, row, Frames, pattern, condition, lane);
            made.Add(state);
            lane += state.Lanes;
        }
        return [.. made];
    }
}
