using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Who there is.</summary>
public sealed class UserRepository(Database db)
{
    private const string LocalId = "local";

    /// <summary>The program itself: it ships presets and adopts runs that nobody here started.</summary>
    public static Actor Site { get; } = new("site", "SaeDashboard");

    /// <summary>The one person of a machine without accounts. Their name is the given one the first time, then what they chose.</summary>
    public Actor Local(string name)
    {
        var person = new Actor(LocalId, string.IsNullOrWhiteSpace(name) ? LocalId : name);
        return db.Write(person, "user.add", person.UserId, scope => new Actor(person.UserId, scope.One<string>("SELECT name FROM users WHERE id = @UserId", new { person.UserId })!));
    }

    /// <summary>One person; null: unknown.</summary>
    public UserRow? Find(string id) => db.One<UserRow>("SELECT id, name, created_utc AS createdUtc FROM users WHERE id = @id", new { id });

    /// <summary>Everybody, by name.</summary>
    public IReadOnlyList<UserRow> List() => db.All<UserRow>("SELECT id, name, created_utc AS createdUtc FROM users ORDER BY name, id");

    /// <summary>Changes how a person is shown, everywhere.</summary>
    /// <exception cref="UserException">There is no such person, or the name is empty.</exception>
    public void Rename(string id, string name, Actor actor)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UserException("A person needs a name.");
        db.Change(actor, "user.rename", "person", id, "UPDATE users SET name = @name WHERE id = @id", new { name = name.Trim() });
    }
}
