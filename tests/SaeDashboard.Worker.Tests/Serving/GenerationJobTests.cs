using System.Diagnostics;
using SaeDashboard.Core;
using SaeDashboard.Worker.Serving;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Events of a take: the generation adds them and never waits for those who read them.</summary>
public sealed class GenerationJobTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Events_are_added_without_waiting_while_twenty_listeners_read_nothing()
    {
        using var writer = TakeWriter.Create(folder.Path, Ids.New("take"), ServeProcessFixture.Settings(10), TimeProvider.System);
        using var job = new GenerationJob("take", ServeProcessFixture.Settings(10), writer);
        job.Publish(new GenerationEvent(GenerationEventType.Queued, Position: 0));
        var listeners = Enumerable.Range(0, 20).Select(_ => job.Events(ServeProcessFixture.Limit).GetAsyncEnumerator(ServeProcessFixture.Limit)).ToArray();
        foreach (var listener in listeners) Assert.True(await listener.MoveNextAsync());
        // A call that waited for a listener would never return: none of them reads on.
        var watch = Stopwatch.StartNew();
        for (var column = 1; column <= 10_000; column++) job.Publish(new GenerationEvent(GenerationEventType.Columns, Done: column, Total: 10_000, Samples: column * 320));
        Assert.InRange(watch.Elapsed.TotalSeconds / 10_000, 0, 0.001);
        Assert.Equal((10_000, 10_000, 3_200_000L), (job.Done, job.Total, job.Samples));
        job.Publish(new GenerationEvent(GenerationEventType.Done));
        job.Close();
        foreach (var listener in listeners)
        {
            var (last, count) = ((GenerationEvent?)null, 0);
            while (await listener.MoveNextAsync()) (last, count) = (listener.Current, count + 1);
            Assert.Equal((GenerationEventType.Done, 10_001), (last!.Type, count));
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task Rest_ends_with_word_of_the_listener()
    {
        using var writer = TakeWriter.Create(folder.Path, Ids.New("take"), ServeProcessFixture.Settings(10), TimeProvider.System);
        using var job = new GenerationJob("take", ServeProcessFixture.Settings(10), writer);
        var watch = Stopwatch.StartNew();
        var rest = job.Rest(TimeSpan.FromSeconds(30));
        job.Wake();
        await rest;
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        job.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job.Rest(TimeSpan.FromSeconds(30)));
    }
}
