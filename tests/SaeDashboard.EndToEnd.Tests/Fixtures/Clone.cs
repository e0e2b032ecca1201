namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>The clone that the tests were built in, and the programs in it.</summary>
internal static class Clone
{
    public static string Root { get; } = FindRoot();

    public static string Demo => Path.Combine(Root, "demo");

    /// <summary>The web program. The same configuration as these tests.</summary>
    public static string Web => Program("SaeDashboard.Web");

    private static string Program(string name)
    {
        // artifacts/<framework>/bin/<project>/<configuration>/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.FullName, name, here.Name, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build the solution.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SaeDashboard.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No SaeDashboard.sln above {AppContext.BaseDirectory}.");
    }
}
