using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>Ratings of how well a label fits, in stars: one per user and revision.</summary>
public sealed class RatingRepository(Database db)
{
    /// <summary>Sets this user's stars, replacing earlier ones.</summary>
    /// <param name="revisionId">The label's revision.</param>
    /// <param name="stars">1 … 5.</param>
    /// <param name="actor">Who rates.</param>
    /// <exception cref="UserException">The revision or number of stars does not exist, or it could not be written.</exception>
    public void Set(long revisionId, int stars, Actor actor)
    {
        if (stars is < 1 or > 5) throw new UserException($"{stars} stars: a rating has 1 to 5.");
        db.Write(actor, "rating.set", Subject(revisionId), scope =>
        {
            scope.Detail = new { stars };
            Put(scope, revisionId, others => [.. others, new Rating(actor.UserId, stars, scope.Now)]);
        });
    }

    /// <summary>Removes this user's stars.</summary>
    public void Clear(long revisionId, Actor actor) => db.Write(actor, "rating.clear", Subject(revisionId), scope =>
    {
        if (scope.LabelOf(revisionId) is not null) Put(scope, revisionId, others => others);
    });

    /// <summary>This user's stars; null: none.</summary>
    public int? Mine(long revisionId, Actor actor)
    {
        lock (db.Tables.Gate)
        {
            return db.Tables.Books.DocumentOf(revisionId) is { } id && db.Tables.Labels.Find(id) is { } label
                ? label.Revisions.First(revision => revision.Id == revisionId).Ratings.FirstOrDefault(rating => rating.UserId == actor.UserId)?.Stars
                : null;
        }
    }

    /// <summary>Replaces a revision's ratings by the result of <paramref name="make"/> for the other users' ratings.</summary>
    private static void Put(WriteScope scope, long revisionId, Func<IReadOnlyList<Rating>, IReadOnlyList<Rating>> make)
    {
        var label = scope.LabelOf(revisionId) is { } id ? scope.Find(scope.Tables.Labels, id)! : throw LabelRepository.Unknown(revisionId);
        scope.Put(scope.Tables.Labels, label with
        {
            Revisions = [.. label.Revisions.Select(revision =>
                revision.Id == revisionId ? revision with { Ratings = make([.. revision.Ratings.Where(rating => rating.UserId != scope.Actor.UserId)]) } : revision)],
        });
    }

    private static string Subject(long revisionId) => $"label revision {revisionId}";
}
