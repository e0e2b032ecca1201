using SaeDashboard.Core.Labels;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>How far a queue is.</summary>
/// <param name="Total">Its items, gold ones included, practice items not.</param>
/// <param name="Done">Items that need no more work: agreed on, or decided.</param>
/// <param name="Waiting">Items that wait for an adjudicator.</param>
/// <param name="Begun">Items that some have judged, and not yet as many as the queue asks for.</param>
/// <param name="Adjudicated">Items that a third person decided.</param>
/// <param name="People">Who worked on it, by name.</param>
public sealed record QueueProgress(int Total, int Done, int Waiting, int Begun, int Adjudicated, IReadOnlyList<PersonProgress> People);

/// <summary>How far a person is in a queue.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Name">Their name.</param>
/// <param name="Done">Items that they judged, gold ones included.</param>
/// <param name="Practised">Practice items that they did.</param>
/// <param name="Decided">Items that they decided as an adjudicator.</param>
/// <param name="ItemsPerHour">Items an hour at the pace of their last 50; null: not known yet.</param>
/// <param name="LastUtc">When they last sent an annotation; null: never.</param>
/// <param name="Drafts">Items that they began and did not send.</param>
public sealed record PersonProgress(string UserId, string Name, int Done, int Practised, int Decided, double? ItemsPerHour, DateTimeOffset? LastUtc, int Drafts);

/// <summary>How well a queue's annotators agree. Gold and practice items do not count.</summary>
/// <param name="Verdicts">Over the verdicts: units are items, categories the six verdicts. Two who edit to different labels agree here; <paramref name="Labels"/> tells them apart.</param>
/// <param name="Labels">Over the labels of those who name one (accept and edit): units are items, categories the labels by <see cref="LabelText.Normalised"/>.</param>
/// <param name="Clips">Over the votes on clips: units are clips of items, categories fits, does not fit and unsure.</param>
/// <param name="Specificity">Over the specificity, 1 to 5, as an ordinal scale.</param>
/// <param name="Disagreed">Items on which they disagreed, decided or not.</param>
/// <param name="Gold">How each person did on the gold items, by their id.</param>
public sealed record QueueAgreement(RaterAgreement Verdicts, RaterAgreement Labels, RaterAgreement Clips, RaterAgreement Specificity, int Disagreed, IReadOnlyList<GoldScore> Gold);

/// <summary>A person's answers to gold items.</summary>
/// <param name="UserId">Who.</param>
/// <param name="Items">Gold items that they judged.</param>
/// <param name="RightVerdicts">Of these, with the expected verdict.</param>
/// <param name="Clips">Votes on clips whose vote is known.</param>
/// <param name="RightClips">Of these, as expected.</param>
public sealed record GoldScore(string UserId, int Items, int RightVerdicts, int Clips, int RightClips);

/// <summary>Makes a queue's agreement from its items.</summary>
internal static class AgreementOf
{
    public static QueueAgreement Queue(QueueContent queue, IReadOnlyList<ItemDocument> items)
    {
        var gold = queue.Gold.Select(item => item.Feature).ToHashSet();
        List<IReadOnlyList<int>> verdicts = [], labels = [], clips = [], specificities = [];
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var disagreed = 0;
        foreach (var item in items)
        {
            if (gold.Contains(item.Feature)) continue;
            var votes = item.Votes();
            if (votes.Count == 0) continue;
            if (votes.Any(vote => !AnnotationRules.Agree(votes[0].Content, vote.Content))) disagreed++;
            verdicts.Add([.. votes.Select(vote => (int)vote.Content.Verdict)]);
            labels.Add([.. votes.Where(vote => AnnotationRules.HasLabel(vote.Content.Verdict)).Select(vote => Category(names, vote.Content.Label!))]);
            specificities.Add([.. votes.Where(vote => vote.Content.Specificity is not null).Select(vote => vote.Content.Specificity!.Value)]);
            AddClips(clips, votes);
        }
        return new QueueAgreement(
            KrippendorffAlpha.Of(verdicts, AlphaMetric.Nominal), KrippendorffAlpha.Of(labels, AlphaMetric.Nominal), KrippendorffAlpha.Of(clips, AlphaMetric.Nominal), KrippendorffAlpha.Of(specificities, AlphaMetric.Ordinal), disagreed, Gold(queue, items));
    }

    /// <summary>The number of a label among those that were given.</summary>
    private static int Category(Dictionary<string, int> names, string label)
    {
        // A label of signs alone is compared as it is, as where it settles an item.
        var name = LabelText.Normalised(label) is { Length: > 0 } words ? words : label.ToUpperInvariant();
        if (!names.TryGetValue(name, out var number)) names[name] = number = names.Count;
        return number;
    }

    /// <summary>Adds a unit for each clip that the votes of an item are on. Sorted by row, the votes on a clip follow each other.</summary>
    private static void AddClips(List<IReadOnlyList<int>> units, IReadOnlyList<Annotation> votes)
    {
        var all = new List<ClipVote>(votes.Sum(vote => vote.Content.Clips.Count));
        foreach (var vote in votes) all.AddRange(vote.Content.Clips);
        all.Sort((one, other) => one.Row.CompareTo(other.Row));
        for (var from = 0; from < all.Count;)
        {
            var to = from + 1;
            while (to < all.Count && all[to].Row == all[from].Row) to++;
            // One vote alone cannot be paired.
            if (to - from > 1)
            {
                var unit = new int[to - from];
                for (var at = from; at < to; at++) unit[at - from] = (int)all[at].Vote;
                units.Add(unit);
            }
            from = to;
        }
    }

    private static GoldScore[] Gold(QueueContent queue, IReadOnlyList<ItemDocument> items)
    {
        if (queue.Gold.Count == 0) return [];
        var votes = items.ToDictionary(item => item.Feature, item => item.Votes());
        var scores = new SortedDictionary<string, GoldScore>(StringComparer.Ordinal);
        foreach (var expected in queue.Gold)
        {
            var known = expected.Clips.ToDictionary(clip => clip.Row, clip => clip.Vote);
            foreach (var vote in votes.GetValueOrDefault(expected.Feature) ?? [])
            {
                var score = scores.GetValueOrDefault(vote.AuthorId) ?? new GoldScore(vote.AuthorId, 0, 0, 0, 0);
                ClipVote[] asked = [.. vote.Content.Clips.Where(clip => known.ContainsKey(clip.Row))];
                scores[vote.AuthorId] = new GoldScore(
                    vote.AuthorId, score.Items + 1, score.RightVerdicts + (vote.Content.Verdict == expected.Verdict ? 1 : 0),
                    score.Clips + asked.Length, score.RightClips + asked.Count(clip => known[clip.Row] == clip.Vote));
            }
        }
        return [.. scores.Values];
    }
}
