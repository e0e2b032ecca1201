namespace SaeDashboard.Benchmarks;

/// <summary>The clone that the benchmarks run from.</summary>
internal static class Repository
{
    /// <summary>The folder of SaeDashboard.sln.</summary>
    internal static string Root
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "SaeDashboard.sln"))) return folder.FullName;
            }
            throw new DirectoryNotFoundException("The benchmarks run from a clone: no SaeDashboard.sln above " + AppContext.BaseDirectory);
        }
    }
}
