using Dapper;
using Microsoft.Data.Sqlite;
using SaeDashboard.Core.Presets;

namespace SaeDashboard.Storage.Tests;

/// <summary>A database of a test's own in a folder of its own.</summary>
internal sealed class TemporaryDatabase : IDisposable
{
    public TemporaryDatabase(bool open = true)
    {
        if (open) Db = Database.Open(Path);
    }

    // Not CreateTempSubdirectory, which closes the folder to others: a test reads here as somebody else.
    public string Folder { get; } = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"sae-storage-tests-{Guid.NewGuid():N}")).FullName;

    public string Path => System.IO.Path.Combine(Folder, "dashboard.db");

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
        Frames = 512,
        Guidance = 3,
        Temperature = 1,
        TopK = 250,
        TopP = 1,
        Sae = new PresetSae("sae", new string('b', 64), "layers.4.resid_post"),
        Steers = [new PresetSteer(1337, 2.5, "add", 0.42)],
        Model = new PresetModel("model", new string('c', 64), new string('d', 64), 50),
        Arms = new Dictionary<string, PresetCodes> { ["baseline"] = new(4, 1, "AAABAAIAAwA=") },
    };

    /// <summary>Closes it and opens it again, as a restart does.</summary>
    public void Restart()
    {
        Db.Dispose();
        Db = Database.Open(Path);
    }

    /// <summary>Asks the file itself, beside the program.</summary>
    public T? Ask<T>(string sql)
    {
        using var connection = Connect(Path);
        return connection.ExecuteScalar<T>(sql);
    }

    public static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        Db?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
