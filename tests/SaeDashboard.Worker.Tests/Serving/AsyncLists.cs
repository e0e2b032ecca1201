namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>What .NET 10 has and .NET 9 has not.</summary>
internal static class AsyncLists
{
    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> items, CancellationToken cancellation)
    {
        var list = new List<T>();
        await foreach (var item in items.WithCancellation(cancellation)) list.Add(item);
        return list;
    }
}
