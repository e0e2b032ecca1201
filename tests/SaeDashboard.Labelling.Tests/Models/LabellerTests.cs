using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Tests.Servers;

namespace SaeDashboard.Labelling.Tests.Models;

/// <summary>One request to either provider: what it carries, and what comes of faults.</summary>
public sealed class LabellerTests
{
    public static TheoryData<ModelProtocol> Protocols => [ModelProtocol.OpenAi, ModelProtocol.Gemini];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_request_is_what_the_provider_documents_and_its_answer_becomes_a_label(ModelProtocol protocol)
    {
        await using var server = await ServerOf(protocol);
        var outcome = await LabelAsync(server, protocol, Sounds.Of(12));
        Assert.Empty(server.Refusals);
        Assert.Equal(new LabelAnswer("sound of feature 12", "It is in all excerpts.", 0.75), outcome.Answer);
        Assert.Equal((10, 5), (outcome.Firing, outcome.Contrast));
        var body = Assert.Single(server.Requests).Body;
        Assert.Equal(15, server.Requests.Single().Excerpts);
        var text = body.ToJsonString();
        Assert.Contains("You name the features of a music model", text, StringComparison.Ordinal);
        Assert.True(text.IndexOf("Excerpts in which", StringComparison.Ordinal) < text.IndexOf("Contrast excerpts, in", StringComparison.Ordinal));
        var schema = protocol == ModelProtocol.OpenAi ? body["response_format"]!["json_schema"]!["schema"]! : body["generationConfig"]!["responseSchema"]!;
        Assert.Equal(["label", "description", "confidence"], schema["required"]!.AsArray().Select(name => (string)name!));
        Assert.DoesNotContain(TestOptions.Key, text, StringComparison.Ordinal);
        // The provider's own count: 400 tokens of text at 1 $, the sound at 10 $, the answer at 4 $ a million.
        var (audio, output) = protocol == ModelProtocol.OpenAi ? (15, 50) : (48, 60);
        Assert.Equal((400 + 10m * audio + 4m * output) / 1_000_000m, outcome.Cost.Dollars);
        Assert.True(outcome.Cost.Dollars <= new LanguageModelLabeller(null!, TestOptions.For(protocol, server.Address), PromptTemplate.Label).Estimate(LongRequest()).Dollars);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_fault_for_a_while_is_repeated(ModelProtocol protocol)
    {
        foreach (var fault in new[] { Fault.TooManyRequests, Fault.ServerError, Fault.Hang, Fault.Cut })
        {
            await using var server = await ServerOf(protocol);
            server.FaultOf = (feature, attempt) => feature == 3 && attempt == 0 ? fault : Fault.None;
            var outcome = await LabelAsync(server, protocol, Sounds.Of(3));
            Assert.Equal("sound of feature 3", outcome.Answer?.Label);
            var requests = server.Requests.ToArray();
            Assert.Equal(2, requests.Length);
            if (fault == Fault.TooManyRequests) Assert.True(requests[1].At - requests[0].At >= TimeSpan.FromSeconds(0.95), $"{protocol}: Retry-After was 1 s, and it waited {requests[1].At - requests[0].At}");
            // What the server did not finish may be charged: it counts with its largest cost.
            var once = (await LabelAsync(server, protocol, Sounds.Of(4))).Cost.Dollars;
            var doubtful = fault is Fault.Hang or Fault.Cut ? new LanguageModelLabeller(null!, TestOptions.For(protocol, server.Address), PromptTemplate.Label).Estimate(Sounds.Of(3)).Dollars : 0;
            Assert.Equal(once + doubtful, outcome.Cost.Dollars);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task An_answer_that_is_not_what_was_asked_for_is_asked_for_again(ModelProtocol protocol)
    {
        await using var server = await ServerOf(protocol);
        server.FaultOf = (_, attempt) => attempt == 0 ? Fault.InvalidJson : attempt == 1 ? Fault.WrongMembers : Fault.None;
        var outcome = await LabelAsync(server, protocol, Sounds.Of(4));
        Assert.Equal("sound of feature 4", outcome.Answer?.Label);
        Assert.Equal(3, server.Paid[4]);

        server.FaultOf = (_, _) => Fault.InvalidJson;
        var failed = await LabelAsync(server, protocol, Sounds.Of(5));
        Assert.Null(failed.Answer);
        Assert.Equal("no valid answer in 3 requests: not JSON", failed.Fault);
        var unaffordable = await LabelAsync(server, protocol, Sounds.Of(6), _ => false);
        Assert.Equal("not JSON; asking again would exceed the day's cap", unaffordable.Fault);
        Assert.Equal(1, server.Paid[6]);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_request_that_is_too_long_is_sent_with_half_the_excerpts(ModelProtocol protocol)
    {
        await using var server = await ServerOf(protocol);
        server.MostExcerpts = 4;
        var outcome = await LabelAsync(server, protocol, Sounds.Of(8));
        Assert.Equal("sound of feature 8", outcome.Answer?.Label);
        Assert.Equal([15, 7, 3], server.Requests.Select(request => request.Excerpts));
        Assert.Equal((2, 1), (outcome.Firing, outcome.Contrast));
        server.MostExcerpts = 0;
        await Assert.ThrowsAsync<LabellingException>(() => LabelAsync(server, protocol, Sounds.Of(9)));
    }

    /// <summary>The server quotes the wrong key back, as some do; nothing that is thrown shows it.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_refused_key_is_not_shown(ModelProtocol protocol)
    {
        await using ProviderServer server = protocol == ModelProtocol.OpenAi ? new OpenAiServer("another-key-0123") : new GeminiServer("another-key-0123");
        await server.StartAsync();
        var error = await Assert.ThrowsAsync<LabellingException>(() => LabelAsync(server, protocol, Sounds.Of(1)));
        Assert.True(error.StopsTheBatch);
        Assert.Contains(TestOptions.Key, Assert.Single(server.Refusals), StringComparison.Ordinal);
        Assert.Contains(ApiKey.Hidden, error.Message, StringComparison.Ordinal);
        for (Exception? each = error; each is not null; each = each.InnerException) Assert.DoesNotContain(TestOptions.Key, each.ToString() + JsonSerializer.Serialize(each.Data), StringComparison.Ordinal);
    }

    /// <summary>What the libraries write to event logs, at the most detailed level, has no key either.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_key_is_in_no_event_of_the_libraries(ModelProtocol protocol)
    {
        await using var server = await ServerOf(protocol);
        server.FaultOf = (_, attempt) => attempt == 0 ? Fault.ServerError : Fault.None;
        using var events = new LibraryEvents();
        Assert.NotNull((await LabelAsync(server, protocol, Sounds.Of(3))).Answer);
        Assert.True(events.Texts.Count > 2, $"{events.Texts.Count} events");
        Assert.DoesNotContain(events.Texts, text => text.Contains(TestOptions.Key, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_server_that_never_answers_is_given_up_and_counts_as_paid(ModelProtocol protocol)
    {
        foreach (var fault in new[] { Fault.Hang, Fault.Cut })
        {
            await using var server = await ServerOf(protocol);
            server.FaultOf = (_, _) => fault;
            var options = TestOptions.For(protocol, server.Address) with { Retries = 1, Timeout = TimeSpan.FromMilliseconds(1500) };
            using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
            var labeller = new LanguageModelLabeller(connection, options, PromptTemplate.Label);
            var error = await Assert.ThrowsAsync<LabellingException>(() => labeller.LabelAsync(Sounds.Of(5), cancellation: TestContext.Current.CancellationToken));
            Assert.Equal(2, server.Requests.Count);
            Assert.Equal(2 * labeller.Estimate(Sounds.Of(5)).Dollars, error.Cost.Dollars);
            Assert.False(error.StopsTheBatch);
        }
    }

    [Fact]
    public async Task A_server_that_refuses_for_good_is_asked_once()
    {
        await using var server = await ServerOf(ModelProtocol.OpenAi);
        var options = TestOptions.For(ModelProtocol.OpenAi, server.Address) with { Endpoint = new Uri(server.Address, "v2") };
        using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
        var error = await Assert.ThrowsAsync<LabellingException>(() => new LanguageModelLabeller(connection, options, PromptTemplate.Label).LabelAsync(Sounds.Of(1), cancellation: TestContext.Current.CancellationToken));
        Assert.Single(server.Refusals);
        Assert.True(error.StopsTheBatch);
    }

    /// <summary>What the provider's server refuses is refused: the server of these tests is not one that takes everything.</summary>
    [Fact]
    public async Task The_servers_refuse_what_the_documentation_refuses()
    {
        await using var gemini = await ServerOf(ModelProtocol.Gemini);
        await using var openAi = await ServerOf(ModelProtocol.OpenAi);
        using var http = new HttpClient();
        var good = GeminiBody();
        Assert.Equal(200, await Post(gemini, good));
        Assert.Equal(400, await Post(gemini, Changed(good, body => body["generationConfig"]!["responseSchema"]!["additionalProperties"] = false)));
        Assert.Equal(400, await Post(gemini, Changed(good, body => body["generationConfig"]!.AsObject().Remove("responseMimeType"))));
        Assert.Equal(400, await Post(gemini, Changed(good, body => body["contents"]![0]!["role"] = "assistant")));
        Assert.Equal(400, await Post(gemini, Changed(good, body => body["contents"]![0]!["parts"]![2]!["inlineData"]!["mimeType"] = "audio/x-wav")));
        Assert.Equal(400, await Post(gemini, Changed(good, body => body["model"] = "gemini-2.5-flash")));
        var fine = OpenAiBody();
        Assert.Equal(200, await Post(openAi, fine));
        Assert.Equal(400, await Post(openAi, Changed(fine, body => body["response_format"]!["json_schema"]!["schema"]!.AsObject().Remove("additionalProperties"))));
        Assert.Equal(400, await Post(openAi, Changed(fine, body => body["response_format"]!["json_schema"]!["name"] = "a label")));
        Assert.Equal(400, await Post(openAi, Changed(fine, body => body["messages"]![1]!["content"]![2]!["input_audio"]!["format"] = "ogg")));
        Assert.Equal(400, await Post(openAi, Changed(fine, body => body["messages"]![1]!["content"]![2]!["input_audio"]!["data"] = "data:audio/wav;base64,AAAA")));
        Assert.Equal(400, await Post(openAi, Changed(fine, body => body["contents"] = 1)));

        JsonObject GeminiBody()
        {
            var labeller = new LanguageModelLabeller(null!, TestOptions.For(ModelProtocol.Gemini, gemini.Address), PromptTemplate.Label);
            return GeminiChatClient.Body(labeller.Messages(Sounds.Of(1)), labeller.ChatSettings());
        }

        JsonObject OpenAiBody()
        {
            _ = LabelAsync(openAi, ModelProtocol.OpenAi, Sounds.Of(2)).GetAwaiter().GetResult();
            return openAi.Requests.First().Body;
        }

        async Task<int> Post(ProviderServer server, JsonObject body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, server is GeminiServer ? "v1beta/models/gemini-2.5-flash:generateContent" : "v1/chat/completions"));
            if (server is GeminiServer) request.Headers.Add("x-goog-api-key", TestOptions.Key);
            else request.Headers.Add("Authorization", $"Bearer {TestOptions.Key}");
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content.Headers.ContentType = new("application/json");
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public void An_excerpt_is_two_seconds_around_the_column_and_inside_the_clip()
    {
        var clip = new Waveform([[.. Enumerable.Range(0, 16_000 * 10).Select(i => i / 160_000f)]], 16_000);
        var middle = LabelExcerpt.Cut(7, clip, 251, 50);
        Assert.Equal((7, 2.0), (middle.Row, middle.Seconds));
        // Column 251 has just heard frame 250, whose middle is at 5.01 s.
        Assert.Equal(4.01, middle.Start, 4);
        Assert.Equal(44 + 2 * 32_000, middle.Wav.Length);
        Assert.Equal(0, LabelExcerpt.Cut(7, clip, 4, 50).Start);
        Assert.Equal(8, LabelExcerpt.Cut(7, clip, 500, 50).Start);
        var brief = LabelExcerpt.Cut(7, new Waveform([new float[800]], 16_000), 2, 50);
        Assert.Equal((0.0, 0.05), (brief.Start, brief.Seconds));
    }

    [Fact]
    public void The_content_hash_changes_with_everything_that_decides_the_answer()
    {
        var request = Sounds.Of(3);
        var hash = request.ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label);
        Assert.Equal(hash, Sounds.Of(3).ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label));
        string[] others =
        [
            request.ContentHash(ModelProtocol.OpenAi, "m", PromptTemplate.Label), request.ContentHash(ModelProtocol.Gemini, "n", PromptTemplate.Label), request.ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Judge),
            request.ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label with { Text = "other" }), Sounds.Of(4).ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label),
            (request with { Firing = [.. request.Firing, request.Contrast[0]], Contrast = [.. request.Contrast.Skip(1)] }).ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label),
            (request with { Firing = [.. request.Firing.Reverse()] }).ContentHash(ModelProtocol.Gemini, "m", PromptTemplate.Label),
        ];
        Assert.Equal(others.Length + 1, others.Append(hash).Distinct().Count());
    }

    [Theory]
    [InlineData("{\"label\":\"a\",\"description\":\"b\",\"confidence\":0.5}", null)]
    [InlineData("[1]", "expected an object")]
    [InlineData("{\"label\":\"a\",\"description\":\"b\"}", "confidence: expected a number from 0 to 1")]
    [InlineData("{\"label\":\"a\",\"description\":\"b\",\"confidence\":\"high\"}", "confidence: expected a number from 0 to 1")]
    [InlineData("{\"label\":7,\"description\":\"b\",\"confidence\":0}", "label: expected a string")]
    [InlineData("{\"label\":\" \",\"description\":\"b\",\"confidence\":0}", "The label is empty: type at least one character.")]
    [InlineData("{\"label\":\"\\ud800\",\"description\":\"b\",\"confidence\":0}", "a string that is not text")]
    [InlineData("```json", "not JSON")]
    public void An_answer_is_read_or_refused_with_the_reason(string text, string? fault)
    {
        var answer = LabelAnswer.Read(text, out var found);
        Assert.Equal(fault, found);
        Assert.Equal(fault is null, answer is not null);
    }

    [Fact]
    public void Wrong_settings_are_all_listed()
    {
        var error = Assert.Throws<UserException>(() => (TestOptions.For(ModelProtocol.OpenAi, new Uri("http://example.org/")) with { Concurrency = 0, Model = "a b", DailyCap = -1 }).Check());
        foreach (var part in new[] { "endpoint: over http", "concurrency", "model", "dailyCap" }) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => (TestOptions.For(ModelProtocol.OpenAi, new Uri("https://example.org/")) with { Endpoint = new Uri("https://example.org/v1?key=abc") }).Check());
    }

    private static LabelRequest LongRequest()
    {
        var excerpt = new LabelExcerpt(0, 0, 2, []);
        return new LabelRequest(0, [.. Enumerable.Repeat(excerpt, 10)], [.. Enumerable.Repeat(excerpt, 5)]);
    }

    private static JsonObject Changed(JsonObject body, Action<JsonObject> change)
    {
        var copy = body.DeepClone().AsObject();
        change(copy);
        return copy;
    }

    internal static async Task<ProviderServer> ServerOf(ModelProtocol protocol)
    {
        ProviderServer server = protocol == ModelProtocol.OpenAi ? new OpenAiServer(TestOptions.Key) : new GeminiServer(TestOptions.Key);
        await server.StartAsync();
        return server;
    }

    private static async Task<LabelOutcome> LabelAsync(ProviderServer server, ModelProtocol protocol, LabelRequest request, Func<RequestCost, bool>? affordable = null)
    {
        var options = TestOptions.For(protocol, server.Address);
        using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
        return await new LanguageModelLabeller(connection, options, PromptTemplate.Label).LabelAsync(request, affordable, TestContext.Current.CancellationToken);
    }
}
