namespace SaeDashboard.Storage;

/// <summary>Who did what. Every repository's writes are noted by themselves; <see cref="Write"/> is for what happens outside the database.</summary>
public sealed class AuditRepository(Database db)
{
    /// <summary>Notes something.</summary>
    /// <param name="actor">Who did it.</param>
    /// <param name="action">What was done: "run.cancel".</param>
    /// <param name="subject">To what.</param>
    /// <param name="detailJson">More, as JSON.</param>
    public void Write(Actor actor, string action, string subject, string? detailJson = null) => db.Write(actor, action, subject, scope => scope.Execute(
        "INSERT INTO audit (at_utc, user_id, action, subject, detail) VALUES (@Now, @UserId, @action, @subject, @detailJson)", new { scope.Now, actor.UserId, action, subject, detailJson }),
        audited: false);

    /// <summary>The last entries, the newest first.</summary>
    public IReadOnlyList<AuditEntry> Recent(int count) => db.All<AuditEntry>("""
        SELECT a.id, a.at_utc AS atUtc, a.user_id AS userId, u.name AS user, a.action, a.subject, a.detail FROM audit a JOIN users u ON u.id = a.user_id ORDER BY a.id DESC LIMIT @count
        """, new { count });
}
