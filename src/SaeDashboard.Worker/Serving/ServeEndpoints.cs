using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Serving;

/// <summary>The worker's HTTP interface: JSON with camelCase names; a stream is a JSON line an event.</summary>
internal static class ServeEndpoints
{
    private static readonly byte[] NewLine = "\n"u8.ToArray();

    /// <param name="app">Where they are put.</param>
    /// <param name="engine">Who answers.</param>
    /// <param name="stop">Ends the program.</param>
    public static void Map(IEndpointRouteBuilder app, ServeEngine engine, Action stop)
    {
        app.MapGet("/v1/health", context => Json(context, engine.Health()));
        app.MapPost("/v1/shutdown", context =>
        {
            context.Response.OnCompleted(() =>
            {
                stop();
                return Task.CompletedTask;
            });
            return Json(context, new { stopping = true });
        });
        app.MapPost("/v1/models", async context =>
        {
            await engine.LoadModel((await Body<FolderRequest>(context)).Path);
            await Json(context, engine.Health());
        });
        app.MapPost("/v1/saes", async context =>
        {
            await engine.LoadSae((await Body<FolderRequest>(context)).Path);
            await Json(context, engine.Health());
        });
        app.MapDelete("/v1/saes", async context =>
        {
            var known = await engine.ForgetSae(context.Request.Query["path"].ToString());
            context.Response.StatusCode = known ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
        });
        app.MapPost("/v1/decode", async context =>
        {
            var wave = await engine.Decode(await Body<DecodeRequest>(context), context.RequestAborted);
            context.Response.ContentType = "audio/wav";
            context.Response.ContentLength = wave.Length;
            await context.Response.Body.WriteAsync(wave, context.RequestAborted);
        });
        app.MapPost("/v1/features", async context =>
            await Json(context, await engine.Features(await Body<FeaturesRequest>(context), context.RequestAborted)));
        app.MapPost("/v1/readings", async context =>
            await Stream(context, Guarded(engine.Readings.Read(await Body<ReadingRequest>(context), context.RequestAborted), context.RequestAborted)));
        app.MapGet("/v1/generations", context => Json(context, engine.Queue.List()));
        app.MapPost("/v1/generations", async context =>
            await Stream(context, engine.Queue.Add(await Body<GenerationRequest>(context)).Events(context.RequestAborted)));
        app.MapPatch("/v1/generations/{takeId}/knobs", async context =>
        {
            if (await engine.Queue.Turn(TakeId(context), await Body<KnobsRequest>(context)) is { } answer) await Json(context, answer);
            else context.Response.StatusCode = StatusCodes.Status404NotFound;
        });
        app.MapPost("/v1/generations/{takeId}/playhead", async context =>
            context.Response.StatusCode = await engine.Queue.Hear(TakeId(context), await Body<PlayheadRequest>(context)) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound);
        app.MapDelete("/v1/generations/{takeId}", context =>
        {
            var known = engine.Queue.Cancel(TakeId(context));
            context.Response.StatusCode = known ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    /// <summary>Events, one per line. The client may disconnect: a take continues, a reading ends.</summary>
    private static async Task Stream<T>(HttpContext context, IAsyncEnumerable<T> events)
    {
        context.Response.ContentType = "application/x-ndjson";
        await foreach (var happened in events.WithCancellation(context.RequestAborted))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, happened, JsonDefaults.Lines, context.RequestAborted);
            await context.Response.Body.WriteAsync(NewLine, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>A reading whose failure is its last event: the answer has begun by then.</summary>
    private static async IAsyncEnumerable<ReadingEvent> Guarded(IAsyncEnumerable<ReadingEvent> events, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var all = events.GetAsyncEnumerator(cancellation);
        while (true)
        {
            ReadingEvent? happened = null;
            try
            {
                if (!await all.MoveNextAsync()) yield break;
                happened = all.Current;
            }
            catch (UserException problem)
            {
                happened = new ReadingEvent(ReadingEventType.Error, Message: problem.Message);
            }
            yield return happened;
            if (happened.Type == ReadingEventType.Error) yield break;
        }
    }

    private static string TakeId(HttpContext context) => context.Request.RouteValues["takeId"]?.ToString() ?? "";

    private static Task Json<T>(HttpContext context, T value) =>
        context.Response.WriteAsJsonAsync(value, JsonDefaults.Lines, contentType: null, context.RequestAborted);

    private static async Task<T> Body<T>(HttpContext context) where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, JsonDefaults.Lines, context.RequestAborted)
                ?? throw new UserException("The request is null: expected a JSON object.");
        }
        catch (JsonException error)
        {
            throw new UserException($"The request cannot be read: {JsonFile.Reason(error, typeof(T))}", error);
        }
    }
}

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
        return context.Response.WriteAsJsonAsync(new { status, detail }, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
