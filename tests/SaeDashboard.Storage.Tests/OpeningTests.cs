using Dapper;
using SaeDashboard.Core;

namespace SaeDashboard.Storage.Tests;

/// <summary>What a start does to the file it finds: makes it, brings it up to date, or leaves it alone and says why.</summary>
public sealed class OpeningTests
{
    [Fact]
    public void A_new_database_has_the_newest_schema_and_is_in_WAL()
    {
        using var house = new TemporaryDatabase();
        Assert.Equal(Migration.All.Count, house.Db.SchemaVersion);
        Assert.Equal("wal", house.Ask<string>("PRAGMA journal_mode"));
        Assert.Equal(0x53414544, house.Ask<int>("PRAGMA application_id"));
        Assert.Equal(1, house.Db.Read(connection => connection.ExecuteScalar<int>("PRAGMA foreign_keys")));
        Assert.Equal(["dashboard.db", "dashboard.db-shm", "dashboard.db-wal", "dashboard.db.lock"], Directory.GetFiles(house.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Readers_cannot_write()
    {
        using var house = new TemporaryDatabase();
        var error = Assert.Throws<UserException>(() => house.Db.Read(connection => connection.Execute("DELETE FROM users")));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_database_is_refused_by_name_and_left_byte_for_byte()
    {
        using var house = new TemporaryDatabase(open: false);
        using (var other = TemporaryDatabase.Connect(house.Path)) other.Execute("CREATE TABLE songs (id INTEGER); INSERT INTO songs VALUES (1); PRAGMA journal_mode = WAL");
        Refused(house, "database of another program");
    }

    [Theory]
    [InlineData("hello, I am a text that is longer than one hundred bytes, which is how long the head of an SQLite database is, so read me whole")]
    [InlineData("short")]
    public void A_file_that_is_no_database_is_refused_and_left_alone(string text)
    {
        using var house = new TemporaryDatabase(open: false);
        File.WriteAllText(house.Path, text);
        Refused(house, "no SQLite database");
    }

    [Fact]
    public void A_folder_in_its_place_is_refused()
    {
        using var house = new TemporaryDatabase(open: false);
        Directory.CreateDirectory(house.Path);
        Assert.Contains(house.Path, Assert.Throws<UserException>(() => Database.Open(house.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_schema_is_refused_and_left_as_it_is()
    {
        using var house = new TemporaryDatabase();
        house.Db.Dispose();
        using (var other = TemporaryDatabase.Connect(house.Path)) other.Execute($"PRAGMA user_version = {Migration.All.Count + 7}; PRAGMA journal_mode = DELETE");
        Refused(house, $"schema {Migration.All.Count + 7}");
    }

    [Fact]
    public void A_damaged_database_is_told_from_a_bug()
    {
        using var house = new TemporaryDatabase();
        house.Db.Dispose();
        using (var file = new FileStream(house.Path, FileMode.Open))
        {
            file.Seek(100, SeekOrigin.Begin);
            file.Write(Enumerable.Repeat((byte)0xA5, (int)file.Length - 100).ToArray());
        }
        var error = Assert.Throws<UserException>(() => Database.Open(house.Path));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_site_on_the_same_folder_is_refused()
    {
        using var house = new TemporaryDatabase();
        Assert.Contains("another SaeDashboard", Assert.Throws<UserException>(() => Database.Open(house.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_older_schema_is_migrated_after_a_copy_was_kept()
    {
        using var house = new TemporaryDatabase();
        new LabelRepository(house.Db).Add(TemporaryDatabase.Taiko, "Taiko", null, TemporaryDatabase.Ada);
        house.Db.Dispose();
        var next = new Migration(Migration.All.Count + 1, "next.sql", "ALTER TABLE users ADD COLUMN email TEXT; CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT;");
        using (var db = Database.Open(house.Path, [.. Migration.All, next], TimeProvider.System))
        {
            Assert.Equal(next.Version, db.SchemaVersion);
            Assert.Equal("Taiko", new LabelRepository(db).Current(TemporaryDatabase.Taiko.SaeHash)[1337].Text);
        }
        var copy = Assert.Single(Directory.GetFiles(house.Folder, "dashboard.schema-*.db"));
        Assert.Contains($"schema-{Migration.All.Count}.", copy, StringComparison.Ordinal);
        using var kept = TemporaryDatabase.Connect(copy);
        Assert.Equal(Migration.All.Count, kept.ExecuteScalar<int>("PRAGMA user_version"));
        Assert.Equal(1, kept.ExecuteScalar<int>("SELECT count(*) FROM label_revisions"));
        Assert.Equal("ok", kept.ExecuteScalar<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public void A_migration_that_fails_in_its_middle_leaves_the_old_schema_and_names_the_copy()
    {
        using var house = new TemporaryDatabase();
        house.Db.Dispose();
        var broken = new Migration(Migration.All.Count + 1, "broken.sql", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);");
        var error = Assert.Throws<UserException>(() => Database.Open(house.Path, [.. Migration.All, broken], TimeProvider.System));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(Assert.Single(Directory.GetFiles(house.Folder, "dashboard.schema-*.db")), error.Message, StringComparison.Ordinal);
        Assert.Equal(0, house.Ask<int>("SELECT count(*) FROM sqlite_master WHERE name = 'half'"));
        using var again = Database.Open(house.Path);
        Assert.Equal(Migration.All.Count, again.SchemaVersion);
    }

    [Fact]
    public void A_first_start_that_fails_leaves_no_database()
    {
        using var house = new TemporaryDatabase(open: false);
        Assert.Throws<UserException>(() => Database.Open(house.Path, [new Migration(1, "broken.sql", "CREATE TABLE a (id INTEGER); oops;")], TimeProvider.System));
        Assert.False(File.Exists(house.Path));
        using var good = Database.Open(house.Path);
        good.Check();
    }

    [Fact]
    public void A_copy_made_while_open_is_whole()
    {
        using var house = new TemporaryDatabase();
        new LabelRepository(house.Db).Add(TemporaryDatabase.Taiko, "Taiko", null, TemporaryDatabase.Ada);
        var copy = Path.Combine(house.Folder, "copy.db");
        house.Db.Backup(copy);
        using var kept = TemporaryDatabase.Connect(copy);
        Assert.Equal("Taiko", kept.ExecuteScalar<string>("SELECT text FROM label_revisions"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_the_right_to_write_one_message_names_the_file_and_the_way_out(bool exists)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Giving rights away wants root.");
        using var house = new TemporaryDatabase(open: exists);
        house.Db?.Dispose();
        var before = Directory.GetFiles(house.Folder);
        var error = Assert.Throws<UserException>(() => Unprivileged.Run(() => Database.Open(house.Path)));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("right to", error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(house.Folder));
        Database.Open(house.Path).Dispose();
    }

    private static void Refused(TemporaryDatabase house, string why)
    {
        var before = Directory.GetFiles(house.Folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order().ToDictionary(file => file, File.ReadAllBytes);
        var error = Assert.Throws<UserException>(() => Database.Open(house.Path));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Contains("--data", error.Message, StringComparison.Ordinal);
        var after = Directory.GetFiles(house.Folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order().ToDictionary(file => file, File.ReadAllBytes);
        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before, pair => Assert.Equal(pair.Value, after[pair.Key]));
    }
}
