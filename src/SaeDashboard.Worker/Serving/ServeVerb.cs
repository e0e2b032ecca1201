using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.MusicGen;
using SaeDashboard.Worker.CommandLine;

namespace SaeDashboard.Worker.Serving;

/// <summary><c>serve</c>: stays, holds models and SAEs, and makes takes and decodes codes when it is asked over its socket.</summary>
internal sealed class ServeVerb : Verb
{
    private const string UnixPrefix = "unix:";

    // What sockaddr_un has room for.
    private const int MaxSocketLength = 107;

    private readonly Option<string> dataOption = new("--data") { Description = "Data folder: takes are written below it", Required = true, HelpName = "dir" };
    private readonly Option<string?> modelOption = new("--model") { Description = "Model to load at the start", HelpName = "dir" };
    private readonly Option<string[]> saeOption = new("--sae") { Description = "SAE to load at the start; may be repeated", HelpName = "dir" };
    private readonly Option<string[]> rootOption = new("--root") { Description = "Another folder whose models and SAEs may be used; may be repeated", HelpName = "dir" };
    private readonly Option<string> listenOption = new("--listen") { Description = "unix:PATH of the socket", Required = true, HelpName = "unix:path" };
    private readonly ComputeOptions compute;

    public ServeVerb() : base("serve", "Runs the inference server of the site: makes takes, decodes codes, finds the features of a sound.",
        "serve --data data --model demo/model --listen unix:data/serve.sock")
    {
        Option[] all = [dataOption, modelOption, saeOption, rootOption, listenOption];
        foreach (var option in all) Options.Add(option);
        compute = new ComputeOptions(this);
        listenOption.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<string>() ?? "";
            if (!value.StartsWith(UnixPrefix, StringComparison.Ordinal) || value.Length == UnixPrefix.Length) result.AddError($"--listen {value}: write unix:PATH; other places are not served yet.");
            else if (System.Text.Encoding.UTF8.GetByteCount(Path.GetFullPath(value[UnixPrefix.Length..])) > MaxSocketLength) result.AddError($"--listen {value}: a socket's path has at most {MaxSocketLength} bytes.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var data = Path.GetFullPath(context.Get(dataOption));
        if (!Directory.Exists(data)) throw new UserException($"{data} does not exist: give the data folder.");
        var model = context.Find(modelOption) is { } path ? Path.GetFullPath(path) : null;
        string[] saes = [.. (context.Find(saeOption) ?? []).Select(Path.GetFullPath)];
        string[] roots = [data, .. (context.Find(rootOption) ?? []).Select(Path.GetFullPath), .. saes, .. model is null ? Array.Empty<string>() : [model]];
        var socket = Path.GetFullPath(context.Get(listenOption)[UnixPrefix.Length..]);
        ServeHost.Run(new ServeOptions(data, roots, socket, model, saes, compute.Read(context)), Log, context.Cancellation).GetAwaiter().GetResult();
        return new VerbResult(new { socket }, "");
    }

    private static void Log(string line) => Console.Error.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z {line}");
}

/// <summary>What <c>serve</c> was started with.</summary>
/// <param name="DataRoot">The data folder; takes are written below it.</param>
/// <param name="Roots">Folders that models and SAEs may lie under, the data folder among them.</param>
/// <param name="Socket">The Unix socket to listen on.</param>
/// <param name="Model">A model to hold from the start.</param>
/// <param name="Saes">SAEs to hold from the start.</param>
/// <param name="Compute">How models are loaded; null: float32 on the CPU.</param>
internal sealed record ServeOptions(string DataRoot, IReadOnlyList<string> Roots, string Socket, string? Model, IReadOnlyList<string> Saes,
    ModelOptions? Compute = null);

/// <summary>Kestrel on a Unix socket that only its owner may open.</summary>
internal static class ServeHost
{
    private static readonly TimeSpan PatienceForLock = TimeSpan.FromSeconds(5);

    /// <summary>Serves until it is stopped, by the token or by <c>POST /v1/shutdown</c>.</summary>
    /// <exception cref="UserException">Another process serves there, or the socket cannot be created.</exception>
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
            // The takes end first, so that their listeners receive the last event.
            await engine.Queue.CloseAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await app.StopAsync(patience.Token);
            await preparing;
        }
        RemoveStale(options.Socket);
        // While it is still held: a process that waits for it sees that the file is gone and creates another.
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
