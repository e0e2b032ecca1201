using System.Text.Json;
using SaeDashboard.Core;

namespace SaeDashboard.Labelling.Models;

/// <summary>What a language model says of a feature.</summary>
/// <param name="Label">A short noun phrase.</param>
/// <param name="Description">What supports it and what speaks against it.</param>
/// <param name="Confidence">The share of further firing excerpts that the model expects it to fit, 0 to 1.</param>
public sealed record LabelAnswer(string Label, string Description, double Confidence)
{
    /// <summary>Letters of the longest label and description.</summary>
    public const int MaxLabel = 120, MaxDescription = 2000;

    private const int MaxAnswer = 64 << 10;

    /// <summary>
    /// The schema of an answer, in what both providers take: every member is required and no other is allowed (strict structured outputs), and
    /// there are no limits of numbers or lengths (they are checked here).
    /// </summary>
    public static JsonElement Schema { get; } = JsonSerializer.Deserialize<JsonElement>("""
        {
          "type": "object",
          "properties": {
            "label": { "type": "string", "description": "A short noun phrase, at most eight words." },
            "description": { "type": "string", "description": "One or two sentences." },
            "confidence": { "type": "number", "description": "From 0 to 1." }
          },
          "required": ["label", "description", "confidence"],
          "additionalProperties": false
        }
        """);

    /// <summary>Reads an answer; null, with the reason, if it is not what the schema asks for.</summary>
    public static LabelAnswer? Read(string text, out string? fault)
    {
        fault = null;
        if (text.Length > MaxAnswer)
        {
            fault = $"the answer has {text.Length} letters";
            return null;
        }
        try
        {
            using var answer = JsonDocument.Parse(text);
            var root = answer.RootElement;
            if (root.ValueKind != JsonValueKind.Object) fault = "expected an object";
            else if (!root.TryGetProperty("label", out var label) || label.ValueKind != JsonValueKind.String) fault = "label: expected a string";
            else if (!root.TryGetProperty("description", out var description) || description.ValueKind != JsonValueKind.String) fault = "description: expected a string";
            else if (!root.TryGetProperty("confidence", out var confidence) || confidence.ValueKind != JsonValueKind.Number || !confidence.TryGetDouble(out var share) || share is not (>= 0 and <= 1)) fault = "confidence: expected a number from 0 to 1";
            else return new LabelAnswer(PersonText.Name(label.GetString(), "The label", MaxLabel), PersonText.Lines(description.GetString(), "The description", MaxDescription), share);
        }
        catch (JsonException)
        {
            fault = "not JSON";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in an escape.
            fault = "a string that is not text";
        }
        catch (UserException error)
        {
            fault = error.Message;
        }
        return null;
    }
}
