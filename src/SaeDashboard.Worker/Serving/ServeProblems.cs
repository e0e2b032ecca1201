using Microsoft.AspNetCore.Http;
using SaeDashboard.Core;

namespace SaeDashboard.Worker.Serving;

/// <summary>Turns what goes wrong in a request into problem+json with a message for a person.</summary>
internal static class ServeProblems
{
    public static async Task Answer(HttpContext context, RequestDelegate next, Action<string> log)
    {
        try
        {
            await next(context);
        }
        catch (UserException problem)
        {
            await Write(context, StatusCodes.Status400BadRequest, problem.Message);
        }
        catch (Exception gone) when (context.RequestAborted.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            // The client disconnected: there is no response to write.
        }
#pragma warning disable CA1031 // The last stop of a request: what is not foreseen is logged and answered.
        catch (Exception error)
#pragma warning restore CA1031
        {
            log($"{context.Request.Method} {context.Request.Path}: {error}");
            await Write(context, StatusCodes.Status500InternalServerError, $"A fault in the worker: {error.Message}");
        }
    }

    private static Task Write(HttpContext context, int status, string detail)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }
        context.Response.Clear();
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { status, detail }, options: null, contentType: "application/problem+json");
    }
}
