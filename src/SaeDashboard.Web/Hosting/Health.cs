namespace SaeDashboard.Web.Hosting;

/// <summary>What a supervisor asks: is the process alive, can it serve. Serving includes keeping what people write, so a write is tried.</summary>
internal static class Health
{
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", (DiskProbe disk) =>
            disk.Problem() is { } problem ? Results.Text(problem, statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready")).AllowAnonymous();
    }
}
