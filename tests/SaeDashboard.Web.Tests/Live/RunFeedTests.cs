using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Live;

namespace SaeDashboard.Web.Tests.Live;

/// <summary>What the watcher makes of files that are being written: nothing lost, nothing twice.</summary>
public sealed class RunFeedTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_torn_last_line_is_given_once_when_it_is_whole()
    {
        var feed = Feed();
        using var listener = feed.Subscribe(null);
        Assert.True(Next<RunSnapshot>(listener).Full);
        Append("metrics.jsonl", "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo");
        feed.Poll();
        Assert.Equal([1.0], Next<PointsChange>(listener).Points.Select(point => point.Step));
        Assert.False(feed.Poll());
        Append("metrics.jsonl", "ss\":1.5}\n");
        feed.Poll();
        var change = Next<PointsChange>(listener);
        Assert.Equal((2, 2), (change.From, change.To));
        Assert.Equal(1.5, change.Points.Single().Values["loss"]);
        Assert.False(listener.Events.TryRead(out _));
    }

    [Fact]
    public void What_was_not_finite_is_null_and_a_line_that_is_none_is_passed_over()
    {
        Append("metrics.jsonl", "{\"step\":1,\"loss\":null,\"l0\":32,\"nonFinite\":[\"loss\"],\"time\":1795407574299}\nnonsense\n{\"step\":2,\"loss\":1e999}\n");
        var snapshot = Snapshot(Feed(), null);
        Assert.Equal(3, snapshot.PointsLine);
        Assert.Equal([1L, 3L], snapshot.Points.Select(point => point.Line));
        Assert.Null(snapshot.Points[0].Values["loss"]);
        Assert.Equal(32, snapshot.Points[0].Values["l0"]);
        Assert.Equal(1795407574299, snapshot.Points[0].Time);
        Assert.Null(snapshot.Points[1].Values["loss"]);
    }

    [Fact]
    public void After_a_resume_later_points_are_void()
    {
        var feed = Feed();
        using var listener = feed.Subscribe(null);
        Next<RunSnapshot>(listener);
        using (var run = RunFolder.Open(folder.Path))
        {
            for (var step = 1; step <= 5; step++) run.Metric(new { Step = step, Loss = 1.0 });
            run.MarkResumed(3);
            run.Metric(new { Step = 4, Loss = 2.0 });
        }
        feed.Poll();
        var (before, after) = (Next<PointsChange>(listener), Next<PointsChange>(listener));
        Assert.Equal((1, 5, null), (before.From, before.To, before.ResumedFrom));
        Assert.Equal((6, 7, 3.0), (after.From, after.To, after.ResumedFrom));
        Assert.Equal([1.0, 2.0, 3.0, 4.0], Snapshot(feed, null).Points.Select(point => point.Step));
        Assert.Equal(2.0, feed.Latest["loss"]);

        // One that was away since before the marker gets everything; one that saw it gets the rest.
        Assert.True(Snapshot(feed, new SeenLines(4, 0, 0)).Full);
        var rest = Snapshot(feed, new SeenLines(6, 1, 0));
        Assert.False(rest.Full);
        Assert.Equal([7L], rest.Points.Select(point => point.Line));
    }

    [Fact]
    public void A_new_site_continues_where_a_listener_was()
    {
        Lines(1, 10);
        var seen = Snapshot(Feed(), null).PointsLine;
        Lines(11, 20);
        // Another process: nothing is left of the first feed but the file.
        var missed = Snapshot(Feed(), new SeenLines(seen, 0, 0));
        Assert.False(missed.Full);
        Assert.Equal(Enumerable.Range(11, 10).Select(step => (double)step), missed.Points.Select(point => point.Step));
        Assert.Equal(20, missed.PointsLine);
    }

    [Fact]
    public void A_file_that_was_replaced_is_read_from_its_start()
    {
        var feed = Feed();
        Lines(1, 10);
        using var listener = feed.Subscribe(null);
        Assert.Equal(10, Next<RunSnapshot>(listener).Points.Count);
        File.Delete(folder["metrics.jsonl"]);
        Lines(1, 2);
        feed.Poll();
        var again = Next<RunSnapshot>(listener);
        Assert.True(again.Full);
        Assert.Equal([1.0, 2.0], again.Points.Select(point => point.Step));
    }

    [Fact]
    public void A_slow_listener_loses_the_oldest_and_can_tell_so()
    {
        var feed = Feed();
        using var listener = feed.Subscribe(null);
        for (var step = 1; step <= 400; step++)
        {
            Lines(step, step);
            feed.Poll();
        }
        var first = listener.Events.TryRead(out var change) ? Assert.IsType<PointsChange>(change) : null;
        Assert.True(first!.From > 1, "the gap shows in the line numbers");
        var rest = Snapshot(feed, new SeenLines(0, 0, 0));
        Assert.Equal(400, rest.Points.Count);
    }

    [Fact]
    public void Histograms_and_log_lines_come_too()
    {
        var feed = Feed();
        using var listener = feed.Subscribe(null);
        Next<RunSnapshot>(listener);
        using (var run = RunFolder.Open(folder.Path))
        {
            run.Histogram(new { Step = 5, Kind = "density", Log10From = -7.0, Log10To = 0.0, Counts = new[] { 1, 2, 3 }, Silent = 4, Columns = 100 });
            run.Log("it goes well");
        }
        feed.Poll();
        var histogram = Next<HistogramsChange>(listener).Histograms.Single();
        Assert.Equal([1.0, 2.0, 3.0], histogram.Counts);
        Assert.True(histogram.Time > 1.7e12);
        Assert.EndsWith("it goes well", Next<LogChange>(listener).Lines.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_run_is_thinned_out_and_keeps_its_rare_measures()
    {
        for (var step = 1; step <= 6000; step++)
            Append("metrics.jsonl", step % 600 == 0 ? $"{{\"step\":{step},\"heldOutLoss\":1}}\n" : $"{{\"step\":{step},\"loss\":1}}\n");
        var snapshot = Snapshot(Feed(), null);
        Assert.InRange(snapshot.Points.Count, 500, 2100);
        Assert.Equal(10, snapshot.Points.Count(point => point.Values.ContainsKey("heldOutLoss")));
        Assert.Equal(5999, snapshot.Points.Last(point => point.Values.ContainsKey("loss")).Step);
        Assert.Equal(6000, snapshot.PointsLine);
    }

    private static T Next<T>(RunSubscription listener)
    {
        Assert.True(listener.Events.TryRead(out var change), $"no {typeof(T).Name} came");
        return Assert.IsType<T>(change);
    }

    private static RunSnapshot Snapshot(RunFeed feed, SeenLines? seen)
    {
        using var listener = feed.Subscribe(seen);
        return Next<RunSnapshot>(listener);
    }

    private RunFeed Feed() => new("run-20261123-101502-x7k2", folder.Path);

    private void Lines(int from, int to)
    {
        for (var step = from; step <= to; step++) Append("metrics.jsonl", $"{{\"step\":{step},\"loss\":1}}\n");
    }

    private void Append(string name, string text) => File.AppendAllText(folder[name], text);
}
