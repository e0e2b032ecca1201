namespace SaeDashboard.Web.Hosting;

/// <summary>What a supervisor asks: is the process alive, can it serve.</summary>
internal static class Health
{
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", (DataRoot root) => Directory.Exists(root.Path)
            ? Results.Text("ready")
            : Results.Text($"{root.Path} is gone", statusCode: StatusCodes.Status503ServiceUnavailable)).AllowAnonymous();
    }
}
