using System.Diagnostics;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Jobs;

namespace SaeDashboard.Web.Serving;

/// <summary>
/// Keeps one resident worker alive for the data folder: takes over one that a site before this one left, ends one of another build, starts one
/// when there is none, looks after it every two seconds, and ends it when the site is stopped in good order.
/// </summary>
internal sealed class ServeSupervisor(ServeProcess program, DataRoot root, IOptions<ComputeOptions> compute, WorkerDevices devices, TimeProvider clock, ILogger<ServeSupervisor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PeriodWhileStarting = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MaxEnd = TimeSpan.FromSeconds(8);

    // A worker that is starved of the processor is not a dead one.
    private const int MaxUnanswered = 6;

    private readonly BackOff backOff = new();
    private readonly SemaphoreSlim wake = new(0);
    private TaskCompletionSource answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServeConnection? connection;
    private Process? started;
    private int? processId;

    /// <summary>How the worker is.</summary>
    public ServeState State { get; private set; } = new(ServeStatus.Starting, "The music worker is starting.", null, 0, null);

    /// <summary>The worker's process, while there is one.</summary>
    public int? ProcessId => processId;

    /// <summary>The state changed.</summary>
    public event Action? Changed;

    /// <summary>Called after each answer about the worker's health, with the number of takes it makes or that wait.</summary>
    public Func<ServeConnection, int, CancellationToken, Task>? Answered { get; set; }

    /// <summary>The line to the worker, as soon as it answers.</summary>
    /// <exception cref="UserException">It does not come up within this time.</exception>
    public async Task<ServeConnection> Connect(TimeSpan patience, CancellationToken cancellation)
    {
        var ready = answers.Task;
        if (!ready.IsCompleted)
        {
            Wake();
            try
            {
                await ready.WaitAsync(patience, clock, cancellation);
            }
            catch (TimeoutException error)
            {
                throw new UserException(State.Message ?? "The music worker does not answer. It restarts automatically.", error);
            }
        }
        return connection!;
    }

    /// <summary>Look now rather than at the next tick.</summary>
    public void Wake()
    {
        try
        {
            if (wake.CurrentCount == 0) wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // The site has stopped: the worker's end needs no report.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (connection is not null && processId is { } id) await End(connection, id);
        connection?.Dispose();
        started?.Dispose();
        wake.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!compute.Value.Serve)
        {
            Show(new ServeState(ServeStatus.Down, "The music worker is switched off (Compute:Serve).", null, 0, null));
            return;
        }
        // The site answers before it looks after anything.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                connection ??= new ServeConnection(ServePaths.Socket(root.Path));
                if (!await TakeOver(connection, stoppingToken)) await Start(connection, stoppingToken);
                await Watch(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (UserException problem)
            {
                await WaitAfter(problem.Message, stoppingToken);
            }
            catch (Exception error)
            {
                // An answer that timed out, a line cut short: whatever it is, the site lives and tries again.
                await WaitAfter($"The music worker could not be reached ({error.Message}).", stoppingToken);
            }
        }
    }

    /// <summary>Whether a worker of this build and data folder serves already. One of another build is ended.</summary>
    private async Task<bool> TakeOver(ServeConnection connection, CancellationToken stopping)
    {
        if (!File.Exists(connection.Socket) || await connection.Health(Patience, stopping) is not { } health) return false;
        if (health.Build == program.Build() && health.DataRoot == root.Path)
        {
            Log.TakenOver(logger, health.ProcessId);
            return true;
        }
        Log.OtherBuild(logger, health.ProcessId, health.Build);
        await End(connection, health.ProcessId);
        return false;
    }

    private async Task Start(ServeConnection connection, CancellationToken stopping)
    {
        Show(State with { Status = ServeStatus.Starting, Message = "The music worker is starting.", RetryUtc = null });
        started?.Dispose();
        started = program.Start(connection.Socket);
        processId = started.Id;
        started.EnableRaisingEvents = true;
        started.Exited += (_, _) => Wake();
        Log.Started(logger, started.Id);
        var watch = Stopwatch.StartNew();
        while (await connection.Health(Patience, stopping) is null)
        {
            if (started.HasExited) throw new UserException($"The music worker ended during its start ({program.LastWords()})");
            if (watch.Elapsed > MaxStart)
            {
                started.Kill();
                throw new UserException($"The music worker did not answer within {MaxStart.TotalSeconds:0} s of its start.");
            }
            await Task.Delay(PeriodWhileStarting, clock, stopping);
        }
    }

    /// <summary>Returns never: throws when the worker is gone.</summary>
    private async Task Watch(ServeConnection connection, CancellationToken stopping)
    {
        var since = clock.GetTimestamp();
        for (var unanswered = 0; ;)
        {
            var health = await connection.Health(Patience, stopping);
            if (health is not null)
            {
                unanswered = 0;
                processId = health.ProcessId;
                backOff.WellFor(clock.GetElapsedTime(since));
                devices.Report(health.Devices);
                Show(StateOf(health));
                answers.TrySetResult();
                if (Answered is { } look) await look(connection, health.Queue, stopping);
            }
            else if (!IsAlive(processId))
            {
                throw new UserException($"The music worker ended unexpectedly and is restarting. {program.LastWords()}");
            }
            else if (++unanswered >= MaxUnanswered)
            {
                Kill(processId);
                throw new UserException("The music worker stopped answering and is being restarted.");
            }
            await wake.WaitAsync(health?.State == ServeLoadState.Loading ? PeriodWhileStarting : Period, stopping);
        }
    }

    private async Task WaitAfter(string message, CancellationToken stopping)
    {
        if (answers.Task.IsCompleted) answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        processId = null;
        var wait = backOff.Next();
        Log.Down(logger, message, wait.TotalSeconds);
        Show(new ServeState(ServeStatus.Down, message, clock.GetUtcNow() + wait, 0, null));
        try
        {
            await Task.Delay(wait, clock, stopping);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
    }

    /// <summary>Asks it to end, and makes it end when it does not.</summary>
    private async Task End(ServeConnection connection, int id)
    {
        using var limit = new CancellationTokenSource(MaxEnd);
        try
        {
            using var answer = await connection.Send(HttpMethod.Post, "v1/shutdown", null, limit.Token);
            while (IsAlive(id)) await Task.Delay(50, limit.Token);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or UserException)
        {
            Kill(id);
        }
        Log.Ended(logger, id);
    }

    private static ServeState StateOf(ServeHealth health)
    {
        var status = health.Queue > 0 ? ServeStatus.Busy : health.State == ServeLoadState.Ready ? ServeStatus.Ready : ServeStatus.Starting;
        var message = health.Loading is { } loading ? $"Loading {loading.What}." : health.Problem;
        return new ServeState(status, message, null, health.Queue, health.Model);
    }

    private void Show(ServeState state)
    {
        if (state == State) return;
        State = state;
        Changed?.Invoke();
    }

    private bool IsAlive(int? id) => id is { } known && (started is { } mine && mine.Id == known ? !mine.HasExited : IsRunning(known));

    /// <summary>Whether a process that is not our child runs: one that has ended but has not been waited for does not.</summary>
    private static bool IsRunning(int id)
    {
        try
        {
            // pid (name) state …; the name may hold anything but ends at the last parenthesis.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..] is not ['Z' or 'X', ..];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Kill(int? id)
    {
        if (id is not { } known || !IsAlive(known)) return;
        ProcessSignal.Send(known, ProcessSignal.Kill);
    }
}

/// <summary>How long to wait before the next try: 1, 2, 4 … 30 s; from the beginning again after half a minute of good health.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(30);

    private TimeSpan next = TimeSpan.FromSeconds(1);

    /// <summary>The next wait.</summary>
    public TimeSpan Next()
    {
        var wait = next;
        next = next * 2 < Longest ? next * 2 : Longest;
        return wait;
    }

    /// <summary>All was well for so long.</summary>
    public void WellFor(TimeSpan time)
    {
        if (time >= Recovered) next = TimeSpan.FromSeconds(1);
    }
}

/// <summary>What the site's log says of the music worker.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The music worker is process {ProcessId}.")]
    public static partial void Started(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Adopted the running music worker, process {ProcessId}.")]
    public static partial void TakenOver(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The running music worker (process {ProcessId}) belongs to another build or data folder ({Build}) and is stopped.")]
    public static partial void OtherBuild(ILogger logger, int processId, string build);

    [LoggerMessage(Level = LogLevel.Information, Message = "The music worker, process {ProcessId}, was stopped.")]
    public static partial void Ended(ILogger logger, int processId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason} Next attempt in {Seconds} s.")]
    public static partial void Down(ILogger logger, string reason, double seconds);
}
