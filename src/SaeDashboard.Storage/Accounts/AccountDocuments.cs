namespace SaeDashboard.Storage.Tables;

/// <summary>How a person signs in; its id is the person's. Times are UTC.</summary>
/// <param name="Id">The person's.</param>
/// <param name="Role">What they may do.</param>
/// <param name="PasswordHash">As ASP.NET Core's hasher writes it; null: no password.</param>
/// <param name="Stamp">Changes with everything that ends all sessions.</param>
/// <param name="CreatedUtc">When it was made.</param>
/// <param name="Failures">Wrong passwords since the last right one.</param>
/// <param name="LockedUntilUtc">No password is looked at before.</param>
/// <param name="DisabledUtc">When an admin closed it; null: it is open.</param>
/// <param name="Subject">Who they are at an OpenID Connect provider: its issuer, a space, the subject; null: not linked.</param>
internal sealed record AccountDocument(
    string Id, AccountRole Role, string? PasswordHash, string Stamp, DateTimeOffset CreatedUtc, int Failures = 0, DateTimeOffset? LockedUntilUtc = null, DateTimeOffset? DisabledUtc = null,
    string? Subject = null) : IDocument;

/// <summary>A browser that signed in. It ends by signing out, by another sign-out everywhere, or by its age.</summary>
internal sealed record SessionDocument(
    string Id, string UserId, string Stamp, string? Client, string? Address, DateTimeOffset CreatedUtc, DateTimeOffset SeenUtc, DateTimeOffset? EndedUtc = null) : IDocument;

/// <summary>A link that makes an account, or gives an existing one a new password, once. Only the hash of its word is kept.</summary>
internal sealed record InviteDocument(
    string Id, string Hash, AccountRole Role, string? PersonId, string AuthorId, DateTimeOffset CreatedUtc, DateTimeOffset ExpiresUtc, DateTimeOffset? UsedUtc = null, string? UsedBy = null,
    DateTimeOffset? RevokedUtc = null) : IDocument;

/// <summary>A key for programs. Only the hash of its secret is kept.</summary>
internal sealed record ApiKeyDocument(
    string Id, string UserId, string Name, string Hash, IReadOnlyList<string> Scopes, DateTimeOffset CreatedUtc, DateTimeOffset? ExpiresUtc = null, DateTimeOffset? UsedUtc = null,
    DateTimeOffset? RevokedUtc = null) : IDocument;
