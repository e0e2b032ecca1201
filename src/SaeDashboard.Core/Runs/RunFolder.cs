using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Files;
using IoPath = System.IO.Path;

namespace SaeDashboard.Core.Runs;

/// <summary>
/// The folder through which a job and those who watch it meet: config.json, status.json, metrics.jsonl, histograms.jsonl, log.txt, cancel,
/// pause, lock, checkpoints/. One process at a time has it open; the kernel gives its lock back however that process ends. Safe for several
/// threads.
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
        // No other process has the lock: the one that said it runs was killed.
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

    /// <summary>This opening of the folder. Every status that it writes carries it.</summary>
    public string Attempt { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The status that was there when the folder was opened; null when there was none, or none that can be read.</summary>
    public RunStatus? Earlier { get; }

    /// <summary>Whether an attempt before this one has left a status, readable or not.</summary>
    public bool HasRunBefore { get; }

    /// <summary>Whether this attempt has reported anything.</summary>
    public bool Attempted
    {
        get { lock (gate) return (waiting ?? written) is not null; }
    }

    /// <summary>What this attempt reported last; before that, <see cref="Earlier"/>.</summary>
    public RunStatus? Last
    {
        get { lock (gate) return waiting ?? written ?? Earlier; }
    }

    /// <summary>Whether the folder is still where it was opened. Once it has been removed, nothing is written into it again.</summary>
    public bool IsPresent => File.Exists(runLock.Path);

    /// <summary>checkpoints/, which is there.</summary>
    public string CheckpointsPath => FileIn(Path, "checkpoints");

    /// <summary>What the run computes on, for its status: "cpu", "cuda:0"; null when it is not known.</summary>
    public string? Device { get; set; }

    /// <summary>Whether the run is to end: someone asked for it (<see cref="RequestCancel"/>, <see cref="RequestPause"/>), or removed the folder. Poll it.</summary>
    public bool EndRequested => CancelRequested || File.Exists(FileIn(Path, PauseName)) || !IsPresent;

    /// <summary>The state of a run that ends before it is done: paused when that alone was asked for.</summary>
    public RunState EndState => EndRequested && !CancelRequested ? RunState.Paused : RunState.Cancelled;

    private bool CancelRequested => File.Exists(FileIn(Path, CancelName));

    /// <summary>
    /// Creates the folder if need be and takes its lock. A request to end that an earlier process obeyed is forgotten; one that nobody has
    /// obeyed yet still counts.
    /// </summary>
    /// <exception cref="UserException">Another process has the run open, or the folder cannot be written.</exception>
    public static RunFolder Open(string path, TimeProvider? clock = null) => Open(path, createFolder: true, clock);

    /// <summary>Opens the folder of a run that there is; otherwise as <see cref="Open(string, TimeProvider)"/>.</summary>
    /// <exception cref="UserException">The folder is gone, another process has it open, or it cannot be written.</exception>
    internal static RunFolder OpenExisting(string path) => Open(path, createFolder: false, null);

    /// <summary>Replaces the status by that of an attempt which can no longer report. One that cannot be read is kept as status.json.damaged.</summary>
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
            // Those who look whether it is held hold it for an instant themselves: be patient for one second.
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

    /// <summary>Call it before writing anything large into the folder: what is written afterwards would bring a part of a removed folder back.</summary>
    /// <exception cref="UserException">The folder was removed or moved.</exception>
    public void RequirePresent()
    {
        if (!IsPresent) throw new UserException($"{Path} was removed or moved while the run worked in it: the run has ended. To continue it, put the folder back and resume the run.");
    }

    /// <summary>This attempt throws away what earlier ones made: its word replaces theirs, also that of one that was done.</summary>
    public void StartOver()
    {
        lock (gate) startedOver = true;
    }

    /// <summary>
    /// Lets a run of several stages say its own when a stage reports: the stages, the time to the end of all of them, and that the end of
    /// one is not the run's.
    /// </summary>
    public void ReportThrough(Func<RunStatus, RunStatus> ofTheWhole)
    {
        lock (gate) whole = ofTheWhole;
    }

    /// <summary>
    /// Writes status.json, at most four times a second; what is held back is written by a later call or by <see cref="Dispose"/>. Another
    /// stage, another state, an error and the last step are written at once. The record of a finished run is not replaced by the failure of
    /// a later attempt, nor any record by the failure of an attempt that was refused before it reported anything else: they stay as they were.
    /// </summary>
    /// <param name="stage">The stage that reports.</param>
    /// <param name="state">How it stands; <see cref="RunState.Queued"/> and <see cref="RunState.Unreadable"/> are concluded, never reported.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="total">Steps in all; 0 when not known.</param>
    /// <param name="rate">What the stage counts a second; a rate that is not finite is written as 0.</param>
    /// <param name="etaSeconds">Seconds to go; null, or not finite, when not known.</param>
    /// <param name="error">What went wrong, for a person.</param>
    /// <exception cref="UserException">The status cannot be written, or the folder was removed.</exception>
    public void Report(StageName stage, RunState state, long step, long total, double rate, double? etaSeconds, string? error = null)
    {
        if (state is RunState.Queued or RunState.Unreadable) throw new ArgumentException($"{state} is concluded by those who look at a run, not reported.", nameof(state));
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

    /// <summary>Says that the process is alive while it has nothing to report. Call it twice a second from a timer.</summary>
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
    /// Appends one object to metrics.jsonl, with the "time" (Unix milliseconds, UTC) unless it has one. Numbers that are not finite become null and their names are listed under "nonFinite". At most
    /// 20 lines a second are the caller's duty.
    /// </summary>
    public void Metric(object value) => Append(metrics, Timed(value));

    /// <summary>Appends one object to histograms.jsonl, as <see cref="Metric"/> does.</summary>
    public void Histogram(object value) => Append(histograms, Timed(value));

    /// <summary>
    /// Says in metrics.jsonl and histograms.jsonl that the run goes on from a step: readers discard what they have of later ones.
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
    /// The run's status, or null when it has none. A run that says it is running while nobody holds its lock is
    /// <see cref="RunState.Interrupted"/>.
    /// </summary>
    /// <exception cref="UserException">status.json is not readable.</exception>
    public static RunStatus? ReadStatus(string path)
    {
        // The lock first: found free, nobody writes any more and what is then read is the last word.
        var locked = IsLocked(path);
        var status = Status(path);
        return status?.State == RunState.Running && !locked ? status with { State = RunState.Interrupted } : status;
    }

    /// <summary>Whether a process has the run open now.</summary>
    public static bool IsLocked(string path) => FileLock.IsHeld(FileIn(path, LockName));

    /// <summary>Asks whoever works on the run to end it.</summary>
    /// <exception cref="UserException">The folder is gone, or cannot be written.</exception>
    public static void RequestCancel(string path) => AtomicFile.WriteInFolder(FileIn(path, CancelName), []);

    /// <summary>Asks whoever works on the run to keep its state and make room: it will go on later.</summary>
    /// <exception cref="UserException">The folder is gone, or cannot be written.</exception>
    public static void RequestPause(string path) => AtomicFile.WriteInFolder(FileIn(path, PauseName), []);

    /// <summary>Takes requests to end back: before a run that was killed is resumed.</summary>
    public static void ClearRequests(string path)
    {
        File.Delete(FileIn(path, CancelName));
        File.Delete(FileIn(path, PauseName));
    }

    /// <summary>
    /// Writes what was held back and gives the lock back. A run that did not report its end counts as interrupted from here on.
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
        // One stage's end is not the next one's; that of a whole run is.
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
            // A record that cannot be read does not keep the run from being resumed.
            return null;
        }
    }

    private static string FileIn(string path, string name) => IoPath.Combine(path, name);
}
