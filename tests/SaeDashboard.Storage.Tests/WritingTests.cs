using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;
using SaeDashboard.Core;
using static SaeDashboard.Storage.Tests.TemporaryDatabase;

namespace SaeDashboard.Storage.Tests;

/// <summary>Every write is whole, has an actor and leaves an audit row; one that fails leaves nothing.</summary>
public sealed class WritingTests
{
    private static readonly string PresetId = Ids.Shipped("preset", "test");

    /// <summary>Every write of every repository, by its method's name. The test below fails for one that is not here.</summary>
    private static readonly Dictionary<string, Action<Database>> Writes = new()
    {
        ["LabelRepository.Add"] = db => new LabelRepository(db).Add(Taiko, "Taiko, new", "why", Ada),
        ["LabelRepository.Restore"] = db => new LabelRepository(db).Restore(1, Ada),
        ["RatingRepository.Set"] = db => new RatingRepository(db).Set(1, 4, Bob),
        ["RatingRepository.Clear"] = db => new RatingRepository(db).Clear(1, Ada),
        ["PresetRepository.Add"] = db => new PresetRepository(db).Add(Preset("New"), Ada),
        ["PresetRepository.AddShipped"] = db => new PresetRepository(db).AddShipped(Ids.Shipped("preset", "other"), Preset("Shipped"), Ada),
        ["PresetRepository.Rename"] = db => new PresetRepository(db).Rename(PresetId, "Renamed", Ada),
        ["PresetRepository.Delete"] = db => new PresetRepository(db).Delete(PresetId, Ada),
        ["PresetRepository.Restore"] = db => new PresetRepository(db).Restore(PresetId, Ada),
        ["TakeRepository.Ensure"] = db => new TakeRepository(db).Ensure("take-new", "New", Ada),
        ["TakeRepository.Rename"] = db => new TakeRepository(db).Rename("take-1", "Renamed", Ada),
        ["TakeRepository.Rate"] = db => new TakeRepository(db).Rate("take-1", 5, Ada),
        ["TakeRepository.Star"] = db => new TakeRepository(db).Star("take-1", true, Ada),
        ["TakeRepository.Move"] = db => new TakeRepository(db).Move("take-1", 7, Ada),
        ["TakeRepository.Delete"] = db => new TakeRepository(db).Delete("take-1", Ada),
        ["TakeRepository.Restore"] = db => new TakeRepository(db).Restore("take-1", Ada),
        ["RunRepository.Ensure"] = db => new RunRepository(db).Ensure("run-new", "New", Ada),
        ["RunRepository.Rename"] = db => new RunRepository(db).Rename("run-1", "Renamed", Ada),
        ["RunRepository.Delete"] = db => new RunRepository(db).Delete("run-1", Ada),
        ["RunRepository.Restore"] = db => new RunRepository(db).Restore("run-1", Ada),
        ["JobRepository.Queue"] = db => new JobRepository(db).Queue("run-1", "start", "cpu", Ada),
        ["JobRepository.Started"] = db => new JobRepository(db).Started(1, Ada),
        ["JobRepository.Ended"] = db => new JobRepository(db).Ended(1, "done", null, Ada),
        ["DraftRepository.Set"] = db => new DraftRepository(db).Set("runs", "{}", Ada),
        ["DraftRepository.Clear"] = db => new DraftRepository(db).Clear("studio", Ada),
        ["LocationRepository.Ensure"] = db => new LocationRepository(db).Ensure("/new", "model", false, Ada),
        ["LocationRepository.Remove"] = db => new LocationRepository(db).Remove("/old", Ada),
        ["UserRepository.Rename"] = db => new UserRepository(db).Rename("ada", "Countess", Ada),
        ["AuditRepository.Write"] = db => new AuditRepository(db).Write(Ada, "run.cancel", "run-1", """{"why":"test"}"""),
    };

    public static TheoryData<string> WriteNames => [.. Writes.Keys];

    [Fact]
    public void Every_method_that_takes_an_actor_and_gives_nothing_to_read_is_tried_here()
    {
        var methods = typeof(Database).Assembly.GetExportedTypes().Where(type => type.Name.EndsWith("Repository", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters().Any(parameter => parameter.ParameterType == typeof(Actor)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct();
        string[] reads = ["LabelRepository.History", "LabelRepository.Find", "RatingRepository.Mine", "DraftRepository.Get"];
        Assert.Equal(Writes.Keys.Order(), methods.Except(reads).Order());
    }

    [Theory]
    [MemberData(nameof(WriteNames))]
    public void Every_write_leaves_one_audit_row_with_its_actor(string write)
    {
        using var house = Furnished();
        var before = house.Ask<long>("SELECT max(id) FROM audit");
        Writes[write](house.Db);
        var entries = new AuditRepository(house.Db).Recent(100).Where(entry => entry.Id > before).ToArray();
        var entry = Assert.Single(entries);
        Assert.Contains(entry.UserId, new[] { "ada", "bob" });
        Assert.NotEmpty(entry.Subject);
    }

    [Theory]
    [MemberData(nameof(WriteNames))]
    public void A_write_that_fails_at_its_last_statement_leaves_nothing(string write)
    {
        using var house = Furnished();
        // The audit row is the last thing of every transaction: what stands before it must go with it.
        house.Db.Writer.Execute("CREATE TEMP TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(FAIL, 'injected'); END");
        var before = Everything(house);
        Assert.Contains("injected", Assert.Throws<SqliteException>(() => Writes[write](house.Db)).Message, StringComparison.Ordinal);
        Assert.Equal(before, Everything(house));
        house.Db.Writer.Execute("DROP TRIGGER broken");
        Writes[write](house.Db);
        Assert.NotEqual(before, Everything(house));
    }

    [Fact]
    public void A_full_disk_in_the_middle_of_a_write_is_one_clear_message_and_leaves_nothing()
    {
        using var house = Furnished();
        var pages = house.Db.Writer.ExecuteScalar<int>("PRAGMA page_count");
        house.Db.Writer.Execute($"PRAGMA max_page_count = {pages + 2}");
        var before = Everything(house);
        var big = Preset("Big") with { Description = new string('x', 100_000) };
        var error = Assert.Throws<UserException>(() => new PresetRepository(house.Db).Add(big, Ada));
        Assert.Contains(house.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing of this change was kept", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Everything(house));
        house.Db.Writer.Execute("PRAGMA max_page_count = 1000000");
        new PresetRepository(house.Db).Add(big, Ada);
        Assert.Equal("ok", house.Ask<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public void Nothing_is_said_of_a_write_that_changed_nothing()
    {
        using var house = Furnished();
        var before = house.Ask<long>("SELECT count(*) FROM audit");
        new TakeRepository(house.Db).Ensure("take-1", "Again", Ada);
        new LabelRepository(house.Db).Add(Taiko, "Taiko", null, Bob);
        Assert.Equal(before, house.Ask<long>("SELECT count(*) FROM audit"));
    }

    [Fact]
    public async Task Writers_at_once_lose_nothing_and_readers_do_not_wait()
    {
        using var house = new TemporaryDatabase();
        const int writers = 8, each = 25;
        var labels = new LabelRepository(house.Db);
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() =>
        {
            var actor = new Actor($"person-{writer}", $"Person {writer}");
            for (var i = 0; i < each; i++)
            {
                labels.Add(new FeatureKey(Taiko.SaeHash, writer), $"label {i}", null, actor);
                Assert.Equal($"label {i}", labels.Current(Taiko.SaeHash)[writer].Text);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(writers * each, house.Ask<int>("SELECT count(*) FROM label_revisions"));
        Assert.Equal(writers * each, house.Ask<int>("SELECT count(*) FROM audit"));
        Assert.Equal(writers, new UserRepository(house.Db).List().Count);
    }

    [Fact]
    public void A_reader_sees_the_last_whole_state_while_a_write_is_under_way()
    {
        using var house = Furnished();
        house.Db.Write(Ada, "test", "test", scope =>
        {
            scope.Execute("UPDATE takes SET name = 'half' WHERE id = 'take-1'");
            Assert.Equal("Take", new TakeRepository(house.Db).Find("take-1")!.Name);
        });
        Assert.Equal("half", new TakeRepository(house.Db).Find("take-1")!.Name);
    }

    private static TemporaryDatabase Furnished()
    {
        var house = new TemporaryDatabase();
        var label = new LabelRepository(house.Db).Add(Taiko, "Taiko", null, Bob);
        new RatingRepository(house.Db).Set(label.Id, 1, Ada);
        new PresetRepository(house.Db).AddShipped(PresetId, Preset("Old"), Bob);
        new TakeRepository(house.Db).Ensure("take-1", "Take", Ada);
        new RunRepository(house.Db).Ensure("run-1", "Run", Ada);
        new JobRepository(house.Db).Queue("run-1", "start", "cpu", Ada);
        new DraftRepository(house.Db).Set("studio", "{}", Ada);
        new LocationRepository(house.Db).Ensure("/old", "sae", false, Ada);
        return house;
    }

    /// <summary>Every row of every table, as text.</summary>
    private static string Everything(TemporaryDatabase house)
    {
        using var connection = Connect(house.Path);
        var tables = connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
        return string.Join('\n', tables.SelectMany(table => connection.Query($"SELECT * FROM {table}")
            .Select(row => $"{table}: {string.Join(", ", (IDictionary<string, object>)row)}")));
    }
}
