using System.Text.RegularExpressions;

namespace SaeDashboard.EndToEnd.Tests.Container;

/// <summary>The clone as a builder of images sees it: without what .dockerignore names.</summary>
internal sealed class BuildContext
{
    private readonly string root;
    private readonly (bool Keeps, Regex Pattern)[] rules;

    public BuildContext(string root)
    {
        this.root = root;
        rules = [.. File.ReadAllLines(Path.Combine(root, ".dockerignore"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => (line[0] == '!', ToRegex(line.TrimStart('!'))))];
    }

    /// <summary>Whether a path (relative, with slashes) is left out. The last rule that matches it or a folder above it decides.</summary>
    public bool Ignores(string path)
    {
        var ignored = false;
        foreach (var (keeps, pattern) in rules)
        {
            if (pattern.IsMatch(path)) ignored = !keeps;
        }
        return ignored;
    }

    /// <summary>The files under a path, relative to the clone's root; the path itself when it is a file.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">A builder would find nothing there.</exception>
    public IReadOnlyList<string> Files(string path)
    {
        var full = Path.Combine(root, path);
        Assert.True(Path.Exists(full), $"COPY {path}: there is no such file or folder.");
        if (File.Exists(full))
        {
            Assert.False(Ignores(path), $"COPY {path}: .dockerignore leaves it out.");
            return [path];
        }
        var files = Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file)).Where(file => !Ignores(file)).ToArray();
        Assert.True(files.Length > 0, $"COPY {path}: .dockerignore leaves nothing of it.");
        return files;
    }

    private static Regex ToRegex(string pattern) =>
        new("^" + Regex.Escape(pattern.Trim('/')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "(/|$)");
}
