using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Storage;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>What a labelling batch would cost, before anything is sent.</summary>
/// <param name="Features">Features to label.</param>
/// <param name="Tests">Labels to test; 0: they are not tested.</param>
/// <param name="FloorTests">Exchanged labels to test for the floor.</param>
/// <param name="Labelling">Tokens and US dollars of the labels, at most.</param>
/// <param name="Testing">The same of the tests.</param>
/// <param name="SpentToday">US dollars that were spent today (UTC), other batches included.</param>
/// <param name="Cap">What may be spent on a day; null: no cap.</param>
/// <param name="LabelsToday">How many labels the rest of the cap allows today.</param>
/// <param name="TestsToday">How many tests it allows after them.</param>
/// <param name="IsPriced">Whether prices are set. Without them dollars are 0, and the cap cannot hold.</param>
public sealed record LabellingEstimate(
    int Features, int Tests, int FloorTests, RequestCost Labelling, RequestCost Testing, decimal SpentToday, decimal? Cap, int LabelsToday, int TestsToday, bool IsPriced)
{
    /// <summary>Requests in all.</summary>
    public int Requests => Features + Tests + FloorTests;

    /// <summary>Tokens and US dollars of all requests, at most.</summary>
    public RequestCost Most => Labelling + Testing;

    /// <summary>Whether all of it is allowed today.</summary>
    public bool FitsToday => LabelsToday == Features && TestsToday == Tests + FloorTests;
}

/// <summary>
/// The labelling batches of the data folder: what there is, what waits, and what a new one would cost. All in memory; <see cref="LabelBatchRunner"/> runs them one at a time.
/// Safe for several threads.
/// </summary>
public sealed partial class LabelBatches : IDisposable
{
    private readonly Lock turn = new();
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly string root;
    private readonly TimeProvider clock;
    private readonly ILogger<LabelBatches> log;
    private readonly Lazy<LabelJournal> journal;
    private Dictionary<string, LabelBatchEntry> batches = new(StringComparer.Ordinal);
    private List<string> problems = [];

    public LabelBatches(DataRoot data, LanguageModel model, TimeProvider clock, ILogger<LabelBatches> log)
    {
        (root, Model, this.clock, this.log) = (data.Labelling, model, clock, log);
        // An opening that failed is tried again.
        journal = new Lazy<LabelJournal>(() => LabelJournal.Open(root), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The language model that the settings name.</summary>
    public LanguageModel Model { get; }

    /// <summary>A batch changed. Raised on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>The batches, the newest first.</summary>
    public IReadOnlyList<BatchView> All
    {
        get
        {
            lock (turn) return [.. batches.Values.Select(batch => batch.View).OrderByDescending(view => view.Id, StringComparer.Ordinal)];
        }
    }

    /// <summary>Batches that run: one or none.</summary>
    public int Running
    {
        get
        {
            lock (turn) return batches.Values.Count(batch => batch.View.State == BatchState.Running);
        }
    }

    /// <summary>What is wrong with folders that could not be read.</summary>
    public IReadOnlyList<string> Problems => problems;

    /// <summary>US dollars that were spent today (UTC); null: not known yet.</summary>
    public decimal? SpentToday => journal.IsValueCreated ? journal.Value.SpentOn(Today) : null;

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary>A batch; null: there is none of that id.</summary>
    public BatchView? Find(string id) => Entry(id)?.View;

    /// <summary>The features of a batch in order, each with what came of it. Empty: there is no such batch.</summary>
    public IReadOnlyList<BatchFeature> Features(string id, bool faultsAlone = false) => Entry(id)?.Features(faultsAlone) ?? [];

    /// <summary>What a batch would cost at most. Reads no sound: every feature counts with the most excerpts.</summary>
    /// <param name="set">The SAE's features.</param>
    /// <param name="features">The features to label.</param>
    /// <param name="test">Whether the labels are tested.</param>
    /// <exception cref="UserException">No model is set, or the journal cannot be read.</exception>
    public LabellingEstimate Estimate(FeatureSet set, IReadOnlyCollection<int> features, bool test)
    {
        var options = Model.Options ?? throw new UserException(Model.Missing!);
        var tests = test && set.Detection is not null ? features.Count : 0;
        var exchanged = tests >= JudgeBatch.FewestForFloor ? Math.Min(JudgeBatch.MostForFloor, tests) : 0;
        var label = new LanguageModelLabeller(null!, options, PromptTemplate.Label).Largest;
        var judgement = new LanguageModelJudge(null!, options, PromptTemplate.Judge).Largest(Enum.GetValues<DetectionKind>().Length * (set.Detection?.Info.Places ?? 0));
        // A journal that nothing was asked in need not be made.
        var spent = journal.IsValueCreated || File.Exists(Path.Combine(root, LabelJournal.FileName)) ? Journal().SpentOn(Today) : 0;
        var rest = options.DailyCap is { } cap ? Math.Max(0, cap - spent) : (decimal?)null;
        var labels = Affordable(rest, label.Dollars, features.Count);
        var testable = labels < features.Count ? 0 : Affordable(rest - labels * label.Dollars, judgement.Dollars, tests + exchanged);
        return new LabellingEstimate(features.Count, tests, exchanged, label * features.Count, judgement * (tests + exchanged), spent, options.DailyCap, labels, testable, Model.IsPriced);
    }

    /// <summary>Makes a batch and puts it into the queue.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">The SAE's features.</param>
    /// <param name="features">The features to label, in order.</param>
    /// <param name="test">Whether the labels are tested.</param>
    /// <param name="actor">Who asks for it.</param>
    /// <exception cref="UserException">Something is missing or wrong.</exception>
    public BatchView Add(string name, FeatureSet set, IReadOnlyList<int> features, bool test, Actor actor)
    {
        actor.Require(Rights.Research);
        if (Model.Missing is { } missing) throw new UserException(missing);
        name = PersonText.Name(name, "The batch's name");
        features = [.. features.Distinct()];
        if (features.Count == 0) throw new UserException("The batch has no features. Choose a filter or a list that has some.");
        foreach (var feature in features)
            if ((uint)feature >= (uint)set.Index.Count) throw new UserException($"The SAE has no feature {feature}: it has features 0 to {set.Index.Count - 1}.");
        if (set.DatasetId is null) throw new UserException("The dataset that this SAE's clips are of is not here, so there is nothing to hear. Put it into datasets/ of the data folder.");
        if (test && set.Detection is null) throw new UserException(NoDetection);
        // A journal that cannot be read is said now, not when the batch's turn comes.
        Journal();
        var now = clock.GetUtcNow();
        var id = Ids.New(BatchFolder.IdKind, clock);
        var file = new BatchFile
        {
            Id = id, Name = name, SaeHash = set.SaeHash, DatasetHash = set.Index.Info.DatasetHash, Features = features, Test = test, LabelVersion = Model.LabelVersion, JudgeVersion = Model.JudgeVersion,
            Author = actor.Name, AuthorId = actor.UserId, CreatedUtc = now, QueuedUtc = now, ChangedUtc = now, State = BatchState.Queued,
        };
        var folder = Path.Combine(root, id);
        BatchFolder.Write(folder, file);
        var entry = new LabelBatchEntry(folder, file, [], clock);
        lock (turn) batches[id] = entry;
        Announce();
        return entry.View;
    }

    /// <summary>Why labels of an SAE cannot be tested.</summary>
    internal const string NoDetection = "The index of this SAE has no clips to test labels on. Choose them with the verb 'detection', or make the index again.";

    /// <summary>Stops a batch. What was answered stays; what is under way counts as spent.</summary>
    /// <exception cref="UserException">There is no such batch, or it does not wait or run.</exception>
    public BatchView Cancel(string id)
    {
        var entry = Require(id);
        // The runner writes the state of the one that runs.
        if (!entry.RequestStop() && !entry.Change(file => file with { State = BatchState.Cancelled, Message = null }, view => view.IsOpen))
            throw new UserException($"“{entry.View.File.Name}” neither waits nor runs: it is {entry.View.State.Name()}.");
        Announce();
        return entry.View;
    }

    /// <summary>Puts a batch into the queue again: what was answered is not asked for again.</summary>
    /// <exception cref="UserException">There is no such batch, it needs no resuming, or the settings name another model now.</exception>
    public BatchView Resume(string id)
    {
        var entry = Require(id);
        if (Model.Missing is { } missing) throw new UserException(missing);
        RequireSame(entry.View.File);
        if (!entry.Change(file => file with { State = BatchState.Queued, QueuedUtc = clock.GetUtcNow(), Message = null }, view => view.CanResume))
            throw new UserException($"“{entry.View.File.Name}” has nothing to resume: it is {entry.View.State.Name()}.");
        Announce();
        return entry.View;
    }

    public void Dispose()
    {
        foreach (var batch in batches.Values) batch.Dispose();
        if (journal.IsValueCreated) journal.Value.Dispose();
        wake.Dispose();
    }

    /// <summary>Reads the folders. One that is damaged is left out and said.</summary>
    internal void Load()
    {
        var (found, wrong) = (new Dictionary<string, LabelBatchEntry>(StringComparer.Ordinal), new List<string>());
        var folders = Directory.Exists(root) ? Directory.GetDirectories(root, $"{BatchFolder.IdKind}-*") : [];
        foreach (var folder in folders.Order(StringComparer.Ordinal))
        {
            try
            {
                var (file, lines) = BatchFolder.Read(folder);
                var entry = new LabelBatchEntry(folder, file, lines, clock);
                // The site ended without saying why.
                if (file.State == BatchState.Running)
                {
                    entry.Change(each => each with { State = BatchState.Interrupted, Message = "The site ended while it was running." });
                    entry.IsUnpublished = true;
                }
                found[file.Id] = entry;
            }
            catch (UserException error)
            {
                wrong.Add(error.Message);
                LogProblem(error.Message);
            }
        }
        lock (turn) (batches, problems) = (found, wrong);
        Changed?.Invoke();
    }

    /// <summary>Opens the journal where it is not open yet.</summary>
    /// <exception cref="UserException">It is damaged, or in use.</exception>
    internal LabelJournal Journal() => journal.Value;

    /// <summary>The next batch to run: the one that waits longest, or one that an earlier day's cap stopped.</summary>
    internal LabelBatchEntry? Next()
    {
        lock (turn)
            return batches.Values.Where(batch => batch.View.State == BatchState.Queued || (batch.View.State == BatchState.Capped && DateOnly.FromDateTime(batch.View.File.ChangedUtc.UtcDateTime) < Today))
                .MinBy(batch => (batch.View.File.QueuedUtc, batch.Id));
    }

    /// <summary>The batches whose labels are not among the suggestions yet.</summary>
    internal IReadOnlyList<LabelBatchEntry> Unpublished()
    {
        lock (turn) return [.. batches.Values.Where(batch => batch.IsUnpublished)];
    }

    /// <summary>The batches of an SAE, the oldest first.</summary>
    internal IReadOnlyList<LabelBatchEntry> Of(string saeHash)
    {
        lock (turn) return [.. batches.Values.Where(batch => batch.View.File.SaeHash == saeHash).OrderBy(batch => batch.Id, StringComparer.Ordinal)];
    }

    /// <summary>Says that something changed, to pages and to the runner.</summary>
    internal void Announce()
    {
        Wake();
        Changed?.Invoke();
    }

    /// <summary>Says it to pages alone.</summary>
    internal void Show() => Changed?.Invoke();

    /// <summary>Has the runner look again.</summary>
    internal void Wake()
    {
        lock (turn)
        {
            if (wake.CurrentCount == 0) wake.Release();
        }
    }

    /// <summary>Waits for the next change, or for the next day (UTC) while a cap holds a batch back.</summary>
    internal async Task WaitAsync(CancellationToken stop)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var changed = wake.WaitAsync(rest.Token);
        var now = clock.GetUtcNow();
        var day = All.Any(batch => batch.State == BatchState.Capped) ? Task.Delay(now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime + TimeSpan.FromSeconds(1), clock, rest.Token) : Task.Delay(Timeout.Infinite, rest.Token);
        await Task.WhenAny(changed, day);
        await rest.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    /// <summary>Refuses a batch whose labels another model or template would continue: they would be asked for, and paid for, once more.</summary>
    /// <exception cref="UserException">It is one.</exception>
    internal void RequireSame(BatchFile file)
    {
        if (file.LabelVersion != Model.LabelVersion || file.JudgeVersion != Model.JudgeVersion)
            throw new UserException($"This batch was begun with “{file.LabelVersion}”, and the settings now name “{Model.LabelVersion}”: its labels would all be paid for again. Set the earlier model, or make a new batch.");
    }

    private LabelBatchEntry? Entry(string id)
    {
        lock (turn) return batches.GetValueOrDefault(id);
    }

    private LabelBatchEntry Require(string id) => Entry(id) ?? throw new UserException("There is no such batch.");

    private static int Affordable(decimal? rest, decimal each, int count) => rest is not { } dollars || each == 0 ? count : (int)Math.Clamp(Math.Floor(dollars / each), 0, count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} The batch is left out.")]
    private partial void LogProblem(string problem);
}
