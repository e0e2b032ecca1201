using System.Text.Json;

namespace SaeDashboard.Storage;

/// <summary>Who did what: the journal. Every repository's writes are in it by themselves; <see cref="Write"/> is for what happens elsewhere.</summary>
public sealed class AuditRepository(Database db)
{
    /// <summary>Notes something.</summary>
    /// <param name="actor">Who did it.</param>
    /// <param name="action">What was done: "run.cancel".</param>
    /// <param name="subject">To what.</param>
    /// <param name="detailJson">More, as JSON.</param>
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
