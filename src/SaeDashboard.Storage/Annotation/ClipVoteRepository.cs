using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>The votes on clips of one annotation, and the label that they are about.</summary>
/// <param name="UserId">Who voted.</param>
/// <param name="DatasetHash">SHA-256 of the dataset that the rows are of.</param>
/// <param name="Label">The label's text.</param>
/// <param name="AtUtc">When.</param>
/// <param name="Clips">The votes, by row.</param>
public sealed record CastVotes(string UserId, string DatasetHash, string Label, DateTimeOffset AtUtc, IReadOnlyList<ClipVote> Clips);

/// <summary>
/// The votes on clips that count for the score of a label: of every queue, without practice items, decisions and what was withdrawn. A vote is about the label that
/// its author names, or else about the one that they were shown (decision 0047). From memory; nothing is written here.
/// </summary>
public sealed class ClipVoteRepository(Database db)
{
    /// <summary>The votes on the features of an SAE; features without one are left out.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<CastVotes>> OfSae(string saeHash)
    {
        var found = new Dictionary<int, List<CastVotes>>();
        lock (db.Tables.Gate)
        {
            foreach (var book in db.Tables.AnnotationBooks.OfSae(saeHash))
                foreach (var item in book.Items)
                    foreach (var votes in VotesOf(book, item))
                        if (found.TryGetValue(item.Feature, out var list)) list.Add(votes);
                        else found[item.Feature] = [votes];
        }
        return found.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<CastVotes>)pair.Value);
    }

    /// <summary>The votes on one feature.</summary>
    public IReadOnlyList<CastVotes> Of(FeatureKey key)
    {
        lock (db.Tables.Gate) return [.. db.Tables.AnnotationBooks.OfSae(key.SaeHash).SelectMany(book => book.Item(key.Feature) is { } item ? VotesOf(book, item) : [])];
    }

    private IEnumerable<CastVotes> VotesOf(QueueBook book, ItemDocument item)
    {
        var queue = book.Document!.Content;
        foreach (var annotation in item.Votes())
        {
            if (annotation.Content.Clips.Count > 0 && LabelOf(queue, annotation.Content) is { } label)
                yield return new CastVotes(annotation.AuthorId, queue.DatasetHash, label, annotation.CreatedUtc, annotation.Content.Clips);
        }
    }

    /// <summary>The label that votes are about; null: none, or not known.</summary>
    private string? LabelOf(QueueContent queue, AnnotationContent said)
    {
        if (AnnotationRules.HasLabel(said.Verdict)) return said.Label;
        // What earlier browsers sent does not say what was shown: where a queue shows the label first, it was the revision that was seen.
        return said.Shown ?? (queue.Mode == QueueMode.LabelFirst && said.SeenRevision is > 0 and var seen ? TextOf(seen) : null);
    }

    private string? TextOf(long revision) =>
        db.Tables.Books.DocumentOf(revision) is { } id && db.Tables.Labels.Find(id)?.Revisions.FirstOrDefault(each => each.Id == revision) is { Text.Length: > 0 } found ? found.Text : null;
}
