using System.Text.Json;
using System.Text.RegularExpressions;

namespace SaeDashboard.Architecture.Tests;

/// <summary>Conventions of the repository that a program can check.</summary>
public sealed partial class HouseRuleTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Source_files_are_at_most_400_lines()
    {
        var sources = new[] { "build", "src", "tests", "scripts", "wwwroot" }
            .Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder)))
            .SelectMany(folder => Repository.SourceFiles(folder, ".cs", ".razor", ".js", ".css", ".sh", ".sql"))
            .ToArray();
        Assert.NotEmpty(sources);
        var tooLong = sources.Select(path => (Path: Repository.Relative(path), Lines: File.ReadLines(path).Count())).Where(file => file.Lines > MaxLines).ToArray();
        Assert.True(tooLong.Length == 0, string.Join(Environment.NewLine, tooLong.Select(file => $"{file.Path}: {file.Lines} lines")));
    }

    [Fact]
    public void Every_package_is_in_the_list_of_dependencies()
    {
        var list = File.ReadAllText(Path.Combine(Repository.Root, "docs", "dependencies.md"));
        var packages = Package().Matches(File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"))).Select(match => match.Groups["name"].Value).ToArray();
        Assert.NotEmpty(packages);
        using var npm = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "package.json")));
        packages = [.. packages, .. new[] { "dependencies", "devDependencies" }.SelectMany(kind => npm.RootElement.GetProperty(kind).EnumerateObject()).Select(each => each.Name)];
        Assert.All(packages, package => Assert.Contains(package, list, StringComparison.Ordinal));
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        var numbers = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "decisions"), "*.md")
            .Select(path => int.Parse(Path.GetFileName(path)[..4], System.Globalization.CultureInfo.InvariantCulture)).Order().ToArray();
        Assert.Equal(Enumerable.Range(1, numbers.Length), numbers);
    }

    [Fact]
    public void Pages_are_given_snapshots_and_reach_neither_storage_nor_folders_themselves()
    {
        var offences = Repository.SourceFiles(Path.Combine("src", "SaeDashboard.Web"), ".razor", ".cs")
            .Where(path => path.Contains(".razor", StringComparison.Ordinal) || Path.GetFileName(path).StartsWith("StudioPage.", StringComparison.Ordinal))
            .SelectMany(path => StorageOrFolder().Matches(File.ReadAllText(path)).Select(match => $"{Repository.Relative(path)}: {match.Value}"));
        Assert.Empty(offences);
    }

    [GeneratedRegex(@"@inject \w+Repository|\[Inject\][^;\n]*Repository|@inject Database|\b(Directory|TakeFolder)\.\w+\(|\bFile\.(Open|Read|Exists)\w*\(")]
    private static partial Regex StorageOrFolder();

    [GeneratedRegex("PackageVersion Include=\"(?<name>[^\"]+)\"")]
    private static partial Regex Package();
}
