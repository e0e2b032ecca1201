using System.Net.Http.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Takes;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>A live take that a test listens to: its events as they come, its knobs and its playhead.</summary>
internal sealed class LiveTake : IDisposable
{
    private readonly ServeProcessFixture serve;
    private readonly HttpResponseMessage response;
    private readonly List<GenerationEvent> events = [];
    private readonly SemaphoreSlim more = new(0);
    private readonly Task reading;

    private LiveTake(ServeProcessFixture serve, string id, HttpResponseMessage response)
    {
        (this.serve, Id, this.response) = (serve, id, response);
        reading = Task.Run(async () =>
        {
            await foreach (var happened in ServeProcessFixture.Events(response))
            {
                lock (events) events.Add(happened);
                more.Release();
            }
            more.Release(1000);
        });
    }

    public string Id { get; }

    public TakeFolder Folder => serve.Take(Id);

    public IReadOnlyList<GenerationEvent> Events
    {
        get { lock (events) return [.. events]; }
    }

    public static async Task<LiveTake> Start(ServeProcessFixture serve, TakeSettings settings)
    {
        var (id, response) = await serve.Start(settings);
        Assert.True(response.IsSuccessStatusCode, response.IsSuccessStatusCode ? "" : await ServeProcessFixture.Problem(response));
        return new LiveTake(serve, id, response);
    }

    /// <summary>Waits for an event.</summary>
    public async Task<GenerationEvent> Until(Func<GenerationEvent, bool> wanted, int from = 0)
    {
        while (true)
        {
            if (Events.Skip(from).FirstOrDefault(wanted) is { } found) return found;
            if (reading.IsCompleted) throw new InvalidOperationException($"The take ended: {Events[^1]}");
            await more.WaitAsync(TimeSpan.FromSeconds(1), ServeProcessFixture.Limit);
        }
    }

    /// <summary>A feature that fires in some columns of the take's baseline and not in others: strips of strength 0 show it in the trace.</summary>
    public static async Task<int> SometimesFiring(ServeProcessFixture serve, int frames)
    {
        for (var first = 0; first < 2048; first += 64)
        {
            var take = await serve.Make(ServeProcessFixture.Settings(frames) with { Arms = [TakeArms.Steered], Steers = [.. Enumerable.Range(first, 64).Select(feature => new TakeSteer(feature, 1, "scale", 0))] });
            var traces = JsonFile.Read<TakeTraces>(serve.Take(take.Id).TracesPath(TakeArms.Steered));
            // Scaled by 1: before and after are the same.
            Assert.Equal(traces.Before, traces.After);
            var found = traces.Before.Index().Where(strip => strip.Item.Count(value => value > 0.01) is var fired && fired > frames / 5 && fired < 4 * frames / 5).ToArray();
            if (found.Length > 0) return first + found[0].Index;
        }
        throw new InvalidOperationException("No feature fires in some columns only.");
    }

    public async Task<GenerationEvent> End()
    {
        await reading;
        return Events[^1];
    }

    public async Task Hear(long sample, bool playing = false)
    {
        using var answer = await serve.Post($"v1/generations/{Id}/playhead", new PlayheadRequest(sample, playing));
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }

    public Task<HttpResponseMessage> Patch(KnobsRequest request) => serve.Client.PatchAsync(
        $"v1/generations/{Id}/knobs", JsonContent.Create(request, options: JsonDefaults.Lines), ServeProcessFixture.Limit);

    public async Task<KnobsAnswer> Turn(int fromColumn, params Knob[] knobs)
    {
        using var answer = await Patch(new KnobsRequest(fromColumn, knobs));
        Assert.True(answer.IsSuccessStatusCode, answer.IsSuccessStatusCode ? "" : await ServeProcessFixture.Problem(answer));
        return (await answer.Content.ReadFromJsonAsync<KnobsAnswer>(JsonDefaults.Lines, ServeProcessFixture.Limit))!;
    }

    public async Task Refused(KnobsRequest request, string because)
    {
        using var answer = await Patch(request);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(because, await ServeProcessFixture.Problem(answer), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        response.Dispose();
        more.Dispose();
    }
}
