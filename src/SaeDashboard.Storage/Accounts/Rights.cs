using SaeDashboard.Core;
using SaeDashboard.Storage.Writing;

namespace SaeDashboard.Storage;

/// <summary>What a person, or a key of theirs, may do. Each is one of the site's policies, by the same name.</summary>
[Flags]
public enum Rights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>See and hear everything that others share, and keep drafts.</summary>
    Read = 1,

    /// <summary>Labels, ratings, comments, annotations, lists, saved views.</summary>
    Annotate = 2,

    /// <summary>Make music: takes and presets.</summary>
    Generate = 4,

    /// <summary>Runs and jobs, models, datasets and SAEs, queues, batches that cost money, imports.</summary>
    Research = 8,

    /// <summary>People, their roles, invites.</summary>
    Admin = 16,

    /// <summary>Everything: the one person of a site without accounts, and the program itself.</summary>
    All = Read | Annotate | Generate | Research | Admin,
}

/// <summary>What a person with an account is here. Each may do what the one before may, and more.</summary>
public enum AccountRole
{
    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Annotates, and makes music to hear what a feature does.</summary>
    Annotator,

    /// <summary>Also starts runs and brings data.</summary>
    Researcher,

    /// <summary>Also decides who is here.</summary>
    Admin,
}

/// <summary>Roles and actions, as rights.</summary>
public static class RightsRules
{
    // By the first word of an action as the audit names it. What is checked elsewhere as well (a person's own name, keys and sessions) needs Read.
    private static readonly Dictionary<string, Rights> Topics = new(StringComparer.Ordinal)
    {
        ["label"] = Rights.Annotate, ["rating"] = Rights.Annotate, ["comment"] = Rights.Annotate, ["annotation"] = Rights.Annotate, ["list"] = Rights.Annotate, ["view"] = Rights.Annotate,
        ["take"] = Rights.Generate, ["preset"] = Rights.Generate,
        ["queue"] = Rights.Research, ["run"] = Rights.Research, ["job"] = Rights.Research, ["location"] = Rights.Research, ["data"] = Rights.Research, ["import"] = Rights.Research,
        ["model"] = Rights.Research, ["dataset"] = Rights.Research, ["sae"] = Rights.Research, ["activations"] = Rights.Research,
        ["draft"] = Rights.Read, ["user"] = Rights.Read, ["account"] = Rights.Read, ["session"] = Rights.Read, ["key"] = Rights.Read,
        ["invite"] = Rights.Admin,
    };

    // Saying something of a take or a preset makes neither.
    private static readonly Dictionary<string, Rights> Exact = new(StringComparer.Ordinal)
    {
        ["take.rate"] = Rights.Annotate, ["take.star"] = Rights.Annotate, ["take.abx"] = Rights.Annotate,
        ["preset.rate"] = Rights.Annotate, ["preset.tag"] = Rights.Annotate, ["preset.comment"] = Rights.Annotate, ["preset.editComment"] = Rights.Annotate,
        ["preset.deleteComment"] = Rights.Annotate, ["preset.restoreComment"] = Rights.Annotate,
    };

    /// <summary>What a role may do.</summary>
    public static Rights Of(AccountRole role) => role switch
    {
        AccountRole.Viewer => Rights.Read,
        AccountRole.Annotator => Rights.Read | Rights.Annotate | Rights.Generate,
        AccountRole.Researcher => Rights.All & ~Rights.Admin,
        AccountRole.Admin => Rights.All,
        _ => Rights.None,
    };

    /// <summary>The right that a write needs, by the audit's name of its action; null: the action is not known, so that only those who may do everything can.</summary>
    public static Rights? Needed(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (Exact.TryGetValue(action, out var exact)) return exact;
        return Topics.TryGetValue(action.Split('.')[0], out var right) ? right : null;
    }

    /// <summary>The right's name in words: "annotate".</summary>
    public static string Word(Rights right) => right switch
    {
        Rights.Read => "read",
        Rights.Annotate => "annotate",
        Rights.Generate => "generate",
        Rights.Research => "research",
        Rights.Admin => "admin",
        _ => right.ToString(),
    };

    /// <summary>The rights one by one, in the order of the roles.</summary>
    public static IReadOnlyList<Rights> Each { get; } = [Rights.Read, Rights.Annotate, Rights.Generate, Rights.Research, Rights.Admin];

    /// <summary>The rights of these names; null: one of them is unknown.</summary>
    public static Rights? Parse(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var rights = Rights.None;
        foreach (var word in words)
        {
            if (Each.FirstOrDefault(right => Word(right) == word) is var found and not Rights.None) rights |= found;
            else return null;
        }
        return rights;
    }

    /// <summary>Refuses what an actor may not do: before something that is done outside the store.</summary>
    /// <exception cref="UserException">The actor may not; the message says what is missing.</exception>
    public static void Require(this Actor actor, Rights needed)
    {
        ArgumentNullException.ThrowIfNull(actor);
        Require(actor.May, needed);
    }

    /// <summary>Refuses a write that its actor may not make, now: an account that was changed since the actor was asked for counts as it is.</summary>
    /// <exception cref="UserException">The actor may not; the message says what is missing.</exception>
    internal static void Check(WriteScope scope, Actor actor, string action)
    {
        var may = Now(scope, actor);
        if (may != Rights.All) Require(may, Needed(action) ?? Rights.All);
    }

    /// <summary>The same, for one right.</summary>
    internal static void Check(WriteScope scope, Actor actor, Rights needed) => Require(Now(scope, actor), needed);

    private static Rights Now(WriteScope scope, Actor actor)
    {
        if (actor.Session is not { } session) return actor.May;
        if (scope.Find(scope.Tables.Sessions, session) is not { EndedUtc: null } open || open.UserId != actor.UserId || scope.Find(scope.Tables.Accounts, actor.UserId) is not { DisabledUtc: null } account || open.Stamp != account.Stamp)
            throw new UserException("You are signed out: nothing of this was kept. Sign in again.");
        return actor.May & Of(account.Role);
    }

    private static void Require(Rights may, Rights needed)
    {
        if ((may & needed) == needed) return;
        throw new UserException($"You may not do this here: it needs the right to “{Word(needed)}”, which your role or key does not have. Nothing was changed. An admin can change roles.");
    }
}
