using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace SaeDashboard.Web.Tests.Api;

/// <summary>The schemas of an OpenAPI document, to hold answers against. A member that its schema does not name is a fault.</summary>
internal sealed class ApiSchemas(JsonObject document)
{
    private const string Reference = "#/components/schemas/";

    /// <summary>Deeper than any answer of the API: a schema that contains itself ends here.</summary>
    private const int MaxDepth = 24;

    /// <summary>Every operation: method, path, and what the document says of it.</summary>
    public IEnumerable<(string Method, string Path, JsonObject Operation)> Operations =>
        document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(each => each.Value is JsonObject).Select(each => (each.Key, path.Key, each.Value!.AsObject())));

    /// <summary>What is wrong with an answer; empty: nothing.</summary>
    /// <param name="schema">The schema, as the document has it.</param>
    /// <param name="answer">The answer's JSON.</param>
    /// <param name="isProblem">Whether it is a problem, which has members of its own (RFC 9457).</param>
    public IReadOnlyList<string> Faults(JsonNode schema, string answer, bool isProblem = false)
    {
        var whole = Closed(schema, 0)!.AsObject();
        if (isProblem) whole.Remove("additionalProperties");
        whole["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        using var json = JsonDocument.Parse(answer);
        var result = JsonSchema.FromText(whole.ToJsonString()).Evaluate(json.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (result.IsValid) return [];
        return [.. (result.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value} ({error.Key} at {detail.EvaluationPath})")).DefaultIfEmpty("not valid")];
    }

    /// <summary>A copy in which every reference is replaced by what it names, and no object has members beyond those that are named.</summary>
    private JsonNode? Closed(JsonNode? node, int depth)
    {
        if (depth > MaxDepth) return new JsonObject();
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(each => Closed(each, depth))]);
            case JsonObject shape when shape["$ref"]?.GetValue<string>() is { } name:
                Assert.StartsWith(Reference, name, StringComparison.Ordinal);
                return Closed(document["components"]!["schemas"]![name[Reference.Length..]], depth + 1);
            case JsonObject shape:
                var copy = new JsonObject();
                foreach (var (key, value) in shape) copy[key] = key is "example" or "default" or "enum" ? value?.DeepClone() : Closed(value, depth);
                if (copy["properties"] is JsonObject) copy["additionalProperties"] ??= false;
                return copy;
            default:
                return node?.DeepClone();
        }
    }
}
