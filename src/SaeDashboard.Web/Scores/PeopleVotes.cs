using System.Collections.Concurrent;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Scores;

/// <summary>What people said of a clip: whether a label fits it.</summary>
/// <param name="Row">The clip's row in the dataset.</param>
/// <param name="Fits">People who say that it fits.</param>
/// <param name="DoesNotFit">People who say that it does not.</param>
/// <param name="Unsure">People who cannot say.</param>
public readonly record struct VotedClip(int Row, int Fits, int DoesNotFit, int Unsure)
{
    /// <summary>The mean vote: 1 fits, ½ unsure, 0 does not fit.</summary>
    public double Mean => (Fits + 0.5 * Unsure) / (Fits + DoesNotFit + Unsure);
}

/// <summary>What people said of one label of a feature. Immutable.</summary>
/// <param name="Text">The label.</param>
/// <param name="People">How many people voted.</param>
/// <param name="LastUtc">When the last vote was cast.</param>
/// <param name="Clips">The clips, by row.</param>
public sealed record LabelVotes(string Text, int People, DateTimeOffset LastUtc, IReadOnlyList<VotedClip> Clips)
{
    /// <summary>The votes on one feature by the label that they are about, the label voted on last first. Who voted twice on a clip and a label counts with the later vote.</summary>
    /// <param name="cast">The votes of every annotation of the feature.</param>
    /// <param name="datasetHash">The dataset whose rows are meant: votes on clips of another one are left out.</param>
    public static IReadOnlyList<LabelVotes> Of(IReadOnlyList<CastVotes> cast, string datasetHash) =>
    [
        .. cast.Where(votes => votes.DatasetHash == datasetHash).GroupBy(votes => votes.Label, StringComparer.Ordinal).Select(label =>
        {
            var latest = new Dictionary<(string User, int Row), ClipJudgement>();
            foreach (var votes in label.OrderBy(votes => votes.AtUtc))
                foreach (var clip in votes.Clips) latest[(votes.UserId, clip.Row)] = clip.Vote;
            return new LabelVotes(
                label.Key, label.Select(votes => votes.UserId).Distinct(StringComparer.Ordinal).Count(), label.Max(votes => votes.AtUtc),
                [.. latest.GroupBy(vote => vote.Key.Row, vote => vote.Value).OrderBy(row => row.Key).Select(row => new VotedClip(row.Key, row.Count(vote => vote == ClipJudgement.Fits), row.Count(vote => vote == ClipJudgement.DoesNotFit), row.Count(vote => vote == ClipJudgement.Unsure)))]);
        }).OrderByDescending(votes => votes.LastUtc).ThenBy(votes => votes.Text, StringComparer.Ordinal),
    ];
}

/// <summary>
/// People's votes on clips by feature and label, made from what the store has in memory and kept until something is said: never stored a second time.
/// </summary>
public sealed class PeopleVotes
{
    private readonly ConcurrentDictionary<(string Sae, string Dataset), Book> books = new();
    private readonly ClipVoteRepository votes;
    private readonly AnnotationService annotations;
    private readonly IStoreAccess store;

    public PeopleVotes(ClipVoteRepository votes, AnnotationService annotations, IStoreAccess store)
    {
        (this.votes, this.annotations, this.store) = (votes, annotations, store);
        annotations.Said += Said;
    }

    /// <summary>Votes on an SAE's features changed: its hash. Raised on the thread that wrote them.</summary>
    public event Action<string>? Changed;

    /// <summary>The votes on each feature that has any, by label, the label voted on last first. It never changes: take it again when <see cref="Changed"/> says so.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<LabelVotes>> Of(string saeHash, string datasetHash)
    {
        var book = books.GetOrAdd((saeHash, datasetHash), _ => new Book());
        lock (book)
        {
            if (book.Snapshot is { } known && book.Dirty.Count == 0) return known;
            // Taken before the votes are read: what is said meanwhile is read again.
            var dirty = book.Dirty.ToArray();
            book.Dirty.Clear();
            var made = book.Snapshot is null
                ? store.Read(() => votes.OfSae(saeHash)).ToDictionary(pair => pair.Key, pair => LabelVotes.Of(pair.Value, datasetHash))
                : new Dictionary<int, IReadOnlyList<LabelVotes>>(book.Snapshot);
            if (book.Snapshot is not null)
                foreach (var feature in dirty) made[feature] = LabelVotes.Of(store.Read(() => votes.Of(new FeatureKey(saeHash, feature))), datasetHash);
            foreach (var (feature, of) in made.ToArray())
                if (of.Count == 0) made.Remove(feature);
            return book.Snapshot = made;
        }
    }

    private void Said(string queue, int? feature)
    {
        if (annotations.Queue(queue)?.Content.SaeHash is not { } sae) return;
        foreach (var (key, book) in books)
        {
            if (key.Sae != sae) continue;
            lock (book)
            {
                if (feature is { } one) book.Dirty.Add(one);
                else book.Snapshot = null;
            }
        }
        Changed?.Invoke(sae);
    }

    private sealed class Book
    {
        public IReadOnlyDictionary<int, IReadOnlyList<LabelVotes>>? Snapshot { get; set; }

        public HashSet<int> Dirty { get; } = [];
    }
}
