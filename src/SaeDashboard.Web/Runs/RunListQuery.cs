using System.Globalization;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Runs;

/// <summary>A column that the list of runs can be sorted by.</summary>
public enum RunSort
{
    /// <summary>When it was planned; the newest first.</summary>
    Started,

    Name,

    /// <summary>What needs attention first: running, queued, paused, then the ways a run can end.</summary>
    State,

    ExplainedVariance,

    L0,

    Dead,

    Rate,

    Left,
}

/// <summary>Which runs the list shows and in which order. Its whole state is in the address: <see cref="Parse"/> and <see cref="ToParameters"/> are each other's inverse.</summary>
public sealed record RunListQuery
{
    /// <summary>Rows of a page: sweeps and runs.</summary>
    public const int PageSize = 50;

    private static readonly RunState[] ByAttention =
    [
        RunState.Running, RunState.Queued, RunState.Paused, RunState.Interrupted, RunState.Failed, RunState.Unreadable, RunState.Cancelled, RunState.Done,
    ];

    /// <summary>Words of names, tags and notes, all of which a run must have; empty: no condition.</summary>
    public string Text { get; init; } = "";

    public RunState? State { get; init; }

    public TrainArchitecture? Architecture { get; init; }

    /// <summary>Empty: no condition.</summary>
    public string Tag { get; init; } = "";

    public RunSort Sort { get; init; }

    /// <summary>Against the order that is natural for <see cref="Sort"/>: see <see cref="Ascending"/>.</summary>
    public bool Reversed { get; init; }

    /// <summary>From 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Whether small values, or early letters, come first.</summary>
    public bool Ascending => (Sort is RunSort.Name or RunSort.State or RunSort.Left) != Reversed;

    /// <summary>Whether it leaves runs out.</summary>
    public bool Narrows => Text.Length > 0 || State is not null || Architecture is not null || Tag.Length > 0;

    /// <summary>Reads the address's parameters. What makes no sense is left at its default: a mistyped address still shows runs.</summary>
    /// <param name="parameter">The value of a parameter, or null.</param>
    public static RunListQuery Parse(Func<string, string?> parameter) => new()
    {
        Text = parameter("q")?.Trim() ?? "",
        State = EnumJson.Parse<RunState>(parameter("state")),
        Architecture = EnumJson.Parse<TrainArchitecture>(parameter("architecture")),
        Tag = parameter("tag")?.Trim() ?? "",
        Sort = EnumJson.Parse<RunSort>(parameter("sort")) ?? default,
        Reversed = parameter("reverse") == "1",
        Page = int.TryParse(parameter("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var page) && page > 0 ? page : 1,
    };

    /// <summary>The address's parameters; null for what is at its default, so that a plain list has a plain address.</summary>
    public IReadOnlyDictionary<string, object?> ToParameters() => new Dictionary<string, object?>
    {
        ["q"] = Text.Length > 0 ? Text : null,
        ["state"] = State?.Name(),
        ["architecture"] = Architecture?.Name(),
        ["tag"] = Tag.Length > 0 ? Tag : null,
        ["sort"] = Sort == default ? null : Sort.Name(),
        ["reverse"] = Reversed ? "1" : null,
        ["page"] = Page > 1 ? Page.ToString(CultureInfo.InvariantCulture) : null,
    };

    /// <summary>The list sorted by a column: by its natural order first, by the other when it is sorted by it already.</summary>
    public RunListQuery By(RunSort sort) => this with { Sort = sort, Reversed = sort == Sort && !Reversed, Page = 1 };

    /// <summary>The runs that fit, in order, those of a sweep together: a sweep is where the first of its runs is.</summary>
    public IReadOnlyList<RunGroup> Apply(IReadOnlyList<RunView> runs) => RunGroup.Of([.. runs.Where(Fits).Order(Comparer<RunView>.Create(Compare))]);

    /// <summary>The tags that some run has, each once, in the order of letters.</summary>
    public static IReadOnlyList<string> TagsOf(IEnumerable<RunView> runs) =>
        [.. runs.SelectMany(run => run.Tags).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];

    private bool Fits(RunView run)
    {
        if (State is { } state && run.Status.State != state) return false;
        if (Architecture is { } architecture && !(run.HasSettings && run.Plan.Kind == RunKind.Train && run.Plan.Train.Values.Architecture == architecture)) return false;
        if (Tag.Length > 0 && !run.Tags.Contains(Tag, StringComparer.OrdinalIgnoreCase)) return false;
        if (Text.Length == 0) return true;
        var all = $"{run.Name}\n{run.Id}\n{run.Plan.Sweep}\n{string.Join('\n', run.Tags)}\n{run.Note}";
        return Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(word => all.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    private int Compare(RunView one, RunView other)
    {
        var order = Sort switch
        {
            RunSort.Name => Turned(string.Compare(RunSelection.Natural(one.Name), RunSelection.Natural(other.Name), StringComparison.OrdinalIgnoreCase)),
            RunSort.State => Turned(Array.IndexOf(ByAttention, one.Status.State).CompareTo(Array.IndexOf(ByAttention, other.Status.State))),
            RunSort.Started => Turned(one.CreatedUtc.CompareTo(other.CreatedUtc)),
            _ => (Figure(one), Figure(other)) switch
            {
                ({ } a, { } b) => Turned(a.CompareTo(b)),
                // What is not known is last in either order.
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
            },
        };
        if (order != 0) return order;
        order = other.CreatedUtc.CompareTo(one.CreatedUtc);
        return order != 0 ? order : string.CompareOrdinal(other.Id, one.Id);
    }

    private double? Figure(RunView run) => Sort switch
    {
        RunSort.ExplainedVariance => RunFormatting.ExplainedVariance(run).Value,
        RunSort.L0 => RunFormatting.Metric(run, "l0"),
        RunSort.Dead => RunFormatting.Metric(run, "deadShare"),
        RunSort.Rate => RunFormatting.Metric(run, "tokensPerSecond"),
        _ => RunFormatting.Eta(run),
    };

    private int Turned(int order) => Ascending ? order : -order;
}

/// <summary>A row of the list: a sweep or a run. Two are equal when they are of the same thing, so that a row stays itself while its figures change.</summary>
/// <param name="Key">What it is of.</param>
/// <param name="Run">The run; null: a sweep.</param>
/// <param name="Sweep">The sweep, with its runs that fit; null: a run.</param>
/// <param name="Inside">Whether it is a run below its sweep.</param>
public sealed record RunListRow(string Key, RunView? Run, RunGroup? Sweep, bool Inside)
{
    /// <summary>The rows of groups, with the runs of those sweeps that are open.</summary>
    public static IReadOnlyList<RunListRow> Of(IEnumerable<RunGroup> groups, Func<string, bool> isOpen) =>
    [
        .. groups.SelectMany(group => group.Sweep is not { } sweep
            ? group.Runs.Select(run => new RunListRow(run.Id, run, null, false))
            : new[] { new RunListRow($"sweep {sweep}", null, group, false) }.Concat(isOpen(sweep) ? group.Runs.Select(run => new RunListRow(run.Id, run, null, true)) : [])),
    ];

    public bool Equals(RunListRow? other) => Key == other?.Key;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);
}
