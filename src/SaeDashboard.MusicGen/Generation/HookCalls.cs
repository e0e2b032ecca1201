using SaeDashboard.MusicGen.Decoding;
using SaeDashboard.MusicGen.Hooks;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>Brings what the decoder computes for some rows at once to each row's hooks.</summary>
internal sealed class HookCalls : IPointObserver
{
    private readonly HashSet<HookSite> sites;
    private RowState[] rows = [];
    private int columns, firstColumn, windowStart;

    private HookCalls(HashSet<HookSite> sites) => this.sites = sites;

    /// <summary>Null where no row has a hook: then nothing is asked and nothing is shown.</summary>
    public static HookCalls? Of(IEnumerable<RowState> rows) =>
        rows.SelectMany(row => row.Sites).ToHashSet() is { Count: > 0 } sites ? new HookCalls(sites) : null;

    /// <summary>Says what is computed next.</summary>
    /// <param name="rows">Whose lanes, in order.</param>
    /// <param name="window">In which window.</param>
    /// <param name="firstColumn">The first column, counted over the whole piece.</param>
    /// <param name="columns">How many of each lane.</param>
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
