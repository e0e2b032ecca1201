using System.Diagnostics;
using System.Threading.Channels;

namespace SaeDashboard.Web.Live;

/// <summary>
/// What is known of one run's files, and who listens. The files are the truth: the numbers of their lines say what a listener has, also
/// after this process was restarted. Safe for several threads.
/// </summary>
internal sealed class RunFeed(string runId, string folder, AllowedRoots? roots = null)
{
    /// <summary>Points kept; beyond, the older half is thinned out.</summary>
    private const int PointsKept = 4096;
    private const int PointsSent = 2000, HistogramsKept = 512, LogKept = 300;

    private readonly Lock gate = new();
    private readonly LineTail metricsTail = new(Path.Combine(folder, "metrics.jsonl"), roots);
    private readonly LineTail histogramsTail = new(Path.Combine(folder, "histograms.jsonl"), roots);
    private readonly LineTail logTail = new(Path.Combine(folder, "log.txt"), roots);
    private readonly List<RunPoint> points = [];
    private readonly List<RunHistogram> histograms = [];
    private readonly List<string> log = [];
    private readonly List<RunSubscription> listeners = [];
    private IReadOnlyDictionary<string, double?> latest = new Dictionary<string, double?>();
    private long pointsMarker;
    private long histogramsMarker;
    private LiveStatus? status;
    private long lastUsed = Stopwatch.GetTimestamp();

    /// <summary>How long there has been no listener and no message.</summary>
    public TimeSpan Idle => Stopwatch.GetElapsedTime(Interlocked.Read(ref lastUsed));

    /// <summary>The newest value of every metric.</summary>
    public IReadOnlyDictionary<string, double?> Latest
    {
        get { lock (gate) return latest; }
    }

    public bool HasListeners
    {
        get { lock (gate) return listeners.Count > 0; }
    }

    /// <summary>Looks for new lines and tells the listeners. True when there were some.</summary>
    public bool Poll()
    {
        lock (gate)
        {
            var some = PollOnce();
            // Long files come in parts, so that what is kept of one is thinned out before the next is read.
            while (metricsTail.HasMore || histogramsTail.HasMore || logTail.HasMore) some |= PollOnce();
            return some;
        }
    }

    private bool PollOnce()
    {
        var metrics = metricsTail.Read();
        var histogramLines = histogramsTail.Read();
        var logLines = logTail.Read();
        var begun = metrics.Begun || histogramLines.Begun || logLines.Begun;
        if (begun) Forget(metrics.Begun, histogramLines.Begun, logLines.Begun);
        var news = new List<object>();
        TakePoints(metrics.Lines, news);
        TakeHistograms(histogramLines.Lines, news);
        TakeLog(logLines.Lines, news);
        if (begun) news = [Snapshot(null)];
        foreach (var change in news) Publish(change);
        return news.Count > 0;
    }

    /// <summary>Publishes the run's status to the listeners if it changed.</summary>
    public void SetStatus(LiveStatus now)
    {
        lock (gate)
        {
            if (status is { } was && was.Waiting == now.Waiting && was.SaeReady == now.SaeReady && was.Status.State == now.Status.State
                && was.Status.Heartbeat == now.Status.Heartbeat && was.Status.Error == now.Status.Error) return;
            status = now;
            Publish(now);
        }
    }

    /// <summary>Begins to listen: the snapshot is the first event, and nothing is missing between it and the next.</summary>
    /// <param name="seen">What the listener has from before; null: nothing.</param>
    public RunSubscription Subscribe(SeenLines? seen)
    {
        Poll();
        lock (gate)
        {
            Use();
            var subscription = new RunSubscription(Leave);
            subscription.Publish(Snapshot(seen));
            listeners.Add(subscription);
            return subscription;
        }
    }

    private RunSnapshot Snapshot(SeenLines? seen)
    {
        // A listener that saw steps which the run has rolled back, or lines that do not exist, needs everything again.
        var since = seen is not null && seen.Points >= pointsMarker && seen.Histograms >= histogramsMarker
            && seen.Points <= metricsTail.Line && seen.Histograms <= histogramsTail.Line && seen.Log <= logTail.Line ? seen : null;
        var newLog = since is null ? log.Count : (int)Math.Min(log.Count, logTail.Line - since.Log);
        return new RunSnapshot(runId, since is null,
            since is null ? PointThinning.To(PointsSent, points) : [.. points.Where(point => point.Line > since.Points)], metricsTail.Line,
            since is null ? [.. histograms] : [.. histograms.Where(histogram => histogram.Line > since.Histograms)], histogramsTail.Line,
            [.. log.TakeLast(newLog)], logTail.Line, status);
    }

    private void TakePoints(IReadOnlyList<string> lines, List<object> news)
    {
        var first = metricsTail.Line - lines.Count + 1;
        var (from, added, back) = (first, new List<RunPoint>(), (double?)null);
        for (var i = 0; i < lines.Count; i++)
        {
            var (point, resumed) = RunLines.Point(first + i, lines[i]);
            if (point is not null) added.Add(point);
            if (resumed is null) continue;
            // What came before the marker is a change of its own.
            if (first + i > from) news.Add(new PointsChange(from, first + i - 1, back, added));
            (from, added, back) = (first + i, [], resumed);
        }
        if (lines.Count > 0) news.Add(new PointsChange(from, metricsTail.Line, back, added));

        foreach (var change in news.OfType<PointsChange>())
        {
            if (change.ResumedFrom is { } step)
            {
                points.RemoveAll(point => point.Step > step);
                pointsMarker = change.From;
            }
            points.AddRange(change.Points);
            if (change.Points.Count == 0) continue;
            var values = new Dictionary<string, double?>(latest);
            foreach (var (name, value) in change.Points.SelectMany(point => point.Values)) values[name] = value;
            latest = values;
        }
        if (points.Count > PointsKept)
        {
            var older = PointThinning.To(PointsKept / 4, points.GetRange(0, PointsKept / 2));
            points.RemoveRange(0, PointsKept / 2);
            points.InsertRange(0, older);
        }
    }

    private void TakeHistograms(IReadOnlyList<string> lines, List<object> news)
    {
        var first = histogramsTail.Line - lines.Count + 1;
        for (var i = 0; i < lines.Count; i++)
        {
            // One change a line: histograms are few.
            var (histogram, resumed) = RunLines.Histogram(first + i, lines[i]);
            if (resumed is { } step)
            {
                histograms.RemoveAll(earlier => earlier.Step > step);
                histogramsMarker = first + i;
            }
            if (histogram is not null) histograms.Add(histogram);
            news.Add(new HistogramsChange(first + i, first + i, resumed, histogram is null ? [] : [histogram]));
        }
        if (histograms.Count > HistogramsKept) histograms.RemoveRange(0, histograms.Count - HistogramsKept);
    }

    private void TakeLog(IReadOnlyList<string> lines, List<object> news)
    {
        if (lines.Count == 0) return;
        log.AddRange(lines);
        if (log.Count > LogKept) log.RemoveRange(0, log.Count - LogKept);
        news.Add(new LogChange(logTail.Line - lines.Count + 1, logTail.Line, lines.Count > LogKept ? [.. lines.TakeLast(LogKept)] : lines));
    }

    private void Forget(bool metrics, bool histogramsToo, bool logToo)
    {
        if (metrics) (pointsMarker, latest) = (0, new Dictionary<string, double?>());
        if (metrics) points.Clear();
        if (histogramsToo) histogramsMarker = 0;
        if (histogramsToo) histograms.Clear();
        if (logToo) log.Clear();
    }

    private void Publish(object change)
    {
        Use();
        foreach (var listener in listeners) listener.Publish(change);
    }

    private void Use() => Interlocked.Exchange(ref lastUsed, Stopwatch.GetTimestamp());

    private void Leave(RunSubscription subscription)
    {
        lock (gate) listeners.Remove(subscription);
    }
}

/// <summary>
/// One listener's queue: bounded, the oldest is dropped when the listener is slow, which it notices by the line numbers. Events are
/// <see cref="RunSnapshot"/> (first), <see cref="PointsChange"/>, <see cref="HistogramsChange"/>, <see cref="LiveStatus"/> and
/// <see cref="LogChange"/>.
/// </summary>
internal sealed class RunSubscription(Action<RunSubscription> leave) : IDisposable
{
    private const int Capacity = 256;

    private readonly Channel<object> channel = Channel.CreateBounded<object>(new BoundedChannelOptions(Capacity)
    {
        FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = false,
    });

    public ChannelReader<object> Events => channel.Reader;

    public void Publish(object change) => channel.Writer.TryWrite(change);

    public void Dispose()
    {
        leave(this);
        channel.Writer.TryComplete();
    }
}
