using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Batches;

/// <summary>What happened to a request.</summary>
public enum JournalStep
{
    /// <summary>It is about to be sent: its largest cost counts as spent from here on.</summary>
    Asked,

    /// <summary>What was asked for came back.</summary>
    Answered,

    /// <summary>It did not come back, and will not without asking again.</summary>
    Failed,
}

/// <summary>A line of the journal.</summary>
public sealed record JournalEntry
{
    public required JournalStep Step { get; init; }

    /// <summary>When, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Ties the lines of a request together. Unique in the file.</summary>
    public required long Ask { get; init; }

    public required string Batch { get; init; }

    public required int Feature { get; init; }

    /// <summary>Template and model. A batch that is resumed with others asks again.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of all that decides the answer.</summary>
    public required string Hash { get; init; }

    /// <summary>Asked: what it costs at most. Otherwise: what it cost. US dollars.</summary>
    public required decimal Dollars { get; init; }

    /// <summary>The label that was judged; null, as in every line of earlier programs: a label was asked for.</summary>
    public string? Judged { get; init; }

    /// <summary>Answered, of a label: the label.</summary>
    public LabelAnswer? Answer { get; init; }

    /// <summary>Answered, of a judgement: how well the label fits each excerpt, 0 to 1, in the order in which they were sent.</summary>
    public IReadOnlyList<double>? Scores { get; init; }

    /// <summary>Failed: why.</summary>
    public string? Fault { get; init; }
}

/// <summary>What a request asks for.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Feature">The feature.</param>
/// <param name="Version">Template and model.</param>
/// <param name="Hash">SHA-256 of all that decides the answer.</param>
/// <param name="Judged">The label to judge; null: a label is asked for.</param>
public readonly record struct AskedFor(string Batch, int Feature, string Version, string Hash, string? Judged = null);

/// <summary>
/// What was asked of language models and what came back, in one file for all batches: a line is on the disk before a request is sent, and another
/// after its answer. So a batch that was killed resumes without asking again for what was answered, an answer is found by the content hash of its
/// request, and the day's spending is known, requests without an answer included. One process at a time. Thread-safe.
/// </summary>
public sealed class LabelJournal : IDisposable
{
    public const string FileName = "requests.jsonl";

    // A line is about 600 bytes: more than a million requests.
    private const long MostBytes = 1L << 30;

    private readonly Lock turn = new();
    private readonly FileLock owner;
    private readonly JsonLinesWriter writer;
    private readonly Dictionary<string, JournalEntry> answers = [];
    private readonly Dictionary<(string Batch, int Feature, string Version, string? Judged), JournalEntry> byFeature = [];
    private readonly Dictionary<long, JournalEntry> open = [];
    private readonly Dictionary<DateOnly, decimal> spent = [];
    private readonly Dictionary<string, decimal> spentBy = new(StringComparer.Ordinal);
    private long last;

    private LabelJournal(FileLock owner, string path)
    {
        this.owner = owner;
        if (FileLook.At(path) is { Length: > MostBytes }) throw new UserException($"{path} has more than {MostBytes >> 20} MiB: move it to another place; what it says was paid for is asked again.");
        // Opening the writer repairs an end that a killed process left.
        writer = new JsonLinesWriter(path);
        try
        {
            foreach (var entry in JsonLines.Read<JournalEntry>(path, tolerateTornEnd: false)) Take(entry);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
        InDoubt = [.. open.Values.OrderBy(entry => entry.Ask)];
    }

    /// <summary>Requests of earlier processes without an answer: killed between sending and receiving. Their largest cost counts as spent.</summary>
    public IReadOnlyList<JournalEntry> InDoubt { get; }

    /// <summary>Opens the journal of a folder.</summary>
    /// <exception cref="UserException">Another process uses it, or it is damaged.</exception>
    public static LabelJournal Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        var owner = FileLock.TryAcquire(path + ".lock") ?? throw new UserException($"{path} is in use: another batch is running. Wait for it, or cancel it.");
        try
        {
            return new LabelJournal(owner, path);
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>The label that a request with this content hash brought; null: there is none.</summary>
    public LabelAnswer? Find(string hash)
    {
        lock (turn) return answers.GetValueOrDefault(hash)?.Answer;
    }

    /// <summary>The scores that a request with this content hash brought; null: there are none.</summary>
    public IReadOnlyList<double>? FindScores(string hash)
    {
        lock (turn) return answers.GetValueOrDefault(hash)?.Scores;
    }

    /// <summary>The last that happened to a feature in a batch of this version; null: nothing.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="version">Template and model.</param>
    /// <param name="judged">The label that was judged; null: a label was asked for.</param>
    public JournalEntry? Of(string batch, int feature, string version, string? judged = null)
    {
        lock (turn) return byFeature.GetValueOrDefault((batch, feature, version, judged));
    }

    /// <summary>US dollars of a day (UTC), with the largest cost of requests that have no answer yet.</summary>
    public decimal SpentOn(DateOnly day)
    {
        lock (turn) return spent.GetValueOrDefault(day);
    }

    /// <summary>US dollars of a batch, all its days together, with the largest cost of requests that have no answer yet.</summary>
    public decimal SpentBy(string batch)
    {
        lock (turn) return spentBy.GetValueOrDefault(batch);
    }

    /// <summary>Writes that a request is about to be sent, unless the day's spending would exceed the cap.</summary>
    /// <param name="subject">What is asked for: batch, feature, version, content hash and, of a judgement, the label.</param>
    /// <param name="most">What it costs at most, US dollars.</param>
    /// <param name="cap">What may be spent on a day; null: no cap.</param>
    /// <param name="now">The time, UTC.</param>
    /// <returns>The request's number, for what came of it; null: the cap is reached, and nothing was written.</returns>
    /// <exception cref="UserException">The line cannot be written: the request must not be sent.</exception>
    public long? TryAsk(AskedFor subject, decimal most, decimal? cap, DateTimeOffset now)
    {
        lock (turn)
        {
            if (cap is { } limit && spent.GetValueOrDefault(Day(now)) + most > limit) return null;
            var entry = new JournalEntry
            {
                Step = JournalStep.Asked, At = now, Ask = last + 1, Batch = subject.Batch, Feature = subject.Feature, Version = subject.Version, Hash = subject.Hash, Judged = subject.Judged, Dollars = most,
            };
            Append(entry);
            return entry.Ask;
        }
    }

    /// <summary>Writes what came of a request for a label, with what it cost in place of its largest cost.</summary>
    /// <exception cref="UserException">The line cannot be written: after a restart the request would be asked again.</exception>
    public void End(long ask, LabelAnswer? answer, string? fault, decimal dollars, DateTimeOffset now) => Write(ask, answer, null, fault, dollars, now);

    /// <summary>Writes what came of a request to judge a label, as <see cref="End"/>.</summary>
    /// <exception cref="UserException">The line cannot be written.</exception>
    public void EndJudged(long ask, IReadOnlyList<double>? scores, string? fault, decimal dollars, DateTimeOffset now) => Write(ask, null, scores, fault, dollars, now);

    private void Write(long ask, LabelAnswer? answer, IReadOnlyList<double>? scores, string? fault, decimal dollars, DateTimeOffset now)
    {
        lock (turn)
        {
            var asked = open[ask];
            Append(asked with { Step = answer is null && scores is null ? JournalStep.Failed : JournalStep.Answered, At = now, Dollars = dollars, Answer = answer, Scores = scores, Fault = fault });
        }
    }

    public void Dispose()
    {
        writer.Dispose();
        owner.Dispose();
    }

    private void Append(JournalEntry entry)
    {
        writer.Append(entry);
        writer.Flush();
        Take(entry);
    }

    private void Take(JournalEntry entry)
    {
        last = Math.Max(last, entry.Ask);
        byFeature[(entry.Batch, entry.Feature, entry.Version, entry.Judged)] = entry;
        if (entry.Step == JournalStep.Asked)
        {
            open[entry.Ask] = entry;
            Spend(entry, Day(entry.At), entry.Dollars);
            return;
        }
        // The cost belongs to the day on which it was asked.
        if (open.Remove(entry.Ask, out var asked)) Spend(entry, Day(asked.At), entry.Dollars - asked.Dollars);
        if (entry.Step == JournalStep.Answered && (entry.Answer is not null || entry.Scores is not null)) answers[entry.Hash] = entry;
    }

    private void Spend(JournalEntry entry, DateOnly day, decimal dollars)
    {
        spent[day] = spent.GetValueOrDefault(day) + dollars;
        spentBy[entry.Batch] = spentBy.GetValueOrDefault(entry.Batch) + dollars;
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}
