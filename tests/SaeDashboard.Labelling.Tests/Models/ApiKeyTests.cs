using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Tests.Models;

public sealed class ApiKeyTests
{
    private const string Value = "sk-0123456789abcdef";

    [Fact]
    public void A_key_comes_from_the_environment_before_user_secrets()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["secrets.json"], $$"""{ "OPENAI_API_KEY": "{{Value}}-file", "Other": 3 }""");
        Assert.Equal(Value, ApiKey.Find("OPENAI_API_KEY", _ => Value, folder["secrets.json"])!.Reveal());
        Assert.Equal(Value + "-file", ApiKey.Find("OPENAI_API_KEY", _ => null, folder["secrets.json"])!.Reveal());
        Assert.Null(ApiKey.Find("Other", _ => null, folder["secrets.json"]));
        Assert.Null(ApiKey.Find("OPENAI_API_KEY", _ => null, folder["none.json"]));
        var missing = Assert.Throws<UserException>(() => ApiKey.Require("OPENAI_API_KEY", _ => null, folder["none.json"]));
        Assert.Contains("OPENAI_API_KEY", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_shows_itself_nowhere()
    {
        var key = ApiKey.Require("K", _ => Value);
        Assert.Equal(ApiKey.Hidden, $"{key}");
        Assert.DoesNotContain(Value, JsonSerializer.Serialize(key), StringComparison.Ordinal);
        Assert.DoesNotContain(Value, JsonSerializer.Serialize(new { key }), StringComparison.Ordinal);
        Assert.Equal("no [key], no [key]", key.Hide($"no {Value}, no {Value}"));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("with a space in it")]
    [InlineData("with-ümlauts-0123")]
    public void What_cannot_be_a_key_is_refused_without_showing_it(string value)
    {
        var error = Assert.Throws<UserException>(() => ApiKey.Find("K", _ => value));
        Assert.DoesNotContain(value, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_of_user_secrets_is_refused_without_showing_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["secrets.json"], $$"""{ "K": {{Value}} }""");
        var error = Assert.Throws<UserException>(() => ApiKey.Find("K", _ => null, folder["secrets.json"]));
        Assert.DoesNotContain("0123456789", error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A template that was published does not change: a better one gets the next version.</summary>
    [Fact]
    public void Published_templates_are_as_they_were()
    {
        Assert.Equal(("label-1", "judge-1"), (PromptTemplate.Label.Id, PromptTemplate.Judge.Id));
        Assert.Equal(PromptHashes.Label1, PromptTemplate.Label.Hash);
        Assert.Equal(PromptHashes.Judge1, PromptTemplate.Judge.Hash);
        Assert.Throws<ArgumentException>(() => PromptTemplate.Load("label", 99));
    }
}
