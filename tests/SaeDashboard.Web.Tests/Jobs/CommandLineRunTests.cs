using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>Runs that the command line made in the site's folder.</summary>
public sealed class CommandLineRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JobSite site;

    public CommandLineRunTests() => site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));

    public void Dispose()
    {
        FakeWorker.End(folder.Path);
        site.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_run_under_a_name_of_its_own_is_listed_with_what_it_trains_on()
    {
        Write("first", "layers.2.mlp_out");
        site.Registry.Scan();
        var run = Assert.Single(site.Registry.Runs);
        Assert.Equal(("first", "first", "runs/first", RunState.Done), (run.Id, run.Name, run.Href, run.Status.State));
        Assert.Equal("TopK, layer 2, mlp_out, 512 latents, k 32", RunFormatting.Settings(run.Plan));
        Assert.Equal(("demo-model", "/somewhere/sae"), (run.CommandLine?.Model, run.Plan.SaePath));
        Assert.False(run.IsPlanned);
        Assert.False(run.CanResume);
        var settings = RunDiff.Of([run]).ToDictionary(row => row.Name, row => row.Values[0]);
        Assert.Equal(("demo-model", "clips", "2", "mlp_out", "400"), (settings["model"], settings["dataset"], settings["layer"], settings["point"], settings["clips"]));
        Assert.DoesNotContain(CommandLineRun.Member, settings.Keys);
        Assert.Equal(0.75, run.Latest["explainedVariance"]);
        Assert.NotNull(site.Bus.Find("first"));
    }

    [Fact]
    public void A_run_that_does_not_say_its_layer_is_not_shown_with_one()
    {
        Write("old", hook: null);
        site.Registry.Scan();
        var run = Assert.Single(site.Registry.Runs);
        Assert.Equal("TopK, 512 latents, k 32", RunFormatting.Settings(run.Plan));
        Assert.DoesNotContain("layer", RunDiff.Of([run]).Select(row => row.Name));
    }

    [Fact]
    public void Settings_that_come_after_the_folder_are_read_when_they_come()
    {
        // As the site sees it that looks while the command begins: a lock, then a status, then the settings.
        var path = Path.Combine(site.Root.Runs, "grid", "first");
        using (var run = RunFolder.Open(path))
        {
            run.Report(StageName.Train, RunState.Running, 0, 10, 0, null);
            site.Registry.Scan();
            Assert.False(site.View("grid:first").HasSettings);
            Assert.Equal("settings unknown", RunFormatting.Below(site.View("grid:first")));
        }
        Write("grid/first", "layers.4.resid_post");
        // As for every run at work, five times a second.
        site.Registry.Refresh("grid:first");
        Assert.Equal(("TopK, layer 4, 512 latents, k 32", "grid"), (RunFormatting.Below(site.View("grid:first")), site.View("grid:first").Plan.Sweep));
    }

    [Fact]
    public void A_trained_SAE_without_an_index_is_said_to_be_trained()
    {
        Write("first", "layers.4.resid_post", folder["sae"]);
        site.Registry.Scan();
        Assert.Contains("was moved or deleted", RunFormatting.Explanation(site.View("first")), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["sae"]);
        site.Registry.Refresh("first");
        Assert.Contains("not indexed yet", RunFormatting.Explanation(site.View("first")), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["sae/index"]);
        File.WriteAllText(folder["sae/index/index.json"], "{}");
        site.Registry.Refresh("first");
        Assert.Contains("Its features are ready", RunFormatting.Explanation(site.View("first")), StringComparison.Ordinal);
    }

    [Fact]
    public void Saes_trained_side_by_side_are_listed_as_one_group()
    {
        Write("grid/layer-2", "layers.2.resid_post");
        Write("grid/layer-4", "layers.4.resid_post");
        Directory.CreateDirectory(Path.Combine(site.Root.Runs, "notes", "pictures"));
        site.Registry.Scan();
        Assert.Equal(["grid:layer-2", "grid:layer-4"], site.Registry.Runs.Select(run => run.Id).Order());
        Assert.Equal("grid", Assert.Single(RunGroup.Of(site.Registry.Runs)).Sweep);
        Assert.Equal("runs/grid%3Alayer-2", site.View("grid:layer-2").Href);
    }

    [Theory]
    [InlineData("a,b", "a name with a ,")]
    [InlineData("a:b", "a name with a :")]
    [InlineData("50%", "a name with a %")]
    [InlineData("compare", "runs/compare")]
    [InlineData("turned\u202Eround", "direction")]
    public void A_name_that_cannot_be_an_address_is_listed_with_the_reason(string name, string reason)
    {
        Write(name, "layers.2.resid_post");
        Write("sound", "layers.2.resid_post");
        site.Registry.Scan();
        var run = site.View(name);
        Assert.Equal(RunState.Unreadable, run.Status.State);
        Assert.Contains(reason, run.Status.Error, StringComparison.Ordinal);
        Assert.Contains("Rename the folder", run.Status.Error, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => site.Registry.Delete(name, site.Person));
        Assert.False(run.HasAddress);
        Assert.Empty(site.Registry.Checkpoints(name));
        Assert.Empty(site.Registry.LogTail(name, 4));
        Assert.Equal(RunState.Done, site.View("sound").Status.State);
    }

    [Fact]
    public void It_is_deleted_and_brought_back_and_not_mixed_up_with_another_of_a_similar_name()
    {
        Write("first", "layers.2.resid_post");
        Write("first.2", "layers.3.resid_post");
        Write("grid/one", "layers.4.resid_post");
        site.Registry.Scan();
        foreach (var id in new[] { "first.2", "first", "grid:one" }) site.Registry.Delete(id, site.Person);
        Assert.Empty(site.Registry.Runs);
        foreach (var id in new[] { "first", "first.2", "grid:one" }) site.Registry.Restore(id, site.Person);
        Assert.Equal([2, 3, 4], new[] { "first", "first.2", "grid:one" }.Select(id => site.View(id).Plan.Layer));
    }

    private void Write(string name, string? hook, string sae = "/somewhere/sae")
    {
        var path = Path.Combine(site.Root.Runs, name);
        using var run = RunFolder.Open(path);
        var settings = new JsonObject { ["architecture"] = "topk", ["latents"] = 512, ["k"] = 32, ["heldOut"] = 0 };
        if (hook is not null)
            settings[CommandLineRun.Member] = System.Text.Json.JsonSerializer.SerializeToNode(new CommandLineRun("demo-model", "clips", hook, "none", "sae-train", 400, "float32", sae, null, "cpu"), JsonDefaults.Data);
        run.WriteConfig(settings);
        run.Metric(new { Step = 1, ExplainedVariance = 0.75 });
        run.Report(StageName.Train, RunState.Done, 1, 1, 0, 0);
    }
}
