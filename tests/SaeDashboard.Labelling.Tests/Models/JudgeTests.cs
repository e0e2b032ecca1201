using SaeDashboard.Labelling.Models;

namespace SaeDashboard.Labelling.Tests.Models;

/// <summary>A language model as the judge of a label.</summary>
public sealed class JudgeTests
{
    public static TheoryData<ModelProtocol> Protocols => LabellerTests.Protocols;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_judge_scores_every_excerpt_in_order(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        server.TextOf = count => $$"""{"scores":[{{string.Join(',', Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{i / 10.0}")))}}]}""";
        var options = TestOptions.For(protocol, server.Address);
        using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
        var judge = new LanguageModelJudge(connection, options, PromptTemplate.Judge);
        var excerpts = Sounds.Of(3, firing: 6, contrast: 0).Firing;
        var outcome = await judge.JudgeAsync("taiko drums", excerpts, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(server.Refusals);
        Assert.Equal([0, 0.1, 0.2, 0.3, 0.4, 0.5], outcome.Scores!);
        Assert.True(outcome.Cost.Dollars > 0 && outcome.Cost.Dollars <= judge.Estimate("taiko drums", excerpts).Dollars);
        var body = Assert.Single(server.Requests).Body.ToJsonString();
        Assert.Contains("The label: taiko drums", body, StringComparison.Ordinal);
        // It hears the excerpts and is not given which of them fire.
        Assert.DoesNotContain("fires", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_judge_that_leaves_excerpts_out_is_asked_again(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        server.TextOf = _ => """{"scores":[1]}""";
        var options = TestOptions.For(protocol, server.Address);
        using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
        var judge = new LanguageModelJudge(connection, options, PromptTemplate.Judge);
        var outcome = await judge.JudgeAsync("taiko drums", Sounds.Of(3, firing: 6, contrast: 0).Firing, cancellation: TestContext.Current.CancellationToken);
        Assert.Null(outcome.Scores);
        Assert.Equal("no valid answer in 3 requests: scores: expected 6 numbers, got 1", outcome.Fault);
        Assert.Equal(3, server.Paid[3]);
    }

    [Theory]
    [InlineData("{\"scores\":[0,1]}", null)]
    [InlineData("{\"scores\":[0,1.5]}", "scores: expected numbers from 0 to 1")]
    [InlineData("{\"scores\":[0,\"1\"]}", "scores: expected numbers from 0 to 1")]
    [InlineData("{\"scores\":1}", "scores: expected a list")]
    [InlineData("[0,1]", "scores: expected a list")]
    [InlineData("0, 1", "not JSON")]
    public void Scores_are_read_or_refused_with_the_reason(string text, string? fault)
    {
        var scores = LanguageModelJudge.Read(text, 2, out var found);
        Assert.Equal(fault, found);
        Assert.Equal(fault is null, scores is not null);
    }
}
