using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Tests;
using SaeDashboard.Web.Atlas;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Kills;
using SaeDashboard.Web.Tests.Sounds;

namespace SaeDashboard.Web.Tests.Faults;

/// <summary>A disk that is really full under the sounds and the index of features. Mounts a disk, which needs root.</summary>
[Trait("Length", "Long")]
public sealed class FullDiskSoundTests : IDisposable
{
    private readonly SmallDisk disk = new(6000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => disk.Dispose();

    [Fact]
    public async Task A_sound_that_is_brought_is_refused_by_its_name_and_is_read_when_there_is_room()
    {
        await using var host = await SoundsHost.StartAsync(data: disk["data"]);
        var wav = SoundsHost.Wav(16_000, WavEncoding.Pcm16, SoundsHost.Tone(64_000));
        disk.Fill(40);
        var full = await host.BringAsync(wav, "my%20band.wav");
        var problem = (await full.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("detail").GetString()!;
        Assert.Equal(HttpStatusCode.BadRequest, full.StatusCode);
        Assert.Equal($"my band.wav was not read: it cannot be kept in {Path.Combine(host.Root.Cache, "listening")}, because the disk is full. Make room there and try again.", problem);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(host.Root.Cache, "listening")));
        disk.MakeRoom();
        Assert.Equal(HttpStatusCode.OK, (await host.BringAsync(wav, "my%20band.wav")).StatusCode);
    }

    [Theory]
    [InlineData("datasets/demo/clips/7.wav")]
    [InlineData("saes/demo/features/1337/voice.wav")]
    public async Task A_sound_that_cannot_be_kept_says_why_and_is_made_when_there_is_room(string address)
    {
        await using var site = await FeatureSite.StartAsync(app =>
        {
            app.MapClips();
            app.MapAtlas();
        }, data: disk["data"]);
        // Without its folder, which a full disk may not let the site make again.
        if (Directory.Exists(site.Root.Cache)) Directory.Delete(site.Root.Cache, recursive: true);
        disk.Fill(0);
        var (status, problem) = await site.SendAsync(HttpMethod.Get, address);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("the disk is full. Make room there and try again", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        disk.MakeRoom();
        using var answer = await site.Http.GetAsync(address, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public void An_index_that_does_not_fit_leaves_the_old_one_with_its_atlas()
    {
        var index = disk["sae/index"];
        MarkedIndex.Write(index, "hash", 1);
        disk.Fill(300);
        var error = Assert.Throws<UserException>(() => MarkedIndex.Write(index, "hash", 2));
        Assert.Contains("the disk is full. Make room there and try again", error.Message, StringComparison.Ordinal);
        Assert.Equal([1], MarkedIndex.Marks(index));
        Assert.Equal(["index"], Directory.EnumerateFileSystemEntries(disk["sae"]).Select(Path.GetFileName));
        disk.MakeRoom();
        MarkedIndex.Write(index, "hash", 2);
        Assert.Equal([2], MarkedIndex.Marks(index));
    }
}
