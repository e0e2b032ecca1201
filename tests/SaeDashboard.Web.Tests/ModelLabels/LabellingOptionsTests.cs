using SaeDashboard.Core;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Web.ModelLabels;

namespace SaeDashboard.Web.Tests.ModelLabels;

/// <summary>The settings of labelling: all problems are named at once, and what is missing is said with its exact name.</summary>
public sealed class LabellingOptionsTests
{
    [Fact]
    public void Without_settings_nothing_is_wrong_and_the_page_says_what_to_set()
    {
        var options = new LabellingOptions();
        Assert.Null(options.Problem);
        var model = new LanguageModel(options);
        Assert.Null(model.Options);
        foreach (var name in new[] { "Labelling:Provider", "Labelling:Model", "Labelling__Provider", "OPENAI_API_KEY", "GEMINI_API_KEY" }) Assert.Contains(name, model.Missing, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => model.Open());
    }

    [Fact]
    public void Every_wrong_value_is_named_by_its_setting()
    {
        var wrong = new LabellingOptions
        {
            Provider = "anthropic", Endpoint = "http://example.org/v1", Model = "a b", InputPrice = -1, AudioTokensPerSecond = 0, DailyCap = -1, Concurrency = 0, Retries = 99, TimeoutSeconds = 0, FirstDelaySeconds = -1,
            FiringExcerpts = 0, ContrastExcerpts = 99, MaxOutputTokens = 1,
        };
        foreach (var name in new[] { "Provider", "Endpoint", "Model", "InputPrice", "AudioTokensPerSecond", "DailyCap", "Concurrency", "Retries", "TimeoutSeconds", "FirstDelaySeconds", "FiringExcerpts", "ContrastExcerpts", "MaxOutputTokens" })
            Assert.Contains($"Labelling:{name}", wrong.Problem, StringComparison.Ordinal);
        Assert.Contains("Labelling:Provider is empty", new LabellingOptions { Model = "gpt-audio" }.Problem, StringComparison.Ordinal);
        Assert.Contains("Labelling:Endpoint is “nowhere”", new LabellingOptions { Provider = "openAi", Model = "m", Endpoint = "nowhere" }.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openAi", "https://api.openai.com/v1", "OPENAI_API_KEY", ModelProtocol.OpenAi)]
    [InlineData("gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY", ModelProtocol.Gemini)]
    public void A_provider_has_its_own_address_and_key_and_a_missing_key_is_said(string provider, string address, string variable, ModelProtocol protocol)
    {
        var settings = new LabellingOptions { Provider = provider, Model = "m", AudioPrice = 2 };
        Assert.Null(settings.Problem);
        var model = new LanguageModel(settings, _ => null);
        Assert.Equal((new Uri(address), variable, protocol, true), (model.Options!.Endpoint, model.Options.KeyVariable, model.Options.Protocol, model.IsPriced));
        Assert.Contains($"Set the environment variable {variable}", model.Missing, StringComparison.Ordinal);
        Assert.Equal(("label-1 m", "judge-1 m"), (model.LabelVersion, model.JudgeVersion));
        Assert.False(new LanguageModel(new LabellingOptions { Provider = provider, Model = "m" }, _ => null).IsPriced);
    }
}
