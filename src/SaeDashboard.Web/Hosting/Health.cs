using SaeDashboard.Core;
using SaeDashboard.Storage;

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

/// <summary>Tries whether something can be written to the data folder now. Answers within a second share one try, so that asking often costs the disk nothing.</summary>
internal sealed class DiskProbe(DataRoot root, Database database, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private long? tried;
    private string? problem;

    /// <summary>What is wrong, for a person; null: a write works.</summary>
    public string? Problem()
    {
        lock (gate)
        {
            if (tried is { } at && clock.GetElapsedTime(at) < Fresh) return problem;
            problem = Try();
            tried = clock.GetTimestamp();
            return problem;
        }
    }

    private string? Try()
    {
        if (!Directory.Exists(root.Path)) return $"{root.Path} does not exist any more. Restore the data folder, or start with --data and another folder.";
        try
        {
            database.Check();
            return null;
        }
        catch (UserException error)
        {
            return error.Message;
        }
    }
}
