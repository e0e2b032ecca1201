using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Features;

namespace SaeDashboard.Web.Tests.Features;

/// <summary>Decoded sound is kept, once, and not for ever.</summary>
public sealed class WavCacheTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Many_who_ask_at_once_wait_for_one_decode()
    {
        var cache = new WavCache(folder["clips"], 1000);
        var release = new TaskCompletionSource();
        var made = 0;
        var asked = Enumerable.Range(0, 8).Select(_ => cache.OpenAsync("a-1", async _ =>
        {
            Interlocked.Increment(ref made);
            await release.Task;
            return [1, 2, 3];
        }, Stop)).ToArray();
        release.SetResult();
        var files = await Task.WhenAll(asked);
        Assert.Equal(1, made);
        Assert.All(files, file => Assert.Equal([1, 2, 3], Bytes(file)));
        Assert.Equal([1, 2, 3], Bytes(cache.TryOpen("a-1")!));
    }

    [Fact]
    public async Task A_failed_decode_is_tried_again_and_leaves_no_file()
    {
        var cache = new WavCache(folder["clips"], 1000);
        await Assert.ThrowsAsync<UserException>(() => cache.OpenAsync("a-1", _ => throw new UserException("The worker is away."), Stop));
        Assert.Null(cache.TryOpen("a-1"));
        Assert.Equal([1], Bytes(await cache.OpenAsync("a-1", _ => Task.FromResult(new byte[] { 1 }), Stop)));
    }

    [Fact]
    public async Task What_was_heard_longest_ago_goes_first()
    {
        var cache = new WavCache(folder["clips"], 1000);
        for (var i = 0; i < 9; i++)
        {
            await (await cache.OpenAsync($"a-{i}", _ => Task.FromResult(new byte[100]), Stop)).DisposeAsync();
            File.SetLastAccessTimeUtc(folder[$"clips/a-{i}.wav"], DateTime.UtcNow.AddHours(i - 20));
        }
        using var heard = cache.TryOpen("a-0")!; // just now
        using var gone = File.OpenRead(folder["clips/a-1.wav"]); // opened by another reader, read only below
        using var made = await cache.OpenAsync("b", _ => Task.FromResult(new byte[300]), Stop);
        Assert.True(Is("b") && Is("a-0") && Is("a-8"));
        Assert.False(Is("a-1"));
        Assert.True(new DirectoryInfo(folder["clips"]).EnumerateFiles().Sum(file => file.Length) <= 1000);
        // Who had it open has all of it.
        Assert.Equal(100, Bytes(gone).Length);
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("device")]
    [InlineData("link to itself")]
    public async Task What_is_in_a_sounds_place_is_replaced_by_the_sound(string kind)
    {
        var cache = new WavCache(folder["clips"], 1000);
        OddThings.Put(kind, folder["clips/a-1.wav"]);
        var opened = await Task.Run(() => cache.OpenAsync("a-1", _ => Task.FromResult(new byte[] { 1, 2 }), Stop), Stop).WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.Equal([1, 2], Bytes(opened));
    }

    [Fact]
    public async Task A_link_out_of_the_cache_is_not_followed()
    {
        var cache = new WavCache(folder["clips"], 1000);
        await File.WriteAllTextAsync(folder["secret"], "secret", Stop);
        Directory.CreateDirectory(folder["clips"]);
        File.CreateSymbolicLink(folder["clips/a-1.wav"], folder["secret"]);
        Assert.Null(cache.TryOpen("a-1"));
        Assert.Equal([1], Bytes(await cache.OpenAsync("a-1", _ => Task.FromResult(new byte[] { 1 }), Stop)));
        Assert.Equal("secret", await File.ReadAllTextAsync(folder["secret"], Stop));
    }

    [Fact]
    public async Task A_sound_of_another_user_is_heard_though_its_time_cannot_be_set()
    {
        // The folder is the user's own, so that only the file is another's.
        Directory.CreateDirectory(folder["clips"]);
        await File.WriteAllBytesAsync(folder["clips/a-1.wav"], [1, 2, 3], Stop);
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            File.SetUnixFileMode(folder.Path, everybody | UnixFileMode.UserWrite);
            File.SetUnixFileMode(folder["clips"], everybody | UnixFileMode.UserWrite);
        }
        var cache = new WavCache(folder["clips"], 1);
        byte[] heard = [];
        Unprivileged.Run(() => heard = Bytes(cache.TryOpen("a-1")!));
        Assert.Equal([1, 2, 3], heard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("a/b")]
    public void A_key_cannot_leave_the_folder(string key) => Assert.Throws<ArgumentException>(() => new WavCache(folder.Path, 1000).TryOpen(key));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private bool Is(string key) => File.Exists(folder[$"clips/{key}.wav"]);

    private static byte[] Bytes(FileStream file)
    {
        using (file)
        {
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
    }
}
