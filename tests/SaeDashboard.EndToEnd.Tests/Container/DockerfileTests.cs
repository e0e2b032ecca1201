using System.Text.Json;
using System.Text.RegularExpressions;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Container;

/// <summary>What the Dockerfile says, against the repository: nothing is built here.</summary>
public sealed partial class DockerfileTests
{
    private static readonly Dockerfile Recipe = Dockerfile.Read(Path.Combine(Clone.Root, "Dockerfile"));

    [Fact]
    public void Its_images_are_of_the_version_that_the_projects_target()
    {
        var target = Target().Match(Read("Directory.Build.props")).Groups["version"].Value;
        var sdk = JsonDocument.Parse(Read("global.json")).RootElement.GetProperty("sdk").GetProperty("version").GetString()!;
        Assert.StartsWith(target + ".", sdk, StringComparison.Ordinal);
        Assert.Equal(["browser", "build", null], Recipe.Stages.Select(stage => stage.Name));
        Assert.Equal($"mcr.microsoft.com/dotnet/sdk:{target}", Recipe.Stages[1].Image);
        // The site and the worker's serve both need ASP.NET Core.
        Assert.Equal($"mcr.microsoft.com/dotnet/aspnet:{target}", Recipe.Image.Image);
    }

    [Fact]
    public void What_it_copies_is_there_and_is_not_ignored()
    {
        var context = new BuildContext(Clone.Root);
        var stages = new HashSet<string>();
        foreach (var stage in Recipe.Stages)
        {
            foreach (var copy in stage.Of("COPY"))
            {
                if (copy.Flags.TryGetValue("from", out var from)) Assert.Contains(from, stages);
                else Assert.All(copy.Words[..^1], source => Assert.NotEmpty(context.Files(source)));
            }
            if (stage.Name is { } name) stages.Add(name);
        }
    }

    [Theory]
    [InlineData("artifacts/bin/x.dll", true)]
    [InlineData("src/SaeDashboard.Web/bin/x.dll", true)]
    [InlineData("src/SaeDashboard.Web/binary.cs", false)]
    [InlineData("data/dashboard.db", true)]
    [InlineData("src/SaeDashboard.Web/Data/Catalog.cs", false)]
    [InlineData("wwwroot/lib/icons.svg", true)]
    [InlineData("wwwroot/css/tokens.css", false)]
    [InlineData("node_modules/uplot/package.json", true)]
    [InlineData("tests/SaeDashboard.Web.Tests/Repository.cs", true)]
    [InlineData("tests/SaeDashboard.MusicGen.Tests/Golden/README.md", false)]
    [InlineData(".git/HEAD", true)]
    [InlineData(".editorconfig", false)]
    public void What_a_person_has_in_the_clone_besides_the_sources_does_not_reach_the_builder(string path, bool ignored) =>
        Assert.Equal(ignored, new BuildContext(Clone.Root).Ignores(path));

    [Fact]
    public void It_runs_without_roots_rights_with_its_data_on_a_volume()
    {
        var user = Assert.Single(Recipe.Image.Of("USER"));
        // The number that the .NET images give their user "app".
        Assert.Equal("$APP_UID", user.Text);
        Assert.True(Recipe.Image.Steps.ToList().IndexOf(user) > Recipe.Image.Steps.ToList().FindLastIndex(step => step.Name is "RUN" or "COPY"), "what needs root comes before USER");
        Assert.Equal("/data", Assert.Single(Recipe.Image.Of("VOLUME")).Text);
        Assert.Equal("/data", Recipe.Image.Environment["Storage__Root"]);
        Assert.Equal("true", Recipe.Image.Environment["Compute__StopJobsWithSite"]);
    }

    [Fact]
    public void It_listens_on_loopback_only()
    {
        Assert.Equal("", Recipe.Image.Environment["ASPNETCORE_HTTP_PORTS"]);
        Assert.DoesNotContain("Web__Listen", Recipe.Image.Environment.Keys);
    }

    [Fact]
    public void Signals_reach_the_site_itself_and_its_health_is_asked_without_a_shell_line()
    {
        Assert.Equal(["/app/SaeDashboard.Web"], Assert.Single(Recipe.Image.Of("ENTRYPOINT")).Exec!);
        var health = Assert.Single(Recipe.Image.Of("HEALTHCHECK"));
        Assert.StartsWith("CMD ", health.Text, StringComparison.Ordinal);
        Assert.Equal(["/app/health.sh"], (health with { Text = health.Text[4..] }).Exec!);
        Assert.Equal(["interval", "retries", "start-period", "timeout"], health.Flags.Keys.Order());
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Clone.Root, name));

    [GeneratedRegex("<TargetFramework>net(?<version>[0-9.]+)<")]
    private static partial Regex Target();
}
