using System.Collections.Concurrent;
using System.Diagnostics;
using SaeDashboard.Labelling.Batches;
using SaeDashboard.Labelling.Models;
using SaeDashboard.Labelling.Tests.Models;

namespace SaeDashboard.Labelling.Tests.Batches;

/// <summary>A batch whose process is killed (SIGKILL) in the middle: what was answered is not asked for again, and what was not is.</summary>
public sealed class KilledBatchTests
{
    internal const string ChildVariable = "SAEDASHBOARD_LABEL_CHILD";

    public static TheoryData<ModelProtocol> Protocols => LabellerTests.Protocols;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_killed_batch_resumes_without_paying_twice(ModelProtocol protocol)
    {
        await using var server = await LabellerTests.ServerOf(protocol);
        using var folder = new TemporaryFolder();
        int[] features = [.. Enumerable.Range(1, 50)];
        // Twenty features are answered; requests for others wait without an answer until the process is gone.
        var answered = new ConcurrentDictionary<int, bool>();
        var gone = new TaskCompletionSource();
        server.Hold = feature =>
        {
            lock (gone) return answered.Count < 20 && answered.TryAdd(feature, true) ? Task.CompletedTask : gone.Task;
        };
        using (var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            Environment = { [ChildVariable] = $"{protocol}|{server.Address}|{folder.Path}" }, RedirectStandardOutput = true, RedirectStandardError = true,
        })!)
        {
            var errors = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var journalPath = folder[LabelJournal.FileName];
            var patience = Stopwatch.StartNew();
            while (Answered(journalPath) < answered.Count || answered.Count < 20 || server.Requests.Count < answered.Count + 1)
            {
                Assert.False(child.HasExited, child.HasExited ? await errors : "");
                Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60), $"{Answered(journalPath)} answers after 60 s");
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            // The server notices that the connections are gone, as a provider does: what it would answer now reaches no process.
            while (server.AtOnce > 0) await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        gone.SetResult();

        using var journal = LabelJournal.Open(folder.Path);
        Assert.InRange(journal.InDoubt.Count, 1, 4);
        Assert.Equal(answered.Count, server.Paid.Count);
        var batch = BatchTests.Batch(server, protocol, journal, out var connection);
        using var _ = connection;
        var result = await batch.RunAsync("killed", features, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(answered.Count, result.Labels.Count(label => label.Cached));
        Assert.Equal(features, result.Labels.Where(label => label.Answer is not null).Select(label => label.Feature).Order());
        Assert.All(features, feature => Assert.Equal(1, server.Paid[feature]));
        BatchTests.NoKeyIn(folder.Path);
    }

    private static int Answered(string path) => File.Exists(path) ? File.ReadLines(path).Count(line => line.Contains("\"answered\"", StringComparison.Ordinal) && line.EndsWith('}')) : 0;

    /// <summary>This program as the process that is killed: it runs the batch in place of the tests, and waits for answers.</summary>
    internal static async Task RunAsChildAsync(string order)
    {
        var parts = order.Split('|');
        using var journal = LabelJournal.Open(parts[2]);
        var options = TestOptions.For(Enum.Parse<ModelProtocol>(parts[0]), new Uri(parts[1])) with { Timeout = TimeSpan.FromMinutes(5) };
        using var connection = ChatConnection.Open(options, TestOptions.ApiKey);
        await new LabelBatch(new LanguageModelLabeller(connection, options, PromptTemplate.Label), journal, new Sounds(), TimeProvider.System).RunAsync("killed", [.. Enumerable.Range(1, 50)]);
    }
}
