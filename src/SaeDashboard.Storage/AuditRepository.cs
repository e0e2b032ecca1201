using System.Text.Json;

namespace SaeDashboard.Storage;

/// <summary>The audit log, from the journal. Repositories' writes are in it automatically; <see cref="Write"/> is for other actions.</summary>
public sealed class AuditRepository(Database db)
{
    /// <summary>Adds an entry.</summary>
    /// <param name="actor">Who did it.</param>
    /// <param name="action">What was done: "run.cancel".</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="detailJson">Details, as JSON.</param>
    public void Write(Actor actor, string action, string subject, string? detailJson = null) => db.Write(actor, action, subject, scope =>
    {
        scope.Detail = detailJson is null ? null : JsonSerializer.Deserialize<JsonElement>(detailJson);
        return true;
    }, always: true);

    /// <summary>The last entries, newest first; at most 1,000 are in memory.</summary>
    public IReadOnlyList<AuditEntry> Recent(int count)
    {
        var recent = db.Audit.Recent(count);
        lock (db.Tables.Gate)
        {
            return [.. recent.Select(entry =>
                new AuditEntry(entry.Seq, entry.At, entry.Actor.UserId, db.Tables.Users.Find(entry.Actor.UserId)?.Name ?? entry.Actor.Name, entry.Action, entry.Subject, entry.Detail))];
        }
    }
}

/// <summary>Who did what, when.</summary>
/// <param name="Id">Its number.</param>
/// <param name="AtUtc">When.</param>
/// <param name="UserId">Who.</param>
/// <param name="User">Their name.</param>
/// <param name="Action">What was done: "label.add".</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Detail">Details, as JSON.</param>
public sealed record AuditEntry(long Id, DateTimeOffset AtUtc, string UserId, string User, string Action, string Subject, string? Detail);

/// <summary>The user of a write.</summary>
/// <param name="UserId">Id of the user's row.</param>
/// <param name="Name">The displayed name.</param>
public sealed record Actor(string UserId, string Name)
{
    /// <summary>What they may do; writes are held to it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Rights May { get; init; } = Rights.All;

    /// <summary>The browser session that they write from: one that is over writes no more. Null: a site without accounts, a key, or the program itself.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string? Session { get; init; }
}
