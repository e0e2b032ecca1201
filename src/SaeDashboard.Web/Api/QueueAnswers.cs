using SaeDashboard.Core.Labels;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Api;

/// <summary>A queue of features that people annotate.</summary>
/// <param name="Id">Its id, the same on every machine.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sae">The SAE's id; null: the SAE is not here.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="Dataset">The dataset's id; null: the dataset is not here.</param>
/// <param name="DatasetHash">SHA-256 of the dataset whose clips are judged.</param>
/// <param name="Mode">What an annotator sees first: the clips, or the label.</param>
/// <param name="Guidelines">What annotators should know.</param>
/// <param name="Overlap">How many people judge each item. <example>2</example></param>
/// <param name="Practice">How many practice items everybody begins with. <example>3</example></param>
/// <param name="Author">Who made it.</param>
/// <param name="Mine">Whether you made it: a queue is changed by its author.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="ChangedUtc">When it was last changed.</param>
/// <param name="Version">1, and one more for each change: for basedOn.</param>
/// <param name="ArchivedUtc">When it was archived; null: it is open.</param>
/// <param name="Progress">How far it is.</param>
public sealed record ApiQueueSummary(
    string Id, string Name, string? Sae, string SaeHash, string? Dataset, string DatasetHash, QueueMode Mode, string Guidelines, int Overlap, int Practice, string Author, bool Mine,
    DateTimeOffset CreatedUtc, DateTimeOffset ChangedUtc, int Version, DateTimeOffset? ArchivedUtc, ApiQueueProgress Progress)
{
    internal static string AddressOf(string id) => $"{ApiSetup.Root}/queues/{id}";

    internal static ApiQueueSummary Of(QueueRow queue, QueueProgress progress, ICatalog catalog, Actor reader) => new(
        queue.Id, queue.Content.Name, catalog.SaeByHash(queue.Content.SaeHash)?.Id, queue.Content.SaeHash, catalog.DatasetByHash(queue.Content.DatasetHash)?.Id, queue.Content.DatasetHash, queue.Content.Mode,
        queue.Content.Guidelines, queue.Content.Overlap, queue.Content.Practice.Count, queue.Author, queue.AuthorId == reader.UserId, queue.CreatedUtc, queue.ChangedUtc, queue.Version, queue.ArchivedUtc,
        ApiQueueProgress.Of(progress, reader));
}

/// <summary>A queue with its features.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Features">Its features, in the queue's order; gold items are among them for all but the queue's author.</param>
/// <param name="Practice">The practice items, with their answers; null for all but the queue's author.</param>
/// <param name="Gold">The gold items, with their answers; null for all but the queue's author, because annotators must not know them.</param>
public sealed record ApiQueueDetails(ApiQueueSummary Queue, IReadOnlyList<int> Features, IReadOnlyList<ApiReferenceItem>? Practice, IReadOnlyList<ApiReferenceItem>? Gold)
{
    internal static ApiQueueDetails Of(QueueRow queue, ApiQueueSummary shown)
    {
        var content = queue.Content;
        return shown.Mine
            ? new ApiQueueDetails(shown, content.Features, [.. content.Practice.Select(ApiReferenceItem.Of)], [.. content.Gold.Select(ApiReferenceItem.Of)])
            // In one order that says nothing of which is which.
            : new ApiQueueDetails(shown, content.Gold.Count == 0 ? content.Features : [.. content.Features.Concat(content.Gold.Select(item => item.Feature)).Order()], null, null);
    }
}

/// <summary>How far a queue is.</summary>
/// <param name="Total">Its items, without the practice items. <example>1404</example></param>
/// <param name="Done">Items that need no more work: people agree, or a third person decided. <example>128</example></param>
/// <param name="Begun">Items that some have judged, and not yet as many as the queue asks for.</param>
/// <param name="Waiting">Items that wait for an adjudicator.</param>
/// <param name="Adjudicated">Items that a third person decided.</param>
/// <param name="Mine">Your own part; null: you have done nothing in it.</param>
/// <param name="People">Who worked on it, by name.</param>
public sealed record ApiQueueProgress(int Total, int Done, int Begun, int Waiting, int Adjudicated, ApiPersonProgress? Mine, IReadOnlyList<ApiPersonProgress> People)
{
    internal static ApiQueueProgress Of(QueueProgress progress, Actor reader) => new(
        progress.Total, progress.Done, progress.Begun, progress.Waiting, progress.Adjudicated,
        progress.People.FirstOrDefault(person => person.UserId == reader.UserId) is { } mine ? ApiPersonProgress.Of(mine) : null, [.. progress.People.Select(ApiPersonProgress.Of)]);
}

/// <summary>How far a person is in a queue.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Done">Items that they judged. <example>128</example></param>
/// <param name="Practised">Practice items that they did.</param>
/// <param name="Decided">Items that they decided as an adjudicator.</param>
/// <param name="ItemsPerHour">Items an hour at the pace of their last 50; null: not known yet. <example>210</example></param>
/// <param name="LastUtc">When they last sent an annotation; null: never.</param>
/// <param name="Drafts">Items that they began and did not send.</param>
public sealed record ApiPersonProgress(string Name, int Done, int Practised, int Decided, double? ItemsPerHour, DateTimeOffset? LastUtc, int Drafts)
{
    internal static ApiPersonProgress Of(PersonProgress person) =>
        new(person.Name, person.Done, person.Practised, person.Decided, person.ItemsPerHour is { } pace ? Math.Round(pace, 1) : null, person.LastUtc, person.Drafts);
}

/// <summary>How well the annotators of a queue agree. Gold and practice items do not count.</summary>
/// <param name="Verdicts">Over the verdicts of items.</param>
/// <param name="Labels">Over the labels of those who name one (accept and edit), compared by their words without case, hyphens and signs.</param>
/// <param name="Clips">Over the votes on clips.</param>
/// <param name="Specificity">Over the specificity, as an ordinal scale.</param>
/// <param name="Disagreed">Items on which they disagreed, decided or not.</param>
/// <param name="Gold">How each person did on the gold items; null for all but the queue's author.</param>
public sealed record ApiQueueAgreement(ApiAlpha Verdicts, ApiAlpha Labels, ApiAlpha Clips, ApiAlpha Specificity, int Disagreed, IReadOnlyList<ApiGoldScore>? Gold)
{
    internal static ApiQueueAgreement Of(QueueAgreement agreement, bool mine, Func<string, string> nameOf) => new(
        ApiAlpha.Of(agreement.Verdicts), ApiAlpha.Of(agreement.Labels), ApiAlpha.Of(agreement.Clips), ApiAlpha.Of(agreement.Specificity), agreement.Disagreed,
        mine ? [.. agreement.Gold.Select(score => new ApiGoldScore(nameOf(score.UserId), score.Items, score.RightVerdicts, score.Clips, score.RightClips))] : null);
}

/// <summary>Krippendorff's α over some values.</summary>
/// <param name="Alpha">1 is perfect agreement, 0 is what chance gives, less is systematic disagreement; null: not defined, because nothing was judged twice or all values are equal. <example>0.743</example></param>
/// <param name="Units">Units that at least two people judged. <example>11</example></param>
/// <param name="Values">Values in these units. <example>40</example></param>
/// <param name="Agreement">Share of the pairs that are equal, 0 to 1, without a correction for chance; null: there are no pairs. <example>0.8</example></param>
public sealed record ApiAlpha(double? Alpha, int Units, int Values, double? Agreement)
{
    internal static ApiAlpha Of(RaterAgreement agreement) => new(agreement.Alpha, agreement.Units, agreement.Values, agreement.Agreement);
}

/// <summary>A person's answers to gold items.</summary>
/// <param name="Name">Who.</param>
/// <param name="Items">Gold items that they judged.</param>
/// <param name="RightVerdicts">Of these, with the expected verdict.</param>
/// <param name="Clips">Votes on clips whose vote is known.</param>
/// <param name="RightClips">Of these, as expected.</param>
public sealed record ApiGoldScore(string Name, int Items, int RightVerdicts, int Clips, int RightClips);

/// <summary>An item whose answer is known.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Verdict">The expected verdict.</param>
/// <param name="Clips">The expected votes; may be empty.</param>
/// <param name="Why">Why; null: nothing is said.</param>
public sealed record ApiReferenceItem(int Feature, AnnotationVerdict Verdict, IReadOnlyList<ApiClipVote>? Clips = null, string? Why = null)
{
    internal static ApiReferenceItem Of(ReferenceItem item) => new(item.Feature, item.Verdict, [.. item.Clips.Select(ApiClipVote.Of)], item.Why);

    internal ReferenceItem ToItem() => new(Feature, Verdict, ApiClipVote.ToVotes(Clips), Why);
}

/// <summary>A vote on a clip.</summary>
/// <param name="Row">The clip's row in the queue's dataset. <example>12</example></param>
/// <param name="Vote">Whether the label fits the clip.</param>
public sealed record ApiClipVote(int Row, ClipJudgement Vote)
{
    internal static ApiClipVote Of(ClipVote vote) => new(vote.Row, vote.Vote);

    internal static IReadOnlyList<ClipVote> ToVotes(IReadOnlyList<ApiClipVote>? votes) =>
        [.. (votes ?? []).Select(vote => vote is null ? throw new Core.UserException("A vote on a clip is null.") : new ClipVote(vote.Row, vote.Vote))];
}
