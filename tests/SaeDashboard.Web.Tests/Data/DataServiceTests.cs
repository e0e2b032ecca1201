using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;
using SaeDashboard.Web.Presets;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;
using SaeDashboard.Web.Tests.Presets;
using SaeDashboard.Web.Tests.Runs;
using SaeDashboard.Web.Tests.Studio;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>What the Data page lists is renamed, deleted where nothing uses it, and restored.</summary>
public sealed class DataServiceTests : IDisposable
{
    private static readonly Actor Ada = new("local", "Ada");

    private readonly TemporaryFolder folder = new();
    private readonly FakeRunRegistry runs = new();
    private readonly DataRoot root;
    private readonly ServiceProvider services;
    private readonly string saeHash = PresetFixture.Demo().Sae.WeightsHash;

    public DataServiceTests()
    {
        root = DataRoot.Open(folder["data"], folder["demo"]);
        var collection = new ServiceCollection();
        collection.AddLogging().AddSingleton(root).AddSingleton(TimeProvider.System).AddSingleton(Database.Open(root.Path)).AddSingleton<IStoreAccess>(new CountingStore());
        collection.AddSingleton<LabelRepository>().AddSingleton<RatingRepository>().AddSingleton<PresetRepository>().AddSingleton<TakeRepository>().AddSingleton<AuditRepository>();
        collection.AddSingleton<ICatalog>(new FakeCatalog { Saes = [new CatalogSae { Id = "mine", Name = "Mine", Path = Path.Combine(root.Saes, "mine"), State = CatalogState.Ready, Hash = saeHash, ModelHash = "m0del", DatasetHash = "da7a" }] });
        collection.AddSingleton<IServeClient>(new Studio.FakeWorker()).AddSingleton<IRunRegistry>(runs);
        collection.AddSingleton<TakeFolders>().AddSingleton<FeatureLabels>().AddSingleton<PresetService>().AddSingleton<DataTrash>().AddSingleton<DataService>();
        services = collection.BuildServiceProvider();
    }

    private DataService Things => services.GetRequiredService<DataService>();

    public void Dispose()
    {
        services.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(DataKind.Model)]
    [InlineData(DataKind.Dataset)]
    [InlineData(DataKind.Sae)]
    [InlineData(DataKind.Activations)]
    public void What_was_deleted_is_listed_by_its_name_and_comes_back_whole(DataKind kind)
    {
        var item = Make(kind, "mine");
        var id = Things.Delete(item, Ada);
        Assert.False(Directory.Exists(item.Path));
        Assert.True(Assert.Single(Things.Deleted()) is { Name: "Mine, the best" } deleted && (deleted.Kind, deleted.Id) == (kind, id) && deleted.UntilUtc - deleted.DeletedUtc == RunTrash.Kept);
        // Others of its kind are not listed from the trash, and the same name can be deleted again.
        var again = Things.Delete(Make(kind, "mine"), Ada);
        Assert.Equal(2, Things.Deleted().Count);
        Things.Restore(kind, id, Ada);
        Assert.Equal("whole", File.ReadAllText(Path.Combine(item.Path, "file.json")));
        Assert.Contains("exists", Assert.Throws<UserException>(() => Things.Restore(kind, again, Ada)).Message, StringComparison.Ordinal);
        Assert.Contains("not in", Assert.Throws<UserException>(() => Things.Restore(kind, id, Ada)).Message, StringComparison.Ordinal);
        Assert.Equal(again, Assert.Single(Things.Deleted()).Id);
        Assert.Contains(services.GetRequiredService<AuditRepository>().Recent(9), entry => entry.Action == $"{kind.Name()}.delete" && entry.Subject == item.Path);
    }

    [Fact]
    public void What_is_in_use_stays_and_the_refusal_says_by_whom()
    {
        var dataset = Make(DataKind.Dataset, "clips");
        var run = RunSamples.View(RunState.Running) with { Name = "Layer 4, wide" };
        runs.Runs = [run with { Plan = run.Plan with { DatasetPath = dataset.Path } }];
        Assert.Equal("The run Layer 4, wide uses it and is running. Cancel the run or wait until it ends.", Things.Obstacle(dataset));
        Assert.Throws<UserException>(() => Things.Delete(dataset, Ada));
        Assert.True(Directory.Exists(dataset.Path));
        // One that ended and could be resumed does not prevent it; it is said.
        runs.Runs = [runs.Runs[0] with { Status = run.Status with { State = RunState.Paused } }];
        Assert.Null(Things.Obstacle(dataset));
        Assert.Equal(["1 unfinished run (Layer 4, wide): it cannot be resumed without it."], Things.References(dataset));

        Assert.Contains("came with the program", Things.Obstacle(dataset with { Shipped = true }), StringComparison.Ordinal);
        Assert.Contains("not in the data folder", Things.Obstacle(dataset with { Path = folder["elsewhere"] }), StringComparison.Ordinal);
        Assert.Throws<UserException>(() => Things.Rename(dataset with { Shipped = true }, "x", Ada));
    }

    [Fact]
    public void A_take_in_the_making_keeps_its_SAE()
    {
        var sae = Make(DataKind.Sae, "mine");
        using var take = new TakeOnDisk(root.Takes, 16_000, sae.Path);
        services.GetRequiredService<TakeFolders>().Refresh(scan: true);
        Assert.Contains("take is being generated", Things.Obstacle(sae), StringComparison.Ordinal);
        take.End(TakeState.Done);
        services.GetRequiredService<TakeFolders>().Refresh(scan: true);
        Assert.Null(Things.Obstacle(sae));
    }

    [Fact]
    public void Labels_and_presets_of_an_SAE_are_said_before_and_kept_after_it_is_deleted()
    {
        var sae = Make(DataKind.Sae, "mine") with { Hash = saeHash };
        services.GetRequiredService<FeatureLabels>().Name(new FeatureKey(saeHash, 1337), "taiko drums", null, Ada);
        services.GetRequiredService<PresetRepository>().Add(PresetFixture.Demo(), Ada);
        Assert.Equal(
            ["1 label is kept, and shown again when the SAE or a copy of it is back.", "1 preset (Taiko): it keeps its sound and the names of its features, but cannot be generated again."],
            Things.References(sae).Select(text => text.Replace(PresetFixture.Demo().Name, "Taiko", StringComparison.Ordinal)));
        Things.Delete(sae, Ada);
        Assert.Equal("taiko drums", services.GetRequiredService<FeatureLabels>().Current(saeHash)[1337].Text);
        Assert.Single(services.GetRequiredService<PresetService>().List);
        Assert.Equal(["1 SAE (Mine): it loses the sound of its top clips."], Things.References(Make(DataKind.Dataset, "clips") with { Hash = "da7a" }));
        Assert.Equal(["1 SAE (Mine): it can be browsed but not steered with."], Things.References(Make(DataKind.Model, "m") with { Hash = "m0del" }));
    }

    [Fact]
    public void A_name_is_kept_in_the_folder_and_a_bad_one_is_refused()
    {
        var dataset = Make(DataKind.Dataset, "clips");
        Things.Rename(dataset, " Drums, cleaned ", Ada);
        Assert.Equal("Drums, cleaned", FolderName.Read(dataset.Path));
        Assert.Throws<UserException>(() => Things.Rename(dataset, "two\nlines", Ada));
        Assert.Throws<UserException>(() => Things.Rename(dataset, "", Ada));
        Assert.Equal("Drums, cleaned", FolderName.Read(dataset.Path));
        Directory.Delete(dataset.Path, recursive: true);
        Assert.Contains("not there any more", Assert.Throws<UserException>(() => Things.Rename(dataset, "x", Ada)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trash_is_emptied_of_what_is_older_than_it_is_kept()
    {
        Things.Delete(Make(DataKind.Sae, "young"), Ada);
        var old = Path.Combine(root.Saes, ".trash", "deleted-20250101-000000-aaaa");
        Directory.CreateDirectory(Path.Combine(old, "old"));
        // What a move that failed left.
        Directory.CreateDirectory(Path.Combine(root.Saes, ".trash", "deleted-20991231-000000-aaaa"));
        var other = Path.Combine(root.Saes, ".trash", "not ours");
        Directory.CreateDirectory(other);
        services.GetRequiredService<DataTrash>().Empty((path, why) => Assert.Fail($"{path}: {why}"));
        Assert.False(Directory.Exists(old));
        Assert.Equal("Mine, the best", Assert.Single(Things.Deleted()).Name);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(root.Saes, ".trash")).Length);
        Assert.True(Directory.Exists(other));
    }

    private DataItem Make(DataKind kind, string name)
    {
        var path = Path.Combine(services.GetRequiredService<DataTrash>().Parent(kind), name);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "file.json"), "whole");
        return new DataItem(kind, path, "Mine, the best", null, false);
    }
}
