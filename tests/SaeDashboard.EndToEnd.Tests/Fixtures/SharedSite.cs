namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>One site for every test that leaves it standing. Started by the first that asks.</summary>
public sealed class SharedSite : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private SiteProcess? site;

    internal async Task<SiteProcess> GetAsync()
    {
        await gate.WaitAsync();
        try
        {
            return site ??= await SiteProcess.StartNewAsync(data => WrittenBatch.Into(data, DemoSae.Hash));
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (site is not null) await site.DisposeAsync();
        gate.Dispose();
    }
}
