using System.Text.RegularExpressions;

namespace SaeDashboard.Architecture.Tests;

/// <summary>Dependencies point one way. The table is the design's; a project that is not in it fails until it has a line.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["SaeDashboard.Contracts"] = [],
        ["SaeDashboard.Core"] = ["SaeDashboard.Contracts"],
        ["SaeDashboard.Torch.Extensions"] = [],
        ["SaeDashboard.MusicGen"] = ["SaeDashboard.Torch.Extensions", "SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Sae"] = ["SaeDashboard.Torch.Extensions", "SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Clap"] = ["SaeDashboard.MusicGen", "SaeDashboard.Torch.Extensions", "SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Worker"] = ["SaeDashboard.MusicGen", "SaeDashboard.Clap", "SaeDashboard.Sae", "SaeDashboard.Torch.Extensions", "SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Storage"] = ["SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Labelling"] = ["SaeDashboard.Core", "SaeDashboard.Contracts"],
        ["SaeDashboard.Web"] = ["SaeDashboard.Labelling", "SaeDashboard.Storage", "SaeDashboard.Core", "SaeDashboard.Contracts"],
    };

    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"{project} has no line in the dependency table of this test.");
        var forbidden = Repository.References(project).Except(allowed).ToArray();
        Assert.True(forbidden.Length == 0, $"{project} may not reference {string.Join(", ", forbidden)}.");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_no_namespace_it_may_not_see(string project)
    {
        // Transitive references compile without a line in the project file, so the sources are read too.
        var seen = Closure(project);
        var offences = new List<string>();
        foreach (var file in Repository.SourceFiles(Path.Combine("src", project), ".cs", ".razor"))
        {
            foreach (Match use in Using().Matches(File.ReadAllText(file)))
            {
                var name = use.Groups["name"].Value;
                var owner = name.StartsWith("TorchSharp", StringComparison.Ordinal)
                    ? "SaeDashboard.Torch.Extensions"
                    : Repository.Projects.Where(other => name == other || name.StartsWith(other + ".", StringComparison.Ordinal)).MaxBy(other => other.Length);
                if (owner is not null && owner != project && !seen.Contains(owner)) offences.Add($"{Repository.Relative(file)} uses {name}");
            }
        }
        Assert.True(offences.Count == 0, string.Join(Environment.NewLine, offences));
    }

    [Fact]
    public void Projects_that_people_write_into_never_see_a_tensor()
    {
        foreach (var project in new[] { "SaeDashboard.Contracts", "SaeDashboard.Core", "SaeDashboard.Storage", "SaeDashboard.Labelling", "SaeDashboard.Web" }.Intersect(Repository.Projects))
            Assert.DoesNotContain(Closure(project), name => name.Contains(".Torch", StringComparison.Ordinal));
    }

    [Fact]
    public void The_contract_does_no_input_or_output()
    {
        var offences = Repository.SourceFiles(Path.Combine("src", "SaeDashboard.Contracts"), ".cs")
            .SelectMany(path => InputOutput().Matches(File.ReadAllText(path)).Select(match => $"{Repository.Relative(path)}: {match.Value}"));
        Assert.Empty(offences);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "SaeDashboard.sln"));
        var projects = Repository.Projects.Concat(Directory.GetDirectories(Path.Combine(Repository.Root, "tests")).Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0).Select(folder => Path.GetFileName(folder)!));
        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    private static HashSet<string> Closure(string project)
    {
        var seen = new HashSet<string>();
        var open = new Stack<string>(Repository.References(project));
        while (open.TryPop(out var next))
        {
            if (seen.Add(next)) foreach (var further in Repository.References(next)) open.Push(further);
        }
        return seen;
    }

    [GeneratedRegex(@"using System\.(IO|Net)\b|\b(File|Directory|FileStream|Path|Process|Socket|HttpClient)\.\w+\(|<(PackageReference|FrameworkReference)")]
    private static partial Regex InputOutput();

    [GeneratedRegex(@"^\s*(@|global )?using (static )?(\w+ = )?(?<name>[\w.]+);?", RegexOptions.Multiline)]
    private static partial Regex Using();
}
