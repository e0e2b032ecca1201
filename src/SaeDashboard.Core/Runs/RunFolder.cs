using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using IoPath = System.IO.Path;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// The folder of a run, through which its worker and its readers communicate: config.json, status.json, metrics.jsonl, histograms.jsonl, log.txt, cancel,
/// pause, lock, checkpoints/. One process at a time has it open; the kernel releases its lock when that process ends, even in a crash. Thread-safe.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string StatusName = "status.json", CancelName = "cancel", PauseName = "pause", LockName = "lock", MetricsName = "metrics.jsonl", TimeName = "time";

    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(0.25);

    private readonly Lock gate = new();
    private readonly FileLock runLock;
    private readonly TimeProvider clock;
    private readonly Lazy<JsonLinesWriter> metrics;
    private readonly Lazy<JsonLinesWriter> histograms;
    private readonly Lazy<FileStream> log;
    private readonly byte[] earlierBytes;
    private RunStatus? written;
    private RunStatus? waiting;
    private long writtenAt;
    private bool startedOver;
    private Func<RunStatus, RunStatus>? whole;
    private bool disposed;

    private RunFolder(string path, FileLock runLock, TimeProvider clock)
    {
        Path = path;
        HasRunBefore = File.Exists(FileIn(path, StatusName));
        // No other process has the lock: the one recorded as running was killed.
        var last = TryStatus(path);
        Earlier = last?.State == RunState.Running ? last with { State = RunState.Interrupted } : last;
        earlierBytes = Earlier is null ? [] : WholeFile.Read(FileIn(path, StatusName));
        this.runLock = runLock;
        this.clock = clock;
        metrics = new(() => new JsonLinesWriter(FileIn(path, MetricsName)));
        histograms = new(() => new JsonLinesWriter(FileIn(path, "histograms.jsonl")));
        log = new(() => RegularFile.Append(FileIn(path, "log.txt")));
    }

    public string Path { get; }

    /// <summary>Identifies this opening of the folder, in every status that it writes.</summary>
    public string Attempt { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The status when the folder was opened; null if there was none, or it was unreadable.</summary>
    public RunStatus? Earlier { get; }

    /// <summary>Whether an earlier attempt left a status, readable or not.</summary>
    public bool HasRunBefore { get; }

    /// <summary>Whether this attempt has reported anything.</summary>
    public bool Attempted
    {
        get { lock (gate) return (waiting ?? written) is not null; }
    }

    /// <summary>The last status of this attempt; before the first, <see cref="Earlier"/>.</summary>
    public RunStatus? Last
    {
        get { lock (gate) return waiting ?? written ?? Earlier; }
    }

    /// <summary>Whether the folder is still where it was opened. Nothing is written once it was removed.</summary>
    public bool IsPresent => File.Exists(runLock.Path);

    /// <summary>checkpoints/, which exists.</summary>
    public string CheckpointsPath => FileIn(Path, "checkpoints");

    /// <summary>The run's device, for its status: "cpu", "cuda:0"; null: not known.</summary>
    public string? Device { get; set; }

    /// <summary>Whether the run should stop: a user requested it (<see cref="RequestCancel"/>, <see cref="RequestPause"/>), or removed the folder. Poll it.</summary>
    public bool EndRequested => CancelRequested || File.Exists(FileIn(Path, PauseName)) || !IsPresent;

    /// <summary>The state of a run that stops early: paused if only a pause was requested.</summary>
    public RunState EndState => EndRequested && !CancelRequested ? RunState.Paused : RunState.Cancelled;

    private bool CancelRequested => File.Exists(FileIn(Path, CancelName));

    /// <summary>
    /// Creates the folder if needed and takes its lock. A stop request that an earlier process obeyed is removed; one not obeyed yet still
    /// applies.
    /// </summary>
    /// <exception cref="UserException">Another process has the run open, or the folder cannot be written.</exception>
    public static RunFolder Open(string path, TimeProvider? clock = null) => Open(path, createFolder: true, clock);

    /// <summary>Opens the folder of an existing run; otherwise as <see cref="Open(string, TimeProvider)"/>.</summary>
    /// <exception cref="UserException">The folder is missing, another process has it open, or it cannot be written.</exception>
    internal static RunFolder OpenExisting(string path) => Open(path, createFolder: false, null);

    /// <summary>Writes the status of an attempt that can no longer report. An unreadable status is kept as status.json.damaged.</summary>
    internal void Replace(RunStatus status)
    {
        lock (gate)
        {
            RequirePresent();
            if (HasRunBefore && Earlier is null) File.Move(FileIn(Path, StatusName), FileIn(Path, StatusName + ".damaged"), overwrite: true);
            AtomicFile.WriteInFolder(FileIn(Path, StatusName), AtomicFile.ToJson(status));
        }
    }

    private static RunFolder Open(string path, bool createFolder, TimeProvider? clock)
    {
        FileLock? runLock = null;
        try
        {
            if (createFolder) Directory.CreateDirectory(FileIn(path, "checkpoints"));
            // Probes of the lock hold it for an instant: retry for one second.
            runLock = FileLock.TryAcquire(FileIn(path, LockName), TimeSpan.FromSeconds(1));
            if (runLock is null)
            {
                var who = TryStatus(path)?.ProcessId is { } id ? $"another process (perhaps {id})" : "another process";
                throw new UserException($"{path} is in use: {who} works on this run. Wait for it, cancel it, or give another run folder.");
            }
            var run = new RunFolder(path, runLock, clock ?? TimeProvider.System);
            if (run.Earlier?.State is RunState.Cancelled or RunState.Paused) ClearRequests(path);
            return run;
        }
        catch (UserException)
        {
            runLock?.Dispose();
            throw;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            runLock?.Dispose();
            throw new UserException($"{path} cannot be used as a run folder: {error.Message}", error);
        }
    }

    /// <summary>Writes config.json: every setting of the run.</summary>
    /// <exception cref="UserException">It cannot be written, or the folder was removed.</exception>
    public void WriteConfig<T>(T config)
    {
        RequirePresent();
        AtomicFile.WriteInFolder(FileIn(Path, "config.json"), AtomicFile.ToJson(config));
    }

    /// <summary>Call before writing anything large into the folder: writing would otherwise recreate a part of a removed folder.</summary>
    /// <exception cref="UserException">The folder was removed or moved.</exception>
    public void RequirePresent()
    {
        if (!IsPresent) throw new UserException($"{Path} was removed or moved while the run worked in it: the run has ended. To continue it, put the folder back and resume the run.");
    }

    /// <summary>This attempt discards earlier results: its status replaces theirs, even that of a finished attempt.</summary>
    public void StartOver()
    {
        lock (gate) startedOver = true;
    }

    /// <summary>
    /// Adjusts a stage's status for a run of several stages: adds the stages and the time to the end of all of them, and keeps the run going
    /// at the end of a stage.
    /// </summary>
    public void ReportThrough(Func<RunStatus, RunStatus> ofTheWhole)
    {
        lock (gate) whole = ofTheWhole;
    }

    /// <summary>
    /// Writes status.json, at most four times a second; a held-back status is written by a later call or by <see cref="Dispose"/>. A new
    /// stage, a new state, an error and the last step are written at once. The failure of a later attempt does not replace the status of a
    /// finished run, and the failure of an attempt that has reported nothing else does not replace any status.
    /// </summary>
    /// <param name="stage">The stage that reports.</param>
    /// <param name="state">The state; <see cref="RunState.Queued"/> and <see cref="RunState.Unreadable"/> are inferred by readers, never reported.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="total">Steps in all; 0: not known.</param>
    /// <param name="rate">The stage's units per second; a rate that is not finite is written as 0.</param>
    /// <param name="etaSeconds">Seconds remaining; null or not finite: not known.</param>
    /// <param name="error">What went wrong, for users.</param>
    /// <exception cref="UserException">The status cannot be written, or the folder was removed.</exception>
    public void Report(StageName stage, RunState state, long step, long total, double rate, double? etaSeconds, string? error = null)
    {
        if (state is RunState.Queued or RunState.Unreadable) throw new ArgumentException($"{state} is inferred by readers of a run, not reported.", nameof(state));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (IsWithheld(stage, state))
            {
                RestoreEarlier();
                return;
            }
            var eta = etaSeconds is { } seconds && double.IsFinite(seconds) ? seconds : (double?)null;
            var finiteRate = double.IsFinite(rate) ? rate : 0;
            waiting = new RunStatus(stage, state, step, total, finiteRate, eta, clock.GetUtcNow(), error, Environment.ProcessId, Device: Device, Attempt: Attempt);
            if (whole is not null) waiting = whole(waiting);
            var last = total > 0 && step == total;
            var news = written is null || written.Stage != waiting.Stage || written.State != waiting.State || error is not null || last;
            if (news || clock.GetElapsedTime(writtenAt) >= ReportEvery) WriteStatus();
        }
    }

    /// <summary>Heartbeat: shows that the process is alive while it has nothing to report. Call twice a second from a timer.</summary>
    public void Beat()
    {
        lock (gate)
        {
            if (disposed || (waiting ?? written) is not { State: RunState.Running } last) return;
            if (written is not null && clock.GetElapsedTime(writtenAt) < ReportEvery) return;
            waiting = last with { Heartbeat = clock.GetUtcNow() };
            WriteStatus();
        }
    }

    /// <summary>
    /// Appends one object to metrics.jsonl, with the "time" (Unix milliseconds, UTC) unless it has one. Numbers that are not finite become
    /// null and their names are listed under "nonFinite". Callers must limit themselves to 20 lines a second.
    /// </summary>
    public void Metric(object value) => Append(metrics, Timed(value));

    /// <summary>Appends one object to histograms.jsonl, as <see cref="Metric"/> does.</summary>
    public void Histogram(object value) => Append(histograms, Timed(value));

    /// <summary>
    /// Marks in metrics.jsonl and histograms.jsonl that the run resumes from a step: readers discard later steps.
    /// </summary>
    public void MarkResumed(long step)
    {
        var marker = FiniteJson.Serialize(new Dictionary<string, long> { [RunMetrics.ResumedFrom] = step });
        Append(metrics, marker);
        Append(histograms, marker);
    }

    /// <summary>Appends to log.txt, with the time (UTC) before the first line and further lines indented.</summary>
    public void Log(string message)
    {
        var stamp = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var text = message.TrimEnd().ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal);
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!log.IsValueCreated) RequirePresent();
            log.Value.Write(Encoding.UTF8.GetBytes($"{stamp} {text}\n"));
        }
    }

    /// <summary>
    /// The run's status, or null if it has none. A run recorded as running without a held lock is
    /// <see cref="RunState.Interrupted"/>.
    /// </summary>
    /// <exception cref="UserException">status.json is not readable.</exception>
    public static RunStatus? ReadStatus(string path)
    {
        // The lock is probed first: if it is free, no process writes any more and the status read afterwards is final.
        var locked = IsLocked(path);
        var status = Status(path);
        return status?.State == RunState.Running && !locked ? status with { State = RunState.Interrupted } : status;
    }

    /// <summary>Whether a process has the run open now.</summary>
    public static bool IsLocked(string path) => FileLock.IsHeld(FileIn(path, LockName));

    /// <summary>Requests that the run's worker stop.</summary>
    /// <exception cref="UserException">The folder is missing or cannot be written.</exception>
    public static void RequestCancel(string path) => AtomicFile.WriteInFolder(FileIn(path, CancelName), []);

    /// <summary>Requests that the run's worker save its state and stop, to be resumed later.</summary>
    /// <exception cref="UserException">The folder is missing or cannot be written.</exception>
    public static void RequestPause(string path) => AtomicFile.WriteInFolder(FileIn(path, PauseName), []);

    /// <summary>Removes stop requests, before a killed run is resumed.</summary>
    public static void ClearRequests(string path)
    {
        File.Delete(FileIn(path, CancelName));
        File.Delete(FileIn(path, PauseName));
    }

    /// <summary>
    /// Writes a held-back status and releases the lock. A run that did not report its end is interrupted from then on.
    /// </summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            try
            {
                if (waiting is not null && IsPresent) WriteStatus();
            }
            finally
            {
                if (metrics.IsValueCreated) metrics.Value.Dispose();
                if (histograms.IsValueCreated) histograms.Value.Dispose();
                if (log.IsValueCreated) log.Value.Dispose();
                runLock.Dispose();
            }
        }
    }

    private JsonObject Timed(object value)
    {
        var line = FiniteJson.Serialize(value);
        if (!line.ContainsKey(TimeName)) line[TimeName] = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return line;
    }

    private void Append(Lazy<JsonLinesWriter> writer, object line)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (!writer.IsValueCreated) RequirePresent();
            writer.Value.Append(line);
        }
    }

    private void WriteStatus()
    {
        RequirePresent();
        AtomicFile.WriteInFolder(FileIn(Path, StatusName), AtomicFile.ToJson(waiting!));
        (written, waiting, writtenAt) = (waiting, null, clock.GetTimestamp());
    }

    private bool IsWithheld(StageName stage, RunState state)
    {
        if (startedOver || !HasRunBefore) return false;
        // The end of a stage is not the end of the run.
        var wasDone = Earlier is { State: RunState.Done } earlier && (earlier.Stages is not null || earlier.Stage == stage);
        return state switch
        {
            RunState.Failed => wasDone || !Attempted,
            RunState.Cancelled or RunState.Paused or RunState.Interrupted => wasDone,
            _ => false,
        };
    }

    private void RestoreEarlier()
    {
        if (written is not null) AtomicFile.WriteInFolder(FileIn(Path, StatusName), earlierBytes);
        (written, waiting) = (null, null);
    }

    private static RunStatus? Status(string path)
    {
        var file = FileIn(path, StatusName);
        return FileLook.At(file) is null ? null : JsonFile.Read<RunStatus>(file);
    }

    private static RunStatus? TryStatus(string path)
    {
        try
        {
            return Status(path);
        }
        catch (UserException)
        {
            // An unreadable status does not prevent resuming the run.
            return null;
        }
    }

    private static string FileIn(string path, string name) => IoPath.Combine(path, name);
}
