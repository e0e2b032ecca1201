namespace SaeDashboard.Sae.Tests.Features;

/// <summary>A folder name that is free, and deleted at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory("sae-features-");

    public string Path => System.IO.Path.Combine(parent.FullName, "index");

    public void Dispose() => parent.Delete(recursive: true);
}
