namespace SaeDashboard.TestSupport;

/// <summary>The clone that the tests run from.</summary>
public static class Repository
{
    /// <summary>The folder of SaeDashboard.sln, found upwards from the test program.</summary>
    public static string Root { get; } = Find();

    /// <summary>A file or folder of the clone.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SaeDashboard.sln"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("The tests run from a clone: no SaeDashboard.sln above " + AppContext.BaseDirectory);
    }
}
