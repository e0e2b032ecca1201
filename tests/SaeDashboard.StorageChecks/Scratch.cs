namespace SaeDashboard.StorageChecks;

/// <summary>A folder that goes with its check.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("sae-store-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
