using System.Runtime.Intrinsics;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>One row during generation: its codes so far, its lanes (one for each half of the guidance) and the sampling of its next
/// column. Columns are those of the whole piece.</summary>
internal sealed class RowState
{
    private readonly DelayPattern pattern;
    private ILookup<HookSite, IHook> hooks;

    public RowState(int index, GenerationRow row, int frames, DelayPattern pattern, TextCondition?[] conditions, int firstLane)
    {
        (Index, Row, this.pattern, FirstLane) = (index, row, pattern, firstLane);
        Forced = row.Continue?.Frames ?? 0;
        Codes = new CodeGrid(pattern.Codebooks, frames);
        for (var codebook = 0; codebook < pattern.Codebooks; codebook++)
        {
            for (var frame = 0; frame < Forced; frame++) Codes[codebook, frame] = row.Continue![codebook, frame];
        }
        Conditions = conditions;
        hooks = row.Hooks.ToLookup(hook => hook.Site);
    }

    /// <summary>Index in the request.</summary>
    public int Index { get; }

    public GenerationRow Row { get; }

    /// <summary>Frames given.</summary>
    public int Forced { get; }

    public CodeGrid Codes { get; }

    public int FirstLane { get; }

    /// <summary>The condition of each half, the conditional one first.</summary>
    public TextCondition?[] Conditions { get; }

    public int Lanes => Conditions.Length;

    /// <summary>The column whose logits were not finite, of a row that ends alone; null: none was.</summary>
    public int? EndedAt { get; private set; }

    /// <summary>The sites of the hooks.</summary>
    public IEnumerable<HookSite> Sites => hooks.Select(group => group.Key);

    /// <summary>The window's column up to which the row is computed at once, or past every column where the window has nothing to generate
    /// for it; 0: it begins with BOS only.</summary>
    public int JoinsAt(Window window)
    {
        var given = Math.Max(Forced - window.Start, window.Prompt);
        return given < window.Frames ? given : int.MaxValue;
    }

    public void Replace(IReadOnlyList<IHook> hooks) => this.hooks = hooks.ToLookup(hook => hook.Site);

    /// <summary>The ids of columns of a window, as far as they are sampled: <c>[columns, codebooks]</c>.</summary>
    public void WriteIds(Window window, int firstColumn, int columns, Span<int> ids) =>
        this.pattern.Write(Codes, firstColumn, columns, ids, window.Start, window.End);

    /// <summary>Discards what was sampled from a column on, which the window recomputes; nothing is sampled from frame
    /// <paramref name="end"/> on.</summary>
    public void Clear(Window window, int column, int end)
    {
        if (EndedAt >= column) EndedAt = null;
        for (var codebook = 0; codebook < this.pattern.Codebooks; codebook++)
        {
            var first = Math.Max(Forced, Math.Min(this.pattern.Frame(codebook, column + 1), window.End));
            for (var frame = first; frame < end; frame++) Codes[codebook, frame] = 0;
        }
    }

    /// <summary>Samples one codebook of column <paramref name="column"/> from the logits of the column before it. Codebooks may be sampled
    /// in parallel, each with its own sampler.</summary>
    /// <param name="window">The window that is computed.</param>
    /// <param name="column">1 or more.</param>
    /// <param name="codebook">The codebook.</param>
    /// <param name="logits">The row's lanes, each <c>[codebooks, vocabulary]</c>; the codebook's part of the first is
    /// overwritten.</param>
    /// <param name="sampler">A sampler of the same vocabulary.</param>
    /// <returns>False: a logit is not finite, and nothing was sampled.</returns>
    public bool Draw(Window window, int column, int codebook, Span<float> logits, Sampler sampler)
    {
        var frame = this.pattern.Frame(codebook, column);
        if (EndedAt is not null || frame - window.Start < JoinsAt(window) || frame >= window.End) return true;
        var laneLength = logits.Length / Lanes;
        var vocabulary = laneLength / this.pattern.Codebooks;
        var guided = logits.Slice(codebook * vocabulary, vocabulary);
        if (Lanes == 2)
        {
            var scale = (float)Row.Sampling.Guidance;
            var unconditional = logits.Slice(laneLength + codebook * vocabulary, vocabulary);
            var index = 0;
            for (; index + Vector256<float>.Count <= vocabulary; index += Vector256<float>.Count)
            {
                var without = Vector256.Create<float>(unconditional[index..]);
                // Multiplied, rounded, added: not fused, as below.
                var difference = scale * (Vector256.Create<float>(guided[index..]) - without);
                (without + difference).CopyTo(guided[index..]);
            }
            for (; index < vocabulary; index++)
                guided[index] = unconditional[index] + scale * (guided[index] - unconditional[index]);
        }
        return Take(window, column, codebook, sampler.Draw(guided, Row.Sampling, new PhiloxNoise(Row.Seed), codebook, column, Row.Sample));
    }

    /// <summary>Stores the code sampled for a cell, if the cell belongs to the window.</summary>
    /// <returns>False: the code is negative, which means that a logit was not finite.</returns>
    public bool Take(Window window, int column, int codebook, int code)
    {
        var frame = this.pattern.Frame(codebook, column);
        if (EndedAt is not null || frame - window.Start < JoinsAt(window) || frame >= window.End) return true;
        if (code >= 0) Codes[codebook, frame] = code;
        return code >= 0;
    }

    /// <summary>A logit of a sampled column is not finite: a row that ends alone samples nothing more.</summary>
    /// <exception cref="UserException">The row takes the others with it.</exception>
    public void End(int column)
    {
        if (!Row.EndsAlone) throw NotFinite(column);
        EndedAt ??= column - 1;
    }

    private UserException NotFinite(int column) => new($"Row {Index}, column {column}: the model's output is not finite. " + (Row.Hooks.Count > 0
        ? "Steering this strong breaks the model: lower the strength."
        : "Nothing steers it, so its weights are broken (NaN, infinite or huge numbers), or the guidance is far too high. "
            + "Fetch the model again, or lower the guidance."));

    /// <summary>Calls this row's hooks with what was computed at a point and replaces it by what they return.</summary>
    /// <param name="site">The point.</param>
    /// <param name="lanes">All lanes <c>[lanes, columns, width]</c>.</param>
    /// <param name="firstLane">Index of this row's first lane.</param>
    /// <param name="firstColumn">Its first column.</param>
    /// <param name="windowStart">The column of the window's BOS.</param>
    public void CallHooks(HookSite site, Tensor lanes, int firstLane, int firstColumn, int windowStart)
    {
        foreach (var hook in hooks[site])
        {
            var first = Math.Max(firstColumn, hook.Columns.First);
            var count = (int)Math.Min(firstColumn + lanes.shape[1], hook.Columns.End) - first;
            for (var half = 0; half < Lanes && count > 0; half++)
            {
                var which = half == 0 ? GuidanceHalf.Conditional : GuidanceHalf.Unconditional;
                if (hook.Half is { } only && only != which) continue;
                using var lane = lanes.narrow(0, firstLane + half, 1);
                using var mine = lane.narrow(1, first - firstColumn, count);
                // Hooks always compute on the CPU.
                using var shown = mine.is_cuda ? mine.cpu() : mine.detach();
                using var edited = hook.Apply(new HookContext(first, count, which, Index) { WindowStart = windowStart }, shown);
                if (edited is null || ReferenceEquals(edited, shown)) continue;
                if (!edited.shape.AsSpan().SequenceEqual(mine.shape))
                {
                    throw new InvalidOperationException($"The hook at {hook.Site} returned [{string.Join(", ", edited.shape)}] for "
                        + $"[{string.Join(", ", mine.shape)}].");
                }
                mine.copy_(edited);
            }
        }
    }
}

/// <summary>Calls each row's hooks on what the decoder computes for several rows at once.</summary>
internal sealed class HookCalls : IPointObserver
{
    private readonly HashSet<HookSite> sites;
    private RowState[] rows = [];
    private int columns, firstColumn, windowStart;

    private HookCalls(HashSet<HookSite> sites) => this.sites = sites;

    /// <summary>Null where no row has a hook.</summary>
    public static HookCalls? Of(IEnumerable<RowState> rows) =>
        rows.SelectMany(row => row.Sites).ToHashSet() is { Count: > 0 } sites ? new HookCalls(sites) : null;

    /// <summary>Sets what is computed next.</summary>
    /// <param name="rows">The rows of the lanes, in order.</param>
    /// <param name="window">The window.</param>
    /// <param name="firstColumn">The first column, counted over the whole piece.</param>
    /// <param name="columns">Columns of each lane.</param>
    public void Expect(RowState[] rows, Window window, int firstColumn, int columns) =>
        (this.rows, windowStart, this.firstColumn, this.columns) = (rows, window.Start, firstColumn, columns);

    public bool Wants(HookSite site) => sites.Contains(site);

    public void Show(HookSite site, Tensor values)
    {
        if (!Wants(site)) return;
        using var measure = StepProfile.Measure(StepPart.Hooks);
        using var lanes = values.view(values.shape[0] / this.columns, this.columns, -1);
        foreach (var row in this.rows) row.CallHooks(site, lanes, row.FirstLane - this.rows[0].FirstLane, this.firstColumn, windowStart);
    }
}
