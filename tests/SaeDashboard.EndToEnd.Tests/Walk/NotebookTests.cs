using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using SaeDashboard.EndToEnd.Tests.Fixtures;

namespace SaeDashboard.EndToEnd.Tests.Walk;

/// <summary>The lines of the page "Use it from a notebook" are taken from the page and run; the page of the API's document loads nothing from elsewhere.</summary>
public sealed class NotebookTests(SharedSite shared, BrowserFixture browser) : IDisposable
{
    /// <summary>What the end of the time that the line itself sets is answered with by curl.</summary>
    private const int TimedOut = 28;

    private readonly string folder = Directory.CreateTempSubdirectory("sae-notebook-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_Python_cells_run_one_after_the_other_and_print_what_they_say()
    {
        var cells = await SnippetsAsync("python");
        Assert.Equal(10, cells.Count);
        var script = string.Join('\n', cells.Select(cell => $"print('== {cell.Id}')\n{cell.Lines}"));
        var (exit, output, error) = await RunAsync("python3", "-c", script);
        Assert.True(exit == 0, $"{error}{Environment.NewLine}{output}");
        var printed = output.Split("== ", StringSplitOptions.RemoveEmptyEntries).ToDictionary(part => part.Split('\n')[0], part => part[(part.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        Assert.Contains("2048 latents", printed["begin"], StringComparison.Ordinal);
        Assert.Matches(@"^\d{4} features; the most frequent is \d+ ", printed["features"]);
        Assert.Matches("index.*clipDensity|pandas is not installed", printed["table"]);
        Assert.Matches(@"p99 [\d.]+ over \d+ columns\n([\d.]+ at [\d.]+ s: .+ - \d+ columns\n){3}", printed["feature"]);
        Assert.Matches(@"^16000 Hz, 1\d(\.\d+)? s", printed["sound"]);
        Assert.Matches("^revision [0-9]+ by .+ is labelled from a notebook", printed["label"]);
        Assert.Matches(@"on /api/v1/datasets/.+/clips/\d+\.wav#t=1,3", printed["comment"]);
        Assert.Matches(@"\d+ runs", printed["runs"]);
        Assert.Matches(@"nothing is queued or running|.+ (queued|running) ", printed["jobs"]);
        Assert.StartsWith("400 sort is “loudness”; it is one of agreement,", printed["errors"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_curl_line_runs_by_itself()
    {
        var lines = (await SnippetsAsync("bash")).ToDictionary(line => line.Id, line => line.Lines);
        var expected = new Dictionary<string, string>
        {
            ["curl-saes"] = "\"latents\":2048", ["curl-features"] = "\"limit\":5", ["curl-feature"] = "\"topClips\":", ["curl-sound"] = "", ["curl-label"] = "labelled from a shell",
            ["curl-comment"] = "commented from a shell", ["curl-runs"] = "\"items\":", ["curl-export"] = "\"export\":4", ["curl-jobs"] = "event: ",
        };
        Assert.Equal(expected.Keys.Order(), lines.Keys.Order());
        foreach (var (id, line) in lines)
        {
            var (exit, output, error) = await RunAsync("bash", "-c", line);
            Assert.True(exit == 0 || (id == "curl-jobs" && exit == TimedOut), $"{line}: {exit} {error}{output}");
            Assert.Contains(expected[id], output, StringComparison.Ordinal);
            if (output.StartsWith('{') && id != "curl-export") using (JsonDocument.Parse(output)) { }
        }
        var sound = await File.ReadAllBytesAsync(Path.Combine(folder, "clip.wav"), TestContext.Current.CancellationToken);
        Assert.Equal("RIFF"u8.ToArray(), sound[..4]);
        Assert.True(sound.Length > 100_000, $"{sound.Length} bytes");
    }

    [Fact]
    public async Task A_button_copies_a_cell_as_it_is()
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "notebook");
        var page = visit.Page;
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var wanted = await page.Locator("pre[data-snippet=begin]").TextContentAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Copy: Two functions" }).ClickAsync();
        await page.WaitForFunctionAsync("async wanted => (await navigator.clipboard.readText()) === wanted", wanted);
        visit.AssertNoFaults();
    }

    [Fact]
    public async Task The_page_of_the_document_shows_the_operations_and_no_request_leaves_the_site()
    {
        var site = await shared.GetAsync();
        await using var visit = await browser.OpenAsync(site, "notebook");
        var requests = new List<string>();
        visit.Page.Context.Request += (_, request) =>
        {
            lock (requests) requests.Add(request.Url);
        };
        visit.Page.Context.RequestFailed += (_, request) =>
        {
            lock (requests) requests.Add(request.Url);
        };
        await visit.Page.GotoAsync("scalar/");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "The SAEs, the one labelled last first" })).ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        await visit.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        string[] left;
        lock (requests) left = [.. requests.Where(url => !url.StartsWith(site.Url, StringComparison.Ordinal) && !url.StartsWith("data:", StringComparison.Ordinal) && !url.StartsWith("blob:", StringComparison.Ordinal))];
        Assert.Empty(left);
        Assert.Contains(requests, url => url.EndsWith("/openapi.json", StringComparison.Ordinal));
        // The code to copy names this site.
        await Assertions.Expect(visit.Page.GetByText($"curl '{site.Url}api/v1/saes").First).ToBeVisibleAsync();
        visit.AssertNoFaults();
    }

    private async Task<IReadOnlyList<(string Id, string Lines)>> SnippetsAsync(string language)
    {
        await using var visit = await browser.OpenAsync(await shared.GetAsync(), "notebook");
        var all = await visit.Page.EvaluateAsync<string[][]>("language => [...document.querySelectorAll(`pre[data-language=${language}]`)].map(each => [each.dataset.snippet, each.textContent])", language);
        visit.AssertNoFaults();
        return [.. all.Select(each => (each[0], each[1]))];
    }

    private async Task<(int Exit, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(90), TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
