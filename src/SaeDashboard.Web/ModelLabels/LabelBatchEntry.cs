using SaeDashboard.Core.Features;
using SaeDashboard.Core.Files;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Scores;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>A feature of a batch: its label and what it is worth.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Label">Its label or why it has none; null: not asked yet.</param>
/// <param name="Test">The score of that label or why it has none; null: not tested.</param>
public sealed record BatchFeature(int Feature, BatchLine? Label, BatchLine? Test);

/// <summary>How far a batch is, as a whole that does not change.</summary>
/// <param name="File">What it is, with its state.</param>
/// <param name="Labelled">Features with a label.</param>
/// <param name="Faults">Features that were asked for and have none.</param>
/// <param name="Tested">Labels with a detection score.</param>
/// <param name="TestFaults">Labels that were to be tested and have no score.</param>
/// <param name="Score">Mean detection score of the tested labels; null: none was tested.</param>
/// <param name="Floor">The same of exchanged labels; null: none was tested.</param>
/// <param name="FloorLabels">Exchanged labels with a score.</param>
/// <param name="Dollars">US dollars so far.</param>
/// <param name="Done">Requests that are done, of <paramref name="Total"/>.</param>
/// <param name="Total">Requests in all: labels, and tests where they are asked for.</param>
/// <param name="Left">Seconds that the rest takes, at the pace so far; null: not known.</param>
public sealed record BatchView(
    BatchFile File, int Labelled, int Faults, int Tested, int TestFaults, DetectionScore? Score, DetectionScore? Floor, int FloorLabels, decimal Dollars, int Done, int Total, double? Left)
{
    public string Id => File.Id;

    public BatchState State => File.State;

    /// <summary>Whether it waits or runs.</summary>
    public bool IsOpen => State is BatchState.Queued or BatchState.Running or BatchState.Capped;

    /// <summary>Whether a person can have it continue.</summary>
    public bool CanResume => State is BatchState.Capped or BatchState.Cancelled or BatchState.Failed or BatchState.Interrupted || (State == BatchState.Done && (Faults > 0 || TestFaults > 0));

    /// <summary>Share of the requests that is done, 0 to 1.</summary>
    public double Share => Total == 0 ? 0 : (double)Done / Total;
}

/// <summary>A batch in memory: its file, and what came of its features. Thread-safe; pages read <see cref="View"/>.</summary>
internal sealed class LabelBatchEntry : IDisposable
{
    private readonly Lock turn = new();
    private readonly TimeProvider clock;
    private readonly HashSet<int> features;
    private readonly Dictionary<int, BatchLine> labels = [], tests = [], floor = [];
    private JsonLinesWriter? writer;
    private BatchFile file;
    private decimal dollars;
    private CancellationTokenSource? stop;
    private long begun;
    private int asked;

    public LabelBatchEntry(string folder, BatchFile file, IEnumerable<BatchLine> lines, TimeProvider clock)
    {
        (Folder, this.file, this.clock, dollars) = (folder, file, clock, file.Dollars);
        features = [.. file.Features];
        foreach (var line in lines) Take(line);
        View = Make();
    }

    public string Folder { get; }

    public string Id => file.Id;

    /// <summary>How far it is.</summary>
    public BatchView View { get; private set; }

    /// <summary>Stops it while it runs.</summary>
    public CancellationTokenSource? Stop
    {
        set
        {
            lock (turn) stop = value;
        }
    }

    /// <summary>Whether labels came that are not among the suggestions yet.</summary>
    public volatile bool IsUnpublished;

    /// <summary>Asks the run to end; false: it does not run.</summary>
    public bool RequestStop()
    {
        lock (turn)
        {
            if (stop is null) return false;
            // Its callbacks wait for this lock.
            _ = stop.CancelAsync();
            return true;
        }
    }

    /// <summary>Writes a change of state, and keeps it.</summary>
    /// <param name="change">The change.</param>
    /// <param name="from">In which states it may be; null: in any.</param>
    /// <returns>Whether it was in one of them.</returns>
    /// <exception cref="Core.UserException">It cannot be written; nothing has changed.</exception>
    public bool Change(Func<BatchFile, BatchFile> change, Func<BatchView, bool>? from = null)
    {
        lock (turn)
        {
            if (from?.Invoke(View) == false) return false;
            var next = change(file) with { ChangedUtc = clock.GetUtcNow(), Dollars = dollars, Labelled = View.Labelled, Faults = View.Faults, Tested = View.Tested };
            BatchFolder.Write(Folder, next);
            file = next;
            if (next.State == BatchState.Running) (begun, asked) = (clock.GetTimestamp(), 0);
            View = Make();
            return true;
        }
    }

    /// <summary>A change that cannot be written: it is kept in memory, so that pages show it.</summary>
    public void ChangeInMemory(Func<BatchFile, BatchFile> change)
    {
        lock (turn)
        {
            file = change(file);
            View = Make();
        }
    }

    /// <summary>Appends what came of a feature.</summary>
    /// <param name="line">The line.</param>
    /// <param name="cached">Whether it was known already: it says nothing of the pace.</param>
    /// <param name="spent">US dollars of the batch so far.</param>
    /// <exception cref="Core.UserException">It cannot be written.</exception>
    public void Append(BatchLine line, bool cached, decimal spent)
    {
        lock (turn)
        {
            writer ??= new JsonLinesWriter(Path.Combine(Folder, BatchFolder.LabelsName));
            writer.Append(line);
            Take(line);
            dollars = spent;
            if (!cached) asked++;
            IsUnpublished = true;
            View = Make();
        }
    }

    /// <summary>Ends a run: its file is closed, and what it cost is counted again.</summary>
    public void Rest(decimal spent)
    {
        lock (turn)
        {
            writer?.Dispose();
            writer = null;
            dollars = spent;
            View = Make();
        }
    }

    /// <summary>Its features in order, each with what came of it.</summary>
    public IReadOnlyList<BatchFeature> Features(bool faultsAlone = false)
    {
        lock (turn)
        {
            return [.. file.Features.Select(feature => new BatchFeature(feature, labels.GetValueOrDefault(feature), TestOf(feature))).Where(each => !faultsAlone || each.Label?.Fault is not null || each.Test?.Fault is not null)];
        }
    }

    /// <summary>Its labels, by feature.</summary>
    public Dictionary<int, string> Labels()
    {
        lock (turn) return labels.Values.Where(line => line.Text is not null).ToDictionary(line => line.Feature, line => line.Text!);
    }

    /// <summary>The labels that have a score, by feature.</summary>
    public Dictionary<int, string> TestedLabels()
    {
        lock (turn) return labels.Keys.Select(TestOf).Where(test => test?.Detection is not null).ToDictionary(test => test!.Feature, test => test!.Text!);
    }

    /// <summary>Its labels as suggestions, each with its score.</summary>
    public IReadOnlyList<LabelSuggestion> Suggestions()
    {
        lock (turn)
        {
            return
            [
                .. labels.Values.Where(line => line is { Text: not null, Hash: not null, Confidence: not null }).Select(line =>
                    new BatchLabel(line.Feature, new(line.Text!, line.Description ?? "", line.Confidence!.Value), line.Hash!, true, null).ToSuggestion(file.LabelVersion)! with { Detection = Rounded(TestOf(line.Feature)?.Detection) }),
            ];
        }
    }

    public void Dispose()
    {
        lock (turn) writer?.Dispose();
    }

    private void Take(BatchLine line)
    {
        if (!features.Contains(line.Feature)) return;
        var lines = line.Kind switch
        {
            BatchLineKind.Label => labels,
            BatchLineKind.Test => tests,
            BatchLineKind.Floor => floor,
            _ => throw new ArgumentOutOfRangeException(nameof(line), line.Kind, null),
        };
        lines[line.Feature] = line;
    }

    // A score belongs to the label that it was made for.
    private BatchLine? TestOf(int feature) => tests.GetValueOrDefault(feature) is { } test && labels.GetValueOrDefault(feature)?.Text == test.Text ? test : null;

    private BatchView Make()
    {
        var found = labels.Values.Count(line => line.Text is not null);
        var judged = file.Test ? labels.Keys.Select(TestOf).OfType<BatchLine>().ToList() : [];
        var scores = judged.Select(line => line.Detection).OfType<DetectionScore>().ToList();
        var exchanged = floor.Values.Select(line => line.Detection).OfType<DetectionScore>().ToList();
        // A feature without a label is not tested; one that is not asked yet will be.
        var toTest = file.Test ? features.Count - (labels.Count - found) : 0;
        var toExchange = file.Test && toTest >= JudgeBatch.FewestForFloor ? Math.Min(JudgeBatch.MostForFloor, toTest) : 0;
        var (done, total) = (labels.Count + judged.Count + Math.Min(floor.Count, toExchange), features.Count + toTest + toExchange);
        if (file.State == BatchState.Done) total = done;
        double? left = file.State != BatchState.Running || asked == 0 ? null : clock.GetElapsedTime(begun).TotalSeconds / asked * (total - done);
        return new BatchView(file, found, labels.Count - found, scores.Count, judged.Count - scores.Count, scores.Count == 0 ? null : DetectionScorer.Mean(scores),
            exchanged.Count == 0 ? null : DetectionScorer.Mean(exchanged), exchanged.Count, dollars, done, total, left);
    }

    // Four digits are more than ten clips can say.
    private static DetectionScore? Rounded(DetectionScore? score) => score is null ? null
        : score with { Random = score.Random is { } random ? Math.Round(random, 4) : null, NearMiss = score.NearMiss is { } near ? Math.Round(near, 4) : null };
}
