using Microsoft.Extensions.AI;
using SaeDashboard.Core;

namespace SaeDashboard.Labelling.Models;

/// <summary>The protocols that language models are spoken to in.</summary>
public enum ModelProtocol
{
    /// <summary>OpenAI's chat completions, or a server that offers the same.</summary>
    OpenAi,

    /// <summary>Google's Gemini, <c>models.generateContent</c>.</summary>
    Gemini,
}

/// <summary>
/// Which language model labels features, how often it is asked and what that may cost. The key is not among these: <see cref="KeyVariable"/>
/// names the environment variable or user secret that has it.
/// </summary>
public sealed record LabellerOptions
{
    public ModelProtocol Protocol { get; init; } = ModelProtocol.OpenAi;

    /// <summary>The server's address up to and without the method: "https://api.openai.com/v1", "https://generativelanguage.googleapis.com/v1beta".</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model's name, as the provider writes it.</summary>
    public required string Model { get; init; }

    /// <summary>The environment variable or user secret that holds the key.</summary>
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>Requests at the same time.</summary>
    public int Concurrency { get; init; } = 4;

    /// <summary>Repetitions of a request that failed for a while: too many requests, a fault of the server, no answer.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The wait before the first repetition; it doubles each time. What the server asks for in Retry-After comes first.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest wait between two repetitions.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often the model is asked again after an answer that is not what the schema asks for. Each costs what the first did.</summary>
    public int InvalidAnswers { get; init; } = 2;

    /// <summary>Excerpts in which the feature fires, at most.</summary>
    public int FiringExcerpts { get; init; } = 10;

    /// <summary>Contrast excerpts, at most.</summary>
    public int ContrastExcerpts { get; init; } = 5;

    /// <summary>Tokens of an answer, at most.</summary>
    public int MaxOutputTokens { get; init; } = 400;

    /// <summary>What is paid for tokens.</summary>
    public TokenPrices Prices { get; init; } = new();

    /// <summary>US dollars that may be spent on a day (UTC). Null: no cap.</summary>
    public decimal? DailyCap { get; init; } = 5;

    /// <summary>Refuses wrong options, with everything that is wrong.</summary>
    /// <exception cref="UserException">Something is.</exception>
    public void Check()
    {
        if (Faults() is { Count: > 0 } faults) throw new UserException($"The settings of the labeller: {string.Join("; ", faults)}.");
    }

    /// <summary>Everything that is wrong, each with the name of the option; empty: nothing.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (!Endpoint.IsAbsoluteUri || Endpoint.Scheme is not ("https" or "http")) faults.Add("endpoint: expected an address that begins with https://");
        else if (Endpoint.Scheme == "http" && !Endpoint.IsLoopback) faults.Add("endpoint: over http the key would cross the network readably; use https");
        if (Endpoint is { IsAbsoluteUri: true, UserInfo.Length: > 0 } or { IsAbsoluteUri: true, Query.Length: > 0 }) faults.Add("endpoint: no user, password or query; the key is in an environment variable or user secret");
        if (string.IsNullOrWhiteSpace(Model) || Model.Any(letter => letter is <= ' ' or > '~')) faults.Add("model: expected a name without spaces");
        if (string.IsNullOrWhiteSpace(KeyVariable)) faults.Add("keyVariable: expected the name of an environment variable");
        if (Concurrency is < 1 or > 64) faults.Add("concurrency: expected 1 to 64");
        if (Retries is < 0 or > 20) faults.Add("retries: expected 0 to 20");
        if (FirstDelay < TimeSpan.Zero || MaxDelay < FirstDelay) faults.Add("firstDelay, maxDelay: expected 0 ≤ firstDelay ≤ maxDelay");
        if (Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromMinutes(30)) faults.Add("timeout: expected more than 0 s and at most 30 min");
        if (InvalidAnswers is < 0 or > 10) faults.Add("invalidAnswers: expected 0 to 10");
        if (FiringExcerpts is < 1 or > 40) faults.Add("firingExcerpts: expected 1 to 40");
        if (ContrastExcerpts is < 0 or > 40) faults.Add("contrastExcerpts: expected 0 to 40");
        if (MaxOutputTokens is < 16 or > 100_000) faults.Add("maxOutputTokens: expected 16 to 100,000");
        if (Prices.InputPerMillion < 0 || Prices.AudioPerMillion < 0 || Prices.OutputPerMillion < 0) faults.Add("prices: expected 0 or more");
        if (Prices.AudioTokensPerSecond is not (> 0 and <= 10_000)) faults.Add("audioTokensPerSecond: expected more than 0 and at most 10,000");
        if (DailyCap < 0) faults.Add("dailyCap: expected 0 or more");
        return faults;
    }
}

/// <summary>US dollars for a million tokens. The defaults are 0: prices change, so a person gives those of the day.</summary>
/// <param name="InputPerMillion">Text that is sent.</param>
/// <param name="AudioPerMillion">Sound that is sent.</param>
/// <param name="OutputPerMillion">Text that comes back.</param>
/// <param name="AudioTokensPerSecond">Tokens that a second of sound counts as: 32 for Gemini; for others an upper estimate.</param>
public sealed record TokenPrices(decimal InputPerMillion = 0, decimal AudioPerMillion = 0, decimal OutputPerMillion = 0, double AudioTokensPerSecond = 32)
{
    // A token is about four letters of English; three is on the safe side.
    private const int LettersPerToken = 3;

    /// <summary>What a request costs at most.</summary>
    /// <param name="letters">Letters of its text.</param>
    /// <param name="seconds">Seconds of its sound.</param>
    /// <param name="outputTokens">Tokens of the longest answer.</param>
    public RequestCost Estimate(int letters, double seconds, int outputTokens)
    {
        var text = (letters + LettersPerToken - 1) / LettersPerToken;
        var audio = (int)Math.Ceiling(seconds * AudioTokensPerSecond);
        return new RequestCost(text, audio, outputTokens, Price(text, audio, outputTokens));
    }

    /// <summary>What the provider counted; the estimate where it says nothing.</summary>
    public RequestCost CostOf(UsageDetails? usage, RequestCost estimate)
    {
        if (usage is not { InputTokenCount: { } input, OutputTokenCount: { } output }) return estimate;
        // Where the provider does not tell sound from text, what was sent decides.
        var audio = Math.Min(input, usage.AdditionalCounts?.GetValueOrDefault(GeminiChatClient.AudioTokens) is { } counted and > 0 ? counted : estimate.AudioTokens);
        return new RequestCost(input - audio, audio, output, Price(input - audio, audio, output));
    }

    /// <summary>US dollars for these tokens.</summary>
    public decimal Price(long text, long audio, long output) => (text * InputPerMillion + audio * AudioPerMillion + output * OutputPerMillion) / 1_000_000m;
}

/// <summary>The tokens of a request and what they cost.</summary>
/// <param name="TextTokens">Text that is sent.</param>
/// <param name="AudioTokens">Sound that is sent.</param>
/// <param name="OutputTokens">Text that comes back.</param>
/// <param name="Dollars">US dollars.</param>
public readonly record struct RequestCost(long TextTokens, long AudioTokens, long OutputTokens, decimal Dollars)
{
    public static RequestCost operator +(RequestCost one, RequestCost other) =>
        new(one.TextTokens + other.TextTokens, one.AudioTokens + other.AudioTokens, one.OutputTokens + other.OutputTokens, one.Dollars + other.Dollars);

    public static RequestCost operator *(RequestCost one, int times) => new(one.TextTokens * times, one.AudioTokens * times, one.OutputTokens * times, one.Dollars * times);
}
