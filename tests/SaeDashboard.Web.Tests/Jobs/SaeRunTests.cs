using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Runs;

namespace SaeDashboard.Web.Tests.Jobs;

/// <summary>The runs that do not train: the index of an SAE that was put here, an SAE of a checkpoint.</summary>
public sealed class SaeRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JobSite site;
    private readonly SaeRuns makers;
    private readonly CatalogSae sae;
    private readonly CatalogModel model;
    private readonly CatalogDataset dataset;

    public SaeRunTests()
    {
        site = new JobSite(folder["data"], FakeWorker.Write(folder.Path));
        makers = new SaeRuns(site.Registry, site.Root);
        sae = new CatalogSae { Id = "mine", Name = "mine", Path = Path.Combine(site.Root.Saes, "mine"), Width = 256, Latents = 512, Hook = "layers.4.mlp_out", State = CatalogState.Ready };
        model = new CatalogModel { Id = "demo", Name = "demo", Path = Path.Combine(site.Root.Demo, "model"), Width = 256 };
        dataset = new CatalogDataset { Id = "demo", Name = "demo", Path = Path.Combine(site.Root.Demo, "dataset") };
        Directory.CreateDirectory(sae.Path);
    }

    public void Dispose()
    {
        foreach (var job in site.Queue.Waiting) site.Registry.Cancel(job.RunId, site.Person);
        FakeWorker.End(folder.Path);
        site.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void An_SAE_is_indexed_in_its_place_by_one_run_at_a_time()
    {
        Assert.Null(makers.AtWork(sae));
        // Two people press at once.
        var made = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 8, _ =>
        {
            try
            {
                made.Add(makers.Index(sae, model, dataset, site.Person));
            }
            catch (UserException)
            {
                // All but one are refused.
            }
        });
        var id = Assert.Single(made);

        var plan = JsonFile.Read<RunPlan>(Path.Combine(site.Folder(id), "config.json"));
        Assert.Equal((RunKind.Index, sae.Path, model.Path, dataset.Path, ""), (plan.Kind, plan.SaePath, plan.ModelPath, plan.DatasetPath, plan.ActivationsPath));
        Assert.Equal(id, makers.AtWork(sae)?.Id);
        Assert.Equal("Index of mine", site.View(id).Name);
        Assert.Contains("mine", RunFormatting.Settings(site.View(id).Plan), StringComparison.Ordinal);
        Assert.Contains("already", Assert.Throws<UserException>(() => makers.Index(sae, model, dataset, site.Person)).Message, StringComparison.Ordinal);
        Assert.Contains("width 64", Assert.Throws<UserException>(() => makers.Index(sae with { Path = "/other", Width = 64 }, model, dataset, site.Person)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_that_becomes_an_SAE_is_pinned_and_the_SAE_has_a_place_of_its_own()
    {
        var trained = site.Start("trained");
        site.Registry.Cancel(trained, site.Person);
        var checkpoint = RunCheckpoints.PathOf(site.Folder(trained), 40);
        Directory.CreateDirectory(checkpoint);
        File.WriteAllBytes(Path.Combine(checkpoint, RunCheckpoints.StateFile), [1]);

        var id = makers.Export(site.View(trained), 40, site.Person);

        var plan = JsonFile.Read<RunPlan>(Path.Combine(site.Folder(id), "config.json"));
        Assert.Equal((RunKind.Export, new RunFork(site.Folder(trained), 40), 4), (plan.Kind, plan.Fork, plan.Layer));
        Assert.StartsWith(site.Root.Saes, plan.SaePath, StringComparison.Ordinal);
        Assert.NotEqual(site.View(trained).Plan.SaePath, plan.SaePath);
        Assert.True(RunCheckpoints.IsPinned(checkpoint));
        Assert.Throws<UserException>(() => makers.Export(site.View(trained), 41, site.Person));
    }
}
