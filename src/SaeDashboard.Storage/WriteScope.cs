using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage;

/// <summary>One transaction of one person. Its audit row is written last, and only when something changed.</summary>
internal sealed class WriteScope(SqliteConnection connection, SqliteTransaction transaction, Actor actor, DateTimeOffset now)
{
    public Actor Actor => actor;

    /// <summary>The time of everything in this transaction, UTC.</summary>
    public DateTimeOffset Now => now;

    /// <summary>What the audit row keeps beside action and subject.</summary>
    public object? Detail { get; set; }

    /// <summary>Rows changed.</summary>
    public int Execute(string sql, object? values = null) => connection.Execute(sql, values, transaction);

    public T? One<T>(string sql, object? values = null) => connection.QueryFirstOrDefault<T>(sql, values, transaction);

    public IReadOnlyList<T> All<T>(string sql, object? values = null) => connection.Query<T>(sql, values, transaction).AsList();

    /// <summary>Everything people refer to must be there: their own row first.</summary>
    internal void Begin() =>
        Execute("INSERT INTO users (id, name, created_utc) VALUES (@UserId, @Name, @now) ON CONFLICT DO NOTHING", new { actor.UserId, actor.Name, now });

    internal void Audit(string action, string subject, bool repeats)
    {
        var detail = Detail is null ? null : JsonSerializer.Serialize(Detail, JsonDefaults.Lines);
        var values = new { action, subject, detail, now, user = actor.UserId };
        var written = repeats ? Execute("UPDATE audit SET at_utc = @now, detail = @detail WHERE subject = @subject AND action = @action AND user_id = @user", values) : 0;
        if (written == 0) Execute("INSERT INTO audit (at_utc, user_id, action, subject, detail) VALUES (@now, @user, @action, @subject, @detail)", values);
    }
}
