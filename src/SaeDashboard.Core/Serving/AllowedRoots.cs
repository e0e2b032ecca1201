using Microsoft.Win32.SafeHandles;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Serving;

/// <summary>The folders that contain all allowed paths, links followed to their end.</summary>
public sealed class AllowedRoots
{
    private readonly string[] roots;

    /// <param name="roots">Folders; links in them are resolved.</param>
    public AllowedRoots(IEnumerable<string> roots) => this.roots = [.. roots.Select(root => Resolve(Path.GetFullPath(root)) ?? Path.GetFullPath(root)).Distinct()];

    /// <summary>Whether a path is one of the roots or inside one, links resolved. A link without a target is not.</summary>
    public bool Allows(string path) => Resolve(Path.GetFullPath(path)) is { } real && LiesWithin(real);

    /// <summary>The absolute path, if it is allowed.</summary>
    /// <exception cref="UserException">The path is not allowed.</exception>
    public string Require(string path)
    {
        if (string.IsNullOrEmpty(path)) throw new UserException("A path is missing.");
        return Allows(path) ? Path.GetFullPath(path) : throw Outside(path);
    }

    /// <summary>
    /// Opens a regular file to show or send its contents. The target of links is checked on the open file, so that a link cannot be changed
    /// between the check and the opening.
    /// </summary>
    /// <exception cref="UserException">It is missing, unreadable, not a regular file, or is outside the roots.</exception>
    public SafeFileHandle OpenFile(string path) => TryOpenFile(path) ?? throw new UserException($"{path} does not exist.");

    /// <summary>As <see cref="OpenFile"/>; null if there is no such file.</summary>
    /// <exception cref="UserException">It is unreadable, not a regular file, or is outside the roots.</exception>
    public SafeFileHandle? TryOpenFile(string path)
    {
        var file = RegularFile.TryOpen(path);
        if (file is null || LiesWithin(Posix.PathOf(file) ?? Resolve(Path.GetFullPath(path)) ?? "")) return file;
        file.Dispose();
        throw Outside(path);
    }

    private bool LiesWithin(string real) =>
        roots.Any(root => real == root || (real.StartsWith(root, StringComparison.Ordinal) && (root.EndsWith(Path.DirectorySeparatorChar) || real[root.Length] == Path.DirectorySeparatorChar)));

    private UserException Outside(string path) => new($"{path} lies outside the folders this site may read ({string.Join(", ", roots)}).");

    /// <summary>The path with every link in it followed, as far as it exists; null for a link without a target.</summary>
    private static string? Resolve(string path)
    {
        if (Posix.RealPath(path) is { } real) return real;
        if (Path.GetDirectoryName(path) is not { } parent) return path;
        // The path does not exist: resolve where it would be created. Writing through a link creates the link's target.
        if (new FileInfo(path).LinkTarget is not null) return null;
        return Resolve(parent) is { } folder ? Path.Combine(folder, Path.GetFileName(path)) : null;
    }
}
