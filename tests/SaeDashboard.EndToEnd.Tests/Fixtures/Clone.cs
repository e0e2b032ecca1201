namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>The clone that the tests were built in, and the programs in it.</summary>
internal static class Clone
{
    public static string Root { get; } = Repository.Root;

    public static string Demo => Path.Combine(Root, "demo");

    /// <summary>The web program. The same configuration as these tests.</summary>
    public static string Web => Program("SaeDashboard.Web");

    /// <summary>The worker's program.</summary>
    public static string Worker => Program("SaeDashboard.Worker");

    private static string Program(string name)
    {
        // artifacts/<framework>/bin/<project>/<configuration>/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.FullName, name, here.Name, name);
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build the solution.");
    }
}
