namespace SaeDashboard.Sae.Tests;

/// <summary>Where golden files are, and folders that vanish with the test.</summary>
internal static class TestFolders
{
    public static string Golden(string name)
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "SaeDashboard.sln")))
            folder = Path.GetDirectoryName(folder);
        if (folder is null)
            throw new InvalidOperationException("The tests run outside the repository.");
        return Path.Combine(folder, "tests", "SaeDashboard.Sae.Tests", "Golden", name);
    }

    public static TemporaryFolder Temporary() => new(Directory.CreateTempSubdirectory("sae-tests-").FullName);

    public sealed record TemporaryFolder(string Path) : IDisposable
    {
        public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
