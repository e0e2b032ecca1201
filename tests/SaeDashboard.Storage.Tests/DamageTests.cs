using LiteDB;
using static SaeDashboard.Storage.Tests.TemporaryStore;

namespace SaeDashboard.Storage.Tests;

/// <summary>Whatever happens to LiteDB's file: the start says what it did, and every document is the journal's.</summary>
public sealed class DamageTests
{
    private const int Labels = 300, PageBytes = 4096;

    [Theory]
    [InlineData(10)]
    [InlineData(50, Traits = ["Length", "Long"])]
    public void Cut_at_any_length(int rounds)
    {
        var random = new Random(1);
        Try(rounds, (path, _) =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.SetLength(random.NextInt64(file.Length));
        }, mustRebuild: true);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50, Traits = ["Length", "Long"])]
    public void A_page_of_noise_anywhere(int rounds)
    {
        var random = new Random(2);
        Try(rounds, (path, _) =>
        {
            using var file = new FileStream(path, FileMode.Open);
            file.Position = random.NextInt64(file.Length - PageBytes) / PageBytes * PageBytes;
            var noise = new byte[PageBytes];
            random.NextBytes(noise);
            file.Write(noise);
        }, mustRebuild: false);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50, Traits = ["Length", "Long"])]
    public void An_older_page_in_the_place_of_a_newer_one(int rounds)
    {
        // What a checkpoint torn by a power cut leaves: every page whole, some of them of an earlier time.
        var random = new Random(3);
        Try(rounds, (path, old) =>
        {
            using var file = new FileStream(path, FileMode.Open);
            var page = random.Next((int)(Math.Min(file.Length, old.Length) / PageBytes)) * PageBytes;
            file.Position = page;
            file.Write(old, page, PageBytes);
        }, mustRebuild: false);
    }

    [Fact]
    public void Deleted_emptied_or_another_programs()
    {
        Try(1, (path, _) => File.Delete(path), mustRebuild: true);
        Try(1, (path, _) => File.WriteAllBytes(path, []), mustRebuild: true);
        Try(1, (path, _) => File.WriteAllText(path, "my notes"), mustRebuild: true);
        Try(1, (path, _) =>
        {
            File.Delete(path);
            using var other = new LiteDatabase(path);
            other.GetCollection("songs").Insert(new BsonDocument { ["name"] = "Taiko" });
        }, mustRebuild: true);
    }

    [Fact]
    public void A_log_that_was_left_behind()
    {
        using var store = Filled(out _);
        var everything = store.Everything();
        using var killed = Filled(out _);
        new LabelRepository(killed.Db).Add(Taiko, "of another database", null, Ada);
        Assert.True(File.Exists(killed.Log));
        store.Db.Dispose();
        // LiteDB would make a new file of the log alone.
        File.Copy(killed.Log, store.Log);
        File.Delete(store.Index);
        store.Restart();
        Assert.Contains("dashboard-log.litedb", Assert.Single(store.Db.Notices), StringComparison.Ordinal);
        Assert.Equal(everything, store.Everything());
        store.Db.Dispose();
        // And it would play it into a file that it does not belong to.
        File.Copy(killed.Log, store.Log);
        store.Restart();
        Assert.Equal(everything, store.Everything());
        store.Db.Dispose();
        Assert.Equal(everything, store.InIndex());
    }

    [Fact]
    public void Only_the_last_few_damaged_files_are_kept()
    {
        using var store = Filled(out _);
        for (var i = 0; i < 6; i++)
        {
            store.Db.Dispose();
            File.WriteAllText(store.Index, $"damaged {i}");
            store.Restart();
        }
        Assert.Equal(["damaged 3", "damaged 4", "damaged 5"], Directory.GetFiles(store.Folder, "dashboard.damaged-*.litedb").Order(StringComparer.Ordinal).Select(File.ReadAllText));
    }

    private static void Try(int rounds, Action<string, byte[]> damage, bool mustRebuild)
    {
        using var store = Filled(out var old);
        var everything = store.Everything();
        store.Db.Dispose();
        var (good, rebuilt) = (File.ReadAllBytes(store.Index), 0);
        for (var round = 0; round < rounds; round++)
        {
            File.WriteAllBytes(store.Index, good);
            File.Delete(store.Log);
            damage(store.Index, old);
            store.Restart();
            Assert.Equal(everything, store.Everything());
            // Noise in an unused part of a page does no damage.
            if (mustRebuild || store.Db.Notices.Count > 0) Assert.Contains("made from the journal again", Assert.Single(store.Db.Notices), StringComparison.Ordinal);
            rebuilt += store.Db.Notices.Count;
            // It takes writes, also where LiteDB would look for room.
            var label = new LabelRepository(store.Db).Add(new FeatureKey(Taiko.SaeHash, 50_000), $"after round {round}", null, Ada);
            everything = store.Everything();
            store.Db.Dispose();
            Assert.Equal(everything, store.InJournal());
            store.Restart();
            Assert.Equal(everything, store.Everything());
            store.Db.Dispose();
            good = File.ReadAllBytes(store.Index);
            Assert.Equal(everything, store.InIndex());
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{rounds} rounds, {rebuilt} times made again");
    }

    /// <summary>A database of a few hundred labels, presets and takes; and the file as it was before half of them.</summary>
    private static TemporaryStore Filled(out byte[] old)
    {
        var store = new TemporaryStore();
        Fill(store, 0);
        store.Db.Dispose();
        old = File.ReadAllBytes(store.Index);
        store.Restart();
        Fill(store, Labels / 2);
        return store;
    }

    private static void Fill(TemporaryStore store, int from)
    {
        var content = string.Concat(Enumerable.Range(from, Labels / 2).Select(feature => $$"""
            {"kind":"label","sae":"{{Taiko.SaeHash}}","feature":{{feature % 200}},"text":"label {{feature}}","note":"{{new string((char)('a' + feature % 26), feature % 90 + 1)}}","by":{"id":"ada","name":"Ada"},"at":"2026-11-23T10:15:0{{from / 100}}.{{feature:D3}}Z"}

            """));
        new DataImport(store.Db).Read(ExchangeTests.File(content), "fill", Ada);
        for (var i = 0; i < 5; i++)
        {
            new PresetRepository(store.Db).Add(Preset($"Preset {from} {i}"), Bob);
            new TakeRepository(store.Db).Ensure($"take-{from}-{i}", "Take", Bob);
        }
    }
}
