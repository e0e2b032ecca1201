using Microsoft.Playwright;

namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>A person's window: a browser context with one page, which notes every console error, every failed request and every answer ≥ 400.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> faults = [];
    private bool forgiving;

    public Visit(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error") Note($"console: {message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => Note($"script: {error}");
        page.RequestFailed += (_, request) =>
        {
            // A page that is left gives up its requests: that is the browser's doing.
            if (request.Failure != "net::ERR_ABORTED") Note($"request: {request.Method} {request.Url} {request.Failure}");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) Note($"answer: {response.Status} {response.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Opens a page of the site and waits until it is interactive.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await InteractiveAsync();
    }

    /// <summary>Waits until the circuit is connected: a click before that is lost.</summary>
    public Task InteractiveAsync() =>
        Page.WaitForSelectorAsync(".shell[data-interactive=true]");

    /// <summary>Marks the page that is open now, so that <see cref="CameBackAsync"/> can tell it from the one that comes after a restart.</summary>
    public Task MarkAsync() => Page.EvaluateAsync("() => { globalThis.beforeTheRestart = true; }");

    /// <summary>Waits until the page has reloaded by itself and is interactive.</summary>
    public Task CameBackAsync() => Page.WaitForFunctionAsync(
        "() => !globalThis.beforeTheRestart && document.querySelector('.shell[data-interactive=true]') !== null", null, new PageWaitForFunctionOptions { Timeout = 60_000 });

    /// <summary>From here on faults are expected: the site is being killed.</summary>
    public void Forgive() => forgiving = true;

    /// <summary>From here on faults count again.</summary>
    public void Judge() => forgiving = false;

    /// <summary>Fails when the window saw a fault.</summary>
    public void AssertNoFaults()
    {
        lock (faults) Assert.True(faults.Count == 0, $"{Page.Url}{Environment.NewLine}{string.Join(Environment.NewLine, faults)}");
    }

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    private void Note(string fault)
    {
        lock (faults) if (!forgiving) faults.Add(fault);
    }
}
