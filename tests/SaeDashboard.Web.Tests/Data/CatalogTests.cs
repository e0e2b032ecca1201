using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Runs;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>What is in the data folder is found, known by its hash, and refused with a reason when it cannot be used.</summary>
public sealed class CatalogTests : IDisposable
{
    private static readonly Actor Ada = new("ada", "Ada");
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_shipped_things_have_the_hashes_that_the_worker_gave_them()
    {
        using var house = new CatalogFixture(folder.Path);
        house.Shipped.Register();
        await house.Catalog.RescanAsync(Ct);

        var sae = Assert.Single(house.Catalog.Saes);
        // cfg.json and index.json were written by the worker: they name all three.
        Assert.Equal("9a480d50d4cc75cadc55922a889667606d02f53cee8f1454120983dae51a69f3", sae.Hash);
        Assert.Equal(sae.ModelHash, Assert.Single(house.Catalog.Models).Hash);
        Assert.Equal(sae.DatasetHash, Assert.Single(house.Catalog.Datasets).Hash);
        Assert.Equal(("demo", "demo", "demo"), (sae.Id, sae.ModelId, sae.DatasetId));
        Assert.True(sae is { IsReady: true, HasIndex: true, Place: "layer 4", Latents: 2048, Width: 256, K: 32, Architecture: "topk", Shipped: true });
        var preset = house.Presets.List()[0];
        Assert.Equal(preset.CodecHash, house.Catalog.Models[0].CodecHash);
        Assert.Same(house.Catalog.Models[0], house.Catalog.ModelByCodecHash(preset.CodecHash));
        Assert.Same(sae, house.Catalog.SaeByHash(preset.SaeHash));
        Assert.Same(house.Catalog.Models[0], house.Catalog.ModelByPath(house.Catalog.Models[0].Path + "/"));
        // A run of the command line names no model.
        Assert.All(["", "\0", "/no/such/folder"], path => Assert.Null(house.Catalog.ModelByPath(path)));
        Assert.True(house.Catalog.Models[0] is { Layers: 8, Width: 256, SampleRate: 16000, FrameRate: 50, Codebooks: 4 });
        Assert.True(house.Catalog.Datasets[0] is { Clips: > 1000, Frames: 512 } set && set.Splits.Values.Sum() == set.Clips);
    }

    [Fact]
    public async Task Nothing_is_hashed_twice_across_restarts()
    {
        using (var first = new CatalogFixture(folder.Path))
        {
            first.Shipped.Register();
            await first.Catalog.RescanAsync(Ct);
        }
        using var second = new CatalogFixture(folder.Path);
        second.Shipped.Register();
        var states = new List<CatalogState>();
        second.Catalog.Changed += () => states.Add(second.Catalog.Models[0].State);
        await second.Catalog.RescanAsync(Ct);
        Assert.Equal([CatalogState.Ready], states);
    }

    [Fact]
    public async Task A_broken_model_is_refused_by_file_and_reason_and_is_taken_up_once_it_is_whole()
    {
        using var house = new CatalogFixture(folder.Path);
        var broken = Path.Combine(house.Root.Models, "My Model");
        var demo = Path.Combine(house.Root.Demo, "model");
        Directory.CreateDirectory(broken);
        foreach (var file in Directory.GetFiles(demo)) File.Copy(file, Path.Combine(broken, Path.GetFileName(file)));
        var weights = Path.Combine(broken, "model.safetensors");
        using (var cut = File.OpenWrite(weights)) cut.SetLength(1_000_000);
        await house.Catalog.RescanAsync(Ct);
        var model = Assert.Single(house.Catalog.Models);
        Assert.Equal((CatalogState.Refused, "my-model", "My Model"), (model.State, model.Id, model.Name));
        Assert.Contains(weights, model.Problem, StringComparison.Ordinal);
        Assert.Null(house.Catalog.ModelByHash("cf8b5ac91a092bd909dc47e040f977ba1eeb89d4199d7d1a50b4586ff5be0fb6"));

        File.Copy(Path.Combine(demo, "model.safetensors"), weights, overwrite: true);
        await house.Catalog.RescanAsync(Ct);
        Assert.Equal("my-model", house.Catalog.ModelByHash("cf8b5ac91a092bd909dc47e040f977ba1eeb89d4199d7d1a50b4586ff5be0fb6")?.Id);
    }

    [Fact]
    public async Task A_melody_model_is_a_model()
    {
        using var house = new CatalogFixture(folder.Path);
        var melody = Directory.CreateDirectory(Path.Combine(house.Root.Models, "melody")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden", "melody")))
            File.Copy(file, Path.Combine(melody, Path.GetFileName(file)));
        await house.Catalog.RescanAsync(Ct);
        var model = Assert.Single(house.Catalog.Models);
        Assert.True(model is { IsReady: true, Layers: 4, Width: 48, SampleRate: 32000, FrameRate: 50, Codebooks: 4 }, model.Problem);
        // What the worker's `info` says of it.
        Assert.Equal("2276063eb3e9f073bb1fe1ef0f743a11d7bf18488f91699b55ddd3576176f5af", model.Hash);
        Assert.Equal("208159b558cc7919a8dfd856c38066f216383225ca3abf99a51fbd5729c3f14f", model.CodecHash);
    }

    [Theory]
    [InlineData("models", "config.json", "no config.json")]
    [InlineData("datasets", "metadata.jsonl", "no metadata.jsonl")]
    [InlineData("saes", "cfg.json", "no cfg.json")]
    public async Task An_empty_folder_is_refused_and_says_what_is_missing(string shelf, string file, string reason)
    {
        using var house = new CatalogFixture(folder.Path);
        Directory.CreateDirectory(Path.Combine(folder[shelf], "empty"));
        await house.Catalog.RescanAsync(Ct);
        var entry = Assert.Single(house.Catalog.Models.Concat<CatalogEntry>(house.Catalog.Datasets).Concat(house.Catalog.Saes));
        Assert.Equal(CatalogState.Refused, entry.State);
        Assert.Contains(reason, entry.Problem, StringComparison.Ordinal);
        Assert.Contains(file, entry.Problem, StringComparison.Ordinal);
        Assert.Contains(entry.Path, entry.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_out_of_the_data_folder_is_refused()
    {
        using var house = new CatalogFixture(folder.Path, demo: folder["nothing"]);
        Directory.CreateSymbolicLink(Path.Combine(house.Root.Saes, "elsewhere"), Path.Combine(Repository.Root, "demo", "sae"));
        await house.Catalog.RescanAsync(Ct);
        Assert.Contains("link out of the data folder", Assert.Single(house.Catalog.Saes).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finished_runs_SAE_appears_by_itself_under_the_runs_name()
    {
        using var house = new CatalogFixture(folder.Path);
        await house.Catalog.StartAsync(Ct);
        var run = Ids.New("run");
        var sae = Path.Combine(house.Root.Saes, "sae-of-run");
        house.Runs.Ensure(run, "Drums, wide", Ada);
        Directory.CreateDirectory(Path.Combine(house.Root.Runs, run));
        AtomicFile.WriteJson(Path.Combine(house.Root.Runs, run, "config.json"),
            new RunPlan { ModelPath = "/m", DatasetPath = "/d", Layer = 4, ActivationsPath = "/a", SaePath = sae });
        // Work in progress has a dot in front of its name.
        CopyFolder(Path.Combine(house.Root.Demo, "sae"), Path.Combine(house.Root.Saes, ".sae-of-run.work"));
        Directory.Move(Path.Combine(house.Root.Saes, ".sae-of-run.work"), sae);
        await Until(() => house.Catalog.SaeByPath(sae) is { IsReady: true });
        Assert.Equal(("Drums, wide", "sae-of-run", true), (house.Catalog.SaeByPath(sae)!.Name, house.Catalog.SaeByPath(sae)!.Id, house.Catalog.SaeByPath(sae)!.HasIndex));
        Directory.Delete(sae, recursive: true);
        await Until(() => house.Catalog.SaeByPath(sae) is null);
        await house.Catalog.StopAsync(Ct);
    }

    [Fact]
    public async Task An_index_of_other_weights_is_not_used_and_says_so()
    {
        using var house = new CatalogFixture(folder.Path);
        var sae = Path.Combine(house.Root.Saes, "changed");
        CopyFolder(Path.Combine(house.Root.Demo, "sae"), sae);
        var index = Path.Combine(sae, "index", "index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace("9a480d50", "00000000", StringComparison.Ordinal));
        await house.Catalog.RescanAsync(Ct);
        var entry = Assert.Single(house.Catalog.Saes);
        Assert.True(entry is { IsReady: true, HasIndex: false });
        Assert.Contains("other weights", entry.IndexProblem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SAEs_of_other_libraries_are_listed_or_refused_by_name()
    {
        using var house = new CatalogFixture(folder.Path, demo: folder["nothing"]);
        var golden = Path.Combine(Repository.Root, "tests", "SaeDashboard.Sae.Tests", "Golden");
        string[] folders = ["saelens-v5/topk", "saelens-v6/gated", "sparsify/groupmax/layers.12", "dictionary_learning/BatchTopKSAE", "dictionary_learning/AutoEncoderTopK"];
        for (var i = 0; i < folders.Length; i++) CopyFolder(Path.Combine(golden, folders[i]), Path.Combine(house.Root.Saes, $"{i}"));
        CopyFolder(Path.Combine(golden, "sparsify", "topk"), Path.Combine(house.Root.Saes, "all-layers"));
        File.WriteAllBytes(Path.Combine(house.Root.Saes, "4", "ae.pt"), [0x80, 2, .. new byte[200]]);
        await house.Catalog.RescanAsync(Ct);

        var saes = house.Catalog.Saes.OrderBy(sae => sae.Name, StringComparer.Ordinal).ToArray();
        Assert.Equal([("SAELens", "topk", 8), ("SAELens", "gated", 0), ("sparsify", "groupmax", 8), ("dictionary_learning", "jumprelu", 0)],
            saes[..4].Select(sae => (sae.Format, sae.Architecture, sae.K)));
        Assert.All(saes[..4], sae => Assert.True(sae is { IsReady: true, Latents: 96, Width: 24, HasIndex: false } && sae.Hash is { Length: 64 }, sae.Problem));
        Assert.All(saes[1..3], sae => Assert.NotEqual(saes[0].Hash, sae.Hash));
        // Its folder's name said the layer; a copy has another name.
        Assert.Equal(["layer 12", "layer 12", null, "layer 12"], saes[..4].Select(sae => sae.Place));
        Assert.Equal([CatalogState.Refused, CatalogState.Refused], saes[4..].Select(sae => sae.State));
        Assert.Contains("older one", saes[4].Problem, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("all-layers", "layers.12"), saes[5].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Shipped_presets_come_once_with_the_same_ids_and_a_deleted_one_stays_deleted()
    {
        string[] ids;
        using (var house = new CatalogFixture(folder["one"]))
        {
            house.Shipped.Register();
            ids = [.. house.Presets.List().Select(preset => preset.Id)];
            Assert.Equal(3, ids.Length);
            Assert.All(ids, id => Assert.True(Ids.IsValid("preset", id), id));
            house.Presets.Delete(ids[0], Ada);
            house.Presets.Rename(ids[1], "Mine", Ada);
        }
        using (var again = new CatalogFixture(folder["one"]))
        {
            again.Shipped.Register();
            Assert.Equal(ids[1..].Order(), again.Presets.List().Select(preset => preset.Id).Order());
            Assert.Equal("Mine", again.Presets.Find(ids[1])!.Preset.Name);
        }
        using var elsewhere = new CatalogFixture(folder["two"]);
        elsewhere.Shipped.Register();
        Assert.Equal(ids.Order(), elsewhere.Presets.List().Select(preset => preset.Id).Order());
    }

    private static async Task Until(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!holds()) await Task.Delay(50, patience.Token);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var inner in Directory.GetDirectories(from)) CopyFolder(inner, Path.Combine(to, Path.GetFileName(inner)));
    }
}
