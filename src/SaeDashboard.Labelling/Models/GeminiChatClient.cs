using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SaeDashboard.Labelling.Models;

/// <summary>
/// Google's <c>models.generateContent</c> as an <see cref="IChatClient"/>: text and sound in, JSON by a schema out. It does what labels need and
/// refuses the rest (tools, streams in pieces). The key goes into a header, never into the address.
/// </summary>
/// <param name="http">Sends requests; owned by the caller.</param>
/// <param name="endpoint">"https://generativelanguage.googleapis.com/v1beta".</param>
/// <param name="model">"gemini-2.5-flash".</param>
/// <param name="key">The key.</param>
public sealed class GeminiChatClient(HttpClient http, Uri endpoint, string model, ApiKey key) : IChatClient
{
    // Of JSON Schema, what Gemini's Schema object has (a subset of OpenAPI 3.0): other keywords are refused as unknown names.
    private static readonly HashSet<string> SchemaKeywords =
        ["format", "title", "description", "nullable", "enum", "maxItems", "minItems", "required", "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum"];

    /// <summary>Under which name Microsoft.Extensions.AI counts the tokens of sound that were sent; its own member for it is not settled yet.</summary>
    internal const string AudioTokens = "InputTokenDetails.AudioTokenCount";

    private readonly Uri address = new($"{endpoint.AbsoluteUri.TrimEnd('/')}/models/{Uri.EscapeDataString(model)}:generateContent");

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (options?.Tools is { Count: > 0 }) throw new NotSupportedException("This client calls no tools.");
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Headers.Add("x-goog-api-key", key.Reveal());
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Body(messages, options)));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode) throw new ModelRequestException(response.StatusCode, key.Hide(text));
        return Read(text);
    }

    /// <summary>The whole answer as one update.</summary>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
        foreach (var update in response.ToChatResponseUpdates()) yield return update;
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    internal static JsonObject Body(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var (system, contents) = (new JsonArray(), new JsonArray());
        foreach (var message in messages)
        {
            var parts = message.Role == ChatRole.System ? system : new JsonArray();
            foreach (var content in message.Contents) parts.Add((JsonNode)Part(content));
            if (message.Role == ChatRole.System) continue;
            contents.Add((JsonNode)new JsonObject { ["role"] = message.Role == ChatRole.Assistant ? "model" : "user", ["parts"] = parts });
        }
        var body = new JsonObject { ["contents"] = contents };
        if (system.Count > 0) body["systemInstruction"] = new JsonObject { ["parts"] = system };
        var generation = new JsonObject();
        if (options?.Temperature is { } temperature) generation["temperature"] = temperature;
        if (options?.MaxOutputTokens is { } most) generation["maxOutputTokens"] = most;
        if (options?.Seed is { } seed) generation["seed"] = seed;
        if (options?.ResponseFormat is ChatResponseFormatJson json)
        {
            generation["responseMimeType"] = "application/json";
            if (json.Schema is { } schema) generation["responseSchema"] = Schema(schema);
        }
        if (generation.Count > 0) body["generationConfig"] = generation;
        return body;
    }

    private static JsonObject Part(AIContent content) => content switch
    {
        TextContent text => new JsonObject { ["text"] = text.Text },
        DataContent data => new JsonObject { ["inlineData"] = new JsonObject { ["mimeType"] = data.MediaType, ["data"] = data.Base64Data.ToString() } },
        _ => throw new NotSupportedException($"This client sends text and data, not {content.GetType().Name}."),
    };

    /// <summary>A JSON schema as Gemini's Schema object: types in capitals, members in the order in which they are listed.</summary>
    private static JsonObject Schema(JsonElement schema)
    {
        var result = new JsonObject();
        foreach (var member in schema.EnumerateObject())
        {
            if (member.NameEquals("type")) result["type"] = member.Value.GetString()!.ToUpperInvariant();
            else if (member.NameEquals("items")) result["items"] = Schema(member.Value);
            else if (member.NameEquals("properties"))
            {
                var properties = new JsonObject();
                foreach (var property in member.Value.EnumerateObject()) properties[property.Name] = Schema(property.Value);
                result["properties"] = properties;
                result["propertyOrdering"] = new JsonArray([.. member.Value.EnumerateObject().Select(property => (JsonNode)property.Name)]);
            }
            else if (SchemaKeywords.Contains(member.Name)) result[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        }
        return result;
    }

    private ChatResponse Read(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            var candidate = root.TryGetProperty("candidates", out var candidates) && candidates.ValueKind == JsonValueKind.Array && candidates.GetArrayLength() > 0 ? candidates[0] : default;
            var answer = "";
            if (candidate.ValueKind == JsonValueKind.Object && candidate.TryGetProperty("content", out var content) && content.TryGetProperty("parts", out var parts))
            {
                // Parts with "thought": true are the model's reasoning, not its answer.
                foreach (var part in parts.EnumerateArray())
                {
                    if (part.TryGetProperty("text", out var piece) && !(part.TryGetProperty("thought", out var thought) && thought.ValueKind == JsonValueKind.True)) answer += piece.GetString();
                }
            }
            var response = new ChatResponse(new ChatMessage(ChatRole.Assistant, answer)) { ModelId = model, FinishReason = Reason(candidate), Usage = Usage(root) };
            return response;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ModelRequestException(HttpStatusCode.OK, $"The server's answer is not what generateContent returns ({error.GetType().Name}).");
        }
    }

    private static ChatFinishReason? Reason(JsonElement candidate)
    {
        if (candidate.ValueKind != JsonValueKind.Object || !candidate.TryGetProperty("finishReason", out var reason)) return null;
        return reason.GetString() switch
        {
            "STOP" => ChatFinishReason.Stop,
            "MAX_TOKENS" => ChatFinishReason.Length,
            "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" => ChatFinishReason.ContentFilter,
            var other => other is null ? null : new ChatFinishReason(other),
        };
    }

    private static UsageDetails? Usage(JsonElement root)
    {
        if (!root.TryGetProperty("usageMetadata", out var usage)) return null;
        long Number(string name) => usage.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : 0;
        var audio = 0L;
        if (usage.TryGetProperty("promptTokensDetails", out var details) && details.ValueKind == JsonValueKind.Array)
        {
            foreach (var detail in details.EnumerateArray())
            {
                if (detail.TryGetProperty("modality", out var modality) && modality.ValueEquals("AUDIO") && detail.TryGetProperty("tokenCount", out var count) && count.TryGetInt64(out var tokens)) audio += tokens;
            }
        }
        return new UsageDetails
        {
            InputTokenCount = Number("promptTokenCount"), OutputTokenCount = Number("candidatesTokenCount") + Number("thoughtsTokenCount"), TotalTokenCount = Number("totalTokenCount"),
            AdditionalCounts = new AdditionalPropertiesDictionary<long> { [AudioTokens] = audio },
        };
    }
}

/// <summary>A provider refused a request, or its answer cannot be read. The message contains no key.</summary>
/// <param name="status">The status.</param>
/// <param name="body">What the server said.</param>
public sealed class ModelRequestException(HttpStatusCode status, string body) : Exception($"The server answered {(int)status} {status}: {Shorten(body)}")
{
    private const int MostShown = 600;

    // What providers say of a request with too much sound: a status for the size, or words in a 400.
    private static readonly string[] TooLong = ["too long", "too large", "exceeds the maximum", "maximum allowed", "maximum length", "context length", "context_length_exceeded", "token count"];

    public HttpStatusCode Status { get; } = status;

    /// <summary>What the server said, in full.</summary>
    public string Body { get; } = body;

    /// <summary>Whether it has too much sound for the model.</summary>
    public bool IsTooLong => Status == HttpStatusCode.RequestEntityTooLarge || (Status == HttpStatusCode.BadRequest && TooLong.Any(words => Body.Contains(words, StringComparison.OrdinalIgnoreCase)));

    private static string Shorten(string body) => body.Length <= MostShown ? body : string.Concat(body.AsSpan(0, MostShown), " …");
}
