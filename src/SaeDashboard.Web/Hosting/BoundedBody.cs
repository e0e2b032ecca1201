namespace SaeDashboard.Web.Hosting;

/// <summary>Reads a request's body that has a limit.</summary>
internal static class BoundedBody
{
    // A client sends its body before it reads the answer. The server reads this much more than it keeps, so that the answer arrives.
    private const long ReadAndDropped = 128L << 20;

    /// <summary>The body's bytes; null: it has more than <paramref name="most"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int most, CancellationToken cancellation)
    {
        // The server's own limit, of 28 MiB, would break off what may be longer, and with a message of its own what is too long by a little.
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = most + ReadAndDropped;
        if (request.ContentLength > most) return null;
        var bytes = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (bytes.Length + read > most) return null;
            bytes.Write(buffer, 0, read);
        }
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}
