using SaeDashboard.Core.Presets;
using SaeDashboard.Storage.Index;
using SaeDashboard.Storage.Journals;
using SaeDashboard.Storage.Tables;

namespace SaeDashboard.Storage.Tests;

/// <summary>A database of a test's own in a folder of its own.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public TemporaryStore(bool open = true, Func<string, JournalFile>? openFile = null)
    {
        if (openFile is not null) Db = Database.Open(Folder, TimeProvider.System, openFile);
        else if (open) Db = Database.Open(Folder);
    }

    // Not CreateTempSubdirectory, which closes the folder to others: a test reads here as another user.
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"sae-storage-tests-{Guid.NewGuid():N}")).FullName;

    public string Index => Path.Combine(Folder, "dashboard.litedb");

    public string Log => Path.Combine(Folder, "dashboard-log.litedb");

    public string Journal => JournalReader.Files(Path.Combine(Folder, "journal"))[^1];

    public Database Db { get; private set; } = null!;

    public static Actor Ada { get; } = new("ada", "Ada");

    public static Actor Bob { get; } = new("bob", "Bob");

    public static FeatureKey Taiko { get; } = new(new string('a', 64), 1337);

    public static SteeringPreset Preset(string name) => new()
    {
        Name = name,
        Description = "Taiko up",
        Prompt = "Simple melody",
        Seed = ulong.MaxValue,
        Frames = 2,
        Guidance = 3,
        Temperature = 1,
        TopK = 250,
        TopP = 1,
        Sae = new PresetSae("sae", new string('b', 64), "layers.4.resid_post"),
        Steers = [new PresetSteer(1337, 2.5, "add", 0.42)],
        Model = new PresetModel("model", new string('c', 64), new string('d', 64), 50),
        Arms = new Dictionary<string, PresetCodes> { ["baseline"] = new(2, 2, "AAABAAIAAwA="), ["steered"] = new(2, 2, "AAABAAIAAwA=") },
    };

    /// <summary>Closes it and opens it again, as a restart does.</summary>
    public void Restart()
    {
        Db.Dispose();
        Db = Database.Open(Folder);
    }

    /// <summary>Opens it again without the closing that a killed process would not do: the files are copied as they are now.</summary>
    public TemporaryStore Killed()
    {
        var copy = new TemporaryStore(open: false);
        Directory.CreateDirectory(Path.Combine(copy.Folder, "journal"));
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(copy.Folder, Path.GetRelativePath(Folder, file)));
        copy.Db = Database.Open(copy.Folder);
        return copy;
    }

    /// <summary>Every document in memory, as text.</summary>
    public string Everything() => Documents(Db.Tables);

    /// <summary>Every document that the journal holds, read on its own.</summary>
    public string InJournal()
    {
        var tables = new TableSet();
        new JournalReader(Path.Combine(Folder, "journal"), tables).Read(0, entry => tables.Publish(entry.Changes), tables.Clear, _ => { });
        return Documents(tables);
    }

    /// <summary>Every document that LiteDB holds, read on its own. The database is closed.</summary>
    public string InIndex()
    {
        var tables = new TableSet();
        var documents = new List<Change>();
        using var index = LiteIndex.Open(Index, tables, documents.Add);
        tables.Publish(documents);
        return Documents(tables);
    }

    public void Dispose()
    {
        Db?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Documents(TableSet tables) => string.Join('\n', tables.All.SelectMany(table =>
        table.Documents.OrderBy(document => document.Id, StringComparer.Ordinal).Select(document => $"{table.Name} {System.Text.Encoding.UTF8.GetString(table.ToJson(document))}")));
}
