using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>The users.</summary>
public sealed class UserRepository(Database db)
{
    private const string LocalId = "local";

    private readonly View<IReadOnlyList<UserRow>> rows = new(db.Tables, () =>
    [
        .. db.Tables.Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal).ThenBy(user => user.Id, StringComparer.Ordinal).Select(RowOf),
    ], db.Tables.Users);

    /// <summary>The program itself, which ships presets and adopts runs without a known owner.</summary>
    public static Actor Site { get; } = new("site", "SaeDashboard");

    /// <summary>The name of a person who has not given one. It is never taken from the operating system.</summary>
    public const string Unnamed = "Unnamed";

    /// <summary>The single user of a machine without accounts. The given name is used the first time, then the chosen one.</summary>
    public Actor Local(string name = Unnamed)
    {
        var person = new Actor(LocalId, name);
        return db.Write(person, "user.add", person.UserId, scope => person with { Name = scope.NameOf(person.UserId) });
    }

    /// <summary>One user; null: unknown.</summary>
    public UserRow? Find(string id) => db.Tables.Find(db.Tables.Users, id) is { } user ? RowOf(user) : null;

    /// <summary>All users, by name.</summary>
    public IReadOnlyList<UserRow> List() => rows.Value;

    /// <summary>Changes a user's displayed name.</summary>
    /// <exception cref="UserException">The person does not exist, the name is empty, or it could not be written.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A person needs a name.");
        name = name.Trim();
        db.Change(actor, "user.rename", "person", db.Tables.Users, id, (user, _) => user with { Name = name }, new { name });
    }

    private static UserRow RowOf(UserDocument user) => new(user.Id, user.Name, user.CreatedUtc);
}

/// <summary>A user, or the program itself.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Name">What others see.</param>
/// <param name="CreatedUtc">When the user was added.</param>
public sealed record UserRow(string Id, string Name, DateTimeOffset CreatedUtc);
