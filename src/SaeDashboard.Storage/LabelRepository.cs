using Dapper;
using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>What features are called, with every earlier name.</summary>
public sealed class LabelRepository(Database db)
{
    /// <summary>Longest label, in characters.</summary>
    public const int LongestText = 200;

    private const string Revisions = """
        SELECT r.id, r.sae_hash AS saeHash, r.feature, r.text, r.note, r.author_id AS authorId, u.name AS author, r.created_utc AS createdUtc, r.restored_from AS restoredFrom,
               (SELECT avg(stars) FROM ratings WHERE revision_id = r.id) AS stars, (SELECT count(*) FROM ratings WHERE revision_id = r.id) AS ratings,
               (SELECT stars FROM ratings WHERE revision_id = r.id AND user_id = @reader) AS mine
        FROM label_revisions r JOIN users u ON u.id = r.author_id
        """;

    /// <summary>Gives a feature a new label; an empty one takes the label away. The same text and note again changes nothing.</summary>
    /// <exception cref="UserException">The label is too long.</exception>
    public LabelRevision Add(FeatureKey key, string text, string? note, Actor actor)
    {
        text = text.Trim();
        note = string.IsNullOrWhiteSpace(note) ? null : note.Trim();
        if (text.Length > LongestText) throw new UserException($"The label has {text.Length} characters; {LongestText} is the most. Put the rest in the note.");
        return db.Write(actor, "label.add", Subject(key), scope =>
        {
            var current = scope.One<Row>($"{Revisions} WHERE r.sae_hash = @SaeHash AND r.feature = @Feature ORDER BY r.id DESC LIMIT 1", new { key.SaeHash, key.Feature, reader = actor.UserId });
            return current is not null && current.Text == text && current.Note == note ? current.ToRevision() : Insert(scope, key, text, note, null);
        });
    }

    /// <summary>Takes up an older revision's text again, as a new revision.</summary>
    /// <exception cref="UserException">There is no such revision.</exception>
    public LabelRevision Restore(long revisionId, Actor actor)
    {
        var old = Find(revisionId, actor) ?? throw new UserException($"There is no label revision {revisionId}. Open the feature again.");
        return db.Write(actor, "label.restore", Subject(old.Key), scope => Insert(scope, old.Key, old.Text, old.Note, old.Id));
    }

    /// <summary>Every revision of a feature's label, the newest first.</summary>
    /// <param name="key">The feature.</param>
    /// <param name="reader">Whose own stars <see cref="LabelRevision.Mine"/> tells.</param>
    public IReadOnlyList<LabelRevision> History(FeatureKey key, Actor? reader = null) =>
        [.. db.All<Row>($"{Revisions} WHERE r.sae_hash = @SaeHash AND r.feature = @Feature ORDER BY r.id DESC", new { key.SaeHash, key.Feature, reader = reader?.UserId }).Select(row => row.ToRevision())];

    /// <summary>One revision; null when there is none of that number.</summary>
    public LabelRevision? Find(long revisionId, Actor? reader = null) =>
        db.One<Row>($"{Revisions} WHERE r.id = @revisionId", new { revisionId, reader = reader?.UserId })?.ToRevision();

    /// <summary>The labels of an SAE's features by the features' indices; those without a label are not in it.</summary>
    public IReadOnlyDictionary<int, CurrentLabel> Current(string saeHash) => db.Read(connection => connection.Query<Row>($"""
        {Revisions} WHERE r.sae_hash = @saeHash AND r.text <> ''
            AND r.id = (SELECT max(id) FROM label_revisions n WHERE n.sae_hash = r.sae_hash AND n.feature = r.feature)
        """, new { saeHash, reader = (string?)null })
        .ToDictionary(row => row.Feature, row => new CurrentLabel(row.Id, row.Text, row.Author, row.Stars, row.Ratings)));

    private static string Subject(FeatureKey key) => $"{key.SaeHash}:{key.Feature}";

    private static LabelRevision Insert(WriteScope scope, FeatureKey key, string text, string? note, long? from)
    {
        var id = scope.One<long>("""
            INSERT INTO label_revisions (sae_hash, feature, text, note, author_id, created_utc, restored_from)
            VALUES (@SaeHash, @Feature, @text, @note, @author, @Now, @from) RETURNING id
            """, new { key.SaeHash, key.Feature, text, note, author = scope.Actor.UserId, scope.Now, from });
        scope.Detail = new { revision = id, text, from };
        return scope.One<Row>($"{Revisions} WHERE r.id = @id", new { id, reader = scope.Actor.UserId })!.ToRevision();
    }

    [method: ExplicitConstructor]
    private sealed record Row(
        long Id, string SaeHash, int Feature, string Text, string? Note, string AuthorId, string Author, DateTimeOffset CreatedUtc, long? RestoredFrom, double? Stars, int Ratings, int? Mine)
    {
        public LabelRevision ToRevision() => new(Id, new FeatureKey(SaeHash, Feature), Text, Note, AuthorId, Author, CreatedUtc, RestoredFrom, Stars, Ratings, Mine);
    }
}
