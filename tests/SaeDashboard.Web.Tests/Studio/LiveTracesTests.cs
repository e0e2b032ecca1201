using System.Net;
using System.Net.Http.Json;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Studio;

namespace SaeDashboard.Web.Tests.Studio;

/// <summary>The traces of a take: while it is made as far as the worker has said, then from its file.</summary>
public sealed class LiveTracesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_grow_are_replaced_from_a_turned_knob_on_and_are_the_files_at_the_end()
    {
        await using var host = await StudioHost.StartAsync(Stop);
        using var http = new HttpClient { BaseAddress = new Uri(host.Address, "api/v1/takes/") };
        using var take = new TakeOnDisk(host.Root.Takes, 16_000);
        async Task<StripTrace> Traces(int strip) => (await http.GetFromJsonAsync<StripTrace>($"{take.Id}/C/traces?strip={strip}", Stop))!;
        void Say(int column, int columns, float before, float after) =>
            host.Worker.Say(take.Id, new GenerationEvent(GenerationEventType.Trace, Arm: "C", Trace: new FeatureTrace(column, columns, [0, before], [9, after])));

        Assert.Empty((await Traces(0)).After);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("take-20260101-000000-aaaa/C/traces", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"{take.Id}/Z/traces", Stop)).StatusCode);
        Say(0, 2, 1, 3);
        Say(2, 2, 2, 4);
        Assert.Equal([3, 3, 4, 4], (await Traces(1)).After);
        Assert.Equal([1, 1, 2, 2], (await Traces(1)).Before);
        Assert.Equal([9, 9, 9, 9], (await Traces(0)).After);
        // A knob was turned at column 3: what was said of it is obsolete, and comes again.
        Say(3, 1, 0, 7);
        Assert.Equal([3, 3, 4, 7], (await Traces(1)).After);
        Assert.Empty((await Traces(2)).After);
        var later = (await http.GetFromJsonAsync<StripTrace>($"{take.Id}/C/traces?strip=1&from=3", Stop))!;
        Assert.Equal((3, 7f), (later.From, Assert.Single(later.After)));
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync($"{take.Id}/C/traces?strip=first", Stop)).StatusCode);

        AtomicFile.WriteJson(take.Folder.TracesPath("C"), new TakeTraces([[.5f], [1]], [[2], [8]]));
        take.Say(TakeState.Done);
        host.Worker.Say(take.Id, new GenerationEvent(GenerationEventType.Done));
        Assert.Equal([8], (await Traces(1)).After);
        Assert.Equal([.5f], (await Traces(0)).Before);

        await File.WriteAllTextAsync(take.Folder.TracesPath("C"), "{ \"before\": 3 }", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync($"{take.Id}/C/traces", Stop)).StatusCode);
    }
}
