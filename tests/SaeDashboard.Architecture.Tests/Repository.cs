using System.Xml.Linq;

namespace SaeDashboard.Architecture.Tests;

/// <summary>The repository as files: what the tests here look at.</summary>
internal static class Repository
{
    public static string Root { get; } = TestSupport.Repository.Root;

    /// <summary>Names of the projects under src/.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        Directory.GetDirectories(Path.Combine(Root, "src")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal).ToArray();

    /// <summary>What a project references directly.</summary>
    public static IReadOnlyList<string> References(string project) =>
        XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .ToArray();

    /// <summary>Every file of a folder with these extensions; build outputs and what npm brings are left out.</summary>
    public static IEnumerable<string> SourceFiles(string folder, params string[] extensions) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
            .Where(path => extensions.Contains(Path.GetExtension(path)))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "artifacts" or "node_modules"))
            .Where(path => !path.StartsWith(Path.Combine(Root, "wwwroot", "lib") + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    public static string Relative(string path) => Path.GetRelativePath(Root, path);
}
