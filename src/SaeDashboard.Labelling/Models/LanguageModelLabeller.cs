using System.Net;
using Microsoft.Extensions.AI;
using SaeDashboard.Core;

namespace SaeDashboard.Labelling.Models;

/// <summary>Labels a feature by letting a language model hear its excerpts.</summary>
/// <param name="connection">The model.</param>
/// <param name="options">How it is asked.</param>
/// <param name="template">The instructions.</param>
public sealed class LanguageModelLabeller(ChatConnection connection, LabellerOptions options, PromptTemplate template)
{
    private const string FiringHeading = "Excerpts in which the feature fires, strongest first:";
    private const string ContrastHeading = "Contrast excerpts, in which the feature is silent:";

    public PromptTemplate Template => template;

    /// <summary>Template and model: the version of the labels that it makes.</summary>
    public string Version => $"{template.Id} {options.Model}";

    public LabellerOptions Options => options;

    /// <summary>What one request costs at most; an invalid answer or an attempt that failed may cost the same again.</summary>
    public RequestCost Estimate(LabelRequest request) => options.Prices.Estimate(
        template.Text.Length + FiringHeading.Length + ContrastHeading.Length + 12 * (request.Firing.Count + request.Contrast.Count), request.Seconds, options.MaxOutputTokens);

    /// <summary>What a request with the most excerpts costs at most.</summary>
    public RequestCost Largest
    {
        get
        {
            var places = options.FiringExcerpts + options.ContrastExcerpts;
            return options.Prices.Estimate(template.Text.Length + 120 + 12 * places, places * LabelExcerpt.DefaultSeconds, options.MaxOutputTokens);
        }
    }

    /// <summary>SHA-256 of all that decides the answer.</summary>
    public string ContentHash(LabelRequest request) => request.ContentHash(options.Protocol, options.Model, template);

    /// <summary>Asks the model. An answer that is not what the schema asks for is asked for again; a request that is too long, with half the excerpts.</summary>
    /// <param name="request">The excerpts.</param>
    /// <param name="affordable">Called before every request that may be charged beyond the first, with its largest cost; false: it is not sent.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="ModelRequestException">The provider refuses, or does not answer in time. The message contains no key.</exception>
    public async Task<LabelOutcome> LabelAsync(LabelRequest request, Func<RequestCost, bool>? affordable = null, CancellationToken cancellation = default)
    {
        var cost = default(RequestCost);
        var (invalid, fault) = (0, "");
        while (true)
        {
            var attempts = AttemptCount.Begin();
            ChatResponse response;
            try
            {
                response = await connection.Client.GetResponseAsync(Messages(request), ChatSettings(), cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (ChatConnection.Translate(error, connection.Key) is { } refusal)
            {
                cost += Estimate(request) * attempts.Count;
                if (!refusal.IsTooLong || request.Firing.Count < 2) throw new LabellingException(refusal, cost);
                // The provider did not run the model: what was refused costs nothing.
                request = request.Halved();
                continue;
            }
            cost += Estimate(request) * attempts.Count + options.Prices.CostOf(response.Usage, Estimate(request));
            if (response.FinishReason == ChatFinishReason.ContentFilter) fault = "the provider's filter held the answer back";
            else if (LabelAnswer.Read(response.Text, out var wrong) is { } answer) return new LabelOutcome(answer, request.Firing.Count, request.Contrast.Count, cost, null);
            else fault = response.FinishReason == ChatFinishReason.Length ? "the answer was cut off at the most tokens" : wrong!;
            if (invalid++ >= options.InvalidAnswers) return new LabelOutcome(null, request.Firing.Count, request.Contrast.Count, cost, $"no valid answer in {invalid} requests: {connection.Key.Hide(fault)}");
            if (affordable?.Invoke(Estimate(request)) == false) return new LabelOutcome(null, request.Firing.Count, request.Contrast.Count, cost, $"{connection.Key.Hide(fault)}; asking again would exceed the day's cap");
        }
    }

    internal IReadOnlyList<ChatMessage> Messages(LabelRequest request)
    {
        var contents = new List<AIContent> { new TextContent(FiringHeading) };
        Add(request.Firing);
        if (request.Contrast.Count > 0)
        {
            contents.Add(new TextContent(ContrastHeading));
            Add(request.Contrast);
        }
        return [new ChatMessage(ChatRole.System, template.Text), new ChatMessage(ChatRole.User, contents)];

        void Add(IReadOnlyList<LabelExcerpt> excerpts)
        {
            for (var i = 0; i < excerpts.Count; i++)
            {
                contents.Add(new TextContent(FormattableString.Invariant($"Excerpt {i + 1}:")));
                contents.Add(new DataContent(excerpts[i].Wav, "audio/wav"));
            }
        }
    }

    internal ChatOptions ChatSettings() => new()
    {
        // The key "strict" asks OpenAI to hold the model to the schema; Gemini always does.
        ResponseFormat = ChatResponseFormat.ForJsonSchema(LabelAnswer.Schema, "feature_label", "A label for what the firing excerpts share."),
        MaxOutputTokens = options.MaxOutputTokens, Temperature = 0,
        AdditionalProperties = new AdditionalPropertiesDictionary { ["strict"] = true },
    };
}

/// <summary>What came of asking.</summary>
/// <param name="Answer">The label; null: see <paramref name="Fault"/>.</param>
/// <param name="Firing">Excerpts in which the feature fires, in the last request.</param>
/// <param name="Contrast">Contrast excerpts in it.</param>
/// <param name="Cost">What all requests cost, those in doubt included.</param>
/// <param name="Fault">Why there is no label.</param>
public sealed record LabelOutcome(LabelAnswer? Answer, int Firing, int Contrast, RequestCost Cost, string? Fault);

/// <summary>A request that failed for good, with what it may have cost.</summary>
/// <param name="inner">What the provider or the network said.</param>
/// <param name="cost">What is charged at most.</param>
public sealed class LabellingException(ModelRequestException inner, RequestCost cost) : Exception(inner.Message, inner)
{
    public RequestCost Cost { get; } = cost;

    /// <summary>Whether every further request would be refused too: the key, the account, the address or the model is wrong.</summary>
    public bool StopsTheBatch => ((ModelRequestException)InnerException!).Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.PaymentRequired;

    /// <summary>The error that ends a batch.</summary>
    internal UserException Stopped(LabellerOptions options) => new($"The provider refuses all requests: {Message} Check {options.KeyVariable}, the address and the model's name.", this);
}
