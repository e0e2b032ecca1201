using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Serving;

/// <summary>Kestrel on a Unix socket that only its owner may open.</summary>
internal static class ServeHost
{
    private static readonly TimeSpan PatienceForLock = TimeSpan.FromSeconds(5);

    /// <summary>Serves until it is stopped, by the token or by <c>POST /v1/shutdown</c>.</summary>
    /// <exception cref="UserException">Another one serves there, or the socket cannot be made.</exception>
    public static async Task Run(ServeOptions options, Action<string> log, CancellationToken cancellation)
    {
        // One after the other: the lock says that no other process serves there, so a leftover socket is stale.
        using var alone = FileLock.TryAcquire(options.Socket + ".lock", PatienceForLock)
            ?? throw new UserException($"Another worker serves on {options.Socket} already: end it first, or give another --listen.");
        RemoveStale(options.Socket);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var engine = new ServeEngine(options, TimeProvider.System, log);
        await using (engine)
        {
            await using var app = Build(options, engine, log, stop.Cancel);
            try
            {
                await app.StartAsync(stop.Token);
            }
            catch (Exception error) when (error is IOException or SocketException or UnauthorizedAccessException)
            {
                throw new UserException($"{options.Socket} cannot be listened on: {error.Message}", error);
            }
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(options.Socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            log($"Serving {options.DataRoot} on {options.Socket}");
            var preparing = engine.Prepare();
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (stop.Token.Register(stopped.SetResult)) await stopped.Task;
            // The takes end first, so that those who listen hear it.
            await engine.Queue.CloseAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await app.StopAsync(patience.Token);
            await preparing;
        }
        RemoveStale(options.Socket);
        // While it is still held: who waits for it sees that it is gone and makes another.
        File.Delete(alone.Path);
        log("Stopped.");
    }

    private static WebApplication Build(ServeOptions options, ServeEngine engine, Action<string> log, Action stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenUnixSocket(options.Socket);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.Use((context, next) => ServeProblems.Answer(context, next, log));
        ServeEndpoints.Map(app, engine, stop);
        return app;
    }

    private static void RemoveStale(string socket)
    {
        try
        {
            File.Delete(socket);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{socket} is in the way and cannot be removed: {error.Message}", error);
        }
    }
}
