using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SaeDashboard.Labelling.Tests.Servers;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Tests.ModelLabels;

/// <summary>
/// The real site with the real worker: fifty features as a batch, faults injected, the web process killed (SIGKILL) in the middle and started again. What was answered is not paid
/// twice, and the key is in no file, log or page. <see cref="LabelBatchTests"/> holds the same in one process.
/// </summary>
public sealed partial class KilledSiteTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    private readonly TemporaryFolder folder = new();
    private readonly OpenAiServer server = new(LabelSite.Key);
    private readonly StringBuilder said = new();
    private readonly HttpClient http = new();
    private Process? site;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        http.Dispose();
        await server.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task A_killed_site_resumes_a_batch_of_fifty_without_paying_twice()
    {
        var features = LabelSite.Features(50);
        // A feature is known by its first excerpt: numbers are given in the order in which they come.
        var numbers = new Dictionary<string, int>();
        server.NumberOf = audio =>
        {
            lock (numbers)
            {
                var hash = Convert.ToHexString(SHA256.HashData(audio[0]));
                return numbers.TryGetValue(hash, out var known) ? known : numbers[hash] = numbers.Count + 1;
            }
        };
        server.FaultOf = (number, attempt) => (number % 12, attempt) switch
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
        server.MostExcerpts = 2;
        var (answered, gone) = (new HashSet<int>(), new TaskCompletionSource());
        server.Hold = number =>
        {
            lock (answered) return answered.Contains(number) || (answered.Count < 20 && answered.Add(number)) || gone.Task.IsCompleted ? Task.CompletedTask : gone.Task;
        };

        await StartAsync();
        var made = await PostAsync("api/v1/labelling/batches", new { name = "Fifty", sae = "demo", features });
        var id = made.GetProperty("id").GetString()!;
        var journal = Path.Combine(folder["data"], "labelling", "requests.jsonl");
        await UntilAsync("twenty are answered and others under way", () => Task.FromResult(File.Exists(journal) && Count(journal, "\"answered\"") >= 20 && server.AtOnce > 0));
        ProcessSignal.Send(site!.Id, ProcessSignal.Kill);
        await site.WaitForExitAsync(Stop);
        await UntilAsync("the provider sees that the connections are gone", () => Task.FromResult(server.AtOnce == 0));
        var paid = server.Paid.ToDictionary();
        gone.SetResult();

        await StartAsync();
        var before = await http.GetFromJsonAsync<JsonElement>($"{Url}/api/v1/labelling/batches/{id}", Stop);
        Assert.Equal(("interrupted", 20), (before.GetProperty("state").GetString(), before.GetProperty("labelled").GetInt32()));
        await PostAsync($"api/v1/labelling/batches/{id}/resume", new { });
        JsonElement after = default;
        await UntilAsync("the batch is done", async () => (after = await http.GetFromJsonAsync<JsonElement>($"{Url}/api/v1/labelling/batches/{id}", Stop)).GetProperty("state").GetString() is "done" or "failed");
        Assert.Equal(("done", 50, 0), (after.GetProperty("state").GetString(), after.GetProperty("labelled").GetInt32(), after.GetProperty("faults").GetInt32()));
        Assert.Empty(server.Refusals);
        Assert.Equal(50, numbers.Count);
        // Paid once, and at most once more for an answer that could not be read: the kill may have come between the two. What was answered before is as it was.
        Assert.All(server.Paid, each => Assert.InRange(each.Value, 1, each.Key % 12 is 7 or 11 ? 2 : 1));
        Assert.All(paid, each => Assert.Equal(each.Value, server.Paid[each.Key]));
        Assert.InRange(after.GetProperty("dollars").GetDecimal(), 0.001m, 5);

        // The labels are suggestions of the site, and no page, file or line of the log has the key.
        var first = await http.GetFromJsonAsync<JsonElement>($"{Url}/api/v1/saes/demo/features/{features[0]}?strips=false", Stop);
        Assert.Contains(first.GetProperty("suggestions").EnumerateArray(), each => each.GetProperty("kind").GetString() == "languageModel");
        foreach (var page in new[] { "annotate/batches", "annotate/batches/new?sae=demo", $"annotate/batches/{id}", "jobs", $"features/demo/{features[0]}" })
        {
            var html = await http.GetStringAsync($"{Url}/{page}", Stop);
            Assert.Contains(page.StartsWith("features", StringComparison.Ordinal) || page.EndsWith(id, StringComparison.Ordinal) ? "sound of feature" : "</h1>", html, StringComparison.Ordinal);
            Assert.DoesNotContain(LabelSite.Key, html, StringComparison.Ordinal);
        }
        await EndAsync();
        Assert.DoesNotContain(LabelSite.Key, said.ToString(), StringComparison.Ordinal);
        LabelSite.NoKeyIn(folder.Path);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"50 features, {server.Requests.Count} requests, {server.Paid.Values.Sum()} paid answers, killed after {paid.Count}; ${after.GetProperty("dollars").GetDecimal():F4}"));
    }

    private async Task StartAsync()
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var start = new ProcessStartInfo(Path.Combine(here.Parent!.Parent!.FullName, "SaeDashboard.Web", here.Name, "SaeDashboard.Web"))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SITE_KEY"] = LabelSite.Key },
            ArgumentList =
            {
                "--port", "0", "--data", folder["data"], "--Logging:LogLevel:Default", "Debug", "--Labelling:Provider", "openAi", "--Labelling:Endpoint", new Uri(server.Address, "v1").AbsoluteUri, "--Labelling:Model", "gpt-audio",
                "--Labelling:KeyVariable", "SITE_KEY", "--Labelling:InputPrice", "1", "--Labelling:AudioPrice", "10", "--Labelling:OutputPrice", "4", "--Labelling:FirstDelaySeconds", "0.02", "--Labelling:TimeoutSeconds", "4",
                "--Labelling:FiringExcerpts", "2", "--Labelling:ContrastExcerpts", "1",
            },
        };
        site = Process.Start(start)!;
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Note(string? line)
        {
            lock (said) said.AppendLine(line);
            if (line is not null && Address().Match(line) is { Success: true } match) address.TrySetResult(match.Value);
        }
        site.OutputDataReceived += (_, line) => Note(line.Data);
        site.ErrorDataReceived += (_, line) => Note(line.Data);
        site.BeginOutputReadLine();
        site.BeginErrorReadLine();
        var url = await address.Task.WaitAsync(Patience, Stop);
        // Another port each time: a client keeps its address.
        await UntilAsync("the features are read", async () =>
        {
            using var probe = await http.GetAsync(new Uri($"{url}/api/v1/saes/demo/features/0"), Stop);
            return probe.IsSuccessStatusCode;
        });
        Url = url;
    }

    private string Url { get; set; } = "";

    private async Task EndAsync()
    {
        if (site is not { HasExited: false }) return;
        ProcessSignal.Send(site.Id, ProcessSignal.Terminate);
        await site.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private async Task<JsonElement> PostAsync(string address, object body)
    {
        using var answer = await http.PostAsJsonAsync(new Uri($"{Url}/{address}"), body, Stop);
        var read = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.True(answer.IsSuccessStatusCode, read.ToString());
        return read;
    }

    private async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            if (watch.Elapsed > Patience) throw new TimeoutException($"Not within {Patience.TotalSeconds} s: {what}.{Environment.NewLine}{said}");
            Assert.False(site!.HasExited && site.ExitCode != 137, said.ToString());
            await Task.Delay(50, Stop);
        }
    }

    private static int Count(string path, string word)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n').Count(line => line.Contains(word, StringComparison.Ordinal) && line.EndsWith('}'));
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
