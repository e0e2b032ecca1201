using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Studio;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Studio;

public sealed class TakeServiceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_take_whose_name_cannot_be_kept_is_made_and_says_so()
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        var db = Database.Open(root.Path);
        var person = new UserRepository(db).Local("Ada");
        var store = new StoreAccess(new DiskProbe(root, db, TimeProvider.System), NullLogger<StoreAccess>.Instance);
        var worker = new FakeWorker();
        using var folders = new TakeFolders(root, store, worker, NullLogger<TakeFolders>.Instance);
        var takes = new TakeService(root, folders, new TakeRepository(db), store, worker, new FakeCatalog());
        var (kept, none) = await takes.StartAsync(new StudioDraft(), _ => 1, person, TestContext.Current.CancellationToken);
        Assert.Equal("Take 1", new TakeRepository(db).Find(kept)?.Name);
        Assert.Null(none);

        db.Dispose();
        var (id, problem) = await takes.StartAsync(new StudioDraft(), _ => 1, person, TestContext.Current.CancellationToken);
        Assert.StartsWith("take-", id, StringComparison.Ordinal);
        Assert.Contains("is being generated", problem, StringComparison.Ordinal);
    }
}
