using SaeDashboard.Core;
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
        var asked = Enumerable.Range(0, 8).Select(_ => cache.GetAsync("a-1", async _ =>
        {
            Interlocked.Increment(ref made);
            await release.Task;
            return [1, 2, 3];
        }, TestContext.Current.CancellationToken)).ToArray();
        release.SetResult();
        var paths = await Task.WhenAll(asked);
        Assert.Equal(1, made);
        Assert.Single(paths.Distinct());
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(paths[0], TestContext.Current.CancellationToken));
        Assert.Equal(paths[0], cache.Find("a-1"));
    }

    [Fact]
    public async Task A_failed_decode_is_tried_again_and_leaves_no_file()
    {
        var cache = new WavCache(folder["clips"], 1000);
        await Assert.ThrowsAsync<UserException>(() => cache.GetAsync("a-1", _ => throw new UserException("The worker is away."), TestContext.Current.CancellationToken));
        Assert.Null(cache.Find("a-1"));
        Assert.NotNull(await cache.GetAsync("a-1", _ => Task.FromResult(new byte[] { 1 }), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_was_heard_longest_ago_goes_first()
    {
        var cache = new WavCache(folder["clips"], 1000);
        for (var i = 0; i < 9; i++)
        {
            var path = await cache.GetAsync($"a-{i}", _ => Task.FromResult(new byte[100]), TestContext.Current.CancellationToken);
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow.AddHours(i - 20));
        }
        Assert.NotNull(cache.Find("a-0")); // heard just now
        await cache.GetAsync("b", _ => Task.FromResult(new byte[300]), TestContext.Current.CancellationToken);
        Assert.NotNull(cache.Find("b"));
        Assert.NotNull(cache.Find("a-0"));
        Assert.Null(cache.Find("a-1"));
        Assert.NotNull(cache.Find("a-8"));
        Assert.True(new DirectoryInfo(folder["clips"]).EnumerateFiles().Sum(file => file.Length) <= 1000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../a")]
    [InlineData("a/b")]
    public void A_key_cannot_leave_the_folder(string key) => Assert.Throws<ArgumentException>(() => new WavCache(folder.Path, 1000).Find(key));
}
