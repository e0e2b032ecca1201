namespace SaeDashboard.TestSupport;

/// <summary>A folder of a test's own, deleted after it. Its name has a space and an umlaut, as people's folders do.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sae test ü ").FullName;

    /// <summary>A path in the folder.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
