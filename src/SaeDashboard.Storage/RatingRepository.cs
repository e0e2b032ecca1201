using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>How well a label fits, in stars: one opinion a person on a revision.</summary>
public sealed class RatingRepository(Database db)
{
    /// <summary>Sets this person's stars, in place of earlier ones.</summary>
    /// <param name="revisionId">The label's revision.</param>
    /// <param name="stars">1 … 5.</param>
    /// <param name="actor">Who rates.</param>
    /// <exception cref="UserException">There is no such revision, or no such number of stars.</exception>
    public void Set(long revisionId, int stars, Actor actor)
    {
        if (stars is < 1 or > 5) throw new UserException($"{stars} stars: a rating has 1 to 5.");
        db.Write(actor, "rating.set", Subject(revisionId), scope =>
        {
            if (scope.One<long?>("SELECT id FROM label_revisions WHERE id = @revisionId", new { revisionId }) is null)
                throw new UserException($"There is no label revision {revisionId}. Open the feature again.");
            scope.Detail = new { stars };
            scope.Execute("""
                INSERT INTO ratings (revision_id, user_id, stars, rated_utc) VALUES (@revisionId, @UserId, @stars, @Now)
                ON CONFLICT (revision_id, user_id) DO UPDATE SET stars = excluded.stars, rated_utc = excluded.rated_utc
                """, new { revisionId, actor.UserId, stars, scope.Now });
        });
    }

    /// <summary>Takes this person's stars back.</summary>
    public void Clear(long revisionId, Actor actor) => db.Write(actor, "rating.clear", Subject(revisionId), scope =>
        scope.Execute("DELETE FROM ratings WHERE revision_id = @revisionId AND user_id = @UserId", new { revisionId, actor.UserId }));

    /// <summary>This person's stars; null: none.</summary>
    public int? Mine(long revisionId, Actor actor) =>
        db.One<int?>("SELECT stars FROM ratings WHERE revision_id = @revisionId AND user_id = @UserId", new { revisionId, actor.UserId });

    private static string Subject(long revisionId) => $"label revision {revisionId}";
}
