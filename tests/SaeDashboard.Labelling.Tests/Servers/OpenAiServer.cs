using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace SaeDashboard.Labelling.Tests.Servers;

/// <summary>
/// OpenAI's chat completions, as the API reference and the guides for audio and structured outputs describe them
/// (platform.openai.com/docs/api-reference/chat/create, /docs/guides/audio, /docs/guides/structured-outputs).
/// </summary>
public sealed partial class OpenAiServer(string key) : ProviderServer(key)
{
    // The members of the request body in the API reference. Others: "Unrecognized request argument supplied: …".
    private static readonly HashSet<string> Members =
    [
        "model", "messages", "audio", "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "metadata", "modalities", "n", "parallel_tool_calls", "prediction",
        "presence_penalty", "prompt_cache_key", "reasoning_effort", "response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature",
        "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
    ];

    // Structured outputs, "Supported schemas": these keywords restrict values and are the ones that a strict schema of a plain object may have.
    private static readonly HashSet<string> SchemaKeywords = ["type", "properties", "required", "additionalProperties", "description", "enum", "items", "anyOf", "$ref", "$defs", "const", "title"];

    protected override (int Status, JsonObject Error)? Check(HttpRequest request, byte[] body, out JsonObject? json, out List<byte[]> audio)
    {
        (json, audio) = (null, []);
        if (request.Method != "POST" || request.Path != "/v1/chat/completions") return Refuse($"Unknown request URL: {request.Method} {request.Path}.", 404);
        // "Authentication: Authorization: Bearer OPENAI_API_KEY". The answer to a wrong key quotes it, as some servers do.
        if (request.Headers.Authorization != $"Bearer {Key}") return Refuse($"Incorrect API key provided: {request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal)}.", 401, "invalid_api_key");
        if (request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) != true) return Refuse("Content-Type must be application/json.");
        try
        {
            json = JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
        }
        if (json is null) return Refuse("We could not parse the JSON body of your request.");
        if (json.FirstOrDefault(member => !Members.Contains(member.Key)).Key is { } unknown) return Refuse($"Unrecognized request argument supplied: {unknown}");
        if (json["model"]?.GetValueKind() != JsonValueKind.String) return Refuse("you must provide a model parameter");
        if (json["messages"] is not JsonArray { Count: > 0 } messages) return Refuse("[] is too short - 'messages'");
        foreach (var message in messages)
        {
            if (MessageFault(message, audio) is { } fault) return Refuse(fault);
        }
        if (audio.Count == 0) return Refuse("This model requires that either input content or output modality contain audio.");
        return json["response_format"] is JsonObject format && FormatFault(format) is { } wrong ? Refuse(wrong) : null;
    }

    private static string? MessageFault(JsonNode? message, List<byte[]> audio)
    {
        // "role": developer, system, user, assistant, tool, function.
        if ((string?)message?["role"] is not ("developer" or "system" or "user" or "assistant")) return "Invalid value for 'role'.";
        if (message["content"] is JsonValue text) return text.GetValueKind() == JsonValueKind.String ? null : "Invalid type for 'content'.";
        if (message["content"] is not JsonArray { Count: > 0 } parts) return "Missing required parameter: 'content'.";
        foreach (var part in parts)
        {
            switch ((string?)part?["type"])
            {
                case "text":
                    if (part["text"]?.GetValueKind() != JsonValueKind.String) return "Missing required parameter: 'text'.";
                    break;
                case "input_audio":
                    // Only a user message's content may have audio: "Audio content part, user messages".
                    if ((string?)message["role"] != "user") return "input_audio is not allowed in this role.";
                    if (part["input_audio"] is not JsonObject sound || sound.Count != 2) return "Missing required parameter: 'input_audio'.";
                    // "format: The format of the encoded audio data. Currently supports "wav" and "mp3"."
                    if ((string?)sound["format"] is not ("wav" or "mp3")) return "Invalid value for 'format': supported values are 'wav' and 'mp3'.";
                    // "data: Base64 encoded audio data", without a data: prefix.
                    if (Base64(sound["data"]) is not { } bytes) return "Invalid base64 in 'data'.";
                    if ((string?)sound["format"] == "wav" && !IsWav(bytes)) return "The audio data you provided does not represent valid wav audio.";
                    audio.Add(bytes);
                    break;
                default:
                    return $"Invalid value: '{part?["type"]}'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal' and 'file'.";
            }
        }
        return null;
    }

    private static string? FormatFault(JsonObject format)
    {
        if ((string?)format["type"] is "text" or "json_object") return null;
        if ((string?)format["type"] != "json_schema" || format["json_schema"] is not JsonObject named) return "Invalid value for 'response_format.type'.";
        // "name: Must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64."
        if (!Name().IsMatch((string?)named["name"] ?? "")) return "Invalid 'response_format.json_schema.name'.";
        if (named.FirstOrDefault(member => member.Key is not ("name" or "schema" or "strict" or "description")).Key is { } unknown) return $"Unknown parameter: 'response_format.json_schema.{unknown}'.";
        if (named["schema"] is not JsonObject schema) return "Missing required parameter: 'response_format.json_schema.schema'.";
        return named["strict"]?.GetValueKind() == JsonValueKind.True ? StrictFault(schema) : "This test asks for a strict schema.";
    }

    private static string? StrictFault(JsonObject schema)
    {
        if (schema.FirstOrDefault(member => !SchemaKeywords.Contains(member.Key)).Key is { } unsupported) return $"Invalid schema: '{unsupported}' is not permitted.";
        if ((string?)schema["type"] == "object")
        {
            // "additionalProperties: false must always be set in objects".
            if (schema["additionalProperties"]?.GetValueKind() != JsonValueKind.False) return "Invalid schema: 'additionalProperties' is required to be supplied and to be false.";
            // "All fields must be required".
            var required = schema["required"] is JsonArray list ? list.Select(name => (string?)name).ToHashSet() : [];
            if (schema["properties"] is not JsonObject properties) return "Invalid schema: object schema missing properties.";
            if (properties.FirstOrDefault(property => !required.Contains(property.Key)).Key is { } missing) return $"Invalid schema: 'required' is required to be supplied and to be an array including every key in properties. Missing '{missing}'.";
            return properties.Select(property => property.Value is JsonObject inner ? StrictFault(inner) : "Invalid schema.").FirstOrDefault(fault => fault is not null);
        }
        return schema["items"] is JsonObject items ? StrictFault(items) : null;
    }

    /// <summary>"The chat completion object" of the API reference.</summary>
    protected override JsonObject Answer(string text, double seconds) => new()
    {
        ["id"] = "chatcmpl-1", ["object"] = "chat.completion", ["created"] = 1_700_000_000, ["model"] = "gpt-audio",
        ["choices"] = new JsonArray(new JsonObject
        {
            ["index"] = 0, ["finish_reason"] = "stop", ["logprobs"] = null,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text, ["refusal"] = null, ["annotations"] = new JsonArray() },
        }),
        ["usage"] = new JsonObject
        {
            ["prompt_tokens"] = 400 + Tokens(seconds), ["completion_tokens"] = 50, ["total_tokens"] = 450 + Tokens(seconds),
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = 0, ["audio_tokens"] = Tokens(seconds) },
            ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0, ["audio_tokens"] = 0, ["accepted_prediction_tokens"] = 0, ["rejected_prediction_tokens"] = 0 },
        },
    };

    protected override JsonObject ErrorOf(int status, string code, string message) =>
        new() { ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = null, ["code"] = code } };

    /// <summary>Ten tokens a second of sound.</summary>
    private static int Tokens(double seconds) => (int)Math.Ceiling(Math.Round(10 * seconds, 6));

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex Name();
}
