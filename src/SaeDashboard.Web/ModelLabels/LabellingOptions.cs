using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Web.ModelLabels;

/// <summary>
/// Which language model labels features, and what that may cost: the section <c>Labelling</c> of appsettings.json. The key is not among these: it comes from the
/// environment variable, or the user secret, that <see cref="KeyVariable"/> names.
/// </summary>
public sealed class LabellingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Labelling";

    /// <summary>The protocol: <c>openAi</c> or <c>gemini</c>. Empty: no model is set, and nothing is sent anywhere.</summary>
    public string Provider { get; set; } = "";

    /// <summary>The server's address; empty: the provider's own. A server with OpenAI's chat completions has its own address.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>The model, as the provider names it.</summary>
    public string Model { get; set; } = "";

    /// <summary>The environment variable or user secret that holds the key; empty: OPENAI_API_KEY or GEMINI_API_KEY.</summary>
    public string KeyVariable { get; set; } = "";

    /// <summary>US dollars for a million tokens of text that is sent.</summary>
    public decimal InputPrice { get; set; }

    /// <summary>US dollars for a million tokens of sound that is sent.</summary>
    public decimal AudioPrice { get; set; }

    /// <summary>US dollars for a million tokens that come back.</summary>
    public decimal OutputPrice { get; set; }

    /// <summary>Tokens that the provider counts for a second of sound: 32 for Gemini; for others an upper estimate.</summary>
    public double AudioTokensPerSecond { get; set; } = 32;

    /// <summary>US dollars that may be spent on a day (UTC).</summary>
    public decimal DailyCap { get; set; } = 5;

    /// <summary>Requests at the same time.</summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>Repetitions of a request that failed for a while.</summary>
    public int Retries { get; set; } = 5;

    /// <summary>Seconds before the first repetition; the wait doubles each time.</summary>
    public double FirstDelaySeconds { get; set; } = 2;

    /// <summary>Seconds that one request may take.</summary>
    public double TimeoutSeconds { get; set; } = 120;

    /// <summary>Excerpts of two seconds in which the feature fires, at most.</summary>
    public int FiringExcerpts { get; set; } = 10;

    /// <summary>Contrast excerpts, at most.</summary>
    public int ContrastExcerpts { get; set; } = 5;

    /// <summary>Tokens of an answer, at most.</summary>
    public int MaxOutputTokens { get; set; } = 400;

    /// <summary>Everything that is wrong with the values, in one text; null: nothing.</summary>
    public string? Problem => Read(out var faults) is null && faults.Count > 0 ? string.Join(" ", faults) : null;

    /// <summary>The options of the labeller; null: no model is set, or a value is wrong.</summary>
    /// <param name="faults">Everything that is wrong, each by its setting.</param>
    internal LabellerOptions? Read(out IReadOnlyList<string> faults)
    {
        var found = new List<string>();
        faults = found;
        if (Provider.Length == 0)
        {
            // Half a configuration is one that a person believes in.
            if (Endpoint.Length > 0 || Model.Length > 0) found.Add($"{Section}:{nameof(Provider)} is empty: expected openAi or gemini.");
            return null;
        }
        ModelProtocol? protocol = EnumJson.Parse<ModelProtocol>(Provider);
        if (protocol is null) found.Add($"{Section}:{nameof(Provider)} is “{Provider}”: expected openAi or gemini.");
        var address = Endpoint.Length > 0 ? Endpoint : protocol == ModelProtocol.Gemini ? "https://generativelanguage.googleapis.com/v1beta" : "https://api.openai.com/v1";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint)) found.Add($"{Section}:{nameof(Endpoint)} is “{Endpoint}”: expected an address that begins with https://.");
        foreach (var (name, price) in new[] { (nameof(InputPrice), InputPrice), (nameof(AudioPrice), AudioPrice), (nameof(OutputPrice), OutputPrice) })
            if (price < 0) found.Add(FormattableString.Invariant($"{Section}:{name} is {price}: expected 0 or more, in US dollars for a million tokens."));
        foreach (var (name, seconds) in new[] { (nameof(FirstDelaySeconds), FirstDelaySeconds), (nameof(TimeoutSeconds), TimeoutSeconds) })
            if (seconds is not (>= 0 and <= 1800)) found.Add(FormattableString.Invariant($"{Section}:{name} is {seconds}: expected 0 to 1800."));
        var first = TimeSpan.FromSeconds(double.IsFinite(FirstDelaySeconds) ? Math.Clamp(FirstDelaySeconds, 0, 1800) : 0);
        var options = new LabellerOptions
        {
            Protocol = protocol ?? ModelProtocol.OpenAi, Endpoint = endpoint ?? new Uri("https://127.0.0.1"), Model = Model.Trim(),
            KeyVariable = KeyVariable.Length > 0 ? KeyVariable : protocol == ModelProtocol.Gemini ? "GEMINI_API_KEY" : "OPENAI_API_KEY",
            Concurrency = Concurrency, Retries = Retries, FirstDelay = first, MaxDelay = TimeSpan.FromSeconds(Math.Max(60, first.TotalSeconds)), Timeout = TimeSpan.FromSeconds(TimeoutSeconds is > 0 and <= 1800 ? TimeoutSeconds : 1),
            FiringExcerpts = FiringExcerpts, ContrastExcerpts = ContrastExcerpts, MaxOutputTokens = MaxOutputTokens,
            Prices = new TokenPrices(Math.Max(0, InputPrice), Math.Max(0, AudioPrice), Math.Max(0, OutputPrice), AudioTokensPerSecond), DailyCap = DailyCap,
        };
        if (TimeoutSeconds == 0) found.Add($"{Section}:{nameof(TimeoutSeconds)} is 0: expected more.");
        // The labeller names its options as JSON does; here they have the names of settings.
        found.AddRange(options.Faults().Select(fault => $"{Section}:{char.ToUpperInvariant(fault[0])}{fault[1..]}."));
        return found.Count > 0 ? null : options;
    }
}

/// <summary>The language model that the settings name, and its key, which stays in memory.</summary>
public sealed class LanguageModel
{
    private readonly ApiKey? key;

    /// <param name="settings">Checked when the site starts.</param>
    /// <param name="find">Finds a key by its name; null: as <see cref="ApiKey.Find"/>.</param>
    internal LanguageModel(LabellingOptions settings, Func<string, ApiKey?>? find = null)
    {
        Options = settings.Read(out _);
        if (Options is null)
        {
            Missing = $"No language model is set. Set {LabellingOptions.Section}:{nameof(LabellingOptions.Provider)} (openAi or gemini) and {LabellingOptions.Section}:{nameof(LabellingOptions.Model)} in appsettings.json, "
                + $"or {LabellingOptions.Section}__{nameof(LabellingOptions.Provider)} and {LabellingOptions.Section}__{nameof(LabellingOptions.Model)} in the environment; give the key in the environment variable OPENAI_API_KEY or GEMINI_API_KEY; "
                + "and start the site again. Nothing is sent anywhere until then.";
            return;
        }
        try
        {
            key = (find ?? (name => ApiKey.Find(name)))(Options.KeyVariable);
            if (key is null)
                Missing = $"There is no key for {Name}. Set the environment variable {Options.KeyVariable}, or run 'dotnet user-secrets set {Options.KeyVariable} KEY --id {ApiKey.UserSecretsId}', and start the site again.";
        }
        catch (Core.UserException error)
        {
            Missing = error.Message;
        }
    }

    /// <summary>How it is asked; null: no model is set.</summary>
    public LabellerOptions? Options { get; }

    /// <summary>What is missing before it can be asked, and where to set it; null: nothing.</summary>
    public string? Missing { get; }

    /// <summary>The model and its server, for a person.</summary>
    public string Name => Options is { } options ? $"{options.Model} ({options.Endpoint.Host})" : "no model";

    /// <summary>Whether prices are set. Without them the cap cannot hold.</summary>
    public bool IsPriced => Options is { } options && (options.Prices.InputPerMillion > 0 || options.Prices.AudioPerMillion > 0 || options.Prices.OutputPerMillion > 0);

    /// <summary>Template and model of the labels that it makes; empty: no model is set.</summary>
    public string LabelVersion => Options is { } options ? $"{PromptTemplate.Label.Id} {options.Model}" : "";

    /// <summary>Template and model of its judgements; empty: no model is set.</summary>
    public string JudgeVersion => Options is { } options ? $"{PromptTemplate.Judge.Id} {options.Model}" : "";

    /// <summary>Connects to it. Nothing is sent yet.</summary>
    /// <exception cref="Core.UserException">Something is missing: <see cref="Missing"/>.</exception>
    internal ChatConnection Open() => Missing is { } missing ? throw new Core.UserException(missing) : ChatConnection.Open(Options!, key!);
}
