using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core;
using SaeDashboard.Storage;
using SaeDashboard.Web.Annotation;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Api;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>Several people annotate over HTTP: overlap, agreement, adjudication, lost leases, undo, conflicts, exports.</summary>
public sealed class AnnotationHttpTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task Two_annotators_overlap_alpha_is_the_one_computed_by_hand_and_a_third_decides()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        using var bob = await Annotator.EnterAsync(site, "Bob");
        using var cleo = await Annotator.EnterAsync(site, "Cleo");
        int[] features = [101, 102, 103, 104];
        var queue = await QueueAsync(ada, new { name = "Overlap", sae = site.Sae, features, overlap = 2 });
        string[] mine = ["reject", "reject", "split", "split"], theirs = ["reject", "split", "split", "split"];
        for (var at = 0; at < features.Length; at++)
        {
            var (_, first) = await ada.NextAsync(queue);
            Assert.Equal(features[at], first);
            await ada.SayAsync(queue, first!.Value, mine[at], clips: new[] { new { row = 5, vote = "fits" } });
            // What another began comes first.
            var (_, second) = await bob.NextAsync(queue);
            Assert.Equal(first, second);
            await bob.SayAsync(queue, second!.Value, theirs[at], clips: new[] { new { row = 5, vote = at < 2 ? "fits" : "doesNotFit" } });
        }
        var agreement = await cleo.GetAsync($"/api/v1/queues/{queue}/agreement");
        // As in the storage's test: 1 − 7 · 2 / 30 over the verdicts, 1 − 7 · 4 / 24 over the clips.
        Assert.Equal(8 / 15.0, agreement.GetProperty("verdicts").GetProperty("alpha").GetDouble(), 12);
        Assert.Equal(-1 / 6.0, agreement.GetProperty("clips").GetProperty("alpha").GetDouble(), 12);
        Assert.Equal(1, agreement.GetProperty("disagreed").GetInt32());
        var progress = await cleo.GetAsync($"/api/v1/queues/{queue}/progress");
        Assert.Equal((4, 3, 1), (progress.GetProperty("total").GetInt32(), progress.GetProperty("done").GetInt32(), progress.GetProperty("waiting").GetInt32()));
        Assert.Equal([360, 360], progress.GetProperty("people").EnumerateArray().Select(person => person.GetProperty("itemsPerHour").GetDouble()));

        var none = await ada.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next");
        Assert.Equal(("waitsForAdjudicator", 1, 0), (none.GetProperty("state").GetString(), none.GetProperty("waiting").GetInt32(), none.GetProperty("toDecide").GetInt32()));
        Assert.Equal(1, (await cleo.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next")).GetProperty("toDecide").GetInt32());
        var disputed = Assert.Single((await cleo.GetAsync($"/api/v1/queues/{queue}/adjudications")).GetProperty("items").EnumerateArray());
        Assert.Equal(["reject", "split"], disputed.GetProperty("annotations").EnumerateArray().Select(each => each.GetProperty("verdict").GetString()));
        Assert.True(disputed.GetProperty("mayDecide").GetBoolean());
        var decision = new { queue, feature = 102, verdict = "edit", label = "low drum", seenRevision = 0 };
        var (status, problem) = await ada.SendAsync(HttpMethod.Put, $"/api/v1/adjudications/{Guid.NewGuid()}", decision);
        Assert.Equal((HttpStatusCode.Conflict, "ownItem"), (status, problem.GetProperty("reason").GetString()));
        var decided = await cleo.DoAsync(HttpMethod.Put, $"/api/v1/adjudications/{Guid.NewGuid()}", decision);
        Assert.Equal("adjudication", decided.GetProperty("kind").GetString());
        Assert.Equal("low drum", (await ada.GetAsync($"{site.SaeAddress}/features/102/label")).GetProperty("text").GetString());
        Assert.Equal(("noneLeft", (int?)null), await ada.NextAsync(queue));
        Assert.Equal(4, (await ada.GetAsync($"/api/v1/queues/{queue}/progress")).GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task An_id_sent_twice_counts_once_and_with_other_content_is_a_conflict()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = await QueueAsync(ada, new { name = "Twice", sae = site.Sae, features = new[] { 110, 111 } });
        var address = $"/api/v1/annotations/{Guid.NewGuid()}";
        var body = new { queue, feature = 110, verdict = "unsure", note = "soft", seconds = 4 };
        var sent = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.DoAsync(HttpMethod.Put, address, body)));
        Assert.Single(sent.Select(each => each.GetProperty("createdUtc").GetString()).Distinct());
        Assert.Equal(1, (await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("total").GetInt32());
        var (status, problem) = await ada.SendAsync(HttpMethod.Put, address, body with { note = "loud" });
        Assert.Equal((HttpStatusCode.Conflict, "otherContent", "soft"), (status, problem.GetProperty("reason").GetString(), problem.GetProperty("current").GetProperty("note").GetString()));
        (status, problem) = await ada.SendAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", body);
        Assert.Equal((HttpStatusCode.Conflict, "judgedAlready"), (status, problem.GetProperty("reason").GetString()));
        // Withdrawn, and sent again by a browser that did not hear of it: it stays withdrawn.
        await ada.DoAsync(HttpMethod.Delete, address);
        Assert.NotEqual(JsonValueKind.Null, (await ada.DoAsync(HttpMethod.Put, address, body)).GetProperty("withdrawnUtc").ValueKind);
        Assert.Equal((0, 1), ((await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("total").GetInt32(), (await ada.GetAsync($"/api/v1/queues/{queue}/annotations?withdrawn=true")).GetProperty("total").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.SendAsync(HttpMethod.Put, "/api/v1/annotations/one", body)).Status);
    }

    [Fact]
    public async Task A_person_whose_lease_was_lost_is_said_so_and_what_they_typed_is_their_draft()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        using var bob = await Annotator.EnterAsync(site, "Bob");
        var queue = await QueueAsync(ada, new { name = "Leases", sae = site.Sae, features = new[] { 120, 121 } });
        Assert.Equal(("items", (int?)120), await ada.NextAsync(queue));
        // Hers, so he gets the other one; asking again gives each the same.
        Assert.Equal(("items", (int?)121), await bob.NextAsync(queue));
        Assert.Equal(("items", (int?)120), await ada.NextAsync(queue));
        using var cleo = await Annotator.EnterAsync(site, "Cleo");
        Assert.Equal(("othersAtWork", (int?)null), await cleo.NextAsync(queue));
        Assert.True((await ada.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/items/120/lease")).GetProperty("leaseUtc").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(14));

        // Fifteen minutes without a sign of work.
        site.App.Services.GetRequiredService<ItemLeases>().End(queue, 120, ada.Id);
        Assert.Equal(("items", (int?)120), await cleo.NextAsync(queue));
        var (status, problem) = await ada.SendAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/items/120/lease");
        Assert.Equal((HttpStatusCode.Conflict, "leaseLost"), (status, problem.GetProperty("reason").GetString()));
        var body = new { queue, feature = 120, verdict = "edit", label = "what she typed", seenRevision = 0, seconds = 4 };
        (status, problem) = await ada.SendAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", body);
        Assert.Equal((HttpStatusCode.Conflict, "leaseLost"), (status, problem.GetProperty("reason").GetString()));
        Assert.Equal("what she typed", (await ada.GetAsync($"/api/v1/queues/{queue}/items/120/draft")).GetProperty("label").GetString());
        await cleo.SayAsync(queue, 120, "reject");
        (status, problem) = await ada.SendAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", body);
        Assert.Equal((HttpStatusCode.Conflict, "full", "reject"), (status, problem.GetProperty("reason").GetString(), problem.GetProperty("current").GetProperty("verdict").GetString()));
        Assert.Equal("what she typed", (await ada.GetAsync($"/api/v1/queues/{queue}/items/120")).GetProperty("draft").GetProperty("label").GetString());
        // Given back, it is free for others.
        Assert.Equal(HttpStatusCode.NoContent, (await bob.SendAsync(HttpMethod.Delete, $"/api/v1/queues/{queue}/items/121/lease")).Status);
        Assert.Equal(("items", (int?)121), await ada.NextAsync(queue));
        // Without a lease, as after a restart of the site: there is room, so it counts.
        site.App.Services.GetRequiredService<ItemLeases>().End(queue, 121, ada.Id);
        await ada.SayAsync(queue, 121, "reject");
    }

    [Fact]
    public async Task A_draft_comes_first_and_ends_when_its_item_is_sent()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = await QueueAsync(ada, new { name = "Drafts", sae = site.Sae, features = new[] { 130, 131, 132 } });
        await ada.DoAsync(HttpMethod.Put, $"/api/v1/queues/{queue}/items/131/draft", new { label = "tai" });
        var next = await ada.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next?count=3");
        Assert.Equal([131, 130, 132], next.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("feature").GetInt32()));
        Assert.Equal("tai", next.GetProperty("items")[0].GetProperty("draft").GetProperty("label").GetString());
        await ada.SayAsync(queue, 131, "reject");
        Assert.Equal(HttpStatusCode.NotFound, (await ada.SendAsync(HttpMethod.Get, $"/api/v1/queues/{queue}/items/131/draft")).Status);
        Assert.Equal(("items", (int?)130), await ada.NextAsync(queue));
        Assert.Equal(HttpStatusCode.BadRequest, (await ada.SendAsync(HttpMethod.Put, $"/api/v1/queues/{queue}/items/130/draft", new[] { 1 })).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await ada.SendAsync(HttpMethod.Put, $"/api/v1/queues/{queue}/items/130/draft", new { label = new string('x', 500_000) })).Status);
    }

    [Fact]
    public async Task After_a_restart_an_item_with_a_recent_draft_is_still_that_person_s()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = await QueueAsync(ada, new { name = "Restart", sae = site.Sae, features = new[] { 135, 136 } });
        await ada.DoAsync(HttpMethod.Put, $"/api/v1/queues/{queue}/items/135/draft", new { label = "tai" });
        var services = site.App.Services;
        // What a start makes: leases are in memory, drafts are not.
        NextWork NextOf(TimeSpan later)
        {
            var clock = new FakeTimeProvider(DateTimeOffset.UtcNow + later);
            var restarted = new AnnotationService(
                services.GetRequiredService<QueueRepository>(), services.GetRequiredService<AnnotationRepository>(), services.GetRequiredService<DraftRepository>(), services.GetRequiredService<FeatureLabels>(),
                new ItemLeases(clock), services.GetRequiredService<Web.Data.IStoreAccess>(), clock);
            return restarted.Next(restarted.Queue(queue)!, 3, new Actor("bob", "Bob"));
        }
        Assert.Equal([136], NextOf(TimeSpan.FromMinutes(1)).Items.Select(item => item.Feature));
        Assert.Equal([135, 136], NextOf(TimeSpan.FromMinutes(16)).Items.Select(item => item.Feature));
    }

    [Fact]
    public async Task Accepting_writes_the_label_a_newer_one_is_a_conflict_and_undo_brings_back_what_was_there()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = await QueueAsync(ada, new { name = "Labels", sae = site.Sae, features = new[] { 140 } });
        var label = $"{site.SaeAddress}/features/140/label";
        var revision = (await site.SendAsync(HttpMethod.Put, label, """{"text": "drum"}""")).Body.GetProperty("revision").GetInt64();
        var address = $"/api/v1/annotations/{Guid.NewGuid()}";
        var (status, problem) = await ada.SendAsync(HttpMethod.Put, address, new { queue, feature = 140, verdict = "edit", label = "taiko", seenRevision = 0 });
        Assert.Equal((HttpStatusCode.Conflict, "label", "drum"), (status, problem.GetProperty("reason").GetString(), problem.GetProperty("current").GetProperty("text").GetString()));
        Assert.Equal(0, (await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("total").GetInt32());
        // An open page that shows the label hears of it.
        var heard = new List<FeatureKey>();
        site.App.Services.GetRequiredService<FeatureLabels>().Changed += heard.Add;
        var kept = await ada.DoAsync(HttpMethod.Put, address, new { queue, feature = 140, verdict = "edit", label = "taiko", seenRevision = revision });
        Assert.Equal("taiko", (await ada.GetAsync(label)).GetProperty("text").GetString());
        Assert.Equal(kept.GetProperty("revision").GetInt64(), (await ada.GetAsync(label)).GetProperty("revision").GetInt64());
        Assert.True((await ada.DoAsync(HttpMethod.Delete, address)).GetProperty("labelTakenBack").GetBoolean());
        Assert.Equal("drum", (await ada.GetAsync(label)).GetProperty("text").GetString());
        Assert.Equal([140, 140], heard.Where(key => key.Feature == 140).Select(key => key.Feature));
    }

    [Fact]
    public async Task Practice_comes_first_and_is_answered_and_counts_nowhere()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var practice = new[] { new { feature = 150, verdict = "uninterpretable", why = "Nothing in common.", clips = new[] { new { row = 3, vote = "doesNotFit" } } } };
        var queue = await QueueAsync(ada, new { name = "Practice", sae = site.Sae, features = new[] { 151 }, practice });
        Assert.Equal(("practice", (int?)150), await ada.NextAsync(queue));
        var answer = await ada.SayAsync(queue, 150, "accept", "drum");
        Assert.Equal(("practice", "uninterpretable", "Nothing in common."),
            (answer.GetProperty("kind").GetString(), answer.GetProperty("expected").GetProperty("verdict").GetString(), answer.GetProperty("expected").GetProperty("why").GetString()));
        Assert.Equal("", (await ada.GetAsync($"{site.SaeAddress}/features/150/label")).GetProperty("text").GetString());
        Assert.Equal(("items", (int?)151), await ada.NextAsync(queue));
        var progress = await ada.GetAsync($"/api/v1/queues/{queue}/progress");
        Assert.Equal((1, 0, 1), (progress.GetProperty("total").GetInt32(), progress.GetProperty("mine").GetProperty("done").GetInt32(), progress.GetProperty("mine").GetProperty("practised").GetInt32()));
    }

    [Fact]
    public async Task Every_vote_is_exported_with_what_its_clip_is_and_all_of_it_comes_into_an_empty_folder()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var feature = Enumerable.Range(160, 200).First(each => site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!.Index[each].Kept);
        var queue = await QueueAsync(ada, new { name = "Export", sae = site.Sae, features = new[] { feature, 161 + 300 } });
        var set = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!;
        var clip = HeldOutClips.Of(set, feature, queue, ada.Id)[0];
        await ada.SayAsync(queue, feature, "edit", "=drum, low", new[] { new { row = clip.Row, vote = "fits" } });
        await ada.SayAsync(queue, 461, "unsure");
        var csv = (await ada.TextAsync($"/api/v1/queues/{queue}/votes.csv")).TrimEnd('\n').Split('\n');
        Assert.Equal(3, csv.Length);
        Assert.Equal(20, csv[0].Split(',').Length);
        // A text that a spreadsheet would take for a formula is not one any more.
        Assert.Contains("edit,\"'=drum, low\",", csv[1], StringComparison.Ordinal);
        Assert.Contains($",{clip.Row},{clip.Kind.Name()},", csv[1], StringComparison.Ordinal);
        Assert.EndsWith(",fits", csv[1], StringComparison.Ordinal);
        Assert.EndsWith(",,,,", csv[2], StringComparison.Ordinal);
        var lines = (await ada.TextAsync($"/api/v1/queues/{queue}/votes.jsonl")).TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(("=drum, low", clip.Row, "fits"), (lines[0].GetProperty("label").GetString(), lines[0].GetProperty("clips")[0].GetProperty("row").GetInt32(), lines[0].GetProperty("clips")[0].GetProperty("vote").GetString()));

        var file = await ada.TextAsync("/api/v1/export");
        using var folder = new TemporaryFolder();
        using var empty = Database.Open(folder.Path);
        var result = new DataImport(empty).Read(System.Text.Encoding.UTF8.GetBytes(file), "file", new Actor("local", "Someone"));
        Assert.True(result is { Queues: > 0, Annotations: > 1 });
        using var again = new MemoryStream();
        new DataExport(empty).Write(again, DateTimeOffset.UtcNow);
        string[] Kept(string text) => [.. text.TrimEnd('\n').Split('\n').Where(line => line.Contains("\"kind\":\"queue\"", StringComparison.Ordinal) || line.Contains("\"kind\":\"annotation\"", StringComparison.Ordinal))];
        Assert.Equal(Kept(file), Kept(System.Text.Encoding.UTF8.GetString(again.ToArray())));
        // Here everything is known already.
        var import = await site.Http.PostAsync("/api/v1/import", new StringContent(file), TestContext.Current.CancellationToken);
        var answer = JsonDocument.Parse(await import.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal((0, 0), (answer.GetProperty("queues").GetInt32(), answer.GetProperty("annotations").GetInt32()));
    }

    [Fact]
    public async Task A_queue_of_32768_features_gives_its_next_item_and_its_progress_at_once()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        // Of an SAE that is not here: what a queue does must not need it.
        var queue = site.App.Services.GetRequiredService<AnnotationService>().Add(
            new QueueContent("Large", new string('e', 64), new string('d', 64), [.. Enumerable.Range(0, 32_768).Reverse()], QueueMode.BlindFirst, "", 2, [], []), site.Person).Id;
        await ada.NextAsync(queue);
        var times = new List<double>();
        for (var each = 0; each < 20; each++)
        {
            var clock = Stopwatch.StartNew();
            var next = await ada.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next?count=3");
            Assert.Equal(32_767 - each, next.GetProperty("items")[0].GetProperty("feature").GetInt32());
            Assert.Contains("is not here", next.GetProperty("items")[0].GetProperty("problem").GetString(), StringComparison.Ordinal);
            await ada.SayAsync(queue, 32_767 - each, "reject");
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"next and put: median {times.Order().ElementAt(10):F1} ms, largest {times.Max():F1} ms");
        Assert.True(times.Order().ElementAt(10) < 300, string.Join(' ', times));
    }

    [Fact]
    public async Task What_people_voted_is_a_score_of_the_label_that_they_were_shown_and_compares_with_those_of_programs()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        const int feature = 1300;
        var queue = await QueueAsync(ada, new { name = "Scores", sae = site.Sae, features = new[] { feature }, mode = "labelFirst" });
        var item = (await ada.DoAsync(HttpMethod.Post, $"/api/v1/queues/{queue}/next")).GetProperty("items")[0];
        var shown = item.GetProperty("suggestion").GetString()!;
        var address = $"{site.SaeAddress}/features/{feature}/scores";
        var kinds = (await ada.GetAsync(address)).GetProperty("clips").EnumerateArray().ToDictionary(clip => clip.GetProperty("row").GetInt32(), clip => clip.GetProperty("kind").GetString());
        var clips = item.GetProperty("clips").EnumerateArray().Select(clip => clip.GetProperty("row").GetInt32()).Select(row => new { row, vote = kinds[row] == "positive" ? "fits" : "doesNotFit" }).ToArray();
        Assert.Equal(15, clips.Length);
        await ada.DoAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", new { queue, feature, verdict = "reject", clips, shown, seenRevision = 0, seconds = 10 });
        var scores = (await ada.GetAsync(address)).GetProperty("scores");
        Assert.Equal((shown, true), (scores.GetProperty("text").GetString(), scores.GetProperty("isSuggestion").GetBoolean()));
        var people = scores.GetProperty("current")[0];
        Assert.Equal(("people", 1, 1.0, 1.0), (people.GetProperty("judge").GetString(), people.GetProperty("people").GetInt32(), people.GetProperty("detection").GetProperty("random").GetDouble(), people.GetProperty("detection").GetProperty("nearMiss").GetDouble()));
        Assert.True(scores.GetProperty("current")[1].GetProperty("onPeoplesClips").GetBoolean());
        Assert.Contains((await ada.GetAsync($"{site.SaeAddress}/scores?limit=1000&offset=500")).GetProperty("items").EnumerateArray(), each => each.GetProperty("feature").GetInt32() == feature && each.GetProperty("current")[0].GetProperty("judge").GetString() == "people");
        // The list and its export know it too, and a queue can be made of what people doubt.
        Assert.Contains((await ada.GetAsync($"{site.SaeAddress}/features?people=0.9&limit=1000&all=true")).GetProperty("items").EnumerateArray(), each => each.GetProperty("index").GetInt32() == feature);
        var csv = (await ada.TextAsync($"{site.SaeAddress}/features.csv?select={feature}")).Split('\n');
        Assert.Contains(",1,1,1,", csv[1], StringComparison.Ordinal);
        Assert.EndsWith(",people,peopleRandomAuroc,peopleNearMissAuroc,disagreement,captionsRandomAuroc,captionsNearMissAuroc,clapCosine,clapFloor", csv[0], StringComparison.Ordinal);
        var (status, _) = await ada.SendAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Trusted", sae = site.Sae, query = "people=0.9&all=1" });
        Assert.Equal(HttpStatusCode.Created, status);

        // What the verb printed is taken; what is of another SAE is not.
        var clap = new { model = "/m/laion", modelHash = new string('a', 64), sae = new string('0', 64), labels = new[] { new { feature, text = shown, by = "ada", at = "2026-11-23T10:15:02Z", current = true, excerpts = 10, cosine = 0.3, floor = 0.1 } } };
        (status, var problem) = await ada.SendAsync(HttpMethod.Put, $"{site.SaeAddress}/scores/clap", clap);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("of the SAE with the weights 000000000000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var hash = (await ada.GetAsync(site.SaeAddress)).GetProperty("sae").GetProperty("hash").GetString()!;
        Assert.Equal(1, (await ada.DoAsync(HttpMethod.Put, $"{site.SaeAddress}/scores/clap", new { clap.model, clap.modelHash, sae = hash, clap.labels })).GetProperty("scores").GetInt32());
        var cosine = (await ada.GetAsync(address)).GetProperty("scores").GetProperty("current").EnumerateArray().Single(score => score.GetProperty("judge").GetString() == "clap");
        Assert.Equal((0.3, 0.1), (cosine.GetProperty("value").GetDouble(), cosine.GetProperty("valueFloor").GetDouble()));
    }

    private static async Task<string> QueueAsync(Annotator author, object body) => (await author.DoAsync(HttpMethod.Post, "/api/v1/queues", body)).GetProperty("queue").GetProperty("id").GetString()!;
}
