using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Web.Tests.Api;

namespace SaeDashboard.Web.Tests.Annotation;

/// <summary>Label Studio's JSON and Audacity's label tracks, both ways.</summary>
public sealed class OtherFormatTests(ApiSite site) : IClassFixture<ApiSite>
{
    [Fact]
    public async Task A_queue_goes_to_Label_Studio_and_comes_back_without_a_change()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Studio", sae = site.Sae, features = new[] { 200, 201 } })).GetProperty("queue").GetProperty("id").GetString()!;
        var clips = (await ada.GetAsync($"/api/v1/queues/{queue}/items/200")).GetProperty("clips").EnumerateArray().Take(2).Select(clip => new { row = clip.GetProperty("row").GetInt32(), vote = "fits" }).ToArray();
        await ada.DoAsync(HttpMethod.Put, $"/api/v1/annotations/{Guid.NewGuid()}", new { queue, feature = 200, verdict = "edit", label = "taiko", seenRevision = 0, specificity = 4, tags = new[] { "low", "wood" }, note = "two\nlines", seconds = 7.5, clips });
        var text = await ada.TextAsync($"/api/v1/queues/{queue}/label-studio.json");
        var tasks = JsonNode.Parse(text)!.AsArray();
        Assert.Equal(2, tasks.Count);
        var (data, annotation) = (tasks[0]!["data"]!, Assert.Single(tasks[0]!["annotations"]!.AsArray())!);
        Assert.Equal((200, 7.5), ((int)data["feature"]!, (double)annotation["lead_time"]!));
        Assert.StartsWith("http://127.0.0.1:", (string?)data["clip1"], StringComparison.Ordinal);
        var votes = annotation["result"]!.AsArray().Where(each => ((string)each!["from_name"]!).StartsWith("vote", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, votes.Length);
        foreach (var vote in votes)
        {
            Assert.Equal(("choices", "fits"), ((string?)vote!["type"], (string?)vote["value"]!["choices"]![0]));
            Assert.Contains((int)data["row" + ((string)vote["from_name"]!)[4..]]!, clips.Select(clip => clip.row));
        }
        var configuration = await ada.TextAsync($"/api/v1/queues/{queue}/label-studio.xml");
        Assert.Contains("<Audio name=\"clip1\" value=\"$clip1\"/>", configuration, StringComparison.Ordinal);
        Assert.Contains(System.Xml.Linq.XDocument.Parse(configuration).Descendants("Choice"), choice => choice.Attribute("value")!.Value == "uninterpretable");

        var answer = await ImportAsync(queue, text);
        Assert.Equal((0, 1), (answer.GetProperty("annotations").GetInt32(), answer.GetProperty("known").GetInt32()));
        Assert.Equal(text, await ada.TextAsync($"/api/v1/queues/{queue}/label-studio.json"));
    }

    [Fact]
    public async Task What_a_user_of_Label_Studio_annotated_is_theirs_and_counts_once()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "From there", sae = site.Sae, features = new[] { 210 } })).GetProperty("queue").GetProperty("id").GetString()!;
        var file = """
            [{"id": 1, "data": {"queue": "QUEUE", "feature": 210, "row1": 3, "clip1": "x"}, "annotations": [
              {"id": 1001, "completed_by": 10, "created_at": "2021-03-09T22:16:08.728353Z", "lead_time": 4.288, "was_cancelled": false, "result": [
                {"from_name": "verdict", "to_name": "clip1", "type": "choices", "value": {"choices": ["accept"]}},
                {"from_name": "label", "to_name": "clip1", "type": "textarea", "value": {"text": ["taiko"]}},
                {"from_name": "vote1", "to_name": "clip1", "type": "choices", "value": {"choices": ["doesNotFit"]}}]},
              {"id": 1002, "was_cancelled": true, "result": []}]}]
            """.Replace("QUEUE", queue, StringComparison.Ordinal);
        Assert.Equal(1, (await ImportAsync(queue, file)).GetProperty("annotations").GetInt32());
        Assert.Equal(0, (await ImportAsync(queue, file)).GetProperty("annotations").GetInt32());
        var only = Assert.Single((await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("items").EnumerateArray());
        Assert.Equal(("Label Studio 10", "accept", "taiko", 4.288), (only.GetProperty("author").GetString(), only.GetProperty("verdict").GetString(), only.GetProperty("label").GetString(), only.GetProperty("seconds").GetDouble()));
        Assert.Equal((3, "doesNotFit"), (only.GetProperty("clips")[0].GetProperty("row").GetInt32(), only.GetProperty("clips")[0].GetProperty("vote").GetString()));
        // It writes no label, and its author cannot be chosen here.
        Assert.Equal("", (await ada.GetAsync($"{site.SaeAddress}/features/210/label")).GetProperty("text").GetString());
        Assert.DoesNotContain((await ada.GetAsync("/api/v1/people?limit=1000")).GetProperty("items").EnumerateArray(), person => person.GetProperty("name").GetString() == "Label Studio 10");
    }

    [Theory]
    [InlineData("{}", "is not a list of tasks")]
    [InlineData("[\n  {\"data\": 1,}}", "is not JSON. Line 2, column 1")]
    [InlineData("""[{"data": {"queue": "other"}}]""", "Task 1 is not one of a queue's items")]
    [InlineData("""[{"data": {"queue": "QUEUE", "feature": 220}, "annotations": [{"result": []}]}]""", "an annotation has no verdict")]
    [InlineData("""[{"data": {"queue": "QUEUE", "feature": 220}, "annotations": [{"result": [{"from_name": "verdict", "value": {"choices": ["perhaps"]}}]}]}]""", "Task 1, annotation 1: verdict is “perhaps”")]
    [InlineData("""[{"data": {"queue": "QUEUE", "feature": 221}, "annotations": []}]""", "feature 221 is not an item of the queue")]
    [InlineData("""[{"data": {"queue": "QUEUE", "feature": 220}, "annotations": [{"result": [{"from_name": "verdict", "value": {"choices": ["reject"]}}, {"from_name": "specificity", "value": {"rating": 9}}]}]}]""", "Task 1, annotation 1: specificity is 9")]
    [InlineData("""[{"data": {"queue": "QUEUE", "feature": 220}, "annotations": [{"result": 7}]}]""", "Task 1 is not one of a queue's items")]
    [InlineData("""[{"data": {"queue": "QUEUE", "queue": "QUEUE", "feature": 220}, "annotations": []}]""", "Task 1 is not one of a queue's items")]
    [InlineData("[null]", "Task 1 is not one of a queue's items: it is not an object")]
    public async Task A_file_of_something_else_is_refused_whole(string file, string why)
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Refused", sae = site.Sae, features = new[] { 220 } })).GetProperty("queue").GetProperty("id").GetString()!;
        using var content = new StringContent(file.Replace("QUEUE", queue, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        using var answer = await site.Http.PostAsync($"/api/v1/queues/{queue}/label-studio.json", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(why, (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Comments_on_a_clip_are_a_label_track_and_labels_of_one_are_comments_once()
    {
        var track = $"{site.SaeAddress}/clips/12/labels.txt";
        var added = await PostAsync(track, "3.200000\t5.000000\t#230 only the last hit\n\\\t100.000000\t200.000000\n1.500000\t1.500000\t#231 a point\r\n");
        Assert.Equal((HttpStatusCode.OK, 2), (added.Status, added.Body.GetProperty("comments").GetInt32()));
        var comment = (await site.GetAsync($"{site.SaeAddress}/features/230/comments")).GetProperty("items")[0];
        Assert.Equal(("only the last hit", 12, 3.2, 5.0), (comment.GetProperty("text").GetString(), comment.GetProperty("clip").GetProperty("row").GetInt32(), comment.GetProperty("clip").GetProperty("from").GetDouble(), comment.GetProperty("clip").GetProperty("to").GetDouble()));
        Assert.Equal(site.Person.Name, comment.GetProperty("author").GetString());
        var text = await site.Http.GetStringAsync(track, TestContext.Current.CancellationToken);
        Assert.Equal("1.500000\t1.600000\t#231 a point\n3.200000\t5.000000\t#230 only the last hit\n", text);
        var again = await PostAsync(track, text);
        Assert.Equal((0, 2), (again.Body.GetProperty("comments").GetInt32(), again.Body.GetProperty("known").GetInt32()));
        // Audacity's own labels name no feature: all of the file is about one.
        Assert.Equal(1, (await PostAsync(track + "?feature=232", "0.5\t0.75\tattack")).Body.GetProperty("comments").GetInt32());
        Assert.Equal("attack", (await site.GetAsync($"{site.SaeAddress}/features/232/comments")).GetProperty("items")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Votes_as_JSON_Lines_and_as_a_table_come_back_by_their_address_or_by_the_import_of_all_files()
    {
        using var ada = await Annotator.EnterAsync(site, "Ada");
        var queue = (await ada.DoAsync(HttpMethod.Post, "/api/v1/queues", new { name = "Votes", sae = site.Sae, features = new[] { 240, 241 } })).GetProperty("queue").GetProperty("id").GetString()!;
        await ada.SayAsync(queue, 240, "edit", "taiko", new[] { new { row = 3, vote = "fits" }, new { row = 4, vote = "unsure" } });
        foreach (var form in new[] { "jsonl", "csv" })
        {
            var address = $"/api/v1/queues/{queue}/votes.{form}";
            var text = await ada.TextAsync(address);
            foreach (var to in new[] { address, $"/api/v1/import?file=votes.{form}" })
            {
                var (status, answer) = await PostAsync(to, text);
                Assert.Equal((HttpStatusCode.OK, 0, 1), (status, answer.GetProperty("annotations").GetInt32(), answer.GetProperty("known").GetInt32()));
            }
            var (wrong, problem) = await PostAsync(address, text.Replace("unsure", "perhaps", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.BadRequest, wrong);
            Assert.Contains(form == "csv" ? "Line 3, column 20 (vote): “perhaps” is not one of" : "Line 1, column ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
        // Another person's, by a table that has what is needed alone.
        Assert.Equal(1, (await PostAsync($"/api/v1/queues/{queue}/votes.csv", "feature,verdict,name\n241,reject,Grace\n")).Body.GetProperty("annotations").GetInt32());
        Assert.Equal(["edit by " + (await ada.GetAsync("/api/v1/me")).GetProperty("name").GetString(), "reject by Grace"],
            (await ada.GetAsync($"/api/v1/queues/{queue}/annotations")).GetProperty("items").EnumerateArray().Select(each => $"{each.GetProperty("verdict").GetString()} by {each.GetProperty("author").GetString()}").Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/api/v1/queues/queue-20260101-000000-aaaa/votes.csv", "feature,verdict\n")).Status);
    }

    [Theory]
    [InlineData("0.5\t0.75\tattack", "names no feature")]
    [InlineData("0.5\t0.75\t#9999999 attack", "has no feature 9999999")]
    [InlineData("0.5\t0.75\t#12\t", "has no text")]
    [InlineData("0.5 0.75 #1 x", "Line 1 is not start, end and text")]
    [InlineData("1\t2\t#1 good\n5\t4\t#1 bad", "Line 2, columns 1 and 2: the span is 5 to 4 s")]
    [InlineData("1\t2\t#1 good\n2\ttwo\t#1 bad", "Line 2, column 2 (end): “two” is not a time")]
    [InlineData("1\t2\t#1 good\n5\t4000\t#1 bad", "the clip has")]
    public async Task A_label_track_with_a_wrong_line_is_refused_whole(string text, string why)
    {
        var before = (await site.GetAsync($"{site.SaeAddress}/features/1/comments")).GetProperty("total").GetInt32();
        var (status, problem) = await PostAsync($"{site.SaeAddress}/clips/13/labels.txt", text);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, (await site.GetAsync($"{site.SaeAddress}/features/1/comments")).GetProperty("total").GetInt32());
    }

    private async Task<JsonElement> ImportAsync(string queue, string file)
    {
        using var content = new StringContent(file, Encoding.UTF8, "application/json");
        using var answer = await site.Http.PostAsync($"/api/v1/queues/{queue}/label-studio.json", content, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return body;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(string address, string text)
    {
        using var content = new StringContent(text, Encoding.UTF8, "text/plain");
        using var answer = await site.Http.PostAsync(address, content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}
