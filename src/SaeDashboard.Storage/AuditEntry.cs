namespace SaeDashboard.Storage;

/// <summary>Who did what, when.</summary>
/// <param name="Id">Its number.</param>
/// <param name="AtUtc">When.</param>
/// <param name="UserId">Who.</param>
/// <param name="User">Their name.</param>
/// <param name="Action">What was done: "label.add".</param>
/// <param name="Subject">To what.</param>
/// <param name="Detail">More, as JSON.</param>
public sealed record AuditEntry(long Id, DateTimeOffset AtUtc, string UserId, string User, string Action, string Subject, string? Detail);
