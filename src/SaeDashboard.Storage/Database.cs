using Dapper;
using Microsoft.Data.Sqlite;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Storage;

/// <summary>
/// What people write: SQLite in WAL. One process has it open; one writer connection takes the writes in turn, each a transaction with an
/// actor and an audit row; readers have connections that cannot write, and do not wait. Calls take milliseconds and are synchronous, as
/// SQLite is. Safe to use from any thread.
/// </summary>
public sealed class Database : IDisposable
{
    private const int BusySeconds = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly FileLock single;
    private readonly SqliteConnection writer;
    private readonly string readerString;
    private readonly TimeProvider clock;
    private bool closed;

    static Database() => UtcHandler.Register();

    private Database(string path, FileLock single, TimeProvider clock)
    {
        Path = path;
        this.single = single;
        this.clock = clock;
        var builder = new SqliteConnectionStringBuilder { DataSource = path, ForeignKeys = true, DefaultTimeout = BusySeconds, Pooling = false, Mode = SqliteOpenMode.ReadWrite };
        writer = new SqliteConnection(builder.ToString());
        writer.Open();
        writer.Execute($"PRAGMA busy_timeout = {BusySeconds * 1000}");
        // A read-only open succeeds here and a write fails later: ask now.
        using (var probe = writer.BeginTransaction())
        {
            writer.Execute("UPDATE users SET name = name WHERE id = ''", transaction: probe);
            probe.Commit();
        }
        builder.Mode = SqliteOpenMode.ReadOnly;
        builder.Pooling = true;
        readerString = builder.ToString();
    }

    /// <summary>The file, absolute.</summary>
    public string Path { get; }

    /// <summary>The schema's version.</summary>
    public int SchemaVersion => Read(connection => connection.ExecuteScalar<int>("PRAGMA user_version"));

    /// <summary>Opens the database; makes it when there is none; brings an older one to this program's schema, keeping a copy.</summary>
    /// <exception cref="UserException">The file belongs to another program, to a newer one, is damaged, in use, or cannot be written.</exception>
    public static Database Open(string path, TimeProvider? clock = null) => Open(path, Migration.All, clock ?? TimeProvider.System);

    internal static Database Open(string path, IReadOnlyList<Migration> migrations, TimeProvider clock)
    {
        path = System.IO.Path.GetFullPath(path);
        var exists = DatabaseFile.Exists(path);
        FileLock? single = null;
        try
        {
            // A site that was just killed gives its lock back a moment later.
            single = FileLock.TryAcquire(path + ".lock", Patience)
                ?? throw new UserException($"{path} is open in another SaeDashboard: two sites cannot share a data folder. End the other one, or start with --data and another folder.");
            if (exists) Migrator.Update(path, migrations, clock);
            else Migrator.Create(path, migrations);
            return new Database(path, single, clock);
        }
        catch (SqliteException error)
        {
            single?.Dispose();
            throw StorageError.Explain(error, path, "could not be opened") ?? new UserException($"{path} could not be opened: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            single?.Dispose();
            throw new UserException($"{path} could not be opened: {error.Message} Give this user the right to write there, or start with --data and another folder.", error);
        }
        catch
        {
            single?.Dispose();
            throw;
        }
    }

    /// <summary>Whether it can be read and its writer is there: for health checks. Throws when not.</summary>
    public void Check() => Read(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM users"));

    /// <summary>Writes a whole copy through SQLite's backup call.</summary>
    /// <exception cref="UserException">The copy cannot be written.</exception>
    public void Backup(string path)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            try
            {
                Migrator.Backup(writer, path);
            }
            catch (SqliteException error)
            {
                throw StorageError.Explain(error, path, "could not be written") ?? new UserException($"{path} could not be written: {error.Message}", error);
            }
        }
    }

    internal T Read<T>(Func<SqliteConnection, T> query)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        try
        {
            using var connection = new SqliteConnection(readerString);
            connection.Open();
            return query(connection);
        }
        catch (SqliteException error) when (StorageError.Explain(error, Path, "could not be read") is { } told)
        {
            throw told;
        }
    }

    internal IReadOnlyList<T> All<T>(string sql, object? values = null) => Read(connection => connection.Query<T>(sql, values).AsList());

    internal T? One<T>(string sql, object? values = null) => Read(connection => connection.QueryFirstOrDefault<T>(sql, values));

    /// <summary>Runs one transaction: everything in it and its audit row, or nothing.</summary>
    /// <param name="actor">Who writes.</param>
    /// <param name="action">What is done, as the audit says it: "label.add".</param>
    /// <param name="subject">What it is done to.</param>
    /// <param name="work">The changes.</param>
    /// <param name="repeats">For what a page saves again and again: the audit keeps one row, of the last time.</param>
    /// <param name="audited">False only for the audit's own writes.</param>
    internal T Write<T>(Actor actor, string action, string subject, Func<WriteScope, T> work, bool repeats = false, bool audited = true)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            try
            {
                using var transaction = writer.BeginTransaction();
                var scope = new WriteScope(writer, transaction, actor, clock.GetUtcNow());
                var before = Changes();
                scope.Begin();
                var result = work(scope);
                if (audited && Changes() != before) scope.Audit(action, subject, repeats);
                transaction.Commit();
                return result;
            }
            catch (SqliteException error) when (StorageError.Explain(error, Path, "could not be written; nothing of this change was kept") is { } told)
            {
                throw told;
            }
        }
    }

    internal void Write(Actor actor, string action, string subject, Action<WriteScope> work) =>
        Write(actor, action, subject, scope => { work(scope); return true; });

    /// <summary>Changes one row, which must be there.</summary>
    /// <param name="actor">Who writes.</param>
    /// <param name="action">What is done, as the audit says it.</param>
    /// <param name="what">What the row is, for the message: "take".</param>
    /// <param name="id">The row's id, <c>@id</c> in the statement.</param>
    /// <param name="sql">The statement; <c>@now</c> is the time.</param>
    /// <param name="values">Its other values; the audit keeps them.</param>
    internal void Change(Actor actor, string action, string what, string id, string sql, object? values = null) => Write(actor, action, id, scope =>
    {
        var parameters = new DynamicParameters(values);
        parameters.Add("id", id);
        parameters.Add("now", scope.Now);
        scope.Detail = values;
        if (scope.Execute(sql, parameters) == 0) throw new UserException($"There is no {what} {id}: it was deleted meanwhile. Open the list again.");
    });

    /// <summary>The writer's connection: for tests that let a write fail in its middle.</summary>
    internal SqliteConnection Writer => writer;

    public void Dispose()
    {
        lock (gate)
        {
            if (closed) return;
            closed = true;
            using (var reader = new SqliteConnection(readerString)) SqliteConnection.ClearPool(reader);
            writer.Dispose();
            single.Dispose();
        }
    }

    private long Changes() => writer.ExecuteScalar<long>("SELECT total_changes()");
}
