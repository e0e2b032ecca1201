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
    public async Task It_listens_on_this_machine_only(string address)
    {
        var (code, error) = await SiteProcess.RunAsync(["--listen", address, "--port", "0", "--data", folder]);
        AssertOneMessage(code, error, address, "ssh -L");
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        var port = (await shared.GetAsync()).Port.ToString(CultureInfo.InvariantCulture);
        var (code, error) = await SiteProcess.RunAsync(["--port", port, "--data", folder]);
        AssertOneMessage(code, error, port, "--port");
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

    [Fact]
    public async Task A_file_that_is_no_database_is_left_alone()
    {
        var file = Path.Combine(folder, "dashboard.db");
        await File.WriteAllTextAsync(file, "my notes", TestContext.Current.CancellationToken);
        var (code, error) = await SiteProcess.RunAsync(["--port", "0", "--data", folder]);
        AssertOneMessage(code, error, file, "--data");
        Assert.Equal("my notes", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Another_programs_database_is_left_alone()
    {
        var file = Path.Combine(folder, "dashboard.db");
        var foreign = ForeignDatabase();
        await File.WriteAllBytesAsync(file, foreign, TestContext.Current.CancellationToken);
        var (code, error) = await SiteProcess.RunAsync(["--port", "0", "--data", folder]);
        AssertOneMessage(code, error, file, "--data");
        Assert.Equal(foreign, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    private static void AssertOneMessage(int code, string error, params string[] named)
    {
        Assert.Equal(1, code);
        Assert.All(named, word => Assert.Contains(word, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.True(error.Trim().Split('\n').Length == 1, $"one message, not:{Environment.NewLine}{error}");
    }

    /// <summary>A whole, empty SQLite database of 4,096 bytes with another program's application id (Fossil's).</summary>
    private static byte[] ForeignDatabase()
    {
        var bytes = new byte[4096];
        "SQLite format 3\0"u8.CopyTo(bytes);
        ReadOnlySpan<byte> rest = [0x10, 0x00, 1, 1, 0, 64, 32, 32, 0, 0, 0, 1, 0, 0, 0, 1];
        rest.CopyTo(bytes.AsSpan(16));
        bytes[43] = 1; // schema cookie
        bytes[47] = 4; // schema format
        bytes[59] = 1; // UTF-8
        ReadOnlySpan<byte> application = [0x0f, 0x05, 0x51, 0x12];
        application.CopyTo(bytes.AsSpan(68));
        bytes[95] = 1; // version-valid-for
        bytes[100] = 13; // the schema table's leaf page, without a row
        bytes[105] = 0x10;
        return bytes;
    }
}
