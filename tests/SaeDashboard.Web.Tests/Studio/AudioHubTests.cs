using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The hub as a browser speaks to it: SignalR's JSON protocol over a socket.</summary>
public sealed class AudioHubTests : IAsyncLifetime
{
    private StudioHost host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await StudioHost.StartAsync(Stop);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_streamed_arm_equals_the_file_sample_for_sample()
    {
        using var take = new TakeOnDisk(host.Root.Takes, 40_000);
        take.Grow("C", 10_000);
        var heard = new List<short>();
        await foreach (var message in ListenAsync(take.Id, "C", 2_000))
        {
            if (message.GetProperty("type").GetInt32() == 3) break;
            var item = message.GetProperty("item");
            Assert.Equal(2_000 + heard.Count, item.GetProperty("from").GetInt64());
            heard.AddRange(MemoryMarshal.Cast<byte, short>(item.GetProperty("samples").GetBytesFromBase64()).ToArray());
            if (heard.Count == 8_000)
            {
                take.Grow("C", 40_000);
                take.End(TakeState.Done);
            }
        }
        Assert.Equal(Enumerable.Range(2_000, 38_000).Select(i => TakeOnDisk.Sample(i)), heard);
    }

    [Fact]
    public async Task An_unknown_take_is_an_error_that_says_so()
    {
        await foreach (var message in ListenAsync("take-20260101-000000-abcd", "C", 0))
        {
            Assert.Equal(3, message.GetProperty("type").GetInt32());
            Assert.Contains("does not exist", message.GetProperty("error").GetString(), StringComparison.Ordinal);
            break;
        }
    }

    [Fact]
    public async Task A_listener_that_was_cut_off_before_a_knob_was_turned_is_sent_again_what_became_obsolete()
    {
        using var take = new TakeOnDisk(host.Root.Takes, 4_000);
        using var wav = GrowingWavWriter.Create(take.Folder.WavPath("C"), TakeOnDisk.Rate, 4_000);
        wav.Append([.. Enumerable.Repeat(0.1f, 3_000)]);
        wav.Rewind(2_000);
        wav.Append([.. Enumerable.Repeat(0.2f, 1_000)]);
        using var socket = await HubSocket.OpenAsync(host.Address, Stop);
        await socket.CallAsync(4, "Follow", [take.Id, "C", 2_500, 0], Stop);
        await foreach (var message in socket.MessagesAsync(Stop))
        {
            Assert.Equal((2_000, 1), (message.GetProperty("item").GetProperty("from").GetInt32(), message.GetProperty("item").GetProperty("revision").GetInt32()));
            break;
        }
    }

    [Fact]
    public async Task The_playhead_and_the_knobs_are_those_of_the_person_who_asked_for_the_take()
    {
        var take = Ids.New("take");
        host.Get<TakeRepository>().Ensure(take, "Take 1", new Actor("ada", "Ada"));
        using var first = await HubSocket.OpenAsync(host.Address, Stop);
        using var second = await HubSocket.OpenAsync(host.Address, Stop);
        using var other = await HubSocket.OpenAsync(host.Address, Stop, "bob");
        Assert.True(await HearAsync(first, 100));
        // Others hear it too, and neither move it nor hold it.
        Assert.False(await HearAsync(second, 50));
        Assert.False(await HearAsync(other, 7));
        Assert.Contains("Another person generates this take", (await AskAsync(other, "Turn", take, Request(1))).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal([(take, new PlayheadRequest(100))], host.Worker.Heard);

        // The page that turns a knob is the one that is followed.
        var answer = (await AskAsync(second, "Turn", take, Request(30))).GetProperty("result");
        Assert.Equal((1, 30, 9_600L), (answer.GetProperty("revision").GetInt32(), answer.GetProperty("fromColumn").GetInt32(), answer.GetProperty("fromSample").GetInt64()));
        var turned = Assert.Single(host.Worker.Turned).Request;
        Assert.Equal((30, 1_234L, new Knob(0, 2.5)), (turned.FromColumn, turned.Playhead, Assert.Single(turned.Knobs)));
        Assert.False(await HearAsync(first, 200));
        Assert.Contains("No knob is named", (await AskAsync(second, "Turn", take, new { fromColumn = 1, knobs = Array.Empty<object>() })).GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("first sample is 0", (await AskAsync(second, "Hear", take, -1, true)).GetProperty("error").GetString(), StringComparison.Ordinal);

        // Reports that come faster than ten a second are left out, but not the one that says that the sound was stopped.
        host.Worker.Heard.Clear();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++) Assert.True(await HearAsync(second, 300 + i));
        Assert.True(await HearAsync(second, 321, playing: false));
        Assert.InRange(host.Worker.Heard.Count, 2, 3 + (int)(clock.Elapsed.TotalSeconds / 0.09));
        Assert.Equal(new PlayheadRequest(321, false), host.Worker.Heard.Last().Heard);

        second.Dispose();
        while (!await HearAsync(first, 400)) await Task.Delay(20, Stop);

        async Task<bool> HearAsync(HubSocket page, long sample, bool playing = true) => (await AskAsync(page, "Hear", take, sample, playing)).GetProperty("result").GetBoolean();

        static object Request(int column) => new { fromColumn = column, knobs = new[] { new { strip = 0, strength = 2.5 } }, playhead = 1_234 };
    }

    private static async Task<JsonElement> AskAsync(HubSocket socket, string method, params object[] arguments)
    {
        await socket.CallAsync(1, method, arguments, Stop);
        await foreach (var message in socket.MessagesAsync(Stop)) return message;
        throw new InvalidOperationException("The connection ended.");
    }

    private async IAsyncEnumerable<JsonElement> ListenAsync(string take, string arm, long from)
    {
        using var socket = await HubSocket.OpenAsync(host.Address, Stop);
        await socket.CallAsync(4, "Listen", [take, arm, from], Stop);
        await foreach (var message in socket.MessagesAsync(Stop)) yield return message;
    }
}
