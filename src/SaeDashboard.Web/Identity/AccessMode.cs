using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Identity;

/// <summary>How this site knows who is there.</summary>
public enum AccessKind
{
    /// <summary>On loopback, without accounts: one person, who is not asked.</summary>
    Single,

    /// <summary>As <see cref="Single"/>, for everyone who has the access token.</summary>
    Token,

    /// <summary>People sign in.</summary>
    Accounts,
}

/// <summary>Decides once, at the start, how this site knows who is there (decision 0056).</summary>
public sealed class AccessMode
{
    /// <summary>Characters of the shortest access token.</summary>
    public const int ShortestToken = 16;

    private readonly AccountRepository accounts;
    private readonly string? token;
    private readonly string setup;

    /// <summary>Decides.</summary>
    /// <param name="options">Where it listens, and what was asked for.</param>
    /// <param name="accounts">The accounts of the data folder.</param>
    /// <exception cref="UserException">What was asked for contradicts itself.</exception>
    public AccessMode(SiteOptions options, AccountRepository accounts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(accounts);
        this.accounts = accounts;
        Check(options);
        IsElsewhere = !Listening.IsLoopback(options.Listen);
        var asked = Asked(options);
        var token = options.AccessToken.Length > 0 ? options.AccessToken : null;
        Kind = asked ?? accounts.Any ? AccessKind.Accounts
            : token is not null ? AccessKind.Token
            : IsElsewhere ? AccessKind.Accounts : AccessKind.Single;
        this.token = token is null ? null : Secrets.Hash(token);
        // With an access token, who has it makes the first admin; otherwise who reads the console.
        SetupWord = token ?? Secrets.New();
        setup = Secrets.Hash(SetupWord);
    }

    /// <summary>How it knows.</summary>
    public AccessKind Kind { get; }

    /// <summary>Whether the site listens to other machines.</summary>
    public bool IsElsewhere { get; }

    /// <summary>Whether the first admin is still to be made.</summary>
    public bool NeedsAdmin => Kind == AccessKind.Accounts && !accounts.HasAdmin;

    /// <summary>The word of the link that makes the first admin.</summary>
    internal string SetupWord { get; }

    /// <summary>Names the token in a cookie: another token ends it.</summary>
    internal string TokenMark => token?[..16] ?? "";

    /// <summary>Whether a word is the access token.</summary>
    public bool IsToken(string? word) => token is not null && Secrets.Matches(word, token);

    /// <summary>Whether a word makes the first admin.</summary>
    public bool IsSetup(string? word) => NeedsAdmin && Secrets.Matches(word, setup);

    /// <summary>Refuses settings that contradict themselves; before anything is opened.</summary>
    internal static void Check(SiteOptions options)
    {
        var asked = Asked(options);
        if (options.AccessToken.Length is > 0 and < ShortestToken)
            throw new UserException($"--access-token has {options.AccessToken.Length} characters; it needs at least {ShortestToken}, for example from: openssl rand -hex 16");
        if (asked == false && options.AccessToken.Length == 0 && !Listening.IsLoopback(options.Listen))
            throw new UserException($"--listen {options.Listen} with --accounts off: everybody who reaches this address would be the one person here. Leave --accounts out, or start with --access-token and a word of at least {ShortestToken} characters.");
    }

    /// <summary>What was asked for; null: nothing, so it depends.</summary>
    private static bool? Asked(SiteOptions options) => options.Accounts.ToUpperInvariant() switch
    {
        "" or "AUTO" => null,
        "ON" or "TRUE" => true,
        "OFF" or "FALSE" => false,
        _ => throw new UserException($"--accounts {options.Accounts}: it is on, off or auto (people sign in where there are accounts, or where other machines reach the site)."),
    };
}
