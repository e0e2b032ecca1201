using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SaeDashboard.Labelling.Tests.Servers;

/// <summary>
/// Gemini's models.generateContent, as its reference and the guides for audio and structured output describe it
/// (ai.google.dev/api/generate-content, /api/caching for Content, Part and Schema, /gemini-api/docs/audio, /gemini-api/docs/structured-output).
/// </summary>
public sealed class GeminiServer(string key) : ProviderServer(key)
{
    // "Always use the Files API when the total request size (including the files, text prompt, system instructions, etc.) is larger than 20 MB."
    private const int MostBytes = 20_000_000;

    // GenerateContentRequest, GenerationConfig and Schema: an unknown member is refused ("Invalid JSON payload received. Unknown name …").
    private static readonly HashSet<string> Members = ["contents", "tools", "toolConfig", "safetySettings", "systemInstruction", "generationConfig", "cachedContent"];

    private static readonly HashSet<string> Generation =
    [
        "stopSequences", "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities", "candidateCount", "maxOutputTokens", "temperature", "topP", "topK", "seed",
        "presencePenalty", "frequencyPenalty", "responseLogprobs", "logprobs", "speechConfig", "thinkingConfig", "mediaResolution",
    ];

    // "Schema represents a select subset of an OpenAPI 3.0 schema object." additionalProperties is not in it.
    private static readonly HashSet<string> SchemaMembers =
    [
        "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required", "minProperties", "maxProperties", "minLength", "maxLength", "pattern",
        "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum",
    ];

    // "Gemini supports the following audio format MIME types".
    private static readonly HashSet<string> AudioTypes = ["audio/wav", "audio/mp3", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac"];

    protected override (int Status, JsonObject Error)? Check(HttpRequest request, byte[] body, out JsonObject? json, out List<byte[]> audio)
    {
        (json, audio) = (null, []);
        // "POST https://generativelanguage.googleapis.com/v1beta/{model=models/*}:generateContent"
        if (request.Method != "POST" || request.Path != "/v1beta/models/gemini-2.5-flash:generateContent") return Refuse($"{request.Path} is not found for API version v1beta", 404, "NOT_FOUND");
        // A key in the address ends up in logs; the header is the documented way that this project uses.
        if (request.Query.ContainsKey("key")) return Refuse("This test takes no key in the address.");
        if (request.Headers["x-goog-api-key"] != Key) return Refuse($"API key not valid. Please pass a valid API key. ({request.Headers["x-goog-api-key"]})", 403, "PERMISSION_DENIED");
        if (request.ContentType != "application/json") return Refuse("Content-Type must be application/json.");
        if (body.Length > MostBytes) return Refuse("Request payload size exceeds the limit: 20971520 bytes.");
        try
        {
            json = JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
        }
        if (json is null) return Refuse("Invalid JSON payload received.");
        if (Unknown(json, Members) is { } unknown) return Refuse(unknown);
        if (json["contents"] is not JsonArray { Count: > 0 } contents) return Refuse("contents is not specified");
        foreach (var content in contents)
        {
            // "role: Must be either 'user' or 'model'."
            if ((string?)content?["role"] is not (null or "user" or "model")) return Refuse("Please use a valid role: user, model.");
            if (PartsFault(content!["parts"], audio, soundAllowed: true) is { } fault) return Refuse(fault);
        }
        // "Developer set system instruction(s). Currently, text only."
        if (json["systemInstruction"] is { } system && PartsFault(system["parts"], audio, soundAllowed: false) is { } wrong) return Refuse(wrong);
        return json["generationConfig"] is JsonObject generation && GenerationFault(generation) is { } bad ? Refuse(bad) : null;
    }

    private static string? PartsFault(JsonNode? parts, List<byte[]> audio, bool soundAllowed)
    {
        if (parts is not JsonArray { Count: > 0 } list) return "Unable to submit request because it must have at least one parts field.";
        foreach (var part in list)
        {
            // "A Part consists of data which has an associated datatype. A Part can only contain one of the accepted types in Part.data."
            if (part is not JsonObject { Count: 1 } data) return "required oneof field 'data' must have one initialized field";
            if (data["text"] is { } text)
            {
                if (text.GetValueKind() != JsonValueKind.String) return "Invalid value at 'text'.";
                continue;
            }
            if (data["inlineData"] is not JsonObject blob || blob.Count != 2) return "Unknown part.";
            if (!soundAllowed) return "System instruction supports text only.";
            if (!AudioTypes.Contains((string?)blob["mimeType"] ?? "")) return $"Unsupported MIME type: {blob["mimeType"]}";
            // "data: Raw bytes for media formats. A base64-encoded string."
            if (Base64(blob["data"]) is not { } bytes || !IsWav(bytes)) return "Base64 decoding failed, or not audio.";
            audio.Add(bytes);
        }
        return null;
    }

    private static string? GenerationFault(JsonObject generation)
    {
        if (Unknown(generation, Generation) is { } unknown) return unknown;
        if (generation["maxOutputTokens"] is { } most && (most.GetValueKind() != JsonValueKind.Number || most.GetValue<int>() < 1)) return "maxOutputTokens must be positive.";
        if (generation["responseSchema"] is not JsonObject schema) return null;
        // "If set, a compatible responseMimeType must also be set. Compatible MIME types: application/json".
        if ((string?)generation["responseMimeType"] is not "application/json") return "response_schema is only allowed with response_mime_type application/json.";
        return SchemaFault(schema);
    }

    private static string? SchemaFault(JsonObject schema)
    {
        if (Unknown(schema, SchemaMembers) is { } unknown) return unknown;
        // "type: enum (Type)": STRING, NUMBER, INTEGER, BOOLEAN, ARRAY, OBJECT.
        if ((string?)schema["type"] is not ("STRING" or "NUMBER" or "INTEGER" or "BOOLEAN" or "ARRAY" or "OBJECT")) return $"Invalid value at 'type': {schema["type"]}";
        if ((string?)schema["type"] == "OBJECT" && schema["properties"] is not JsonObject { Count: > 0 }) return "properties: should be non-empty for OBJECT type";
        if (schema["propertyOrdering"] is JsonArray order && order.Any(name => schema["properties"]?[(string)name!] is null)) return "propertyOrdering names a property that is not there.";
        if (schema["required"] is JsonArray required && required.Any(name => schema["properties"]?[(string)name!] is null)) return "required names a property that is not there.";
        return schema["properties"] is JsonObject properties ? properties.Select(property => SchemaFault((JsonObject)property.Value!)).FirstOrDefault(fault => fault is not null)
            : schema["items"] is JsonObject items ? SchemaFault(items) : null;
    }

    private static string? Unknown(JsonObject json, HashSet<string> known) =>
        json.FirstOrDefault(member => !known.Contains(member.Key)).Key is { } name ? $"Invalid JSON payload received. Unknown name \"{name}\": Cannot find field." : null;

    /// <summary>GenerateContentResponse of the reference, with a part of the model's reasoning, which is not the answer.</summary>
    protected override JsonObject Answer(string text, double seconds) => new()
    {
        ["candidates"] = new JsonArray(new JsonObject
        {
            ["content"] = new JsonObject { ["role"] = "model", ["parts"] = new JsonArray(new JsonObject { ["text"] = "They share …", ["thought"] = true }, new JsonObject { ["text"] = text }) },
            ["finishReason"] = "STOP", ["index"] = 0,
        }),
        ["usageMetadata"] = new JsonObject
        {
            ["promptTokenCount"] = 400 + Tokens(seconds), ["candidatesTokenCount"] = 50, ["thoughtsTokenCount"] = 10, ["totalTokenCount"] = 460 + Tokens(seconds),
            ["promptTokensDetails"] = new JsonArray(new JsonObject { ["modality"] = "TEXT", ["tokenCount"] = 400 }, new JsonObject { ["modality"] = "AUDIO", ["tokenCount"] = Tokens(seconds) }),
        },
        ["modelVersion"] = "gemini-2.5-flash",
    };

    // "Gemini represents each second of audio as 32 tokens".
    private static int Tokens(double seconds) => (int)Math.Ceiling(Math.Round(32 * seconds, 6));

    protected override JsonObject ErrorOf(int status, string code, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = status, ["message"] = message,
            ["status"] = status switch { 400 => "INVALID_ARGUMENT", 403 => "PERMISSION_DENIED", 404 => "NOT_FOUND", 429 => "RESOURCE_EXHAUSTED", 500 => "INTERNAL", _ => code },
        },
    };
}
