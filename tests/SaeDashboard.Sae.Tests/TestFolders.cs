namespace SaeDashboard.Sae.Tests;

/// <summary>Where golden files are, and folders that vanish with the test.</summary>
internal static class TestFolders
{
    public static string Repository { get; } = Find();

    public static string Golden(string name) => Path.Combine(Repository, "tests", "SaeDashboard.Sae.Tests", "Golden", name);

    public static TemporaryFolder Temporary() => new(Directory.CreateTempSubdirectory("sae-tests-").FullName);

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "SaeDashboard.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    public sealed record TemporaryFolder(string Path) : IDisposable
    {
        public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
