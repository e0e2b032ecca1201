using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Scores;
using SaeDashboard.Labelling.Tests.Models;
using SaeDashboard.Labelling.Tests.Servers;

namespace SaeDashboard.Labelling.Tests.Batches;

/// <summary>Labels are judged in the same journal and under the same cap as they are made.</summary>
public sealed class JudgeBatchTests
{
    private static readonly LabelOfFeature[] Twelve = [.. Enumerable.Range(1, 12).Select(feature => new LabelOfFeature(feature, FormattableString.Invariant($"sound {feature}")))];

    public static TheoryData<ModelProtocol> Protocols => LabellerTests.Protocols;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Labels_are_judged_whatever_goes_wrong_and_nothing_is_paid_twice(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        server.FaultOf = (feature, attempt) => (feature % 6, attempt) switch
        {
            (1, 0) => Fault.ServerError,
            (2, 0) => Fault.InvalidJson,
            (3, 0) => Fault.Cut,
            _ => Fault.None,
        };
        server.MostExcerpts = 20;
        // The right label fits the ten clips in which the feature fires (of tones 200 to 209), another one as well as any.
        var own = Enumerable.Range(200, 10).Select(Sounds.Tone).ToHashSet();
        server.ScoreOf = (label, excerpt) => own.Contains(Sounds.ToneOf(excerpt)) && label.StartsWith("sound", StringComparison.Ordinal) ? 0.9 : 0.2;
        using var folder = new TemporaryFolder();
        using (var journal = LabelJournal.Open(folder.Path))
        {
            var batch = Judge(server, protocol, journal, out var connection);
            using var _ = connection;
            var said = new List<int>();
            var result = await batch.RunAsync("b", [.. Twelve, new LabelOfFeature(666, "x"), new LabelOfFeature(777, "x")], one => said.Add(one.Label.Feature), Stop);
            Assert.Empty(server.Refusals);
            Assert.Empty(result.NotAsked);
            Assert.Equal(result.Judged.Select(one => one.Label.Feature).Order(), said.Order());
            Assert.All(result.Judged.Where(one => one.Label.Feature < 100), one => Assert.Equal(new DetectionScore(1, 1, 10, 10, 10), one.Score));
            // Too few clips fire: nothing is asked, and nothing is paid.
            Assert.All(result.Judged.Where(one => one.Label.Feature >= 100), one => Assert.Equal((null, "it fires in too few of the clips that labels are tested on"), (one.Score, one.Fault)));
            Assert.DoesNotContain(server.Requests, request => request.Feature >= 100);
            Assert.Equal(result.Dollars, journal.SpentBy("b"));
            Assert.Equal(result.Dollars, journal.SpentOn(DateOnly.FromDateTime(DateTime.UtcNow)));
        }

        var sent = server.Requests.Count;
        using var opened = LabelJournal.Open(folder.Path);
        var resumed = Judge(server, protocol, opened, out var second);
        using var __ = second;
        var again = await resumed.RunAsync("b", Twelve, cancellation: Stop);
        Assert.All(again.Judged, one => Assert.Equal((1d, true), (one.Score!.NearMiss, one.Cached)));
        // By content too, under another name; with another label it is asked.
        Assert.All((await resumed.RunAsync("other", Twelve, cancellation: Stop)).Judged, one => Assert.True(one.Cached));
        Assert.Equal((sent, 0m), (server.Requests.Count, again.Dollars));
        var exchanged = await resumed.RunAsync("b", JudgeBatch.ForFloor(Twelve.ToDictionary(label => label.Feature, label => "other " + label.Text)), cancellation: Stop);
        Assert.Equal(12, exchanged.Judged.Count);
        Assert.Equal(0.5, DetectionScorer.Mean([.. exchanged.Judged.Select(one => one.Score!)]).NearMiss);
        BatchTests.NoKeyIn(folder.Path);
    }

    [Fact]
    public async Task The_cap_holds_for_labels_and_judgements_together()
    {
        await using var server = await LabellerTests.ServerOf(ModelProtocol.OpenAi);
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var options = TestOptions.For(ModelProtocol.OpenAi, server.Address);
        var label = new LanguageModelLabeller(null!, options, PromptTemplate.Label).Estimate(Sounds.Of(1)).Dollars;
        var labels = BatchTests.Batch(server, ModelProtocol.OpenAi, journal, out var first, each => each with { DailyCap = 6 * label });
        using var _ = first;
        await labels.RunAsync("b", [.. Enumerable.Range(1, 6)], cancellation: Stop);
        var before = journal.SpentBy("b");
        var judging = Judge(server, ModelProtocol.OpenAi, journal, out var second, each => each with { DailyCap = 6 * label });
        using var __ = second;
        var result = await judging.RunAsync("b", Twelve, cancellation: Stop);
        Assert.NotEmpty(result.NotAsked);
        Assert.Equal(12, result.NotAsked.Count + result.Judged.Count);
        Assert.InRange(journal.SpentBy("b"), before, 6 * label);
    }

    [Fact]
    public async Task A_killed_judgement_counts_as_spent_and_a_journal_of_an_earlier_program_is_read()
    {
        await using var server = await LabellerTests.ServerOf(ModelProtocol.OpenAi);
        using var folder = new TemporaryFolder();
        // As written before judgements were in it.
        File.WriteAllText(folder[LabelJournal.FileName],
            """
            {"step":"asked","at":"2026-11-30T10:00:00+00:00","ask":1,"batch":"b","feature":1,"version":"label-1 gpt-audio","hash":"h1","dollars":0.02,"answer":null,"fault":null}
            {"step":"answered","at":"2026-11-30T10:00:01+00:00","ask":1,"batch":"b","feature":1,"version":"label-1 gpt-audio","hash":"h1","dollars":0.01,"answer":{"label":"drums","description":"","confidence":0.5},"fault":null}

            """);
        using (var journal = LabelJournal.Open(folder.Path))
        {
            Assert.Equal("drums", journal.Of("b", 1, "label-1 gpt-audio")?.Answer?.Label);
            Assert.Null(journal.Of("b", 1, "label-1 gpt-audio", "drums"));
            var now = new DateTimeOffset(2026, 11, 30, 11, 0, 0, TimeSpan.Zero);
            Assert.NotNull(journal.TryAsk(new AskedFor("b", 1, "judge-1 gpt-audio", "h2", "drums"), 0.03m, 1, now));
            var ask = journal.TryAsk(new AskedFor("b", 2, "judge-1 gpt-audio", "h3", "bells"), 0.03m, 1, now)!.Value;
            journal.EndJudged(ask, [0.25, 1], null, 0.02m, now);
        }
        using var opened = LabelJournal.Open(folder.Path);
        Assert.Equal("drums", Assert.Single(opened.InDoubt).Judged);
        Assert.Equal((0.06m, 0.06m), (opened.SpentBy("b"), opened.SpentOn(new DateOnly(2026, 11, 30))));
        Assert.Equal([0.25, 1], opened.FindScores("h3"));
        Assert.Equal([0.25, 1], opened.Of("b", 2, "judge-1 gpt-audio", "bells")?.Scores);
        Assert.Null(opened.Find("h3"));
    }

    [Fact]
    public async Task A_refused_key_stops_judging()
    {
        await using var server = new OpenAiServer("another-key-0123");
        await server.StartAsync();
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var batch = Judge(server, ModelProtocol.OpenAi, journal, out var connection);
        using var _ = connection;
        var error = await Assert.ThrowsAsync<UserException>(() => batch.RunAsync("b", Twelve, cancellation: Stop));
        Assert.Contains("TEST_KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(TestOptions.Key, error.ToString(), StringComparison.Ordinal);
        BatchTests.NoKeyIn(folder.Path);
    }

    [Fact]
    public void The_floor_is_of_at_most_twenty_labels_of_other_features_and_the_same_each_time()
    {
        var labels = Enumerable.Range(0, 60).ToDictionary(feature => feature, feature => string.Create(CultureInfo.InvariantCulture, $"label {feature / 2}"));
        var floor = JudgeBatch.ForFloor(labels);
        Assert.Equal(20, floor.Count);
        Assert.All(floor, each => Assert.NotEqual(labels[each.Feature], each.Text));
        Assert.Equal(floor, JudgeBatch.ForFloor(labels.Reverse().ToDictionary()));
        Assert.Empty(JudgeBatch.ForFloor(labels.Take(9).ToDictionary()));
        Assert.Empty(JudgeBatch.ForFloor(Enumerable.Range(0, 20).ToDictionary(feature => feature, _ => "the same")));
    }

    private static JudgeBatch Judge(ProviderServer server, ModelProtocol protocol, LabelJournal journal, out ChatConnection connection, Func<LabellerOptions, LabellerOptions>? change = null)
    {
        var options = TestOptions.For(protocol, server.Address);
        if (change is not null) options = change(options);
        connection = ChatConnection.Open(options, TestOptions.ApiKey);
        return new JudgeBatch(new LanguageModelJudge(connection, options, PromptTemplate.Judge), journal, new Sounds(), TimeProvider.System);
    }
}
