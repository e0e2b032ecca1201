namespace SaeDashboard.Web.Http;

/// <summary>
/// Lets HEAD reach every endpoint that answers GET: it is routed as GET and then handled as HEAD, so the answer has the same status and headers
/// and the server sends no body.
/// </summary>
internal static class HeadRequests
{
    private static readonly object Asked = new();

    /// <summary>Adds routing with this rule; instead of <c>UseRouting</c>.</summary>
    public static void UseRoutingWithHead(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Items[Asked] = true;
                context.Request.Method = HttpMethods.Get;
            }
            return next(context);
        });
        app.UseRouting();
        app.Use((context, next) =>
        {
            if (context.Items.Remove(Asked)) context.Request.Method = HttpMethods.Head;
            return next(context);
        });
    }
}
