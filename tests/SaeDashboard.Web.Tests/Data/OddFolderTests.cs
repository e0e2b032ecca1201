using SaeDashboard.Core;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>Folders of other people's making: each is guarded for itself and listed with what is wrong.</summary>
public sealed class OddFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds => [.. OddThings.Kinds];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_odd_file_refuses_its_own_folder_and_the_others_are_ready(string kind)
    {
        using var house = new CatalogFixture(folder["data"]);
        Copy(Path.Combine(house.Root.Demo, "sae"), Path.Combine(house.Root.Saes, "good"));
        Copy(Path.Combine(house.Root.Demo, "sae"), Path.Combine(house.Root.Saes, "odd-settings"));
        Copy(Path.Combine(house.Root.Demo, "sae"), Path.Combine(house.Root.Saes, "odd-index"));
        OddThings.Put(kind, Path.Combine(house.Root.Saes, "odd-settings", "cfg.json"));
        OddThings.Put(kind, Path.Combine(house.Root.Saes, "odd-index", "index", "index.json"));
        OddThings.Put(kind, Path.Combine(house.Root.Models, "odd", "config.json"));
        OddThings.Put(kind, Path.Combine(house.Root.Datasets, "odd", "metadata.jsonl"));
        OddThings.Put(kind, Path.Combine(house.Root.Datasets, "odd", "codes.safetensors"));
        OddThings.Put(kind, Path.Combine(house.Root.Runs, "run-20260101-000000-abcd", "config.json"));
        OddThings.Put(kind, Path.Combine(house.Root.Cache, "hashes.json"));
        await house.Catalog.RescanAsync(Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);

        Assert.True(house.Catalog.Sae("good") is { IsReady: true, HasIndex: true });
        var odd = house.Catalog.Sae("odd-settings")!;
        Assert.Equal(CatalogState.Refused, odd.State);
        Assert.Contains("odd-settings", odd.Problem, StringComparison.Ordinal);
        Assert.False(house.Catalog.Sae("odd-index")!.HasIndex);
        Assert.Contains(Path.Combine("odd-index", "index"), house.Catalog.Sae("odd-index")!.IndexProblem, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(house.Root.Models, "odd"), Assert.Single(house.Catalog.Models).Problem, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(house.Root.Datasets, "odd"), Assert.Single(house.Catalog.Datasets).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_whose_files_are_replaced_is_read_again_and_says_so()
    {
        using var house = new CatalogFixture(folder["data"]);
        var sae = Path.Combine(house.Root.Saes, "mine");
        Copy(Path.Combine(house.Root.Demo, "sae"), sae);
        await house.Catalog.RescanAsync(Ct);
        var before = house.Catalog.Sae("mine")!;
        Assert.True(before is { IsReady: true, ReadAgain: false });

        // In place, as cp does: the folder itself keeps its time.
        var weights = Path.Combine(sae, "sae_weights.safetensors");
        var bytes = await File.ReadAllBytesAsync(weights, Ct);
        bytes[^1] ^= 1;
        await using (var file = new FileStream(weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) await file.WriteAsync(bytes, Ct);
        await house.Catalog.RescanAsync(Ct);
        var after = house.Catalog.Sae("mine")!;
        Assert.True(after is { IsReady: true, ReadAgain: true, HasIndex: false });
        Assert.NotEqual(before.Hash, after.Hash);
        Assert.NotEqual(before.Stamp, after.Stamp);
    }

    [Fact]
    public async Task A_model_of_links_has_the_size_of_what_they_lead_to_and_is_read_again_when_that_changes()
    {
        using var house = new CatalogFixture(folder["data"]);
        var (blobs, model) = (folder["cache/blobs"], Path.Combine(house.Root.Models, "snapshot"));
        Directory.CreateDirectory(blobs);
        Directory.CreateDirectory(model);
        var total = 0L;
        foreach (var file in Directory.GetFiles(Path.Combine(house.Root.Demo, "model")))
        {
            var blob = Path.Combine(blobs, $"blob-of-{Path.GetFileName(file)}");
            File.Copy(file, blob);
            File.CreateSymbolicLink(Path.Combine(model, Path.GetFileName(file)), blob);
            if (Path.GetExtension(file) is ".json" or ".jsonl" or ".safetensors" or ".model" or ".bin" or ".pt") total += new FileInfo(file).Length;
        }
        await house.Catalog.RescanAsync(Ct);
        var found = Assert.Single(house.Catalog.Models);
        Assert.True(found.IsReady, found.Problem);
        Assert.Equal(total, found.Bytes);

        await using (var file = new FileStream(Path.Combine(blobs, "blob-of-model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(1000);
        await house.Catalog.RescanAsync(Ct);
        Assert.True(Assert.Single(house.Catalog.Models) is { State: CatalogState.Refused, ReadAgain: true });
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_what_is_missing()
    {
        using var house = new CatalogFixture(folder["data"]);
        Copy(Path.Combine(house.Root.Demo, "sae"), Path.Combine(house.Root.Saes, "broken"));
        File.Delete(Path.Combine(house.Root.Saes, "broken", "sae_weights.safetensors"));
        File.CreateSymbolicLink(Path.Combine(house.Root.Saes, "broken", "sae_weights.safetensors"), folder["gone"]);
        await house.Catalog.RescanAsync(Ct);
        var sae = Assert.Single(house.Catalog.Saes);
        Assert.Equal(CatalogState.Refused, sae.State);
        Assert.Contains("sae_weights.safetensors", sae.Problem, StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
