using SaeDashboard.Core;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage;

/// <summary>The users.</summary>
public sealed class UserRepository(Database db)
{
    /// <summary>The id of <see cref="Local"/>.</summary>
    public const string LocalId = "local";

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

    /// <summary>Adds a person of this site.</summary>
    /// <exception cref="UserException">The name is refused, another person here has it, or it could not be written.</exception>
    public UserRow Add(string name, Actor actor)
    {
        name = PersonText.Name(name, "The name");
        var id = Ids.New("person");
        db.Write(actor, "user.add", id, scope =>
        {
            if (scope.All(scope.Tables.Users).Any(user => PeopleRules.IsHere(user.Id) && string.Equals(user.Name, name, StringComparison.OrdinalIgnoreCase)))
                throw new UserException($"{name} is here already. Choose that person, or add something to the name.");
            scope.Put(scope.Tables.Users, new UserDocument(id, name, scope.Now));
        });
        return Find(id)!;
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
        db.Write(actor, "user.rename", id, scope =>
        {
            scope.Detail = new { name };
            var user = scope.Find(scope.Tables.Users, id) ?? throw new UserException($"There is no person {id}. Open the page again.");
            if (scope.Find(scope.Tables.Accounts, id) is not null) AccountRepository.FreeName(scope, name, id);
            scope.Put(scope.Tables.Users, user with { Name = name });
        });
    }

    private static UserRow RowOf(UserDocument user) => new(user.Id, user.Name, user.CreatedUtc);
}

/// <summary>A user, or the program itself.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Name">What others see.</param>
/// <param name="CreatedUtc">When the user was added.</param>
public sealed record UserRow(string Id, string Name, DateTimeOffset CreatedUtc);

/// <summary>Which users a person at this site can be.</summary>
public static class PeopleRules
{
    /// <summary>Whether a user is a person of this site: neither the program itself nor a person of another data folder.</summary>
    public static bool IsHere(string id) => id != UserRepository.Site.UserId && !Exchange.SiteIds.IsForeign(id);
}
