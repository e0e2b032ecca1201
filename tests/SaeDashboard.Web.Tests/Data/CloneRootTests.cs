using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>The site finds its files, or does not start: without them it would answer 200 with empty bodies.</summary>
public sealed class CloneRootTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_build_uses_the_files_of_its_clone()
    {
        var program = Program("clone/artifacts/bin/SaeDashboard.Web/release", built: true);
        Assert.Contains(program, Assert.Throws<UserException>(() => CloneRoot.Find(program)).Message, StringComparison.Ordinal);
        AddFiles("clone");
        Assert.Equal(folder["clone"], CloneRoot.Find(program + "/"));
    }

    [Fact]
    public void A_published_program_uses_its_own_files_and_none_of_a_clone_around_it()
    {
        AddFiles("clone");
        var program = Program("clone/published", built: false);
        var refusal = Assert.Throws<UserException>(() => CloneRoot.Find(program)).Message;
        Assert.Contains(Path.Combine(program, "wwwroot"), refusal, StringComparison.Ordinal);
        Assert.Contains("scripts/publish.sh", refusal, StringComparison.Ordinal);
        AddFiles("clone/published");
        Assert.Equal(program, CloneRoot.Find(program + "/"));
    }

    private string Program(string name, bool built)
    {
        Directory.CreateDirectory(folder[name]);
        if (built) File.WriteAllText(Path.Combine(folder[name], "SaeDashboard.Web.staticwebassets.runtime.json"), "{}");
        return folder[name];
    }

    private void AddFiles(string name)
    {
        Directory.CreateDirectory(Path.Combine(folder[name], "wwwroot", "css"));
        File.WriteAllText(Path.Combine(folder[name], "wwwroot", "css", "tokens.css"), "");
    }
}
