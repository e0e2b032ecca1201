using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using SaeDashboard.Core;

namespace SaeDashboard.Storage;

/// <summary>Makes new databases, and brings older ones to this program's schema. Every step is whole or did not happen.</summary>
internal static class Migrator
{
    /// <summary>Makes the database under another name and gives it its own when it is complete.</summary>
    public static void Create(string path, IReadOnlyList<Migration> migrations)
    {
        var working = path + ".new";
        DeleteAll(working);
        using (var connection = Open(working))
        {
            connection.Execute($"PRAGMA application_id = {DatabaseFile.ApplicationId}");
            Run(connection, migrations, from: 0);
            // Kept in the file: from now on readers and the writer do not wait for each other.
            connection.Execute("PRAGMA journal_mode = WAL");
        }
        File.Move(working, path, overwrite: true);
    }

    /// <summary>Runs the steps an older database lacks, after a copy of it was kept beside it.</summary>
    /// <exception cref="UserException">The database is newer than the program, or a step failed.</exception>
    public static void Update(string path, IReadOnlyList<Migration> migrations, TimeProvider clock)
    {
        using var connection = Open(path);
        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (version > migrations.Count)
            throw new UserException($"{path} has schema {version}, this program knows up to {migrations.Count}: a newer program has written it; it was left as it is. " +
                "Start that program (or a newer one), or start with --data and another folder.");
        if (version == migrations.Count) return;

        var stamp = clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var copy = Path.ChangeExtension(path, null) + $".schema-{version}.{stamp}.db";
        Backup(connection, copy);
        try
        {
            Run(connection, migrations, version);
        }
        catch (SqliteException error)
        {
            throw new UserException($"{path} could not be brought from schema {version} to {migrations.Count} ({error.Message}). " +
                $"The steps that failed left nothing; a copy from before lies in {copy}.", error);
        }
    }

    /// <summary>Copies the whole database through SQLite's own backup call; the copy appears whole or not at all.</summary>
    public static void Backup(SqliteConnection source, string path)
    {
        var working = path + ".new";
        DeleteAll(working);
        using (var target = Open(working)) source.BackupDatabase(target);
        File.Move(working, path, overwrite: true);
    }

    private static void Run(SqliteConnection connection, IReadOnlyList<Migration> migrations, int from)
    {
        foreach (var migration in migrations.Skip(from))
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(migration.Sql, transaction: transaction);
            connection.Execute($"PRAGMA user_version = {migration.Version}", transaction: transaction);
            transaction.Commit();
        }
    }

    private static SqliteConnection Open(string path)
    {
        // Without a pool: closing really closes, so the file may be renamed.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = true }.ToString());
        connection.Open();
        return connection;
    }

    private static void DeleteAll(string path)
    {
        foreach (var each in new[] { path, path + "-journal", path + "-wal", path + "-shm" }) File.Delete(each);
    }
}
