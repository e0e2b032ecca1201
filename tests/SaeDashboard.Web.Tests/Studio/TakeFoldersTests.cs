using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The takes are in memory; the folder is listed when it has changed and not otherwise.</summary>
public sealed class TakeFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly CountingStore store = new();
    private readonly FakeWorker worker = new();
    private readonly DataRoot root;
    private readonly TakeFolders takes;

    public TakeFoldersTests()
    {
        root = DataRoot.Open(folder["data"], folder["demo"]);
        takes = new TakeFolders(root, store, worker, NullLogger<TakeFolders>.Instance);
    }

    public void Dispose()
    {
        takes.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_folder_that_did_not_change_is_not_listed_again()
    {
        using var take = new TakeOnDisk(root.Takes, 16_000);
        take.End(TakeState.Done);
        for (var i = 0; i < 3; i++) takes.Refresh(scan: true);
        var before = store.Scans;
        for (var i = 0; i < 100; i++) takes.Refresh(scan: true);
        Assert.Equal(before, store.Scans);
        Assert.Equal(take.Id, Assert.Single(takes.All).Folder.Id);
    }

    [Fact]
    public void A_take_is_followed_from_its_first_file_to_its_end_without_listing_the_folder()
    {
        takes.Refresh(scan: true);
        var changes = 0;
        takes.Changed += () => changes++;
        worker.Says = new TakeProgress(TakeState.Running, null, 0, 50, null);
        using var take = new TakeOnDisk(root.Takes, 16_000);
        takes.Expect(take.Id);
        var scans = store.Scans;
        takes.Refresh(scan: false);
        Assert.Equal(TakeState.Running, takes.Find(take.Id)!.Manifest.State);
        takes.Refresh(scan: false);
        Assert.Equal(1, changes);
        take.Grow("A", 16_000);
        take.End(TakeState.Done);
        takes.Refresh(scan: false);
        Assert.Equal((TakeState.Done, 2, scans), (takes.Find(take.Id)!.Manifest.State, changes, store.Scans));
    }

    [Fact]
    public void One_that_others_brought_is_found_one_that_cannot_be_read_is_listed_with_the_reason_and_one_removed_goes()
    {
        takes.Refresh(scan: true);
        using var take = new TakeOnDisk(root.Takes, 16_000);
        take.End(TakeState.Done);
        takes.Refresh(scan: true);
        Assert.Single(takes.All);
        var odd = Path.Combine(root.Takes, "take-20260101-000000-aaaa");
        Directory.CreateDirectory(odd);
        File.WriteAllText(Path.Combine(odd, "take.json"), "{");
        takes.Refresh(scan: true);
        Assert.Equal(TakeState.Unreadable, takes.Find("take-20260101-000000-aaaa")!.Manifest.State);
        Assert.Contains("take.json", takes.Find("take-20260101-000000-aaaa")!.Manifest.Error, StringComparison.Ordinal);
        Directory.Delete(odd, recursive: true);
        takes.Refresh(scan: true);
        Assert.Equal(take.Id, Assert.Single(takes.All).Folder.Id);
    }

    [Fact]
    public void A_take_that_was_cancelled_before_it_began_is_not_expected_for_ever()
    {
        worker.Says = new TakeProgress(TakeState.Queued, 1, 0, 0, null);
        takes.Expect("take-20260101-000000-aaaa");
        takes.Refresh(scan: false);
        Assert.True(takes.IsExpected("take-20260101-000000-aaaa"));
        worker.Says = null;
        takes.Refresh(scan: false);
        Assert.False(takes.IsExpected("take-20260101-000000-aaaa"));
    }

    [Fact]
    public void A_take_whose_end_did_not_fit_on_the_disk_is_shown_as_the_worker_said_and_as_its_file_says_later()
    {
        string id;
        using (var take = new TakeOnDisk(root.Takes, 16_000)) id = take.Id;
        takes.Refresh(scan: true);
        Assert.Equal((TakeState.Interrupted, null), (takes.Find(id)!.Manifest.State, takes.Find(id)!.Manifest.Error));
        worker.Ended = new TakeProgress(TakeState.Failed, null, 0, 0, "C.wav cannot be written: the disk is full.");
        takes.Refresh(scan: true);
        Assert.Equal((TakeState.Failed, worker.Ended.Error), (takes.Find(id)!.Manifest.State, takes.Find(id)!.Manifest.Error));

        var folder = new TakeFolder(Path.Combine(root.Takes, id));
        var manifest = folder.ReadManifest() with { State = TakeState.Failed, Error = worker.Ended.Error, FinishedUtc = DateTimeOffset.UnixEpoch, Samples = 42 };
        SaeDashboard.Core.Files.AtomicFile.WriteJson(folder.ManifestPath, manifest);
        takes.Refresh(scan: true);
        Assert.Equal(42, takes.Find(id)!.Manifest.Samples);
    }
}
