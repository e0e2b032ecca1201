using System.Globalization;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Start;

/// <summary>What the program refuses to start with: one clear message that names the thing and the way out, no stack trace.</summary>
public sealed class RefusalTests(SharedSite shared) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sae-e2e-").FullName;

    public void Dispose()
    {
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.20")]
    [InlineData("::")]
    public async Task It_does_not_listen_to_others_without_asking_who_they_are(string address)
    {
        var (code, error) = await SiteProcess.RunAsync(["--listen", address, "--accounts", "off", "--port", "0", "--data", folder]);
        AssertOneMessage(code, error, address, "--access-token");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        var port = (await shared.GetAsync()).Port.ToString(CultureInfo.InvariantCulture);
        var (code, error) = await SiteProcess.RunAsync(["--port", port, "--data", folder]);
        AssertOneMessage(code, error, port, "--port");
        // Its music worker names the data folder in its arguments; none is left behind.
        Assert.Empty(Processes.Find(folder));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_named()
    {
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        // Root writes everywhere: its privileges are dropped, the ids stay so that it can still read the clone.
        string[] wrapper = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] : [];
        var (code, error) = await SiteProcess.RunAsync(["--port", "0", "--data", folder], wrapper);
        AssertOneMessage(code, error, folder, "--data");
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("dashboard.db", "docs/upgrading.md")]
    [InlineData("dashboard.litedb", "journal")]
    public async Task An_earlier_versions_database_and_a_file_that_is_not_ours_are_left_alone(string name, string word)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, "my notes", TestContext.Current.CancellationToken);
        var (code, error) = await SiteProcess.RunAsync(["--port", "0", "--data", folder]);
        AssertOneMessage(code, error, file, word, "--data");
        Assert.Equal("my notes", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static void AssertOneMessage(int code, string error, params string[] named)
    {
        Assert.Equal(1, code);
        Assert.All(named, word => Assert.Contains(word, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.True(error.Trim().Split('\n').Length == 1, $"one message, not:{Environment.NewLine}{error}");
    }
}
