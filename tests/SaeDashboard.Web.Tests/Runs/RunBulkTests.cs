using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;
using SaeDashboard.Web.Tests.Jobs;

namespace SaeDashboard.Web.Tests.Runs;

/// <summary>What can be done to several runs at once, and what people write about runs.</summary>
public sealed class RunBulkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        FakeWorker.End(folder.Path);
        folder.Dispose();
    }

    [Fact]
    public void A_plan_says_to_which_runs_it_does_what_and_why_not_to_the_others()
    {
        RunView[] runs = [Of("a", RunState.Done), Of("b", RunState.Running), Of("c", RunState.Failed) with { HasAddress = false }, Of("d", RunState.Queued)];
        var delete = RunBulk.Of(RunBulkKind.Delete, runs);
        Assert.Equal(("a", "Delete 1 run"), (Assert.Single(delete.Runs).Id, delete.Words));
        Assert.Equal(["b: it is running: cancel it first", "c: its folder's name cannot be an address", "d: it is queued: cancel it first"], delete.Left.Select(each => $"{each.Run.Id}: {each.Why}"));
        var cancel = RunBulk.Of(RunBulkKind.Cancel, runs);
        Assert.Equal(["b", "d"], cancel.Runs.Select(run => run.Id));
        Assert.Equal("Cancel 2 runs", cancel.Words);
        var tag = RunBulk.Of(RunBulkKind.Tag, [runs[0] with { Tags = ["Paper"] }, runs[1], runs[3] with { Tags = [.. Enumerable.Range(0, RunTags.Max).Select(i => $"t{i}")] }], "paper");
        Assert.Equal("b", Assert.Single(tag.Runs).Id);
        Assert.Equal("Tagged 1 run “paper”.", tag.Said(1));
        Assert.Equal(2, tag.Left.Count);
    }

    [Fact]
    public void Tags_and_notes_of_a_run_are_kept_and_their_limits_are_said()
    {
        using var site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        // One that the command line made: the store knows nothing of it yet.
        const string id = "first";
        using (var run = RunFolder.Open(site.Folder(id))) run.Report(StageName.Train, RunState.Done, 1, 1, 0, 0);
        site.Registry.Refresh(id);
        var changes = 0;
        site.Registry.Changed += _ => changes++;
        site.Registry.Tag(id, [" paper "], [], site.Person);
        site.Registry.SetNote(id, "good drums", site.Person);
        Assert.True(site.View(id) is { Tags: ["paper"], Note: "good drums", Name: "first" });
        Assert.Equal(2, changes);
        Assert.Contains("40 is the most", Assert.Throws<UserException>(() => site.Registry.Tag(id, [new string('x', 41)], [], site.Person)).Message, StringComparison.Ordinal);
        Assert.Contains("line break", Assert.Throws<UserException>(() => site.Registry.Tag(id, ["a\nb"], [], site.Person)).Message, StringComparison.Ordinal);
        Assert.Contains("2,000 is the most", Assert.Throws<UserException>(() => site.Registry.SetNote(id, new string('x', 2001), site.Person)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => site.Registry.Tag("none", ["a"], [], site.Person));
        Assert.True(site.View(id) is { Tags: ["paper"], Note: "good drums" });
    }

    private static RunView Of(string id, RunState state) => RunSamples.View(state) with { Id = id, Name = id };
}
