using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Batches;

/// <summary>Brings the excerpts of a feature: the site decodes them from codes.</summary>
public interface IExcerptSource
{
    /// <summary>The excerpts of a feature; null: it has none, because it never fires.</summary>
    /// <exception cref="UserException">They cannot be made.</exception>
    Task<LabelRequest?> LoadAsync(int feature, CancellationToken cancellation);
}

/// <summary>What a batch costs at most, before anything is sent.</summary>
/// <param name="Features">Features to be asked for; those with an answer already are not.</param>
/// <param name="Most">All tokens and dollars, with one request for each.</param>
/// <param name="SpentToday">US dollars that were spent today (UTC).</param>
/// <param name="Cap">What may be spent on a day; null: no cap.</param>
public sealed record BatchEstimate(int Features, RequestCost Most, decimal SpentToday, decimal? Cap)
{
    /// <summary>How many of the features the day's cap allows for.</summary>
    public int AffordableToday => Cap is not { } cap || Most.Dollars == 0 ? Features : (int)Math.Clamp(Math.Floor((cap - SpentToday) / (Most.Dollars / Math.Max(1, Features))), 0, Features);
}

/// <summary>How far a batch is.</summary>
/// <param name="Done">Features with a label or a fault.</param>
/// <param name="Total">Features of the batch.</param>
/// <param name="Dollars">US dollars that this run of the batch cost.</param>
/// <param name="Left">The time that the rest takes, from the pace so far; null: not known yet.</param>
public readonly record struct BatchProgress(int Done, int Total, decimal Dollars, TimeSpan? Left);

/// <summary>The label of a feature, or why it has none.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Answer">The label; null: see <paramref name="Fault"/>.</param>
/// <param name="Hash">The content hash of the request; empty where none was made.</param>
/// <param name="Cached">Whether the answer was there already.</param>
/// <param name="Fault">Why there is no label.</param>
public sealed record BatchLabel(int Feature, LabelAnswer? Answer, string Hash, bool Cached, string? Fault)
{
    private const int HashDigits = 16;

    /// <summary>The label as a suggestion; null: there is none.</summary>
    /// <param name="version"><see cref="LanguageModelLabeller.Version"/></param>
    public LabelSuggestion? ToSuggestion(string version) => Answer is null ? null : new LabelSuggestion
    {
        Feature = Feature, Text = Answer.Label, Method = SuggestionMethod.LanguageModel, Version = version, ContentHash = Hash[..HashDigits], Confidence = Answer.Confidence,
        Evidence = Answer.Description.Length == 0 ? null : Answer.Description,
    };
}

/// <summary>What came of a batch.</summary>
/// <param name="Labels">In the order of the features that were reached.</param>
/// <param name="NotAsked">Features that the day's cap left out.</param>
/// <param name="Dollars">US dollars that this run of the batch cost.</param>
public sealed record BatchResult(IReadOnlyList<BatchLabel> Labels, IReadOnlyList<int> NotAsked, decimal Dollars);

/// <summary>Labels many features, several at a time. Running a batch again under the same name resumes it.</summary>
/// <param name="labeller">Asks the model.</param>
/// <param name="journal">Keeps what was asked and answered.</param>
/// <param name="excerpts">Brings the sound.</param>
/// <param name="clock">Dates the requests and measures the pace.</param>
public sealed class LabelBatch(LanguageModelLabeller labeller, LabelJournal journal, IExcerptSource excerpts, TimeProvider clock)
{
    private LabellerOptions Options => labeller.Options;

    /// <summary>What the batch costs at most. Reads no sound: every feature counts with the most excerpts.</summary>
    public BatchEstimate Estimate(string name, IReadOnlyCollection<int> features)
    {
        var toAsk = features.Count(feature => journal.Of(name, feature, labeller.Version)?.Step != JournalStep.Answered);
        return new BatchEstimate(toAsk, labeller.Largest * toAsk, journal.SpentOn(Today), Options.DailyCap);
    }

    /// <summary>Labels the features. A feature that fails does not stop the others; a refused key does.</summary>
    /// <param name="name">The batch's name: the same name resumes.</param>
    /// <param name="features">The features.</param>
    /// <param name="progress">Called after every feature.</param>
    /// <param name="labelled">Called with what came of every feature, one at a time.</param>
    /// <param name="cancellation">Stops: requests under way are given up and count as spent.</param>
    /// <exception cref="UserException">The provider refuses the key, the account, the address or the model; or the journal cannot be written.</exception>
    public async Task<BatchResult> RunAsync(string name, IReadOnlyList<int> features, IProgress<BatchProgress>? progress = null, Action<BatchLabel>? labelled = null, CancellationToken cancellation = default)
    {
        features = [.. features.Distinct()];
        var labels = new BatchLabel?[features.Count];
        var run = new BatchRun(features.Count, clock, progress);
        await BatchRun.EachAsync(features.Count, Options.Concurrency, async (at, stop) =>
        {
            if (await LabelAsync(name, features[at], run, stop).ConfigureAwait(false) is not { } label) return;
            labels[at] = label;
            run.Done(label.Cached, labelled is null ? null : () => labelled(label));
        }, cancellation).ConfigureAwait(false);
        return new BatchResult([.. labels.OfType<BatchLabel>()], [.. features.Where((_, at) => labels[at] is null)], run.Dollars);
    }

    /// <summary>Null: the cap is reached.</summary>
    private async Task<BatchLabel?> LabelAsync(string name, int feature, BatchRun run, CancellationToken cancellation)
    {
        // What this batch has answered needs no sound.
        if (journal.Of(name, feature, labeller.Version) is { Step: JournalStep.Answered, Answer: { } known } entry) return new BatchLabel(feature, known, entry.Hash, true, null);
        // The sound of what cannot be asked for today need not be made.
        if (run.CapReached) return null;
        LabelRequest? request;
        try
        {
            request = await excerpts.LoadAsync(feature, cancellation).ConfigureAwait(false);
        }
        catch (UserException error)
        {
            return new BatchLabel(feature, null, "", false, error.Message);
        }
        if (request is null || request.Firing.Count == 0) return new BatchLabel(feature, null, "", false, "it never fires");
        var hash = labeller.ContentHash(request);
        if (journal.Find(hash) is { } cached) return new BatchLabel(feature, cached, hash, true, null);

        var subject = new AskedFor(name, feature, labeller.Version, hash);
        if (journal.TryAsk(subject, labeller.Estimate(request).Dollars, Options.DailyCap, clock.GetUtcNow()) is not { } ask)
        {
            run.CapReached = true;
            return null;
        }
        var further = new FurtherAsks(journal, subject, Options.DailyCap, clock);
        try
        {
            var outcome = await labeller.LabelAsync(request, further.TryAdd, cancellation).ConfigureAwait(false);
            further.End();
            journal.End(ask, outcome.Answer, outcome.Fault, outcome.Cost.Dollars, clock.GetUtcNow());
            run.Spend(outcome.Cost.Dollars);
            return new BatchLabel(feature, outcome.Answer, hash, false, outcome.Fault);
        }
        catch (LabellingException error)
        {
            further.End();
            journal.End(ask, null, error.Message, error.Cost.Dollars, clock.GetUtcNow());
            run.Spend(error.Cost.Dollars);
            if (error.StopsTheBatch) throw error.Stopped(Options);
            return new BatchLabel(feature, null, hash, false, error.Message);
        }
    }

    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
}
