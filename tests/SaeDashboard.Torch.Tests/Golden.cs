namespace SaeDashboard.Torch.Tests;

/// <summary>The files of this project's Golden folder, found from wherever the tests run.</summary>
internal static class Golden
{
    internal static string Path(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SaeDashboard.sln")))
                return System.IO.Path.Combine(folder.FullName, "tests", "SaeDashboard.Torch.Tests", "Golden", name);
        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds SaeDashboard.sln.");
    }
}
