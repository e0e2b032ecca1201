using System.Diagnostics;
using System.Runtime.InteropServices;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>Many people hear one running take; one of them has a slow line.</summary>
public sealed class ManyListenersTests : IAsyncLifetime
{
    private const int Rate = TakeOnDisk.Rate;

    // What is between the ear and the newest sample: as a live take's lead.
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(0.3);
    private StudioHost host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await StudioHost.StartAsync(Stop);

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public Task Five_hear_a_take_while_one_of_them_reads_1_KB_a_second() => Hear(listeners: 5, seconds: 12, pace: 12);

    [Fact]
    [Trait("Length", "Long")]
    public Task Twenty_hear_a_take_while_one_of_them_reads_1_KB_a_second() => Hear(listeners: 20, seconds: 20, pace: 4);

    /// <summary>A take that is generated <paramref name="pace"/> times as fast as it sounds, so that the slow line is full soon.</summary>
    private async Task Hear(int listeners, int seconds, int pace)
    {
        var length = seconds * Rate;
        using var take = new TakeOnDisk(host.Root.Takes, length);
        using var slow = await HubSocket.OpenAsync(host.Address, Stop);
        slow.BytesPerSecond = 1_000;
        var pieces = new long[length / (Rate / 10)];
        var whole = Enumerable.Range(0, length).Select(at => TakeOnDisk.Sample(at)).ToArray();
        var others = Enumerable.Range(0, listeners - 1).Select(_ => Task.Run(() => ListenAsync(take.Id, pieces, whole))).ToArray();
        var slowly = new List<short>();
        var slowEnded = Task.Run(async () =>
        {
            await slow.CallAsync(4, "Follow", [take.Id, "C", 0, null!], Stop);
            await foreach (var message in slow.MessagesAsync(Stop))
            {
                if (message.GetProperty("type").GetInt32() == 3) return;
                slowly.AddRange(MemoryMarshal.Cast<byte, short>(message.GetProperty("item").GetProperty("samples").GetBytesFromBase64()).ToArray());
            }
        });
        var clock = Stopwatch.StartNew();
        for (var piece = 0; piece < pieces.Length; piece++)
        {
            var due = TimeSpan.FromSeconds(0.1 * piece / pace) - clock.Elapsed;
            if (due > TimeSpan.Zero) await Task.Delay(due, Stop);
            Volatile.Write(ref pieces[piece], Stopwatch.GetTimestamp());
            take.Grow("C", (piece + 1L) * Rate / 10);
        }
        take.End(TakeState.Done);
        var late = (await Task.WhenAll(others)).SelectMany(each => each).Order().ToArray();
        var (median, worst) = (late[late.Length / 2], late[^1]);
        var figure = FormattableString.Invariant(
            $"{listeners} listeners: a piece of 0.1 s came {1000 * median.TotalSeconds:F0} ms (median) and at most {1000 * worst.TotalSeconds:F0} ms after it was written; later than the lead of 300 ms: {late.Count(each => each > Lead)} of {late.Length}; the slow one had {slow.Received} bytes");
        TestContext.Current.SendDiagnosticMessage(figure);
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) await File.AppendAllTextAsync(file, figure + Environment.NewLine, Stop);
        Assert.False(slowEnded.IsCompleted, "the slow line has the whole take: it was not slow");
        Assert.True(slow.Received < 40_000, $"{slow.Received} bytes");
        // A busy machine delays them all; strictly, none runs dry.
        Assert.True(worst < (Environment.GetEnvironmentVariable("SAE_STRICT") == "1" ? Lead : TimeSpan.FromSeconds(3)), $"{worst}");

        // It lost nothing.
        slow.BytesPerSecond = 0;
        await slowEnded;
        Assert.Equal(whole, slowly);
    }

    /// <summary>Hears the take to its end; gives how long after its writing each piece was whole.</summary>
    private async Task<List<TimeSpan>> ListenAsync(string take, long[] pieces, short[] whole)
    {
        using var socket = await HubSocket.OpenAsync(host.Address, Stop);
        await socket.CallAsync(4, "Follow", [take, "C", 0, null!], Stop);
        var (late, at) = (new List<TimeSpan>(), 0);
        await foreach (var message in socket.MessagesAsync(Stop))
        {
            if (message.GetProperty("type").GetInt32() == 3) break;
            var samples = MemoryMarshal.Cast<byte, short>(message.GetProperty("item").GetProperty("samples").GetBytesFromBase64());
            Assert.True(samples.SequenceEqual(whole.AsSpan(at, samples.Length)));
            at += samples.Length;
            while (late.Count < at / (Rate / 10)) late.Add(Stopwatch.GetElapsedTime(Volatile.Read(ref pieces[late.Count])));
        }
        Assert.Equal(whole.Length, at);
        return late;
    }
}
