using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using SaeDashboard.Core;
using SaeDashboard.Core.Features;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Tests.Models;
using SaeDashboard.Labelling.Tests.Servers;

namespace SaeDashboard.Labelling.Tests.Batches;

/// <summary>Batches against servers on this machine that do wrong what providers do wrong.</summary>
public sealed class BatchTests(ITestOutputHelper output)
{
    private static readonly int[] Fifty = [.. Enumerable.Range(1, 50)];

    public static TheoryData<ModelProtocol> Protocols => LabellerTests.Protocols;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Fifty_features_are_labelled_whatever_goes_wrong(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        // Every second feature meets a fault, some of them two.
        server.FaultOf = (feature, attempt) => (feature % 12, attempt) switch
        {
            (1, 0) => Fault.TooManyRequests,
            (3, 0) => Fault.ServerError,
            (5, 0) => Fault.Hang,
            (7, 0) => Fault.InvalidJson,
            (9, 0) => Fault.Cut,
            (9, 1) => Fault.ServerError,
            (11, 0) => Fault.WrongMembers,
            _ => Fault.None,
        };
        server.MostExcerpts = 12;
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var progress = new Steps();
        var batch = Batch(server, protocol, journal, out var connection);
        using var _ = connection;
        var before = batch.Estimate("all", Fifty);
        var result = await batch.RunAsync("all", Fifty, progress, cancellation: TestContext.Current.CancellationToken);

        Assert.Empty(server.Refusals);
        Assert.Empty(result.NotAsked);
        Assert.Equal(Fifty, result.Labels.Select(label => label.Feature).Order());
        Assert.All(result.Labels, label => Assert.Equal(FormattableString.Invariant($"sound of feature {label.Feature}"), label.Answer?.Label));
        // Paid once, and once more for an answer that could not be read.
        Assert.All(Fifty, feature => Assert.Equal(feature % 12 is 7 or 11 ? 2 : 1, server.Paid[feature]));
        Assert.InRange(server.MostAtOnce, 2, 4);
        Assert.Equal(50, before.Features);
        Assert.Equal(50, progress.Last.Done);
        Assert.Equal(TimeSpan.Zero, progress.Last.Left);
        Assert.Equal(result.Dollars, journal.SpentOn(DateOnly.FromDateTime(DateTime.UtcNow)));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{protocol}: 50 features, {server.Requests.Count} requests, {server.Paid.Values.Sum()} paid, ${result.Dollars:F4} (estimate at most ${before.Most.Dollars:F4})"));

        // The same again, under another name: answers are found by their content, and nothing is sent.
        var sent = server.Requests.Count;
        var again = await batch.RunAsync("again", Fifty, cancellation: TestContext.Current.CancellationToken);
        Assert.All(again.Labels, label => Assert.True(label.Cached));
        Assert.Equal((sent, 0m), (server.Requests.Count, again.Dollars));
        NoKeyIn(folder.Path);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task The_day_s_cap_is_kept_and_the_batch_resumes_the_next_day(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 30, 20, 0, 0, TimeSpan.Zero));
        var one = new LanguageModelLabeller(null!, TestOptions.For(protocol, server.Address), PromptTemplate.Label).Estimate(Sounds.Of(1)).Dollars;
        var cap = 8 * one;
        var batch = Batch(server, protocol, journal, out var connection, options => options with { DailyCap = cap }, clock);
        using var _ = connection;

        var first = await batch.RunAsync("capped", Fifty, cancellation: TestContext.Current.CancellationToken);
        Assert.NotEmpty(first.NotAsked);
        Assert.Equal(50, first.NotAsked.Count + first.Labels.Count);
        Assert.True(journal.SpentOn(new DateOnly(2026, 11, 30)) <= cap);
        Assert.Equal(first.Labels.Count, server.Paid.Count);
        var same = await batch.RunAsync("capped", Fifty, cancellation: TestContext.Current.CancellationToken);
        Assert.True(journal.SpentOn(new DateOnly(2026, 11, 30)) <= cap);
        Assert.True(batch.Estimate("capped", Fifty).AffordableToday < 2);

        var days = 0;
        for (var result = same; result.NotAsked.Count > 0; days++)
        {
            clock.Advance(TimeSpan.FromDays(1));
            result = await batch.RunAsync("capped", Fifty, cancellation: TestContext.Current.CancellationToken);
            Assert.True(journal.SpentOn(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)) <= cap);
            Assert.True(days < 60);
        }
        Assert.All(Fifty, feature => Assert.Equal(1, server.Paid[feature]));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{protocol}: cap ${cap:F4}, {first.Labels.Count} labels on the first day, all after {days} more"));
    }

    [Fact]
    public async Task A_feature_that_fails_does_not_stop_the_others()
    {
        await using var server = await LabellerTests.ServerOf(ModelProtocol.OpenAi);
        server.FaultOf = (feature, _) => feature == 2 ? Fault.ServerError : Fault.None;
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var batch = Batch(server, ModelProtocol.OpenAi, journal, out var connection, options => options with { Retries = 1 });
        using var _ = connection;
        int[] features = [1, 2, 3, 666, 777];
        var result = await batch.RunAsync("some", features, cancellation: TestContext.Current.CancellationToken);
        var byFeature = result.Labels.ToDictionary(label => label.Feature);
        Assert.NotNull(byFeature[1].Answer);
        Assert.NotNull(byFeature[3].Answer);
        Assert.Contains("500", byFeature[2].Fault, StringComparison.Ordinal);
        Assert.Equal("The codes of clip 3 are damaged.", byFeature[666].Fault);
        Assert.Equal("it never fires", byFeature[777].Fault);
        // What failed is asked for again when the batch is resumed.
        server.FaultOf = (_, _) => Fault.None;
        var resumed = await batch.RunAsync("some", [1, 2, 3], cancellation: TestContext.Current.CancellationToken);
        Assert.All(resumed.Labels, label => Assert.NotNull(label.Answer));
        Assert.Equal(1, server.Paid[1]);
    }

    [Fact]
    public async Task A_batch_that_is_resumed_with_another_model_asks_again()
    {
        await using var server = await LabellerTests.ServerOf(ModelProtocol.OpenAi);
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        foreach (var model in new[] { "gpt-audio", "gpt-audio-mini", "gpt-audio" })
        {
            var batch = Batch(server, ModelProtocol.OpenAi, journal, out var connection, options => options with { Model = model });
            using var _ = connection;
            var result = await batch.RunAsync("b", [1, 2, 2], cancellation: TestContext.Current.CancellationToken);
            Assert.Equal([1, 2], result.Labels.Select(label => label.Feature).Order());
            var suggestion = result.Labels[0].ToSuggestion($"label-1 {model}")!;
            Assert.Equal((SuggestionMethod.LanguageModel, $"sound of feature {suggestion.Feature}", 0.75), (suggestion.Method, suggestion.Text, suggestion.Confidence));
        }
        Assert.Equal(2, server.Paid[1]);
        Assert.Equal(2, server.Paid[2]);
    }

    [Fact]
    public async Task A_stopped_batch_counts_what_was_under_way_as_spent()
    {
        await using var server = await LabellerTests.ServerOf(ModelProtocol.OpenAi);
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        using var journal = LabelJournal.Open(folder.Path);
        server.Hold = async feature =>
        {
            if (feature < 3) return;
            if (feature == 4) await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
        };
        var batch = Batch(server, ModelProtocol.OpenAi, journal, out var connection, options => options with { Concurrency = 2, Timeout = TimeSpan.FromMinutes(1) });
        using var _ = connection;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch.RunAsync("b", Fifty, cancellation: stop.Token));
        var one = new LanguageModelLabeller(connection, TestOptions.For(ModelProtocol.OpenAi, server.Address), PromptTemplate.Label).Estimate(Sounds.Of(1)).Dollars;
        Assert.True(journal.SpentOn(DateOnly.FromDateTime(DateTime.UtcNow)) >= 2 * one);
        server.Hold = _ => Task.CompletedTask;
        var result = await batch.RunAsync("b", Fifty, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(50, result.Labels.Count(label => label.Answer is not null));
        Assert.All(Fifty, feature => Assert.Equal(1, server.Paid[feature]));
    }

    [Fact]
    public async Task A_refused_key_stops_the_batch_and_appears_nowhere()
    {
        await using var server = new OpenAiServer("another-key-0123");
        await server.StartAsync();
        using var folder = new TemporaryFolder();
        using var journal = LabelJournal.Open(folder.Path);
        var batch = Batch(server, ModelProtocol.OpenAi, journal, out var connection);
        using var _ = connection;
        var error = await Assert.ThrowsAsync<UserException>(() => batch.RunAsync("refused", Fifty, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("TEST_KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(TestOptions.Key, error.ToString(), StringComparison.Ordinal);
        Assert.InRange(server.Refusals.Count, 1, 8);
        NoKeyIn(folder.Path);
    }

    [Fact]
    public void A_journal_belongs_to_one_process_and_is_repaired_after_a_torn_line()
    {
        using var folder = new TemporaryFolder();
        var now = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
        using (var journal = LabelJournal.Open(folder.Path))
        {
            Assert.Throws<UserException>(() => LabelJournal.Open(folder.Path));
            var ask = journal.TryAsk(new AskedFor("b", 1, "v", "h1"), 0.25m, 1, now)!.Value;
            journal.End(ask, new LabelAnswer("drums", "", 0.5), null, 0.1m, now);
            Assert.NotNull(journal.TryAsk(new AskedFor("b", 2, "v", "h2"), 0.25m, 1, now));
            Assert.Null(journal.TryAsk(new AskedFor("b", 3, "v", "h3"), 0.75m, 1, now));
        }
        File.AppendAllText(folder[LabelJournal.FileName], "{\"step\":\"answered\",\"at\":\"2026-11-30T1");
        using var opened = LabelJournal.Open(folder.Path);
        Assert.Equal("drums", opened.Find("h1")?.Label);
        Assert.Null(opened.Find("h2"));
        Assert.Equal(2, Assert.Single(opened.InDoubt).Feature);
        // What has no answer counts with its largest cost.
        Assert.Equal(0.35m, opened.SpentOn(new DateOnly(2026, 11, 30)));
    }

    internal static LabelBatch Batch(ProviderServer server, ModelProtocol protocol, LabelJournal journal, out ChatConnection connection, Func<LabellerOptions, LabellerOptions>? change = null, TimeProvider? clock = null)
    {
        var options = TestOptions.For(protocol, server.Address);
        if (change is not null) options = change(options);
        connection = ChatConnection.Open(options, TestOptions.ApiKey);
        return new LabelBatch(new LanguageModelLabeller(connection, options, PromptTemplate.Label), journal, new Sounds(), clock ?? TimeProvider.System);
    }

    internal static void NoKeyIn(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal)))
            Assert.DoesNotContain(TestOptions.Key, File.ReadAllText(file), StringComparison.Ordinal);
    }

    private sealed class Steps : IProgress<BatchProgress>
    {
        public BatchProgress Last { get; private set; }

        // Called in turn: the batch reports under its lock.
        public void Report(BatchProgress value) => Last = value;
    }
}
