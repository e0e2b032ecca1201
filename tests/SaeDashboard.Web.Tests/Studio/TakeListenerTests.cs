using System.Runtime.InteropServices;
using SaeDashboard.Core;
using SaeDashboard.Core.Takes;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

public sealed class TakeListenerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeWorker worker = new();
    private readonly DataRoot root;
    private readonly TakeListener listener;

    public TakeListenerTests()
    {
        root = DataRoot.Open(folder["data"], folder["demo"]);
        listener = new TakeListener(root, worker);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_grows_comes_whole_in_order_and_once()
    {
        using var take = new TakeOnDisk(root.Takes, 40_000);
        var heard = new List<short>();
        var states = new List<TakeState>();
        await foreach (var chunk in listener.ListenAsync(take.Id, "C", 0, Stop))
        {
            Assert.Equal(heard.Count, chunk.From);
            heard.AddRange(Samples(chunk));
            states.Add(chunk.State);
            // The next piece is made only when the last was heard: what comes later cannot come in the same message.
            if (heard.Count == 0) take.Grow("C", 8_000);
            else if (heard.Count == 8_000 && chunk.Samples.Length > 0) take.Grow("C", 24_000);
            else if (heard.Count == 24_000)
            {
                take.Grow("C", 40_000);
                take.End(TakeState.Done);
            }
            if (chunk.Samples.Length > 0) Assert.Equal((TakeOnDisk.Rate, 40_000), (chunk.SampleRate, (int)chunk.Length));
        }
        Assert.Equal(Enumerable.Range(0, 40_000).Select(i => TakeOnDisk.Sample(i)), heard);
        Assert.Equal(TakeState.Running, states[0]);
        Assert.Equal(TakeState.Done, states[^1]);
    }

    [Fact]
    public async Task A_listener_that_was_cut_off_continues_where_it_was()
    {
        using var take = new TakeOnDisk(root.Takes, 50_000);
        take.Grow("A", 50_000);
        var heard = new List<short>();
        await foreach (var chunk in listener.ListenAsync(take.Id, "A", 0, Stop))
        {
            heard.AddRange(Samples(chunk));
            if (heard.Count > 20_000) break;
        }
        take.End(TakeState.Done);
        await foreach (var chunk in listener.ListenAsync(take.Id, "A", heard.Count, Stop)) heard.AddRange(Samples(chunk));
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => TakeOnDisk.Sample(i)), heard);
    }

    [Fact]
    public async Task No_message_holds_more_than_a_second()
    {
        using var take = new TakeOnDisk(root.Takes, 70_000);
        take.Grow("A", 70_000);
        take.End(TakeState.Done);
        var sizes = new List<int>();
        await foreach (var chunk in listener.ListenAsync(take.Id, "A", 0, Stop)) sizes.Add(chunk.Samples.Length / 2);
        Assert.Equal([16_000, 16_000, 16_000, 16_000, 6_000, 0], sizes);
    }

    [Fact]
    public async Task Two_channels_are_sent_alternating_and_counted_once()
    {
        using var take = new TakeOnDisk(root.Takes, 20_000);
        using var wav = GrowingWavWriter.Create(take.Folder.WavPath("A"), TakeOnDisk.Rate, 20_000, channels: 2);
        wav.Append([Constant(0.25f, 20_000), Constant(-0.5f, 20_000)]);
        wav.Finish();
        take.Say(TakeState.Done);
        var seen = new List<(long From, int Values, int Channels, long Length)>();
        await foreach (var chunk in listener.ListenAsync(take.Id, "A", 1_000, Stop))
        {
            seen.Add((chunk.From, chunk.Samples.Length / 2, chunk.Channels, chunk.Length));
            if (chunk.Samples.Length > 0) Assert.Equal([8_192, -16_384], Samples(chunk)[..2]);
        }
        Assert.Equal([(1_000L, 32_000, 2, 20_000L), (17_000, 6_000, 2, 20_000), (20_000, 0, 2, 20_000)], seen);
    }

    [Fact]
    public async Task What_a_turned_knob_made_obsolete_is_sent_again_to_those_who_have_it()
    {
        using var take = new TakeOnDisk(root.Takes, 4_000);
        using var wav = GrowingWavWriter.Create(take.Folder.WavPath("C"), TakeOnDisk.Rate, 4_000);
        wav.Append(Constant(0.1f, 3_000));
        var (held, seen) = (new short[4_000], new List<(long From, int Revision)>());
        await foreach (var chunk in listener.ListenAsync(take.Id, "C", 0, Stop))
        {
            if (chunk.Samples.Length > 0 || seen.Count == 0 || seen[^1].Revision != chunk.Revision) seen.Add((chunk.From, chunk.Revision));
            Samples(chunk).CopyTo(held, chunk.From);
            if (chunk.From + chunk.Samples.Length / 2 == 3_000 && chunk.Revision == 0)
            {
                wav.Rewind(2_000);
                wav.Append(Constant(0.2f, 2_000));
                wav.Finish();
                take.Say(TakeState.Done);
            }
        }
        Assert.Equal([(0L, 0), (2_000L, 1)], seen.Distinct());
        var whole = Core.Audio.WavFile.Read(take.Folder.WavPath("C")).Channels[0];
        Assert.Equal(whole.Select(sample => (short)MathF.Round(sample * 32768)), held);

        // Cut off before the knob was turned, with 2,500 samples of revision 0; and after it.
        Assert.Equal(2_000, await FirstFrom(take.Id, 2_500, 0));
        Assert.Equal(2_500, await FirstFrom(take.Id, 2_500, 1));
        Assert.Equal(1_000, await FirstFrom(take.Id, 1_000, 0));
    }

    private async Task<long> FirstFrom(string take, long from, int revision)
    {
        await foreach (var chunk in listener.ListenAsync(take, "C", from, Stop, revision)) return chunk.From;
        return -1;
    }

    private static float[] Constant(float value, int count) => [.. Enumerable.Repeat(value, count)];

    [Fact]
    public async Task A_stopped_take_ends_with_what_was_made()
    {
        using var take = new TakeOnDisk(root.Takes, 40_000);
        take.Grow("C", 12_000);
        var total = 0;
        AudioChunk? last = null;
        await foreach (var chunk in listener.ListenAsync(take.Id, "C", 0, Stop))
        {
            total += chunk.Samples.Length / 2;
            last = chunk;
            if (total == 12_000 && chunk.State == TakeState.Running) take.End(TakeState.Cancelled);
        }
        Assert.Equal((12_000, TakeState.Cancelled, 12_000L), (total, last!.State, last.Length));
    }

    [Fact]
    public async Task A_take_whose_maker_died_is_interrupted_and_ends()
    {
        var take = new TakeOnDisk(root.Takes, 40_000);
        take.Grow("C", 12_000);
        take.Dispose();
        var chunks = new List<AudioChunk>();
        await foreach (var chunk in listener.ListenAsync(take.Id, "C", 0, Stop)) chunks.Add(chunk);
        Assert.Equal(TakeState.Interrupted, chunks[^1].State);
        Assert.Equal(12_000, chunks.Sum(chunk => chunk.Samples.Length / 2));
    }

    [Fact]
    public async Task A_place_in_the_queue_is_sent_when_it_changes()
    {
        var id = Ids.New("take");
        var places = new List<int?>();
        worker.Says = new TakeProgress(TakeState.Queued, 2, 0, 0, null);
        await foreach (var chunk in listener.ListenAsync(id, "C", 0, Stop))
        {
            places.Add(chunk.Queue);
            worker.Says = places.Count == 1 ? worker.Says with { QueuePosition = 1 } : new TakeProgress(TakeState.Failed, null, 0, 0, "Out of memory.");
            if (chunk.State == TakeState.Failed) Assert.Equal("Out of memory.", chunk.Error);
        }
        Assert.Equal([2, 1, null], places);
    }

    [Theory]
    [InlineData("take-20260101-000000-abcd", "A", "does not exist")]
    [InlineData("../secrets", "A", "is not a take id")]
    [InlineData("take-20260101-000000-abcd", "B", "arms A, C, D")]
    public async Task What_is_not_there_is_said(string id, string arm, string says)
    {
        var error = await Assert.ThrowsAsync<UserException>(async () =>
        {
            await foreach (var _ in listener.ListenAsync(id, arm, 0, Stop)) { }
        });
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    private static short[] Samples(AudioChunk chunk) => MemoryMarshal.Cast<byte, short>(chunk.Samples).ToArray();
}
