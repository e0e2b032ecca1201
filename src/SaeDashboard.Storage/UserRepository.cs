using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>Who there is.</summary>
public sealed class UserRepository(Database db)
{
    private const string LocalId = "local";

    private readonly View<IReadOnlyList<UserRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal).ThenBy(user => user.Id, StringComparer.Ordinal).Select(RowOf),
    ], db.Tables.Users);

    /// <summary>The program itself: it brings the bundled presets and adopts runs that no user started.</summary>
    public static Actor Site { get; } = new("site", "SaeDashboard");

    /// <summary>The one person of a machine without accounts. Their name is the given one the first time, then what they chose.</summary>
    public Actor Local(string name)
    {
        var person = new Actor(LocalId, string.IsNullOrWhiteSpace(name) ? LocalId : name);
        return db.Write(person, "user.add", person.UserId, scope => person with { Name = scope.NameOf(person.UserId) });
    }

    /// <summary>One person; null: unknown.</summary>
    public UserRow? Find(string id) => db.Tables.Find(db.Tables.Users, id) is { } user ? RowOf(user) : null;

    /// <summary>Everybody, by name.</summary>
    public IReadOnlyList<UserRow> List() => rows.Value;

    /// <summary>Changes how a person is shown, everywhere.</summary>
    /// <exception cref="UserException">The person does not exist, the name is empty, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A person needs a name.");
        name = name.Trim();
        db.Change(actor, "user.rename", "person", db.Tables.Users, id, (user, _) => user with { Name = name }, new { name });
    }

    private static UserRow RowOf(UserDocument user) => new(user.Id, user.Name, user.CreatedUtc);
}
