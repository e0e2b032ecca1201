using SaeDashboard.Storage;

namespace SaeDashboard.Web.Identity;

/// <summary>Roles and rights in the words of pages.</summary>
internal static class AccountWords
{
    /// <summary>Every role, the one that may least first.</summary>
    public static IReadOnlyList<AccountRole> Roles { get; } = Enum.GetValues<AccountRole>();

    /// <summary>"Annotator".</summary>
    public static string Of(AccountRole role) => role.ToString();

    /// <summary>A person who has no account: not all gave a name.</summary>
    public static string Of(UserRow person) => person.Name == UserRepository.Unnamed ? "The person of this machine without a name" : person.Name;

    /// <summary>What a role may do, as the end of a sentence.</summary>
    public static string May(AccountRole role) => role switch
    {
        AccountRole.Viewer => "see and hear everything that others share",
        AccountRole.Annotator => "also label, rate, comment and annotate, and make music and presets",
        AccountRole.Researcher => "also start runs, bring data, make queues and spend on language models",
        _ => "also decide who is here",
    };

    /// <summary>What a key's right is for.</summary>
    public static string Of(Rights right) => right switch
    {
        Rights.Read => "read everything you see",
        Rights.Annotate => "annotate: labels, ratings, comments, annotations",
        Rights.Generate => "generate: takes and presets",
        Rights.Research => "research: jobs, queues, batches, imports",
        _ => "admin",
    };
}
