using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>How soon a turned knob is in the file, and what readers cost the generation. <c>scripts/check.sh live</c> prints the figures.</summary>
[Trait("Length", "Long")]
public sealed class LiveSpeedTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    private const int Hop = 320;
    private const int Rate = 16_000;
    private const int Readers = 20;

    private static readonly TakeSettings Settings = ServeProcessFixture.Settings(500, new TakeSteer(526, 1, "add", 0)) with { Live = new TakeLive { WaitSeconds = 60 } };

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task From_a_turned_knob_to_its_first_sample_in_the_file_is_well_under_half_a_second(int seconds)
    {
        var times = new List<double>();
        using var live = await LiveTake.Start(serve, Settings);
        await live.Hear(seconds * Rate);
        await live.Until(happened => happened.Type == GenerationEventType.Columns && happened.Samples >= (seconds * 50 + 5) * Hop);
        for (var turn = 0; turn < 20; turn++)
        {
            // From the column that is heard in 0.06 s on.
            var watch = Stopwatch.StartNew();
            var answer = await live.Turn(seconds * 50 + 3, new Knob(0, turn % 2 == 0 ? 4 : -4));
            using var cursor = new WavCursor(live.Folder.WavPath(TakeArms.Steered), answer.FromSample);
            // What can differ comes after the delay; until there the new samples are the old ones.
            while (cursor.Position < (seconds * 50 + 1) * Hop)
            {
                if (cursor.Read().Samples.Length == 0) await Task.Delay(1, ServeProcessFixture.Limit);
            }
            times.Add(watch.Elapsed.TotalSeconds);
            await live.Until(happened => happened.Type == GenerationEventType.Columns && happened.Samples >= (seconds * 50 + 5) * Hop, live.Events.Count - 1);
        }
        times.Sort();
        await Figure(FormattableString.Invariant($"knob to sample in the file at {seconds} s: median {times[10]:F3} s, largest of 20 {times[^1]:F3} s"));
        Assert.True(times[18] < 0.5, $"{times[18]:F3} s");
        using var cancelled = await serve.Client.DeleteAsync($"v1/generations/{live.Id}", ServeProcessFixture.Limit);
    }

    [Fact]
    public async Task Twenty_readers_and_a_slow_one_cost_a_step_next_to_nothing()
    {
        // Pairs, so that the machine's other work falls on both.
        var (alone, heard) = (new List<double>(), new List<double>());
        // The first take is compiled while it is generated.
        await Processor(0);
        for (var pair = 0; pair < 6; pair++)
        {
            alone.Add(await Processor(0));
            heard.Add(await Processor(Readers));
        }
        var ratios = alone.Zip(heard, (without, with) => with / without).Order().ToArray();
        await Figure(FormattableString.Invariant($"processor time of a step with {Readers} readers over that without: median {(ratios[2] + ratios[3]) / 2:F3} of {ratios.Length} pairs ({ratios[0]:F3} to {ratios[^1]:F3})"));
        Assert.InRange((ratios[2] + ratios[3]) / 2, 0.5, 1.1);
    }

    /// <summary>The worker's processor seconds for a take, with readers of its file and one client that reads its events a few bytes at a time.</summary>
    private async Task<double> Processor(int readers)
    {
        serve.Process.Refresh();
        var before = serve.Process.TotalProcessorTime;
        var takeId = Ids.New("take");
        using var slow = readers > 0 ? await SlowClient(takeId) : null;
        if (slow is null)
        {
            using var response = await serve.Post("v1/generations", new GenerationRequest(takeId, Settings with { Live = null }));
            Assert.True(response.IsSuccessStatusCode);
        }
        var folder = serve.Take(takeId);
        while (!folder.Exists) await Task.Delay(1, ServeProcessFixture.Limit);
        var reading = Enumerable.Range(0, readers).Select(reader => Task.Run(async () =>
        {
            using var cursor = new WavCursor(folder.WavPath(reader % 2 == 0 ? TakeArms.Steered : TakeArms.Baseline), 0);
            while (cursor.Position < 500 * Hop)
            {
                if (cursor.Read().Samples.Length == 0) await Task.Delay(40, ServeProcessFixture.Limit);
            }
        })).ToArray();
        await Task.WhenAll(reading);
        while (TakeStates.IsLive(folder.ReadManifest().State)) await Task.Delay(5, ServeProcessFixture.Limit);
        Assert.Equal(TakeState.Done, folder.ReadManifest().State);
        serve.Process.Refresh();
        return (serve.Process.TotalProcessorTime - before).TotalSeconds;
    }

    /// <summary>Asks for a take on a socket of its own and then reads next to nothing of the answer.</summary>
    private async Task<Socket> SlowClient(string takeId)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveBufferSize = 1024 };
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(serve.Socket), ServeProcessFixture.Limit);
        var body = JsonSerializer.Serialize(new GenerationRequest(takeId, Settings with { Live = null }), JsonDefaults.Lines);
        var request = $"POST /v1/generations HTTP/1.1\r\nHost: worker\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), ServeProcessFixture.Limit);
        return socket;
    }

    private static async Task Figure(string text)
    {
        TestContext.Current.SendDiagnosticMessage("{0}", text);
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) await File.AppendAllTextAsync(file, text + Environment.NewLine, ServeProcessFixture.Limit);
    }
}
