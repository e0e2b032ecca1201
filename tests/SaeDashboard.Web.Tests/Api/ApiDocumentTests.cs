using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Storage;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Data.Uploads;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>The OpenAPI document: complete, and what the site answers is what it says.</summary>
public sealed class ApiDocumentTests(ApiSite site) : IClassFixture<ApiSite>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_of_the_API_is_in_the_document_and_nothing_else()
    {
        var document = await ReadAsync();
        var there = ((IEndpointRouteBuilder)site.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/v1/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} /{Plain(endpoint.RoutePattern.RawText!)}")).Order(StringComparer.Ordinal);
        Assert.Equal(there, document.Operations.Select(each => $"{each.Method.ToUpperInvariant()} {each.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_what_it_takes_and_what_it_answers()
    {
        var document = await ReadAsync();
        var faults = new List<string>();
        var ids = new HashSet<string>();
        foreach (var (method, path, operation) in document.Operations)
        {
            void Fault(string what) => faults.Add($"{method} {path}: {what}");
            if (operation["summary"]?.GetValue<string>() is not { Length: > 8 }) Fault("has no summary");
            if (operation["operationId"]?.GetValue<string>() is not { } id || !ids.Add(id)) Fault("has no id of its own");
            if (operation["tags"]?.AsArray() is not [var tag] || tag!.GetValue<string>().StartsWith("SaeDashboard", StringComparison.Ordinal)) Fault("is in no group");
            foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
            {
                if (parameter!["description"]?.GetValue<string>() is not { Length: > 8 }) Fault($"does not describe {parameter["name"]}");
                if (parameter["schema"]?["type"] is null) Fault($"does not say what {parameter["name"]} is");
            }
            foreach (var (status, response) in operation["responses"]!.AsObject())
            {
                if (response!["description"]?.GetValue<string>() is not { Length: > 1 }) Fault($"does not say what {status} means");
                if (status == "204") continue;
                if (response["content"]?.AsObject() is not { Count: > 0 } content) Fault($"{status} has no content");
                else if (content.Any(each => each.Value!["schema"] is null)) Fault($"{status} has no schema");
                else if (status[0] >= '4' && content.Any(each => each.Key != "application/problem+json")) Fault($"{status} is not a problem");
            }
            if (operation["responses"]!.AsObject().All(each => each.Key[0] != '2')) Fault("never succeeds");
            if (operation["responses"]!["403"] is null) Fault("does not name 403");
        }
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
    }

    [Fact]
    public async Task Every_field_of_an_answer_is_described_and_figures_name_their_unit()
    {
        var json = JsonNode.Parse(await site.Http.GetStringAsync("/api/v1/openapi.json", Stop))!;
        var faults = new List<string>();
        foreach (var (name, schema) in json["components"]!["schemas"]!.AsObject().Where(each => each.Key.StartsWith("Api", StringComparison.Ordinal)))
        {
            foreach (var (field, shape) in schema!["properties"]?.AsObject() ?? [])
            {
                if (shape!["description"] is null && shape["$ref"] is null && shape["oneOf"]?.AsArray().Any(each => each!["$ref"] is not null) != true) faults.Add($"{name}.{field}");
            }
        }
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        var feature = json["components"]!["schemas"]!["ApiFeature"]!["properties"]!;
        Assert.Contains("0 to 1", feature["clipDensity"]!["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(1337, feature["index"]!["example"]?.GetValue<int>() ?? feature["index"]!["examples"]?[0]?.GetValue<int>());
        var sort = json["paths"]!["/api/v1/saes/{sae}/features"]!["get"]!["parameters"]!.AsArray().Single(parameter => parameter!["name"]!.GetValue<string>() == "sort")!;
        Assert.Contains("p99", sort["schema"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        var limit = json["paths"]!["/api/v1/saes/{sae}/features"]!["get"]!["parameters"]!.AsArray().Single(parameter => parameter!["name"]!.GetValue<string>() == "limit")!["schema"]!;
        Assert.Equal((1, 1000, 50), (limit["minimum"]!.GetValue<int>(), limit["maximum"]!.GetValue<int>(), limit["default"]!.GetValue<int>()));
    }

    [Fact]
    public async Task What_every_GET_answers_is_what_the_document_says()
    {
        var document = await ReadAsync();
        var known = await ThingsAsync();
        var (faults, checkedPaths) = (new List<string>(), new HashSet<string>());
        var operations = document.Operations.Where(each => each.Method == "get" && !each.Path.EndsWith("/events", StringComparison.Ordinal));
        // All at once: some wait half a minute for a worker that never comes.
        var answers = await Task.WhenAll(operations.SelectMany(each => Addresses(each.Path, known).Select(async address => (each.Path, each.Operation, Address: address, Answer: await site.Http.GetAsync(address, Stop)))));
        foreach (var (path, operation, address, answer) in answers)
        {
            using (answer)
            {
                var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
                var type = answer.Content.Headers.ContentType?.MediaType ?? "";
                if (operation["responses"]![status]?["content"]?[type] is not { } said)
                {
                    faults.Add($"{address}: {status} {type} is not in the document");
                    continue;
                }
                checkedPaths.Add($"{path} {status[0]}");
                if (!type.EndsWith("json", StringComparison.Ordinal)) continue;
                faults.AddRange(document.Faults(said["schema"]!, await answer.Content.ReadAsStringAsync(Stop), type.Contains("problem", StringComparison.Ordinal)).Select(fault => $"{address}: {fault}"));
            }
        }
        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
        // Nothing decodes here, no take was made and no sound brought: of those only the problem is held against its schema. The bundled SAE may have a steering table.
        var unseen = document.Operations.Where(each => each.Method == "get" && !each.Path.EndsWith("/steering", StringComparison.Ordinal) && !checkedPaths.Contains($"{each.Path} 2")).Select(each => each.Path).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["/api/v1/datasets/{dataset}/clips/{row}.wav", "/api/v1/datasets/{dataset}/clips/{row}/peaks", "/api/v1/datasets/{dataset}/refused", "/api/v1/jobs/events", "/api/v1/presets/{id}.html", "/api/v1/presets/{id}/remap", "/api/v1/presets/{id}/takes/{take}", "/api/v1/presets/{id}/{arm}.wav",
                "/api/v1/presets/{id}/{arm}/peaks", "/api/v1/runs/{id}/direction.json", "/api/v1/saes/{sae}/features/{index}/voice.wav", "/api/v1/saes/{sae}/readings/{key}", "/api/v1/saes/{sae}/readings/{key}/features/{index}",
                "/api/v1/shared/{word}/{arm}.wav", "/api/v1/shared/{word}/{arm}/peaks", "/api/v1/sounds/{id}.wav", "/api/v1/sounds/{id}/peaks", "/api/v1/takes/{take}", "/api/v1/takes/{take}/abx", "/api/v1/takes/{take}/abx/{test}/{trial}/{part}.wav",
                "/api/v1/takes/{take}/differences", "/api/v1/takes/{take}/{arm}.wav", "/api/v1/takes/{take}/{arm}/peaks", "/api/v1/takes/{take}/{arm}/traces"], unseen);
    }

    [Fact]
    public async Task A_schema_that_does_not_fit_is_noticed()
    {
        var document = await ReadAsync();
        var schema = document.Operations.Single(each => each.Path == "/api/v1/models/{model}").Operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        var model = JsonNode.Parse(await site.Http.GetStringAsync($"/api/v1/models/{site.App.Services.GetRequiredService<ICatalog>().Models[0].Id}", Stop))!.AsObject();
        Assert.Empty(document.Faults(schema, model.ToJsonString()));
        model["colour"] = "red";
        Assert.NotEmpty(document.Faults(schema, model.ToJsonString()));
        model.Remove("colour");
        model["layers"] = "12";
        Assert.NotEmpty(document.Faults(schema, model.ToJsonString()));
    }

    [Fact]
    public async Task The_events_of_jobs_are_a_stream_and_HEAD_of_it_ends()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/jobs/events");
        using var answer = await site.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Stop) is { Length: > 0 } line) lines.Add(line);
        Assert.Contains("event: alive", lines);
        Assert.Contains(lines, line => line.StartsWith("id: ", StringComparison.Ordinal));
        using var head = await site.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/v1/jobs/events"), Stop);
        Assert.Equal(("text/event-stream", 0), (head.Content.Headers.ContentType?.MediaType, (await head.Content.ReadAsByteArrayAsync(Stop)).Length));
    }

    [Fact]
    public async Task The_page_of_the_document_and_its_script_come_from_the_site()
    {
        var page = await site.Http.GetStringAsync("/scalar/", Stop);
        Assert.Contains("openapi.json", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page.Replace("https://json-schema.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        using var shortcut = await site.Http.GetAsync("/api", Stop);
        Assert.Equal((HttpStatusCode.Redirect, "/scalar/"), (shortcut.StatusCode, shortcut.Headers.Location?.OriginalString));
    }

    private async Task<ApiSchemas> ReadAsync() => new(JsonNode.Parse(await site.Http.GetStringAsync("/api/v1/openapi.json", Stop))!.AsObject());

    /// <summary>The addresses of a path for things that are there, and for one that is not.</summary>
    private static IEnumerable<string> Addresses(string path, IReadOnlyDictionary<string, string> known)
    {
        yield return System.Text.RegularExpressions.Regex.Replace(path, @"\{(\w+)\}", match =>
            known[match.Groups[1].Value == "id" ? path.Contains("/presets/", StringComparison.Ordinal) ? "preset" : path.Contains("/sounds/", StringComparison.Ordinal) ? "sound" : "run" : (path.Contains("/presets/", StringComparison.Ordinal) || path.Contains("/shared/", StringComparison.Ordinal)) && match.Groups[1].Value == "arm" ? "presetArm" : match.Groups[1].Value])
            + (path.EndsWith("/runs/metrics.csv", StringComparison.Ordinal) ? $"?runs={known["run"]}" : "");
        if (path.Contains('{', StringComparison.Ordinal)) yield return System.Text.RegularExpressions.Regex.Replace(path, @"\{(\w+)\}", match => match.Groups[1].Value is "index" or "rank" or "row" or "job" or "feature" or "number" ? "99999999" : "none");
        yield return (path.Contains('{', StringComparison.Ordinal) ? System.Text.RegularExpressions.Regex.Replace(path, @"\{(\w+)\}", match => match.Groups[1].Value is "index" or "rank" or "row" or "job" or "feature" or "number" ? "0" : "none") : path) + "?surprise=1";
    }

    private async Task<IReadOnlyDictionary<string, string>> ThingsAsync()
    {
        var services = site.App.Services;
        var (catalog, presets) = (services.GetRequiredService<ICatalog>(), services.GetRequiredService<PresetRepository>());
        var index = site.App.Services.GetRequiredService<FeatureCatalog>().Open(site.Sae)!.Index;
        SampleLadder.Write(site.App.Services.GetRequiredService<LadderFolders>().Of(site.App.Services.GetRequiredService<ICatalog>().Sae(site.Sae)!), index, SampleLadder.Of(index, 0));
        site.App.Services.GetRequiredService<LadderFolders>().Announce(index.Info.SaeHash);
        await site.SendAsync(HttpMethod.Put, $"{site.SaeAddress}/features/0/label", """{"text":"first"}""");
        var comment = await site.SendAsync(HttpMethod.Post, $"{site.SaeAddress}/features/0/comments", """{"text":"hm","clip":{"row":1,"from":0.5,"to":1}}""");
        var job = services.GetRequiredService<JobRepository>().Queue(site.Run, JobKind.Start, "cpu", site.Person);
        services.GetRequiredService<JobRepository>().Ended(job, RunState.Done, null, site.Person);
        var made = await site.SendAsync(HttpMethod.Post, "/api/v1/queues", $$"""{"name":"Document","sae":"{{site.Sae}}","features":[0,1],"gold":[{"feature":2,"verdict":"reject","clips":[{"row":1,"vote":"fits"}]}]}""");
        var queue = made.Body.GetProperty("queue").GetProperty("id").GetString()!;
        var annotation = Guid.NewGuid().ToString();
        await site.SendAsync(HttpMethod.Put, $"/api/v1/annotations/{annotation}", $$"""{"queue":"{{queue}}","feature":0,"verdict":"reject","seconds":3,"clips":[{"row":1,"vote":"unsure"}]}""");
        await site.SendAsync(HttpMethod.Put, $"/api/v1/queues/{queue}/items/1/draft", """{"label":"tai"}""");
        return new Dictionary<string, string>
        {
            ["batch"] = WrittenBatch.Id, ["queue"] = queue, ["annotation"] = annotation, ["feature"] = "1",
            ["sae"] = site.Sae, ["index"] = "0", ["rank"] = "0", ["dataset"] = catalog.Datasets[0].Id, ["row"] = "0", ["model"] = catalog.Models[0].Id, ["run"] = site.Run,
            ["job"] = job.ToString(CultureInfo.InvariantCulture), ["comment"] = comment.Body.GetProperty("id").GetString()!, ["preset"] = presets.List()[0].Id, ["presetArm"] = "baseline",
            ["word"] = services.GetRequiredService<PresetLinkRepository>().Add(presets.List()[0].Id, site.Person), ["number"] = "1",
            ["take"] = "take-20260101-000000-aaaa", ["key"] = "clip-0", ["sound"] = "none", ["arm"] = "A", ["upload"] = services.GetRequiredService<UploadStore>().Create(site.Person.UserId, "a.wav", 4).Id, ["revision"] = "1",
            ["test"] = "abx-20260101-000000-aaaa", ["trial"] = "0", ["part"] = "x",
        };
    }

    private static string Plain(string route) => System.Text.RegularExpressions.Regex.Replace(route.TrimStart('/').TrimEnd('/'), @":\w+\}", "}");
}
