using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Tests.Servers;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.ModelLabels;

namespace SaeDashboard.Web.Tests.ModelLabels;

/// <summary>Labelling batches of the site, over HTTP, with a provider that does wrong what providers do wrong.</summary>
public sealed class LabelBatchTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly OpenAiServer server = new(LabelSite.Key);

    public async ValueTask InitializeAsync() => await server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_batch_labels_tests_and_suggests_and_the_key_is_nowhere()
    {
        var features = LabelSite.Features(11);
        var said = new List<string>();
        string id;
        await using (var site = await LabelSite.StartAsync(server.Address, folder["data"]))
        {
            await site.TeachAsync(server, features);
            server.FaultOf = (feature, attempt) => (Array.IndexOf(features, feature), attempt) switch
            {
                (1, 0) => Fault.ServerError,
                (2, 0) => Fault.InvalidJson,
                (3, 0) => Fault.Cut,
                (4, _) => Fault.WrongMembers,
                _ => Fault.None,
            };
            var request = new { name = "First labels", sae = "demo", features, test = true };
            var (_, estimate) = await site.SendAsync(HttpMethod.Post, "labelling/estimate", request);
            Assert.Equal((11, 11, 11, 11, 22), (Number(estimate, "features"), Number(estimate, "tests"), Number(estimate, "floorTests"), Number(estimate, "labelsToday"), Number(estimate, "testsToday")));
            Assert.Empty(server.Requests);

            var (status, made) = await site.SendAsync(HttpMethod.Post, "labelling/batches", request);
            Assert.Equal(HttpStatusCode.Created, status);
            id = made.GetProperty("id").GetString()!;
            var done = await site.UntilAsync(id, batch => batch.State == BatchState.Done);
            Assert.Empty(server.Refusals);
            Assert.Equal((10, 1, 10, 0, 10), (done.Labelled, done.Faults, done.Tested, done.TestFaults, done.FloorLabels));
            // The server hears exactly what fires; another feature's label fits as well as any, but for clips that two features share.
            Assert.Equal((1d, 1d), (done.Score!.NearMiss, done.Score.Random));
            Assert.InRange(done.Floor!.NearMiss!.Value, 0.45, 0.6);
            Assert.InRange(done.Dollars, 0.0001m, estimate.GetProperty("dollars").GetDecimal());
            Assert.All(features.Except([features[2], features[4]]), feature => Assert.Equal(1, server.Paid[feature]));

            var (_, listed) = await site.SendAsync(HttpMethod.Get, $"labelling/batches/{id}/labels");
            Assert.Equal(features, listed.GetProperty("items").EnumerateArray().Select(each => Number(each, "feature")));
            var (_, faults) = await site.SendAsync(HttpMethod.Get, $"labelling/batches/{id}/labels?faults=true");
            Assert.Equal(features[4], Number(Assert.Single(faults.GetProperty("items").EnumerateArray()), "feature"));
            said.AddRange([estimate.ToString(), made.ToString(), listed.ToString(), (await site.SendAsync(HttpMethod.Get, $"labelling/batches/{id}")).Body.ToString(), .. site.Log]);

            // Next to what captions suggest, on the feature's page and in the list.
            var suggestion = Assert.Single(site.Set.Suggestions(features[0]), each => each.Kind == SuggestionKind.LanguageModel);
            Assert.Equal(($"sound of feature {features[0]}", "label-1 gpt-audio", 0.75, 1d), (suggestion.Words, suggestion.Version, suggestion.Confidence, suggestion.Detection!.NearMiss));
            Assert.Equal(Math.Round(done.Floor.NearMiss.Value, 4), suggestion.Floor!.NearMiss);
            Assert.Equal(suggestion.Words, site.Set.Suggestion(features[0])!.Words);
            Assert.DoesNotContain(site.Set.Suggestions(features[4]), each => each.Kind == SuggestionKind.LanguageModel);
        }

        // After a restart all of it is there, and what failed is asked for again.
        server.FaultOf = (_, _) => Fault.None;
        await using var again = await LabelSite.StartAsync(server.Address, folder["data"]);
        Assert.Equal((BatchState.Done, 10, 1d), (again.Batches.Find(id)!.State, again.Batches.Find(id)!.Labelled, again.Batches.Find(id)!.Score!.NearMiss));
        Assert.Contains(again.Set.Suggestions(features[0]), each => each.Kind == SuggestionKind.LanguageModel);
        var sent = server.Requests.Count;
        Assert.Equal(HttpStatusCode.Accepted, (await again.SendAsync(HttpMethod.Post, $"labelling/batches/{id}/resume")).Status);
        var whole = await again.UntilAsync(id, batch => batch is { State: BatchState.Done, Labelled: 11, Tested: 11 });
        Assert.Equal(0, whole.Faults);
        // One label, its test, and the floor of labels that are exchanged in another way now.
        Assert.InRange(server.Requests.Count - sent, 2, 2 + 11);
        Assert.All(said.Concat(again.Log), text => Assert.DoesNotContain(LabelSite.Key, text, StringComparison.Ordinal));
        LabelSite.NoKeyIn(folder.Path);
    }

    [Fact]
    public async Task The_cap_holds_and_the_batch_continues_by_itself_on_the_next_day()
    {
        var features = LabelSite.Features(8);
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 20, 0, 0, TimeSpan.Zero));
        const decimal cap = 0.006m;
        await using var site = await LabelSite.StartAsync(server.Address, folder["data"], options => (options.DailyCap, options.Concurrency) = (cap, 1), clock);
        await site.TeachAsync(server, features);
        var (_, estimate) = await site.SendAsync(HttpMethod.Post, "labelling/estimate", new { sae = "demo", features });
        Assert.InRange(Number(estimate, "labelsToday"), 1, 7);
        var (_, made) = await site.SendAsync(HttpMethod.Post, "labelling/batches", new { name = "Capped", sae = "demo", features });
        var id = made.GetProperty("id").GetString()!;
        var days = 0;
        for (var view = await site.UntilAsync(id, Ended); view.State == BatchState.Capped; view = await site.UntilAsync(id, batch => Ended(batch) && batch.File.ChangedUtc.Day == clock.GetUtcNow().Day))
        {
            Assert.Contains("The day's cap of $0.006 is reached", view.File.Message, StringComparison.Ordinal);
            Assert.InRange(site.Batches.SpentToday!.Value, 0, cap);
            Assert.True(++days < 9, "it does not come to an end");
            clock.Advance(TimeSpan.FromDays(1));
        }
        Assert.InRange(days, 1, 8);
        Assert.Equal((BatchState.Done, 8), (site.Batches.Find(id)!.State, site.Batches.Find(id)!.Labelled));
        Assert.All(features, feature => Assert.Equal(1, server.Paid[feature]));

        static bool Ended(BatchView batch) => batch.State is BatchState.Capped or BatchState.Done or BatchState.Failed;
    }

    [Fact]
    public async Task A_batch_that_was_stopped_is_interrupted_and_resumes_without_paying_twice()
    {
        var features = LabelSite.Features(10);
        var answered = new HashSet<int>();
        var gone = new TaskCompletionSource();
        server.Hold = feature =>
        {
            lock (answered) return answered.Count < 4 && answered.Add(feature) ? Task.CompletedTask : gone.Task;
        };
        string id, second;
        await using (var site = await LabelSite.StartAsync(server.Address, folder["data"]))
        {
            await site.TeachAsync(server, features);
            id = site.Batches.Add("Stopped", site.Set, features, false, new Storage.Actor("ann", "Ann")).Id;
            second = site.Batches.Add("Waits", site.Set, [features[0]], false, new Storage.Actor("ann", "Ann")).Id;
            await site.UntilAsync(id, batch => batch.Labelled == 4 && batch.State == BatchState.Running);
            Assert.Equal(1, site.Batches.Running);
        }
        gone.SetResult();
        // Another model would ask, and pay, for all of it again.
        await using (var other = await LabelSite.StartAsync(server.Address, folder["data"], options => options.Model = "gpt-audio-mini"))
        {
            Assert.Equal((BatchState.Interrupted, 4), (other.Batches.Find(id)!.State, other.Batches.Find(id)!.Labelled));
            var (status, problem) = await other.SendAsync(HttpMethod.Post, $"labelling/batches/{id}/resume");
            Assert.Equal(HttpStatusCode.Conflict, status);
            Assert.Contains("label-1 gpt-audio-mini", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            // What waited is not begun with another model either.
            await other.UntilAsync(second, batch => batch.State == BatchState.Failed);
        }
        await using var resumed = await LabelSite.StartAsync(server.Address, folder["data"]);
        Assert.Equal(HttpStatusCode.Accepted, (await resumed.SendAsync(HttpMethod.Post, $"labelling/batches/{id}/resume")).Status);
        var done = await resumed.UntilAsync(id, batch => batch.State == BatchState.Done);
        Assert.Equal((10, 0), (done.Labelled, done.Faults));
        Assert.All(features, feature => Assert.Equal(1, server.Paid[feature]));
        resumed.Batches.Resume(second);
        Assert.Equal(1, (await resumed.UntilAsync(second, batch => batch.State == BatchState.Done)).Labelled);
        // Found by its content: the same sound was labelled in the other batch.
        Assert.All(features, feature => Assert.Equal(1, server.Paid[feature]));
    }

    [Fact]
    public async Task A_batch_is_cancelled_while_it_waits_or_runs_and_a_refused_key_fails_it()
    {
        var features = LabelSite.Features(6);
        var held = new TaskCompletionSource();
        server.Hold = _ =>
        {
            held.TrySetResult();
            return Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        };
        await using var site = await LabelSite.StartAsync(server.Address, folder["data"]);
        await site.TeachAsync(server, features);
        var ann = new Storage.Actor("ann", "Ann");
        var (runs, waits) = (site.Batches.Add("Runs", site.Set, features, false, ann).Id, site.Batches.Add("Waits", site.Set, features, false, ann).Id);
        await held.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, (await site.SendAsync(HttpMethod.Post, $"labelling/batches/{waits}/cancel")).Status);
        Assert.Equal(BatchState.Cancelled, site.Batches.Find(waits)!.State);
        await site.SendAsync(HttpMethod.Post, $"labelling/batches/{runs}/cancel");
        Assert.Equal(0, (await site.UntilAsync(runs, batch => batch.State == BatchState.Cancelled)).Labelled);
        Assert.Equal(HttpStatusCode.Conflict, (await site.SendAsync(HttpMethod.Post, $"labelling/batches/{runs}/cancel")).Status);
        // What was under way may be charged.
        Assert.True(site.Batches.Find(runs)!.Dollars > 0);

        await using var refusing = new OpenAiServer("another-key-0123");
        await refusing.StartAsync();
        using var other = new TemporaryFolder();
        await using var refused = await LabelSite.StartAsync(refusing.Address, other["data"]);
        var id = refused.Batches.Add("Refused", refused.Set, features, false, ann).Id;
        var failed = await refused.UntilAsync(id, batch => batch.State == BatchState.Failed);
        Assert.Contains("Check SITE_KEY", failed.File.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LabelSite.Key, failed.File.Message, StringComparison.Ordinal);
        LabelSite.NoKeyIn(other.Path);
    }

    [Theory]
    [InlineData("""{"name":"x","sae":"demo"}""", HttpStatusCode.BadRequest, "Give query, list or features")]
    [InlineData("""{"sae":"demo","features":[1]}""", HttpStatusCode.BadRequest, "The batch's name is empty")]
    [InlineData("""{"name":"x","sae":"demo","features":[999999]}""", HttpStatusCode.BadRequest, "no feature 999999")]
    [InlineData("""{"name":"x","sae":"demo","features":[1],"most":0}""", HttpStatusCode.BadRequest, "most is 0")]
    [InlineData("""{"name":"x","sae":"demo","query":"q=nothing+is+called+this"}""", HttpStatusCode.BadRequest, "has no features")]
    [InlineData("""{"name":"x","sae":"none","features":[1]}""", HttpStatusCode.NotFound, "none")]
    public async Task What_is_not_a_batch_is_refused_by_name(string body, HttpStatusCode expected, string why)
    {
        await using var site = await LabelSite.StartAsync(server.Address, folder["data"]);
        var (status, problem) = await site.SendAsync(HttpMethod.Post, "labelling/batches", JsonSerializer.Deserialize<JsonElement>(body));
        Assert.Equal(expected, status);
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(site.Batches.All);
    }

    [Fact]
    public async Task A_damaged_folder_is_left_out_and_said_and_the_others_are_there()
    {
        WrittenBatch.Into(folder["data"], DemoFeaturesHash);
        var damaged = Directory.CreateDirectory(Path.Combine(folder["data"], "labelling", "batch-20260101-000000-2222")).FullName;
        File.WriteAllText(Path.Combine(damaged, "batch.json"), "{\"version\":1,");
        await using var site = await LabelSite.StartAsync(server.Address, folder["data"]);
        Assert.Contains(damaged, Assert.Single(site.Batches.Problems), StringComparison.Ordinal);
        var view = Assert.Single(site.Batches.All);
        Assert.Equal((BatchState.Done, 3, 1, 2), (view.State, view.Labelled, view.Faults, view.Tested));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), ((await site.SendAsync(HttpMethod.Get, "labelling/batches/batch-20260101-000000-2222")).Status, (await site.SendAsync(HttpMethod.Post, "labelling/batches/none/resume")).Status));
    }

    private static string DemoFeaturesHash => Features.DemoFeatures.Set.SaeHash;

    private static int Number(JsonElement from, string name) => from.GetProperty(name).GetInt32();
}
