using SaeDashboard.Core;
using SaeDashboard.Storage;

namespace SaeDashboard.Web.Hosting;

/// <summary>What a supervisor asks: is the process alive, can it serve.</summary>
internal static class Health
{
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Results.Text("live")).AllowAnonymous();
        app.MapGet("/health/ready", (DataRoot root, Database database) =>
        {
            if (!Directory.Exists(root.Path)) return NotReady($"{root.Path} is gone");
            try
            {
                database.Check();
                return Results.Text("ready");
            }
            catch (UserException error)
            {
                return NotReady(error.Message);
            }
        }).AllowAnonymous();
    }

    private static IResult NotReady(string why) => Results.Text(why, statusCode: StatusCodes.Status503ServiceUnavailable);
}
