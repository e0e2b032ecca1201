using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Names, stars and order of takes. The folders decide which takes exist.</summary>
public sealed class TakeRepository(Database db)
{
    private readonly View<IReadOnlyList<TakeRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Takes.Values.Where(take => take.DeletedUtc is null)
            .OrderBy(take => take.Position).ThenByDescending(take => take.Id, StringComparer.Ordinal).Select(take => RowOf(db.Tables, take)),
    ], db.Tables.Takes, db.Tables.Users);

    /// <summary>Adds the take's row if it has none.</summary>
    public void Ensure(string takeId, string name, Actor actor) => db.Write(actor, "take.add", takeId, scope =>
    {
        scope.Detail = new { name };
        if (scope.Find(scope.Tables.Takes, takeId) is not null) return;
        // The newest is first.
        var position = scope.All(scope.Tables.Takes).Select(take => take.Position).DefaultIfEmpty(0).Min() - 1;
        scope.Put(scope.Tables.Takes, new TakeDocument(takeId, name, false, null, position, actor.UserId, scope.Now, null));
    });

    /// <summary>One take, deleted ones included; null: no row.</summary>
    public TakeRow? Find(string takeId)
    {
        lock (db.Tables.Gate) return db.Tables.Takes.Find(takeId) is { } take ? RowOf(db.Tables, take) : null;
    }

    /// <summary>All takes in order, without deleted ones.</summary>
    public IReadOnlyList<TakeRow> List() => rows.Value;

    /// <summary>Renames it.</summary>
    /// <exception cref="UserException">The take does not exist, the name is empty, or it could not be written.</exception>
    public void Rename(string takeId, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A take needs a name.");
        name = name.Trim();
        Change(actor, "take.rename", takeId, (take, _) => take with { Name = name }, new { name });
    }

    /// <summary>Sets this person's rating, replacing an earlier one. Others' stay.</summary>
    /// <param name="takeId">The take.</param>
    /// <param name="stars">1 … 5; null: removes the rating.</param>
    /// <param name="actor">Who rates.</param>
    /// <exception cref="UserException">The take or number of stars does not exist, or it could not be written.</exception>
    public void Rate(string takeId, int? stars, Actor actor)
    {
        if (stars is < 1 or > 5) throw new UserException($"{stars} stars: a rating has 1 to 5.");
        Change(actor, "take.rate", takeId, (take, now) => take with { Stars = null, Ratings = [.. take.Rated().Where(rating => rating.UserId != actor.UserId), .. stars is { } given ? [new Rating(actor.UserId, given, now)] : Array.Empty<Rating>()] }, new { stars });
    }

    /// <summary>Keeps a finished blind test of its arms. One that is kept already stays as it is.</summary>
    /// <param name="takeId">The take.</param>
    /// <param name="test">The test; who listened is the actor, and when is now.</param>
    /// <param name="actor">Who listened.</param>
    /// <exception cref="UserException">The take does not exist, an answer is missing, or it could not be written.</exception>
    public void AddAbx(string takeId, AbxRow test, Actor actor)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (test.Order != AbxTrials.Order(test.Seed, test.Order.Length)) throw new UserException("The order of the blind test is not the one of its seed.");
        if (test.Answers.Length != test.Order.Length || test.Answers.Any(answer => answer is not ('A' or 'B')))
            throw new UserException($"The blind test has {test.Order.Length} trials; each needs an answer, A or B.");
        Change(actor, "take.abx", takeId, (take, now) => take.Blind?.Any(kept => kept.Id == test.Id) == true ? take
            : take with { Blind = [.. take.Blind ?? [], new AbxDocument(test.Id, actor.UserId, test.ArmA, test.ArmB, test.Seed, test.Order, test.Answers, now)] },
            new { test = test.Id, test.ArmA, test.ArmB, test.Right, test.Trials });
    }

    /// <summary>Sets or clears its star.</summary>
    public void Star(string takeId, bool starred, Actor actor) => Change(actor, "take.star", takeId, (take, _) => take with { Starred = starred }, new { starred });

    /// <summary>Sets its position in the list: smaller is higher.</summary>
    public void Move(string takeId, double position, Actor actor) => Change(actor, "take.move", takeId, (take, _) => take with { Position = position }, new { position });

    /// <summary>Removes it from the list; <see cref="Restore"/> undoes that. Its folder is kept.</summary>
    public void Delete(string takeId, Actor actor) => Change(actor, "take.delete", takeId, (take, now) => take.DeletedUtc is null ? take with { DeletedUtc = now } : null);

    /// <summary>Undoes <see cref="Delete"/>.</summary>
    public void Restore(string takeId, Actor actor) => Change(actor, "take.restore", takeId, (take, _) => take with { DeletedUtc = null });

    private void Change(Actor actor, string action, string id, Func<TakeDocument, DateTimeOffset, TakeDocument?> change, object? detail = null) =>
        db.Change(actor, action, "take", db.Tables.Takes, id, change, detail);

    private static TakeRow RowOf(TableSet tables, TakeDocument take) => new(
        take.Id, take.Name, take.Starred, TakeStars.Of(take.Rated()), take.Position, take.OwnerId, tables.NameOf(take.OwnerId), take.CreatedUtc, take.DeletedUtc,
        [.. (take.Blind ?? []).Select(test => new AbxRow(test.Id, test.UserId, tables.NameOf(test.UserId), test.ArmA, test.ArmB, test.Seed, test.Order, test.Answers, test.AtUtc))]);
}

/// <summary>The user data of a take. Its sound is in its folder.</summary>
/// <param name="Id">The folder's name.</param>
/// <param name="Name">Its name.</param>
/// <param name="Starred">Whether it is starred.</param>
/// <param name="Rating">What people think of it.</param>
/// <param name="Position">Its position in the manually ordered list; smaller is higher.</param>
/// <param name="OwnerId">Who made it.</param>
/// <param name="Owner">Their name.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="DeletedUtc">When it was deleted; null: not deleted.</param>
/// <param name="Blind">The blind tests of its arms, oldest first.</param>
public sealed record TakeRow(string Id, string Name, bool Starred, TakeStars Rating, double Position, string OwnerId, string Owner, DateTimeOffset CreatedUtc, DateTimeOffset? DeletedUtc,
    IReadOnlyList<AbxRow> Blind);

/// <summary>The stars of a take: each person's, 1 … 5.</summary>
public sealed class TakeStars
{
    private readonly Dictionary<string, int> people;

    private TakeStars(Dictionary<string, int> people)
    {
        this.people = people;
        Mean = people.Count == 0 ? null : people.Values.Average();
    }

    /// <summary>Nobody has rated it.</summary>
    public static TakeStars None { get; } = new([]);

    /// <summary>Mean of the ratings, 1 … 5; null: there are none.</summary>
    public double? Mean { get; }

    /// <summary>How many people have rated it.</summary>
    public int Count => people.Count;

    /// <summary>A person's own rating; null: none.</summary>
    public int? By(string userId) => people.TryGetValue(userId, out var stars) ? stars : null;

    internal static TakeStars Of(IReadOnlyList<Rating> ratings) => ratings.Count == 0 ? None : new(ratings.ToDictionary(rating => rating.UserId, rating => rating.Stars, StringComparer.Ordinal));
}
