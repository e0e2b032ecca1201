using System.Net.Http.Json;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>Asks the resident worker to read sounds.</summary>
internal static class Readings
{
    /// <summary>What fires along codes, with the demo's SAE.</summary>
    public static Task<SoundActivations> ReadAsync(this ServeProcessFixture serve, CodeGrid codes) =>
        serve.ReadAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, codes.Codebooks, codes.ToBase64()));

    /// <summary>What fires along a WAV file, with the demo's SAE.</summary>
    public static Task<SoundActivations> ReadAsync(this ServeProcessFixture serve, string wav) =>
        serve.ReadAsync(new ReadingRequest(WorkerProcess.DemoModel, WorkerProcess.DemoSae, 0, Codes: null, Sound: wav));

    /// <summary>The result of a reading that must succeed.</summary>
    public static async Task<SoundActivations> ReadAsync(this ServeProcessFixture serve, ReadingRequest request)
    {
        var events = await serve.EventsAsync(request);
        Assert.True(events[^1].Type == ReadingEventType.Done, events[^1].Message);
        return SoundActivations.Read(events[^1].Result!);
    }

    /// <summary>All events of a reading.</summary>
    public static async Task<List<ReadingEvent>> EventsAsync(this ServeProcessFixture serve, ReadingRequest request)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "v1/readings") { Content = JsonContent.Create(request, options: JsonDefaults.Lines) };
        using var answer = await serve.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ServeProcessFixture.Limit);
        Assert.True(answer.IsSuccessStatusCode, await ServeProcessFixture.Problem(answer));
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(ServeProcessFixture.Limit));
        var events = new List<ReadingEvent>();
        while (await lines.ReadLineAsync(ServeProcessFixture.Limit) is { } line) events.Add(JsonSerializer.Deserialize<ReadingEvent>(line, JsonDefaults.Lines)!);
        return events;
    }
}
