using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>The data folder is made at start, or refused with one message.</summary>
public sealed partial class DataRootTests : IDisposable
{
    private const int OtherUser = 65534;

    // Open to others, unlike a temporary folder of .NET's: a test looks at it as another user.
    private readonly string folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"sae-root-tests-{Guid.NewGuid():N}")).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_new_folder_gets_its_places()
    {
        var root = DataRoot.Open(Path.Combine(folder, "new"), folder);
        Assert.All([root.Keys, root.Models, root.Datasets, root.Activations, root.Runs, root.Saes, root.Takes, root.Cache], place => Assert.True(Directory.Exists(place), place));
        Assert.Empty(Directory.GetFiles(root.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("there")]
    [InlineData("not-there")]
    public void A_folder_that_cannot_be_written_is_refused_with_its_name_and_the_way_out(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Giving rights away wants root.");
        Directory.CreateDirectory(Path.Combine(folder, "there"));
        var path = Path.Combine(folder, name);
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            // The thread's own rights to files: it ends with them.
            _ = setfsuid(OtherUser);
            thrown = Record.Exception(() => DataRoot.Open(path, folder));
        });
        thread.Start();
        thread.Join();
        var message = Assert.IsType<UserException>(thrown).Message;
        Assert.Contains($"The data folder {path} cannot be written", message, StringComparison.Ordinal);
        Assert.Contains("--data", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "there")));
    }

    [Fact]
    public void Only_what_is_under_the_data_folder_or_the_shipped_one_is_allowed()
    {
        var root = DataRoot.Open(Path.Combine(folder, "data"), Path.Combine(folder, "demo"));
        Assert.True(root.Allows(Path.Combine(root.Saes, "x")));
        Assert.True(root.Allows(Path.Combine(folder, "demo", "sae")));
        Assert.False(root.Allows("/etc"));
        Assert.False(root.Allows(Path.Combine(root.Saes, "..", "..", "other")));
        Assert.False(root.Allows(root.Path + "-other"));
        Directory.CreateSymbolicLink(Path.Combine(root.Saes, "link"), "/etc");
        Assert.False(root.Allows(Path.Combine(root.Saes, "link", "passwd")));
    }

    [LibraryImport("libc")]
    private static partial int setfsuid(int uid);
}
