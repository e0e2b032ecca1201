using System.Text.RegularExpressions;
using SaeDashboard.Core;
using SaeDashboard.Storage.Writing;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Accounts to begin with.</summary>
internal static class AccountSamples
{
    public static AccountRow Row(string id, string name, AccountRole role) => new(id, name, role, "hash", $"stamp of {id}", default);
}

/// <summary>Accounts, invites, sessions and keys in the store, and what each may write.</summary>
public sealed partial class AccountTests
{
    private static readonly string Word = new('d', 64);

    [Fact]
    public void An_account_takes_over_the_person_who_was_here_and_their_labels()
    {
        using var store = new TemporaryStore();
        new LabelRepository(store.Db).Add(Taiko, "Taiko", null, Bob);
        var accounts = new AccountRepository(store.Db);
        accounts.Add(AccountSamples.Row("ada", "Ada", AccountRole.Admin), null, Ada);
        var invite = new InviteRepository(store.Db).Add(Word, AccountRole.Annotator, "bob", TimeSpan.FromDays(1), Ada);
        // It is for Bob: no one else can take it.
        Assert.Throws<UserException>(() => accounts.Add(AccountSamples.Row("eve", "Eve", AccountRole.Annotator), invite, UserRepository.Site));
        accounts.Add(AccountSamples.Row("bob", "Robert", AccountRole.Annotator), invite, UserRepository.Site);
        Assert.Equal("Robert", new LabelRepository(store.Db).History(Taiko)[0].Author);
        Assert.Equal("bob", accounts.ByName("ROBERT ")!.Id);
        Assert.Null(accounts.ByName("Bob"));
        store.Restart();
        Assert.Equal(AccountRole.Annotator, new AccountRepository(store.Db).Find("bob")!.Role);
        Assert.Empty(store.Db.Notices);
    }

    [Fact]
    public void There_is_one_first_admin_an_invite_works_once_and_the_last_admin_stays()
    {
        using var store = new TemporaryStore();
        var accounts = new AccountRepository(store.Db);
        var ada = accounts.Add(AccountSamples.Row("ada", "Ada", AccountRole.Admin), null, UserRepository.Site);
        Assert.Contains("an admin already", Assert.Throws<UserException>(() => accounts.Add(AccountSamples.Row("eve", "Eve", AccountRole.Admin), null, UserRepository.Site)).Message, StringComparison.Ordinal);
        var invites = new InviteRepository(store.Db);
        var invite = invites.Add(Word, AccountRole.Viewer, null, TimeSpan.FromDays(1), Ada);
        Assert.Contains("Ada", Assert.Throws<UserException>(() => accounts.Add(AccountSamples.Row("eve", "aDa", AccountRole.Viewer), invite, UserRepository.Site)).Message, StringComparison.OrdinalIgnoreCase);
        // What was refused used nothing up.
        accounts.Add(AccountSamples.Row("eve", "Eve", AccountRole.Viewer), invite, UserRepository.Site);
        Assert.Contains("used already", Assert.Throws<UserException>(() => accounts.Add(AccountSamples.Row("mal", "Mal", AccountRole.Viewer), invite, UserRepository.Site)).Message, StringComparison.Ordinal);
        Assert.Null(invites.Open(Word, DateTimeOffset.UtcNow));
        Assert.Contains("only admin", Assert.Throws<UserException>(() => accounts.Change(ada, ada with { Role = AccountRole.Viewer }, null, Ada)).Message, StringComparison.Ordinal);
        Assert.Contains("only admin", Assert.Throws<UserException>(() => accounts.Change(ada, ada with { DisabledUtc = DateTimeOffset.UtcNow }, null, Ada)).Message, StringComparison.Ordinal);
        invites.Revoke(invites.Add(new string('9', 64), AccountRole.Admin, null, TimeSpan.FromDays(1), Ada), Ada);
        Assert.Null(invites.Open(new string('9', 64), DateTimeOffset.UtcNow));
        var late = invites.Add(new string('8', 64), AccountRole.Admin, null, TimeSpan.FromMilliseconds(-1), Ada);
        Assert.Throws<UserException>(() => accounts.Add(AccountSamples.Row("mal", "Mal", AccountRole.Admin), late, UserRepository.Site));
    }

    [Fact]
    public void Only_an_admin_changes_another_account_and_what_was_changed_meanwhile_is_not_overwritten()
    {
        using var store = new TemporaryStore();
        var (ada, bob) = Two(store.Db);
        var accounts = new AccountRepository(store.Db);
        var viewer = At(store.Db, bob);
        Assert.Contains("admin", Assert.Throws<UserException>(() => accounts.Change(bob, bob with { Role = AccountRole.Admin }, null, viewer)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => accounts.Change(ada, ada with { PasswordHash = "mine" }, null, viewer));
        Assert.Throws<UserException>(() => new InviteRepository(store.Db).Add(Word, AccountRole.Admin, null, TimeSpan.FromDays(1), viewer));
        var now = accounts.Change(bob, bob with { PasswordHash = "new" }, null, viewer)!;
        Assert.Null(accounts.Change(bob, bob with { PasswordHash = "older" }, null, viewer));
        Assert.Equal("new", accounts.Find("bob")!.PasswordHash);
        Assert.Equal(AccountRole.Researcher, accounts.Change(now, now with { Role = AccountRole.Researcher }, null, At(store.Db, ada))!.Role);
        Assert.Equal("account.role", new AuditRepository(store.Db).Recent(1)[0].Action);
    }

    [Fact]
    public void A_write_counts_as_its_actor_is_now_not_as_they_were_when_the_page_was_opened()
    {
        using var store = new TemporaryStore();
        var (ada, bob) = Two(store.Db, AccountRole.Annotator);
        var (accounts, sessions, labels) = (new AccountRepository(store.Db), new SessionRepository(store.Db), new LabelRepository(store.Db));
        var (admin, open) = (At(store.Db, ada), At(store.Db, bob));
        labels.Add(Taiko, "one", null, open);
        Assert.Contains("research", Assert.Throws<UserException>(() => new RunRepository(store.Db).Ensure("run-1", "Run", open)).Message, StringComparison.Ordinal);
        var viewer = accounts.Change(bob, bob with { Role = AccountRole.Viewer }, null, admin)!;
        Assert.Contains("annotate", Assert.Throws<UserException>(() => labels.Add(Taiko, "two", null, open)).Message, StringComparison.Ordinal);
        new DraftRepository(store.Db).Set("studio", "{}", open);
        var back = accounts.Change(viewer, viewer with { Role = AccountRole.Annotator }, null, admin)!;
        labels.Add(Taiko, "three", null, open);
        var closed = accounts.Change(back, back with { DisabledUtc = DateTimeOffset.UtcNow }, null, admin)!;
        Assert.Contains("signed out", Assert.Throws<UserException>(() => labels.Add(Taiko, "four", null, open)).Message, StringComparison.Ordinal);
        var again = accounts.Change(closed, closed with { DisabledUtc = null }, null, admin)!;
        labels.Add(Taiko, "five", null, open);
        // Another stamp is a sign-out everywhere.
        var other = accounts.Change(again, again with { Stamp = "other" }, null, admin)!;
        Assert.Throws<UserException>(() => labels.Add(Taiko, "six", null, open));
        Assert.False(sessions.IsOpen(open.Session!, other, DateTimeOffset.UtcNow));
        var next = At(store.Db, other);
        labels.Add(Taiko, "seven", null, next);
        sessions.End(next.Session!, next);
        Assert.Throws<UserException>(() => labels.Add(Taiko, "eight", null, next));
        Assert.Equal(["seven", "five", "three", "one"], labels.History(Taiko).Select(revision => revision.Text));
        Assert.Throws<UserException>(() => sessions.End(admin.Session!, new Actor("bob", "Bob")));
    }

    [Fact]
    public void A_key_may_what_it_says_and_belongs_to_its_owner()
    {
        using var store = new TemporaryStore();
        var keys = new ApiKeyRepository(store.Db);
        keys.Add("key-1", "Notebook", Word, Rights.Read | Rights.Annotate, TimeSpan.FromDays(1), Bob);
        var key = keys.Find("key-1")!;
        Assert.Equal(Rights.Read | Rights.Annotate, key.May);
        Assert.True(key.IsOpen(DateTimeOffset.UtcNow));
        Assert.False(key.IsOpen(DateTimeOffset.UtcNow.AddDays(2)));
        Assert.Throws<UserException>(() => keys.Revoke("key-1", Ada));
        Assert.Throws<UserException>(() => keys.Add("key-2", "Nothing", Word, Rights.None, null, Bob));
        var actor = Bob with { May = key.May };
        new LabelRepository(store.Db).Add(Taiko, "by a program", null, actor);
        Assert.Throws<UserException>(() => new TakeRepository(store.Db).Ensure("take-1", "Take", actor));
        keys.Use("key-1", DateTimeOffset.UtcNow, actor);
        var lines = store.Db.LastSeq;
        keys.Use("key-1", DateTimeOffset.UtcNow, actor);
        Assert.Equal(lines, store.Db.LastSeq);
        keys.Revoke("key-1", Bob);
        Assert.False(keys.Find("key-1")!.IsOpen(DateTimeOffset.UtcNow));
    }

    [Fact]
    public void Every_action_that_the_source_writes_has_a_right()
    {
        var root = Repository.Root;
        var actions = new[] { "SaeDashboard.Storage", "SaeDashboard.Web" }.SelectMany(project => Directory.EnumerateFiles(Path.Combine(root, "src", project), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)).SelectMany(path => Action().Matches(File.ReadAllText(path)).Select(match => match.Groups["action"].Value)).Distinct().ToArray();
        Assert.True(actions.Length > 50, string.Join(' ', actions));
        Assert.DoesNotContain(actions, action => RightsRules.Needed(action) is null);
        Assert.Null(RightsRules.Needed("nothing.known"));
        using var store = new TemporaryStore();
        Assert.Throws<UserException>(() => store.Db.Write(Bob with { May = Rights.All & ~Rights.Admin }, "nothing.known", "x", (WriteScope _) => { }));
    }

    /// <summary>An admin and another person.</summary>
    private static (AccountRow Ada, AccountRow Bob) Two(Database db, AccountRole role = AccountRole.Viewer)
    {
        var accounts = new AccountRepository(db);
        var ada = accounts.Add(AccountSamples.Row("ada", "Ada", AccountRole.Admin), null, UserRepository.Site);
        var invite = new InviteRepository(db).Add(Word, role, null, TimeSpan.FromDays(1), Ada);
        return (ada, accounts.Add(AccountSamples.Row("bob", "Bob", role), invite, UserRepository.Site));
    }

    /// <summary>A person at a browser.</summary>
    private static Actor At(Database db, AccountRow account)
    {
        var actor = new Actor(account.Id, account.Name) { May = account.May };
        return actor with { Session = new SessionRepository(db).Begin(account, null, null, actor) };
    }

    // After the actor or the thing, or one of two: how every call that writes names its action.
    [GeneratedRegex("(?:actor|person|id|RunState\\.\\w+), \"(?<action>[a-z]+\\.[a-zA-Z]+)\"|[?:] \"(?<action>(?:account|annotation|run)\\.[a-zA-Z]+)\"")]
    private static partial Regex Action();
}
