using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>What the list of runs shows and in which order, as its address says.</summary>
public sealed class RunListQueryTests
{
    [Theory]
    [InlineData("", "", "", "", "")]
    [InlineData("asleep", "mlp", "width", "yes", "-3")]
    [InlineData("7", "99", "0", "2", "99999999999999999999")]
    [InlineData("running,done", "topK;drop", "ev\n", "true", "1e3")]
    public void An_address_that_makes_no_sense_is_the_plain_list(string state, string architecture, string sort, string reverse, string page)
    {
        var read = RunListQuery.Parse(name => name switch { "state" => state, "architecture" => architecture, "sort" => sort, "reverse" => reverse, "page" => page, _ => null });
        Assert.Equal(new RunListQuery(), read);
        Assert.All(read.ToParameters(), pair => Assert.Null(pair.Value));
    }

    [Fact]
    public void What_is_written_into_an_address_is_read_from_it()
    {
        var query = new RunListQuery { Text = "k 32, ü", State = RunState.Interrupted, Architecture = TrainArchitecture.BatchTopK, Tag = "for the paper", Sort = RunSort.ExplainedVariance, Reversed = true, Page = 3 };
        var address = query.ToParameters();
        Assert.Equal(query, RunListQuery.Parse(name => (string?)address[name]));
        Assert.All(Enum.GetValues<RunSort>(), sort => Assert.Equal(sort, RunListQuery.Parse(name => (string?)new RunListQuery { Sort = sort }.ToParameters()[name]).Sort));
    }

    [Fact]
    public void A_column_is_sorted_its_natural_way_first_and_the_other_way_by_a_second_press()
    {
        var query = new RunListQuery { Page = 4 }.By(RunSort.ExplainedVariance);
        Assert.True(query is { Ascending: false, Page: 1 });
        Assert.True(query.By(RunSort.ExplainedVariance).Ascending);
        Assert.True(query.By(RunSort.ExplainedVariance).By(RunSort.Name).Ascending);
        // The plain list is the newest first.
        Assert.False(new RunListQuery().Ascending);
    }

    [Theory]
    [InlineData(RunSort.Started, false, "dcba")]
    [InlineData(RunSort.Started, true, "abcd")]
    [InlineData(RunSort.Name, false, "badc")]
    [InlineData(RunSort.Name, true, "cdab")]
    [InlineData(RunSort.State, false, "dbca")]
    // Runs without a result are last either way.
    [InlineData(RunSort.ExplainedVariance, false, "cadb")]
    [InlineData(RunSort.ExplainedVariance, true, "acdb")]
    [InlineData(RunSort.L0, false, "acdb")]
    public void Runs_are_in_the_order_of_a_column(RunSort sort, bool reversed, string order)
    {
        RunView[] runs =
        [
            Of("a", "k 8", RunState.Done, 0.5, l0: 32), Of("b", "k 2", RunState.Queued, null), Of("c", "k 64", RunState.Failed, 0.9, l0: 8), Of("d", "k 16", RunState.Running, null),
        ];
        Assert.Equal(order, string.Concat(new RunListQuery { Sort = sort, Reversed = reversed }.Apply(runs).SelectMany(group => group.Runs).Select(run => run.Id)));
    }

    [Theory]
    [InlineData("", null, null, "", "cba")]
    [InlineData("WIDE", null, null, "", "a")]
    [InlineData("k paper", null, null, "", "b")]
    [InlineData("diverged", null, null, "", "c")]
    [InlineData("sweep-1", null, null, "", "c")]
    [InlineData("no such words", null, null, "", "")]
    [InlineData("", RunState.Done, null, "", "ba")]
    [InlineData("", null, TrainArchitecture.Gated, "", "a")]
    [InlineData("", null, null, "PAPER", "b")]
    [InlineData("", RunState.Failed, null, "paper", "")]
    public void Filters_leave_what_fits_all_of_them(string text, RunState? state, TrainArchitecture? architecture, string tag, string expected)
    {
        RunView[] runs =
        [
            Of("a", "wide", RunState.Done, 0.5, form => form.Architecture = "gated"), Of("b", "k 2", RunState.Done, null) with { Tags = ["paper", "drums"] },
            Of("c", "k 64", RunState.Failed, 0.9) with { Note = "It diverged.", Plan = Of("c", "", RunState.Done, null).Plan with { Sweep = "sweep-1" } },
        ];
        var query = new RunListQuery { Text = text, State = state, Architecture = architecture, Tag = tag };
        Assert.Equal(expected, string.Concat(query.Apply(runs).SelectMany(group => group.Runs).Select(run => run.Id)));
        Assert.Equal(expected != "cba", query.Narrows);
    }

    [Fact]
    public void A_sweep_is_where_the_first_of_its_runs_is_and_folds()
    {
        RunView[] runs = [Of("a", "k 8", RunState.Done, 0.7, sweep: "s"), Of("b", "alone", RunState.Done, 0.8), Of("c", "k 64", RunState.Done, 0.9, sweep: "s")];
        var groups = new RunListQuery { Sort = RunSort.ExplainedVariance }.Apply(runs);
        Assert.Equal(["s", null], groups.Select(group => group.Sweep));
        Assert.Equal("c", groups[0].Best!.Id);
        Assert.Equal(["b", "sweep s"], RunListRow.Of(new RunListQuery { Sort = RunSort.Name }.Apply(runs), _ => false).Select(row => row.Key));
        var open = RunListRow.Of(groups, sweep => sweep == "s");
        Assert.Equal([("sweep s", false), ("c", true), ("a", true), ("b", false)], open.Select(row => (row.Key, row.Inside)));
        // A row stays itself while its figures change.
        Assert.Equal(open[1], new RunListRow("c", runs[0], null, true));
    }

    [Fact]
    public void Tags_are_listed_once_in_the_order_of_letters() =>
        Assert.Equal(["best", "Paper"], RunListQuery.TagsOf([Of("a", "", RunState.Done, null) with { Tags = ["Paper"] }, Of("b", "", RunState.Done, null) with { Tags = ["paper", "best"] }]));

    private static RunView Of(string id, string name, RunState state, double? result, Action<RunForm>? change = null, string? sweep = null, double? l0 = null) => RunSamples.View(state) with
    {
        Id = id, Name = name, CreatedUtc = DateTimeOffset.UnixEpoch.AddDays(id[0]), Plan = RunPlanMaker.Make(RunSamples.Request(change), null) with { Sweep = sweep },
        Latest = new Dictionary<string, double?> { ["heldOutExplainedVariance"] = result, ["l0"] = l0 }.Where(pair => pair.Value is not null).ToDictionary(),
    };
}
