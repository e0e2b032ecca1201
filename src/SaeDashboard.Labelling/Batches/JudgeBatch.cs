using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Scores;

namespace SaeDashboard.Labelling.Batches;

/// <summary>Brings the clips that labels are tested on: the site decodes them from codes.</summary>
public interface IDetectionSource
{
    /// <summary>The excerpts of a feature's detection clips, mixed; empty: it has none.</summary>
    /// <exception cref="UserException">They cannot be made.</exception>
    Task<IReadOnlyList<DetectionExcerpt>> LoadDetectionAsync(int feature, CancellationToken cancellation);

    /// <summary>What each of a feature's detection clips is, in the same order. Reads no sound.</summary>
    IReadOnlyList<DetectionKind> DetectionKinds(int feature);
}

/// <summary>A label with its feature.</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Text">The label: its own, or for the floor another feature's.</param>
public readonly record struct LabelOfFeature(int Feature, string Text);

/// <summary>What a judge said of a label, or why it said nothing.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The detection score; null: see <paramref name="Fault"/>.</param>
/// <param name="Cached">Whether the answer was there already.</param>
/// <param name="Fault">Why there is no score.</param>
public sealed record JudgedLabel(LabelOfFeature Label, DetectionScore? Score, bool Cached, string? Fault);

/// <summary>What came of judging.</summary>
/// <param name="Judged">In the order of the labels that were reached.</param>
/// <param name="NotAsked">Labels that the day's cap left out.</param>
/// <param name="Dollars">US dollars that this run cost.</param>
public sealed record JudgeResult(IReadOnlyList<JudgedLabel> Judged, IReadOnlyList<LabelOfFeature> NotAsked, decimal Dollars);

/// <summary>Tests many labels by a language model that hears the detection clips, several at a time. Running it again under the same name resumes it.</summary>
/// <param name="judge">Asks the model.</param>
/// <param name="journal">Keeps what was asked and answered, with the labels of the batch.</param>
/// <param name="excerpts">Brings the sound.</param>
/// <param name="clock">Dates the requests and measures the pace.</param>
public sealed class JudgeBatch(LanguageModelJudge judge, LabelJournal journal, IDetectionSource excerpts, TimeProvider clock)
{
    /// <summary>Judged labels below which there is no floor.</summary>
    public const int FewestForFloor = 10;

    /// <summary>Exchanged labels that are judged for the floor: their mean is known to about ± 0.03.</summary>
    public const int MostForFloor = 20;

    private const string TooFew = "it fires in too few of the clips that labels are tested on";

    private LabellerOptions Options => judge.Options;

    /// <summary>The labels to judge for the floor: a sample of them, exchanged between the features. Empty: there are too few.</summary>
    /// <param name="labels">The labels that have a score, by feature.</param>
    public static IReadOnlyList<LabelOfFeature> ForFloor(IReadOnlyDictionary<int, string> labels) =>
        labels.Count < FewestForFloor ? [] : [.. DetectionScorer.Exchanged(labels).Take(MostForFloor).Select(each => new LabelOfFeature(each.Feature, each.Label))];

    /// <summary>Judges the labels. One that fails does not stop the others; a refused key does.</summary>
    /// <param name="name">The batch's name: the same name resumes.</param>
    /// <param name="labels">The labels.</param>
    /// <param name="judged">Called with what came of every label, one at a time.</param>
    /// <param name="cancellation">Stops: requests under way are given up and count as spent.</param>
    /// <exception cref="UserException">The provider refuses the key, the account, the address or the model; or the journal cannot be written.</exception>
    public async Task<JudgeResult> RunAsync(string name, IReadOnlyList<LabelOfFeature> labels, Action<JudgedLabel>? judged = null, CancellationToken cancellation = default)
    {
        labels = [.. labels.Distinct()];
        var results = new JudgedLabel?[labels.Count];
        var run = new BatchRun(labels.Count, clock, null);
        await BatchRun.EachAsync(labels.Count, Options.Concurrency, async (at, stop) =>
        {
            if (await JudgeAsync(name, labels[at], run, stop).ConfigureAwait(false) is not { } result) return;
            results[at] = result;
            run.Done(result.Cached, judged is null ? null : () => judged(result));
        }, cancellation).ConfigureAwait(false);
        return new JudgeResult([.. results.OfType<JudgedLabel>()], [.. labels.Where((_, at) => results[at] is null)], run.Dollars);
    }

    /// <summary>Null: the cap is reached.</summary>
    private async Task<JudgedLabel?> JudgeAsync(string name, LabelOfFeature label, BatchRun run, CancellationToken cancellation)
    {
        // What this batch has answered needs no sound.
        if (journal.Of(name, label.Feature, judge.Version, label.Text) is { Step: JournalStep.Answered, Scores: { } known }) return Of(label, known, true);
        if (run.CapReached) return null;
        if (excerpts.DetectionKinds(label.Feature).Count(kind => kind == DetectionKind.Positive) < DetectionScorer.FewestClips) return new JudgedLabel(label, null, false, TooFew);
        LabelExcerpt[] sounds;
        try
        {
            sounds = [.. (await excerpts.LoadDetectionAsync(label.Feature, cancellation).ConfigureAwait(false)).Select(each => each.Excerpt)];
        }
        catch (UserException error)
        {
            return new JudgedLabel(label, null, false, error.Message);
        }
        var hash = judge.ContentHash(label.Text, sounds);
        if (journal.FindScores(hash) is { } cached) return Of(label, cached, true);

        var subject = new AskedFor(name, label.Feature, judge.Version, hash, label.Text);
        if (journal.TryAsk(subject, judge.Estimate(label.Text, sounds).Dollars, Options.DailyCap, clock.GetUtcNow()) is not { } ask)
        {
            run.CapReached = true;
            return null;
        }
        var further = new FurtherAsks(journal, subject, Options.DailyCap, clock);
        try
        {
            var outcome = await judge.JudgeAsync(label.Text, sounds, further.TryAdd, cancellation).ConfigureAwait(false);
            further.End();
            journal.EndJudged(ask, outcome.Scores, outcome.Fault, outcome.Cost.Dollars, clock.GetUtcNow());
            run.Spend(outcome.Cost.Dollars);
            return outcome.Scores is { } scores ? Of(label, scores, false) : new JudgedLabel(label, null, false, outcome.Fault);
        }
        catch (LabellingException error)
        {
            further.End();
            journal.EndJudged(ask, null, error.Message, error.Cost.Dollars, clock.GetUtcNow());
            run.Spend(error.Cost.Dollars);
            if (error.StopsTheBatch) throw error.Stopped(Options);
            return new JudgedLabel(label, null, false, error.Message);
        }
    }

    private JudgedLabel Of(LabelOfFeature label, IReadOnlyList<double> scores, bool cached)
    {
        var kinds = excerpts.DetectionKinds(label.Feature);
        // The detection clips were chosen again meanwhile.
        if (kinds.Count != scores.Count) return new JudgedLabel(label, null, cached, $"{scores.Count} clips were judged, and there are {kinds.Count} now: begin another batch");
        return DetectionScorer.Of(kinds, scores) is { } score ? new JudgedLabel(label, score, cached, null) : new JudgedLabel(label, null, cached, TooFew);
    }
}
