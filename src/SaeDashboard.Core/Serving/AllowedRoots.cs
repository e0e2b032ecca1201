namespace SaeDashboard.Core.Serving;

/// <summary>The folders that paths from outside must lie under.</summary>
public sealed class AllowedRoots
{
    private readonly string[] roots;

    /// <param name="roots">Folders; links in them are resolved.</param>
    public AllowedRoots(IEnumerable<string> roots) => this.roots = [.. roots.Select(root => Resolve(Path.GetFullPath(root))).Distinct()];

    /// <summary>Whether a path is one of the roots or lies under one, links resolved.</summary>
    public bool Allows(string path)
    {
        var full = Resolve(Path.GetFullPath(path));
        return roots.Any(root => full == root || full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <summary>The absolute path, if it is allowed.</summary>
    /// <exception cref="UserException">It is not.</exception>
    public string Require(string path)
    {
        if (string.IsNullOrEmpty(path)) throw new UserException("A path is missing.");
        return Allows(path) ? Path.GetFullPath(path) : throw new UserException($"{path} lies outside the folders this site may read ({string.Join(", ", roots)}).");
    }

    /// <summary>The path with every link in it followed, as far as it exists.</summary>
    private static string Resolve(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is null) return path;
        var real = Path.Combine(Resolve(parent), Path.GetFileName(path));
        FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
        return info.Exists && info.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.FullName : real;
    }
}
