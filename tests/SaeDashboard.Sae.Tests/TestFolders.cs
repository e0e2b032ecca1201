namespace SaeDashboard.Sae.Tests;

/// <summary>Where golden files are, and folders that vanish with the test.</summary>
internal static class TestFolders
{
    public static string Repository => TestSupport.Repository.Root;

    public static string Golden(string name) => Path.Combine(Repository, "tests", "SaeDashboard.Sae.Tests", "Golden", name);

    public static TemporaryFolder Temporary() => new(Directory.CreateTempSubdirectory("sae-tests-").FullName);

    public sealed record TemporaryFolder(string Path) : IDisposable
    {
        public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
