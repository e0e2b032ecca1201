using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SaeDashboard.Labelling.Models;

/// <summary>What a judge says of some excerpts.</summary>
/// <param name="Scores">How well the label fits each, 0 to 1, in order; null: see <paramref name="Fault"/>.</param>
/// <param name="Cost">What all requests cost.</param>
/// <param name="Fault">Why there are no scores.</param>
public sealed record JudgeOutcome(IReadOnlyList<double>? Scores, RequestCost Cost, string? Fault);

/// <summary>
/// Lets a language model hear excerpts and say how well a label fits each. It gets the label alone, and positives and negatives mixed: a judge who is
/// which are which judges nothing.
/// </summary>
/// <param name="connection">The model.</param>
/// <param name="options">How it is asked.</param>
/// <param name="template">The instructions.</param>
public sealed class LanguageModelJudge(ChatConnection connection, LabellerOptions options, PromptTemplate template)
{
    private const int MaxAnswer = 64 << 10;

    // A number takes some five tokens.
    private const int TokensPerScore = 12;

    /// <summary>The schema of an answer: see <see cref="LabelAnswer.Schema"/> for what both providers take.</summary>
    public static JsonElement Schema { get; } = JsonSerializer.Deserialize<JsonElement>("""
        {
          "type": "object",
          "properties": { "scores": { "type": "array", "items": { "type": "number" }, "description": "One number from 0 to 1 for each excerpt, in order." } },
          "required": ["scores"],
          "additionalProperties": false
        }
        """);

    /// <summary>Template and model: the version of the scores that it gives.</summary>
    public string Version => $"{template.Id} {options.Model}";

    public LabellerOptions Options => options;

    /// <summary>What judging costs at most, with one request.</summary>
    public RequestCost Estimate(string label, IReadOnlyCollection<LabelExcerpt> excerpts) => Estimate(label.Length, excerpts.Count, excerpts.Sum(excerpt => excerpt.Seconds));

    /// <summary>What a request for the longest label with this number of excerpts costs at most.</summary>
    public RequestCost Largest(int excerpts) => Estimate(LabelAnswer.MaxLabel, excerpts, excerpts * LabelExcerpt.DefaultSeconds);

    /// <summary>SHA-256 of all that decides the scores.</summary>
    public string ContentHash(string label, IReadOnlyList<LabelExcerpt> excerpts) => LabelRequest.ContentHash(options.Protocol, options.Model, template, label, excerpts);

    /// <summary>Judges the excerpts in the given order. What is too long for the model is judged in two halves.</summary>
    /// <param name="label">The label.</param>
    /// <param name="excerpts">The excerpts, already mixed.</param>
    /// <param name="affordable">As for <see cref="LanguageModelLabeller.LabelAsync"/>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LabellingException">The provider refuses, or does not answer in time. The message contains no key.</exception>
    public async Task<JudgeOutcome> JudgeAsync(string label, IReadOnlyList<LabelExcerpt> excerpts, Func<RequestCost, bool>? affordable = null, CancellationToken cancellation = default)
    {
        var cost = default(RequestCost);
        for (var invalid = 0; ; invalid++)
        {
            var attempts = AttemptCount.Begin();
            ChatResponse response;
            try
            {
                response = await connection.Client.GetResponseAsync(Messages(label, excerpts), Settings(excerpts.Count), cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (ChatConnection.Translate(error, connection.Key) is { } refusal)
            {
                cost += Estimate(label, excerpts) * attempts.Count;
                if (!refusal.IsTooLong || excerpts.Count < 2) throw new LabellingException(refusal, cost);
                return await HalvesAsync(label, excerpts, cost, affordable, cancellation).ConfigureAwait(false);
            }
            cost += Estimate(label, excerpts) * attempts.Count + options.Prices.CostOf(response.Usage, Estimate(label, excerpts));
            if (Read(response.Text, excerpts.Count, out var fault) is { } scores) return new JudgeOutcome(scores, cost, null);
            if (invalid >= options.InvalidAnswers) return new JudgeOutcome(null, cost, $"no valid answer in {invalid + 1} requests: {fault}");
            if (affordable?.Invoke(Estimate(label, excerpts)) == false) return new JudgeOutcome(null, cost, $"{fault}; asking again would exceed the day's cap");
        }
    }

    // What was refused cost nothing, so the first half is paid with what was reserved for the whole.
    private async Task<JudgeOutcome> HalvesAsync(string label, IReadOnlyList<LabelExcerpt> excerpts, RequestCost cost, Func<RequestCost, bool>? affordable, CancellationToken cancellation)
    {
        LabelExcerpt[] first = [.. excerpts.Take(excerpts.Count / 2)], second = [.. excerpts.Skip(excerpts.Count / 2)];
        var outcome = await PartAsync(first).ConfigureAwait(false);
        if (outcome.Scores is null) return outcome;
        if (affordable?.Invoke(Estimate(label, second)) == false) return outcome with { Scores = null, Fault = "too long for one request; asking in two would exceed the day's cap" };
        var rest = await PartAsync(second).ConfigureAwait(false);
        return rest.Scores is null ? rest : rest with { Scores = [.. outcome.Scores, .. rest.Scores] };

        async Task<JudgeOutcome> PartAsync(LabelExcerpt[] part)
        {
            try
            {
                var judged = await JudgeAsync(label, part, affordable, cancellation).ConfigureAwait(false);
                return judged with { Cost = cost += judged.Cost };
            }
            catch (LabellingException error)
            {
                throw new LabellingException((ModelRequestException)error.InnerException!, cost + error.Cost);
            }
        }
    }

    private RequestCost Estimate(int letters, int excerpts, double seconds) => options.Prices.Estimate(template.Text.Length + letters + 20 + 14 * excerpts, seconds, MaxTokens(excerpts));

    private ChatOptions Settings(int excerpts) => new()
    {
        ResponseFormat = ChatResponseFormat.ForJsonSchema(Schema, "label_scores", "How well the label fits each excerpt."), MaxOutputTokens = MaxTokens(excerpts), Temperature = 0,
        AdditionalProperties = new AdditionalPropertiesDictionary { ["strict"] = true },
    };

    /// <summary>Reads the scores; null, with the reason, if they are not one number from 0 to 1 for each excerpt.</summary>
    internal static double[]? Read(string text, int count, out string? fault)
    {
        fault = null;
        try
        {
            if (text.Length > MaxAnswer) fault = $"the answer has {text.Length} letters";
            else
            {
                using var answer = JsonDocument.Parse(text);
                if (answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty("scores", out var scores) || scores.ValueKind != JsonValueKind.Array) fault = "scores: expected a list";
                else if (scores.GetArrayLength() != count) fault = $"scores: expected {count} numbers, got {scores.GetArrayLength()}";
                else if (scores.EnumerateArray().Any(score => score.ValueKind != JsonValueKind.Number || !score.TryGetDouble(out var value) || value is not (>= 0 and <= 1))) fault = "scores: expected numbers from 0 to 1";
                else return [.. scores.EnumerateArray().Select(score => score.GetDouble())];
            }
        }
        catch (JsonException)
        {
            fault = "not JSON";
        }
        return null;
    }

    private List<ChatMessage> Messages(string label, IReadOnlyList<LabelExcerpt> excerpts)
    {
        var contents = new List<AIContent> { new TextContent($"The label: {label}") };
        for (var i = 0; i < excerpts.Count; i++)
        {
            contents.Add(new TextContent(FormattableString.Invariant($"Excerpt {i + 1}:")));
            contents.Add(new DataContent(excerpts[i].Wav, "audio/wav"));
        }
        return [new ChatMessage(ChatRole.System, template.Text), new ChatMessage(ChatRole.User, contents)];
    }

    private int MaxTokens(int excerpts) => Math.Max(options.MaxOutputTokens, TokensPerScore * excerpts);
}
