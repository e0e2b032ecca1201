using Microsoft.Extensions.Logging.Abstractions;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>A write that failed always has a message for a person.</summary>
public sealed class StoreAccessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Database database;
    private readonly IStoreAccess store;

    public StoreAccessTests()
    {
        var root = DataRoot.Open(folder["data"], folder["demo"]);
        database = Database.Open(root.Path);
        store = new StoreAccess(new DiskProbe(root, database, TimeProvider.System), NullLogger<StoreAccess>.Instance);
    }

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_store_s_own_message_stays_as_it_is() =>
        Assert.Equal("A label.", Assert.Throws<UserException>(() => store.Write(() => throw new UserException("A label."))).Message);

    [Fact]
    public void Anything_else_says_what_is_wrong_with_the_disk_or_with_the_write()
    {
        Assert.Contains("cannot rollback", Assert.Throws<UserException>(() => store.Write(() => throw new InvalidOperationException("cannot rollback"))).Message, StringComparison.Ordinal);
        Directory.Move(Path.Combine(folder["data"], "journal"), folder["moved"]);
        // The answer of a moment ago is still in use; another probe has none.
        var later = new StoreAccess(new DiskProbe(DataRoot.Open(folder["data"], folder["demo"]), database, TimeProvider.System), NullLogger<StoreAccess>.Instance);
        Assert.Contains("could not be written", Assert.Throws<UserException>(() => ((IStoreAccess)later).Write(() => throw new InvalidOperationException("cannot rollback"))).Message, StringComparison.Ordinal);
    }
}
